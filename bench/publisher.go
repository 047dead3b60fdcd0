package main

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

const (
	frameTime     = 40 * time.Millisecond // 25 frames per second
	audioTime     = 20 * time.Millisecond
	audioPayload  = 80                     // bytes, 32 kbit/s
	videoPayload  = 1200                   // bytes at most
	keyframeSize  = 4                      // times that of other frames
	keyframePause = 500 * time.Millisecond // between two of them
	finePause     = time.Millisecond       // the least that is slept between packets
)

// media says what a publisher sends.
type media struct {
	// rate is the bit rate of video; 0 is no video.
	rate int
	// spread is the share of the time of a frame over which its packets are
	// spread; 0 sends them back to back.
	spread float64
}

// publisher sends one stream.
type publisher struct {
	run    *run
	number uint32
	media  media
	stream string
	link   *link
	tracks [2]sentTrack

	rate     atomic.Int64 // of video, in bit/s
	keyframe atomic.Bool  // one is wanted
	nacked   atomic.Uint64

	ready   chan struct{} // closed when sending begins
	stopped chan struct{}
	once    sync.Once
	senders sync.WaitGroup
}

// sentTrack is a track sent.  It belongs to the goroutine that sends it.
type sentTrack struct {
	ssrc      uint32
	next      atomic.Uint64 // the index of the next packet
	timestamp uint32
	octets    uint32
	picture   uint16
	buffer    []byte
}

// publish offers a stream, and returns when it is being sent.
func (c *client) publish(m media) (*publisher, error) {
	p := &publisher{
		run: c.run, media: m, stream: randomText(16),
		ready: make(chan struct{}), stopped: make(chan struct{}),
	}
	p.rate.Store(int64(m.rate))
	p.number = c.run.addPublisher(p)
	for i := range p.tracks {
		p.tracks[i].ssrc = rand.Uint32() | 1
		p.tracks[i].buffer = make([]byte, 12+videoPayload)
	}
	var err error
	p.link, err = newLink(c.run.identity, c.run.mediaIP, func(*rtp.Header, []byte, int64) {}, p.feedback, c.run.fail)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.publisher = p
	c.mu.Unlock()
	video := p.tracks[1].ssrc
	if m.rate == 0 {
		video = 0
	}
	c.send(message{Type: "offer", ID: p.stream, Label: "camera", Source: c.id, Username: c.name,
		SDP: offer(p.link, p.tracks[0].ssrc, video)})
	return p, c.run.wait("publish", p.ready)
}

// answered takes the answer to the offer.
func (p *publisher) answered(text string) error {
	r, err := parseDescription(text)
	if err != nil {
		return err
	}
	if r.setup != "passive" && r.setup != "active" {
		return errors.New("answer without a DTLS role")
	}
	p.senders.Go(func() {
		if err := p.link.connect(r.setup == "passive", r.fingerprint, p.run.timeout); err != nil {
			p.run.fail(err)
			return
		}
		close(p.ready)
		p.senders.Go(p.sendAudio)
		if p.media.rate > 0 {
			p.senders.Go(p.sendVideo)
		}
	})
	return nil
}

// feedback takes RTCP from the server.
func (p *publisher) feedback(packets []rtcp.Packet) {
	for _, packet := range packets {
		switch f := packet.(type) {
		case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
			p.keyframe.Store(true)
		case *rtcp.TransportLayerNack:
			p.nacked.Add(uint64(len(f.Nacks)))
		}
	}
}

// sleepUntil waits for a moment, and returns false if the publisher stops.
func (p *publisher) sleepUntil(t time.Time) bool {
	if d := time.Until(t); d > 0 {
		time.Sleep(d)
	}
	select {
	case <-p.stopped:
		return false
	default:
		return true
	}
}

// phase spreads publishers over an interval, evenly and in no order.
func (p *publisher) phase(interval time.Duration) time.Duration {
	const golden = 0.6180339887
	x := float64(p.number) * golden
	return time.Duration((x - float64(int(x))) * float64(interval))
}

