package assembly

import "galene/codecs"

// depayloader makes a frame of the payloads of its packets.  It fills in Data,
// and for keyframes Config and the size; it returns false if the payloads make
// no sense.  It must not keep them.
type depayloader interface {
	frame(f *Frame, payloads [][]byte) bool
}

// tracker is a depayloader that can tell whether a frame can be decoded although
// earlier ones are missing.
type tracker interface {
	// emitted takes note of a frame that came out, by its first payload.
	emitted(payload []byte, keyframe bool)
	// resumes says whether a frame depends on nothing that is missing,
	// although frames have just been lost.
	resumes(payload []byte) bool
	// admits says the same of a frame that comes later.
	admits(payload []byte) bool
}

// newDepayloader returns what reads a codec, or nil.
func newDepayloader(c codecs.Codec) depayloader {
	switch c.Name {
	case "vp8":
		return &vp8{codec: c}
	case "vp9":
		return vp9{}
	case "h264":
		return &h264{codec: c}
	case "h265":
		return &h265{codec: c}
	case "av1":
		return &av1{}
	case "opus", "g722", "pcmu", "pcma":
		return plain{}
	}
	return nil
}

// plain is a codec whose packets are frames.
type plain struct{}

func (plain) frame(f *Frame, payloads [][]byte) bool {
	f.Data = append([]byte(nil), payloads[0]...)
	return len(f.Data) > 0
}
