package rtpconn

import (
	"testing"

	"galene/codecs"
)

// TestHeard: the audio levels of packets that are no duplicates count.
func TestHeard(t *testing.T) {
	e := newTestEngine(t, Options{})
	up, err := e.NewUp(UpParams{ID: "up-id", Codecs: testCodecs()})
	if err != nil {
		t.Fatal(err)
	}
	sec := &section{mid: "0", kind: codecs.Audio, active: true, levelExtension: 3, ssrcs: []uint32{testSSRC}}
	sec.formats[111] = &format{codec: codecs.Lookup("opus")[0]}
	up.install([]*section{sec})
	s := &source{up: up, streams: make(map[uint32]*rtpStream)}
	if h := up.Heard(); h.Active != 0 {
		t.Errorf("heard %+v of silence", h)
	}
	for n, level := range []byte{0x80 | 27, 27, 127, 127} {
		for range 2 {
			p := opusPacket(n + 1)
			p.PayloadType = 111
			if err := p.SetExtension(3, []byte{level}); err != nil {
				t.Fatal(err)
			}
			s.put(p)
		}
	}
	if h := up.Heard(); h.Active != 0.5 || h.Loudness != 100.0/127 {
		t.Errorf("heard %+v", h)
	}
}
