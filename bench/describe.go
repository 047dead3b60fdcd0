package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pion/sdp/v3"
)

const (
	opusType = 111
	vp8Type  = 96
)

// remoteDescription is what is needed of a server's description.
type remoteDescription struct {
	fingerprint string
	setup       string
	media       []remoteMedia
}

// remoteMedia is one section of it.
type remoteMedia struct {
	mid, kind string
	types     []string // payload types
	lines     []string // rtpmap and fmtp of the first one
}

func parseDescription(text string) (*remoteDescription, error) {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(text); err != nil {
		return nil, err
	}
	r := &remoteDescription{}
	find := func(m *sdp.MediaDescription, name string) string {
		if v, ok := m.Attribute(name); ok {
			return v
		}
		v, _ := d.Attribute(name)
		return v
	}
	for _, m := range d.MediaDescriptions {
		if f := strings.Fields(find(m, "fingerprint")); len(f) == 2 && strings.EqualFold(f[0], "sha-256") {
			r.fingerprint = f[1]
		}
		if s := find(m, "setup"); s != "" {
			r.setup = s
		}
		mid, _ := m.Attribute("mid")
		media := remoteMedia{mid: mid, kind: m.MediaName.Media, types: m.MediaName.Formats}
		for _, a := range m.Attributes {
			if (a.Key == "rtpmap" || a.Key == "fmtp") && len(media.types) > 0 &&
				strings.HasPrefix(a.Value, media.types[0]+" ") {
				media.lines = append(media.lines, "a="+a.Key+":"+a.Value)
			}
		}
		r.media = append(r.media, media)
	}
	if r.fingerprint == "" || len(r.media) == 0 {
		return nil, errors.New("description without fingerprint or media")
	}
	return r, nil
}

// describer puts a description together.
type describer struct{ strings.Builder }

func (d *describer) line(format string, args ...any) { fmt.Fprintf(d, format+"\r\n", args...) }

// begin writes the part that concerns the whole session.
func (d *describer) begin(mids []string) {
	d.line("v=0")
	d.line("o=- 1 1 IN IP4 127.0.0.1")
	d.line("s=-")
	d.line("t=0 0")
	d.line("a=ice-lite")
	d.line("a=group:BUNDLE %s", strings.Join(mids, " "))
}

// section begins a section of a link.
func (d *describer) section(l *link, kind, mid, payloadType, direction, setup string) {
	d.line("m=%s 9 UDP/TLS/RTP/SAVPF %s", kind, payloadType)
	d.line("c=IN IP4 0.0.0.0")
	d.line("a=mid:%s", mid)
	d.line("a=%s", direction)
	d.line("a=rtcp-mux")
	d.line("a=ice-ufrag:%s", l.ufrag)
	d.line("a=ice-pwd:%s", l.pwd)
	d.line("a=fingerprint:sha-256 %s", l.id.fingerprint)
	d.line("a=setup:%s", setup)
	d.line("a=candidate:1 1 udp 2130706431 %s %d typ host", l.local.Addr(), l.local.Port())
	d.line("a=end-of-candidates")
}

// offer describes a stream of sound, and of video if there is an SSRC for it.
func offer(l *link, audio, video uint32) string {
	var d describer
	mids := []string{"0", "1"}
	if video == 0 {
		mids = mids[:1]
	}
	d.begin(mids)
	d.section(l, "audio", "0", fmt.Sprint(opusType), "sendonly", "actpass")
	d.line("a=rtpmap:%d opus/48000/2", opusType)
	d.line("a=fmtp:%d minptime=10;useinbandfec=1", opusType)
	d.line("a=msid:bench audio")
	d.line("a=ssrc:%d cname:bench", audio)
	if video != 0 {
		d.section(l, "video", "1", fmt.Sprint(vp8Type), "sendonly", "actpass")
		d.line("a=rtpmap:%d VP8/90000", vp8Type)
		for _, feedback := range []string{"nack", "nack pli", "ccm fir", "goog-remb"} {
			d.line("a=rtcp-fb:%d %s", vp8Type, feedback)
		}
		d.line("a=msid:bench video")
		d.line("a=ssrc:%d cname:bench", video)
	}
	return d.String()
}

// answer accepts all that is offered, in the first format of each section, and
// without retransmissions: what is lost is to be seen.
func answer(l *link, r *remoteDescription) string {
	var d describer
	var mids []string
	for _, m := range r.media {
		mids = append(mids, m.mid)
	}
	d.begin(mids)
	for _, m := range r.media {
		d.section(l, m.kind, m.mid, m.types[0], "recvonly", "active")
		for _, line := range m.lines {
			d.line("%s", line)
		}
		if m.kind == "video" {
			d.line("a=rtcp-fb:%s nack pli", m.types[0])
			d.line("a=rtcp-fb:%s goog-remb", m.types[0])
		}
	}
	return d.String()
}
