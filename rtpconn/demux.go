package rtpconn

import (
	"encoding/binary"
	"io"
	"slices"

	"github.com/pion/transport/v5/packetio"
)

// demux says which track a stream belongs to.  It never changes once made.
type demux struct {
	parts   []demuxPart
	streams map[uint32]binding // those announced by SSRC
}

// demuxPart is one active section with its tracks.
type demuxPart struct {
	section *section
	tracks  []*upTrack
}

// binding says what a stream is.
type binding struct {
	section *section
	track   *upTrack
	repairs bool // it carries retransmissions of the track
}

func newDemux(sections []*section, tracks []*upTrack) *demux {
	d := &demux{streams: make(map[uint32]binding)}
	for _, s := range sections {
		if !s.active {
			continue
		}
		part := demuxPart{section: s}
		for _, t := range tracks {
			if t.mid == s.mid {
				part.tracks = append(part.tracks, t)
			}
		}
		d.parts = append(d.parts, part)
		if len(s.rids) > 0 || len(s.ssrcs) == 0 {
			continue // told apart by header extensions
		}
		media := s.ssrcs[0]
		d.streams[media] = binding{section: s, track: part.tracks[0]}
		for repair, of := range s.repairs {
			if of == media {
				d.streams[repair] = binding{section: s, track: part.tracks[0], repairs: true}
			}
		}
	}
	return d
}

// bind finds out what the stream of the packet h is: by SSRC if that was
// announced, by the header extensions of RFC 8843 and RFC 8852, or by payload
// type if only one track can be meant.
func (d *demux) bind(h *header) (binding, bool) {
	if b, ok := d.streams[h.ssrc]; ok {
		return b, true
	}
	for i := range d.parts {
		s := d.parts[i].section
		if mid := h.extension(s.midExtension); mid != nil && string(mid) == s.mid {
			return d.parts[i].bind(h)
		}
	}
	var only *demuxPart
	for i := range d.parts {
		if d.parts[i].section.formats[h.payloadType] == nil {
			continue
		}
		if only != nil {
			return binding{}, false
		}
		only = &d.parts[i]
	}
	if only == nil {
		return binding{}, false
	}
	return only.bind(h)
}

// rebind finds the place that a stream has had before a renegotiation.  Senders
// leave out the header extensions that tell it, once they know that they have
// been received (RFC 8852, 3.1).
func (d *demux) rebind(old binding) (binding, bool) {
	for i := range d.parts {
		p := &d.parts[i]
		if p.section.mid == old.section.mid && slices.Contains(p.tracks, old.track) {
			return binding{section: p.section, track: old.track, repairs: old.repairs}, true
		}
	}
	return binding{}, false
}

// bind finds the track within a section.
func (p *demuxPart) bind(h *header) (binding, bool) {
	s := p.section
	f := s.formats[h.payloadType]
	if f == nil {
		return binding{}, false
	}
	b := binding{section: s, repairs: f.repairs}
	if len(s.rids) == 0 {
		b.track = p.tracks[0]
		return b, true
	}
	id := s.ridExtension
	if f.repairs {
		id = s.repairedExtension
	}
	rid := h.extension(id)
	for _, t := range p.tracks {
		if rid != nil && string(rid) == t.rid {
			b.track = t
			return b, true
		}
	}
	return binding{}, false
}

// rtpStream is one incoming RTP stream.  It belongs to pion's SRTP goroutine.
type rtpStream struct {
	up    *Up
	demux *demux // that bound was found with, or nil
	bound binding
}

// newBuffer is the connection's bufferFactory.
func (u *Up) newBuffer(kind packetio.BufferPacketType, ssrc uint32) io.ReadWriteCloser {
	var b io.ReadWriteCloser
	if kind == packetio.RTPBufferPacket {
		s := &rtpStream{up: u}
		b = newRTPBuffer(&u.buffers, s.receive)
	} else {
		b = newRTCPBuffer(&u.buffers, func(p []byte) { u.receiveRTCP(ssrc, p) })
	}
	if !u.buffers.add(b) && !u.ended.Swap(true) {
		u.logger.Warn("too many RTP streams in one peer connection: closing it")
		go u.Close()
	}
	return b
}

// receive takes one RTP packet.
func (s *rtpStream) receive(b []byte) {
	u := s.up
	if u.ended.Load() {
		return
	}
	var h header
	cause := h.parse(b)
	if cause == dropNone || cause == dropProbe {
		u.feedback.arrived(&h, len(b))
	}
	if cause != dropNone {
		u.drops.count(cause)
		return
	}
	d := u.demux.Load()
	if d != s.demux || d == nil {
		if d == nil {
			u.drops.count(dropUnbound)
			return
		}
		bound, ok := d.bind(&h)
		if !ok && s.demux != nil {
			bound, ok = d.rebind(s.bound)
		}
		if !ok {
			u.drops.count(dropUnbound)
			return
		}
		s.demux, s.bound = d, bound
	}
	s.dispatch(&h)
}

// dispatch hands a packet to its track, after taking it out of a
// retransmission.
func (s *rtpStream) dispatch(h *header) {
	t := s.bound.track
	f := s.bound.section.formats[h.payloadType]
	if f == nil || f.repairs != s.bound.repairs {
		t.drops.count(dropFormat)
		return
	}
	if !f.repairs {
		t.receive(h, f, s.bound.section, false)
		return
	}
	if len(h.payload) < 2 {
		t.drops.count(dropPadding)
		return
	}
	h.seq = binary.BigEndian.Uint16(h.payload)
	h.payload = h.payload[2:]
	t.receive(h, s.bound.section.formats[f.media], s.bound.section, true)
}
