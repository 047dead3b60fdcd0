// Package dependency reads and writes the dependency descriptor: the RTP header
// extension of the RTP Payload Format for AV1 (appendix A) that tells the layers
// of a frame and what it depends on, without a look into the payload.  It serves
// other codecs too, and payloads that are encrypted end to end.
//
// It implements spec media.md 8.5.  Readers allocate only when a sender changes
// the structure of its layers, and never panic; everything else is a value.  A
// Structure is never changed once it has been read, so that it may be shared by
// goroutines; a Reader belongs to the goroutine that receives the packets.
package dependency

import "errors"

// URI names the header extension in SDP.
const URI = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"

// Limits of what is read.  The format allows more references per frame, but no
// codec has them.
const (
	MaxTargets    = 32
	maxTemplates  = 64
	maxReferences = 8
	maxSpatial    = 4
	maxTemporal   = 8
)

// MaxSize is the largest size of a header extension, in bytes (RFC 8285).
const MaxSize = 255

// Errors of Reader.Read.
var (
	// ErrMalformed is returned for a descriptor that ends too soon, or says
	// what cannot be.
	ErrMalformed = errors.New("malformed dependency descriptor")
	// ErrNoStructure is returned for a descriptor that refers to a structure
	// that has not been read.
	ErrNoStructure = errors.New("dependency descriptor of an unknown structure")
)

// Indication says what a frame is for a decode target.
type Indication uint8

// The indications, as they are written.
const (
	// NotPresent: the frame does not belong to the target.
	NotPresent Indication = iota
	// Discardable: no other frame of the target depends on it.
	Discardable
	// Switch: whoever decodes it can decode all of the target from there on.
	Switch
	// Required: other frames of the target depend on it.
	Required
)

// Indications holds what a frame is for each of up to 32 targets, two bits each.
type Indications uint64

// Of returns the indication for a target.
func (i Indications) Of(target int) Indication {
	return Indication(i >> (2 * target) & 3)
}

// with returns i with an indication added for a target that had none.
func (i Indications) with(target int, v Indication) Indications {
	return i | Indications(v)<<(2*target)
}

// Present returns the targets that the frame belongs to, a bit for each.
func (i Indications) Present() uint32 { return i.low() | i.high() }

// Switches returns the targets that can be switched to at the frame.
func (i Indications) Switches() uint32 { return i.high() &^ i.low() }

// Needed returns the targets of which other frames depend on the frame.
func (i Indications) Needed() uint32 { return i.high() }

func (i Indications) low() uint32  { return everySecond(uint64(i)) }
func (i Indications) high() uint32 { return everySecond(uint64(i) >> 1) }

// everySecond gathers the bits 0, 2, 4, … of v.
func everySecond(v uint64) uint32 {
	v &= 0x5555555555555555
	v = (v | v>>1) & 0x3333333333333333
	v = (v | v>>2) & 0x0f0f0f0f0f0f0f0f
	v = (v | v>>4) & 0x00ff00ff00ff00ff
	v = (v | v>>8) & 0x0000ffff0000ffff
	return uint32(v | v>>16)
}

// Layer is a pair of layer indices.
type Layer struct{ SID, TID uint8 }

// Frame says what a frame depends on, and who needs it.
type Frame struct {
	Layer
	Indications Indications
	// References are the frames that it refers to, as differences of frame
	// numbers; the first ReferenceCount are used.
	References     [maxReferences]uint16
	ReferenceCount uint8
	// Chains has, for each chain, the difference to the number of the frame
	// before in the chain; 0 is none.
	Chains [MaxTargets]uint8
}

// Resolution is the size of a picture, in pixels less one.
type Resolution struct{ width, height uint16 }

// Size returns the size in pixels.
func (r Resolution) Size() (width, height int) {
	return int(r.width) + 1, int(r.height) + 1
}

// Structure describes the layers of a stream.  It is sent with a keyframe and
// holds until the next one is.
type Structure struct {
	offset      uint8 // of the templates' identifiers
	count       uint8 // of templates
	targets     uint8
	chains      uint8
	spatial     uint8 // highest spatial layer
	hasSizes    bool
	protectedBy [MaxTargets]uint8
	sizes       [maxSpatial]Resolution
	layers      [MaxTargets]Layer
	inside      [MaxTargets]uint32
	templates   [maxTemplates]Frame
}

// Targets returns the number of decode targets.
func (s *Structure) Targets() int { return int(s.targets) }

// All returns all decode targets, a bit for each.
func (s *Structure) All() uint32 { return uint32(1<<s.targets - 1) }

// Layer returns the highest layers that belong to a target.
func (s *Structure) Layer(target int) Layer { return s.layers[target] }

// Chain returns the chain that protects a target: while it is intact, the target
// can be decoded.  It returns false if the structure has no chains.
func (s *Structure) Chain(target int) (int, bool) {
	return int(s.protectedBy[target]), s.chains > 0
}

// Inside returns the targets that can be decoded by whoever gets all frames of a
// target, a bit for each; the target is one of them.
func (s *Structure) Inside(target int) uint32 { return s.inside[target] }

// Sizes returns the sizes of the spatial layers, from the lowest to the highest,
// or nothing if they are not told.
func (s *Structure) Sizes() []Resolution {
	if !s.hasSizes {
		return nil
	}
	return s.sizes[:s.spatial+1]
}

// complete computes what follows from the templates.
func (s *Structure) complete() {
	s.layers = [MaxTargets]Layer{}
	templates := s.templates[:s.count]
	for target := range s.Targets() {
		s.inside[target] = s.All()
		for i := range templates {
			t := &templates[i]
			if t.Indications.Of(target) == NotPresent {
				s.inside[target] &^= t.Indications.Present()
				continue
			}
			l := &s.layers[target]
			l.SID, l.TID = max(l.SID, t.SID), max(l.TID, t.TID)
		}
	}
}

// Descriptor is one descriptor.
type Descriptor struct {
	Frame
	// Start and End mark the first and the last packet of the frame.
	Start, End bool
	// Number is the frame number.
	Number uint16
	// Structure is the one in force.  Attached says that this descriptor
	// brings it.
	Structure *Structure
	Attached  bool
	// Active are the targets that the sender produces at present, a bit for
	// each.  HasActive says that this descriptor tells them.
	Active    uint32
	HasActive bool

	template                                 uint8 // identifier
	ownIndications, ownReferences, ownChains bool
}

// Keyframe reports whether the packet starts a keyframe, from which on everything
// can be decoded: only there may a structure be attached.
func (d *Descriptor) Keyframe() bool {
	return d.Start && d.Attached && d.ReferenceCount == 0 && d.SID == 0
}

// BringsStructure reports whether a descriptor is the first of a frame and has a
// structure attached, without a closer look.
func BringsStructure(b []byte) bool {
	return len(b) > 3 && b[0]&0x80 != 0 && b[3]&0x80 != 0
}
