package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// reportTime is the time between two reports of a viewer.
const reportTime = time.Second

// viewer receives one stream.
type viewer struct {
	run    *run
	id     string
	link   *link
	tracks [2]receivedTrack
	first  [2]chan struct{} // closed at the first packet of a track

	mu    sync.Mutex
	timer *time.Timer
	ended bool
	setup sync.WaitGroup
}

// receivedTrack is a track received.  It belongs to the link's goroutine but for
// what is atomic.
type receivedTrack struct {
	begun  bool
	index  uint64
	seq    uint16
	ssrc   atomic.Uint32
	extSeq atomic.Uint32
}

func newViewer(r *run, c *client, stream string) (*viewer, error) {
	v := &viewer{run: r, id: stream, first: [2]chan struct{}{make(chan struct{}), make(chan struct{})}}
	var err error
	v.link, err = newLink(r.identity, r.mediaIP, v.receive, func([]rtcp.Packet) {}, r.fail)
	if err != nil {
		return nil, err
	}
	r.addViewer(v)
	return v, nil
}

// start does the handshake in the background.
func (v *viewer) start(r *remoteDescription) {
	v.setup.Go(func() {
		err := v.link.connect(true, r.fingerprint, v.run.timeout)
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.ended {
			return
		}
		if err != nil {
			v.run.fail(fmt.Errorf("receiving: %w", err))
			return
		}
		v.timer = time.AfterFunc(time.Duration(rand.Int64N(int64(reportTime))), v.report)
	})
}

// receive checks a packet and counts it.
func (v *viewer) receive(h *rtp.Header, payload []byte, now int64) {
	lead := audioLead
	if len(payload) >= videoLead+4 && binary.BigEndian.Uint32(payload[videoLead:]) == stampMagic {
		lead = videoLead
	}
	if len(payload) == 0 {
		return // padding
	}
	s, err := parseStamp(payload[min(lead, len(payload)):])
	if err != nil {
		v.run.fail(err)
		return
	}
	t := &v.tracks[s.track]
	if !t.begun {
		t.begun = true
		t.ssrc.Store(h.SSRC)
		close(v.first[s.track])
	} else {
		step := s.index - t.index
		switch {
		case step == 0 || step > 1<<62:
			v.run.disordered.Add(1)
			return
		case h.SequenceNumber-t.seq != uint16(step):
			// A gap in one without the other: the server renumbers
			// wrongly, or hides losses, which it may.
			if h.SequenceNumber-t.seq != 1 {
				v.run.fail(fmt.Errorf("stream %s, track %d: packet %d has sequence number %d, packet %d before it %d",
					v.id, s.track, s.index, h.SequenceNumber, t.index, t.seq))
			}
		}
	}
	t.index, t.seq = s.index, h.SequenceNumber
	t.extSeq.Store(uint32(h.SequenceNumber))
	v.run.count(&s, now)
}

// report sends receiver reports, and claims to have plenty of bandwidth, as
// browsers do.
func (v *viewer) report() {
	var report rtcp.ReceiverReport
	var sources []uint32
	for i := range v.tracks {
		if ssrc := v.tracks[i].ssrc.Load(); ssrc != 0 {
			report.Reports = append(report.Reports,
				rtcp.ReceptionReport{SSRC: ssrc, LastSequenceNumber: v.tracks[i].extSeq.Load()})
			sources = append(sources, ssrc)
		}
	}
	v.link.writeRTCP(&report, &rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: 1e9, SSRCs: sources})
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.ended {
		v.timer.Reset(reportTime)
	}
}

// end closes the connection.
func (v *viewer) end() {
	v.mu.Lock()
	v.ended = true
	if v.timer != nil {
		v.timer.Stop()
	}
	v.mu.Unlock()
	v.link.close()
	v.setup.Wait()
	v.run.removeViewer(v)
}
