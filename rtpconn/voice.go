package rtpconn

import (
	"galene/codecs"
	"galene/speech"
)

// levelMask leaves the level of RFC 6464 without the bit for voice activity, which
// senders set as they like.
const levelMask = 0x7f

// listen takes the audio level of a packet, if it has one.  It runs on pion's SRTP
// goroutine.
func (t *upTrack) listen(h *header, s *section) {
	if t.kind != codecs.Audio || s.levelExtension == 0 {
		return
	}
	if value := h.extension(s.levelExtension); len(value) > 0 {
		t.voice.Level(value[0] & levelMask)
	}
}

// Heard returns what was heard in the stream since it was last called, if its
// sender tells audio levels (RFC 6464).  It does not block.
func (u *Up) Heard() speech.Heard {
	var loudest speech.Heard
	for _, t := range u.snapshot() {
		if t.kind != codecs.Audio {
			continue
		}
		if h := t.voice.Take(); h.Active*h.Loudness > loudest.Active*loudest.Loudness {
			loudest = h
		}
	}
	return loudest
}