func (p *publisher) sendAudio() {
	t := &p.tracks[0]
	start := time.Now().Add(p.phase(audioTime))
	for n := 0; p.sleepUntil(start.Add(time.Duration(n) * audioTime)); n++ {
		payload := t.buffer[12 : 12+audioPayload]
		payload[0] = 0xf8 // CELT, 20 ms
		t.timestamp += 48000 / 50
		p.send(t, 0, payload, audioLead, opusType, n == 0)
		if n%50 == 0 {
			p.report(t)
		}
	}
}

func (p *publisher) sendVideo() {
	t := &p.tracks[1]
	p.keyframe.Store(true)
	start := time.Now().Add(p.phase(frameTime))
	var last time.Time // of the last keyframe
	for n := 0; ; n++ {
		at := start.Add(time.Duration(n) * frameTime)
		if !p.sleepUntil(at) {
			return
		}
		key := time.Since(last) > keyframePause && p.keyframe.Swap(false)
		size := int(p.rate.Load()) / 8 * int(frameTime/time.Millisecond) / 1000
		if key {
			last = time.Now()
			size *= keyframeSize
		}
		if !p.sendFrame(t, at, max(size, videoLead+stampSize), key) {
			return
		}
		if n%25 == 0 {
			p.report(t)
		}
	}
}

// sendFrame sends a frame in packets that differ by one byte at most, smaller
// ones first, as Chromium does.
func (p *publisher) sendFrame(t *sentTrack, at time.Time, size int, key bool) bool {
	t.timestamp += 90000 / 25
	t.picture++
	count := (size + videoPayload - 1) / videoPayload
	small, larger := size/count, size%count
	gap := time.Duration(p.media.spread * float64(frameTime) / float64(count))
	slept := at
	for i := range count {
		n := small
		if i >= count-larger {
			n++
		}
		if due := at.Add(time.Duration(i) * gap); gap > 0 && due.Sub(slept) >= finePause {
			if !p.sleepUntil(due) {
				return false
			}
			slept = due
		}
		payload := t.buffer[12 : 12+n]
		clear(payload[:videoLead])
		payload[0], payload[1] = 0x80, 0x80
		binary.BigEndian.PutUint16(payload[2:], t.picture|0x8000)
		if i == 0 {
			payload[0] |= 0x10
			if key {
				copy(payload[4:], []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02}) // 1280 by 720
			} else {
				payload[4] = 0x11
			}
		}
		p.send(t, 1, payload, videoLead, vp8Type, i == count-1)
	}
	return true
}

// send stamps and sends a packet, whose payload is in the track's buffer.
func (p *publisher) send(t *sentTrack, track uint32, payload []byte, lead int, payloadType uint8, marker bool) {
	index := t.next.Load()
	h := rtp.Header{
		Version: 2, Marker: marker, PayloadType: payloadType,
		SequenceNumber: uint16(index), Timestamp: t.timestamp, SSRC: t.ssrc,
	}
	if _, err := h.MarshalTo(t.buffer); err != nil {
		p.run.fail(err)
		return
	}
	s := stamp{publisher: p.number, track: track, index: index, sent: sinceEpoch()}
	s.put(payload[lead:])
	t.next.Store(index + 1)
	t.octets += uint32(len(payload))
	if err := p.link.writeRTP(t.buffer[:12+len(payload)], &h); err != nil {
		p.run.failures.Add(1) // counted as lost, too
	}
}

// report sends a sender report, as browsers do.
func (p *publisher) report(t *sentTrack) {
	const ntpEpoch = 2208988800
	now := time.Now()
	p.link.writeRTCP(&rtcp.SenderReport{
		SSRC:        t.ssrc,
		NTPTime:     uint64(now.Unix()+ntpEpoch)<<32 | uint64(now.Nanosecond())<<32/1e9,
		RTPTime:     t.timestamp,
		PacketCount: uint32(t.next.Load()),
		OctetCount:  t.octets,
	}, &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
		Source: t.ssrc, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: "bench"}},
	}}})
}

// quiet stops sending, but keeps the connection.
func (p *publisher) quiet() {
	p.once.Do(func() { close(p.stopped) })
	p.senders.Wait()
}

// stop ends the stream.
func (p *publisher) stop() {
	p.quiet()
	p.link.close()
}
