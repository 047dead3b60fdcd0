package rtpconn

import (
	"github.com/pion/rtp"

	"galene/codecs"
	"galene/codecs/dependency"
	"galene/packetcache"
	"galene/packetmap"
)

// descriptorReader reads the dependency descriptors of a track.  It belongs to
// the receiving goroutine.
type descriptorReader struct {
	reader *dependency.Reader // nil until there is a descriptor
	last   uint16             // highest frame number handed on
	any    bool               // there is one
	shift  uint16             // added to frame numbers, since restarts
	joins  bool               // the next frame follows last
}

// read reads the descriptor b that came with p, and completes what is known of
// the packet.  One that cannot be read is as if it had not come.
func (r *descriptorReader) read(b []byte, late bool, p *packetcache.Packet) {
	if r.reader == nil {
		r.reader = new(dependency.Reader)
	}
	d := p.NewDescriptor()
	if err := r.reader.Read(b, late, d); err != nil {
		p.DropDescriptor()
		return
	}
	if r.joins {
		r.joins = false
		r.shift = r.last + 1 - d.Number
	}
	d.Number += r.shift
	if !r.any || int16(d.Number-r.last) > 0 {
		r.last, r.any = d.Number, true
	}
	p.Info = p.Info.Described(d)
}

// restart says that the sender has begun anew, with a keyframe: the frames to
// come follow those before.
func (r *descriptorReader) restart() {
	r.reader = nil
	r.joins = r.any
}

// dimensions returns the size of the largest picture of the keyframe that begins
// with p.
func dimensions(codec codecs.Codec, p *packetcache.Packet) (w, h uint16, ok bool) {
	if w, h, ok = codecs.Dimensions(codec, p.Payload()); ok {
		return w, h, true
	}
	d := p.Descriptor()
	if d == nil {
		return 0, 0, false
	}
	for _, size := range d.Structure.Sizes() {
		width, height := size.Size()
		if width <= 0xffff && height <= 0xffff {
			w, h, ok = max(w, uint16(width)), max(h, uint16(height)), true
		}
	}
	return w, h, ok
}

// Flags of the sent log: the decode target that a packet was sent for, and that
// its descriptor told the active targets.
const (
	sentTargetShift = 2
	sentTargetMask  = 0x7c
	sentActive      = 0x80
)

// maxDescribed is the largest packet sent with a descriptor, in bytes, of the 1452
// of less what encryption adds: a larger one goes without.
const maxDescribed = 1452 - 16

// descriptorWriter makes the dependency descriptors of a down track (spec
// media.md 3.2): its frame numbers go on when another stream takes over, and it
// tells the receiver which decode targets it gets.  It belongs to the shard.
type descriptorWriter struct {
	shift uint16 // added to frame numbers, since switches
	last  uint16 // highest number sent
	any   bool   // there is one

	// What the receiver has been told.  It is told again with each frame until
	// it has reported a packet that tells it.
	told    uint32
	toldAt  uint16 // output number of the first packet that did
	pending bool

	extensions []rtp.Extension // of one element, reused
	buffer     [dependency.MaxSize + 8]byte
}

// join makes the frames of another stream, which begins with first, follow those
// sent.  First may be nil.
func (w *descriptorWriter) join(first *dependency.Descriptor) {
	if first != nil && w.any {
		w.shift = w.last + 1 - first.Number
	}
}

// descriptor returns the descriptor of a packet that is sent as number out, and
// notes in sent what it says.  It returns nothing if there is none, or if the
// receiver does not want any.
func (t *downTrack) descriptor(d *dependency.Descriptor, out uint64, sent *packetmap.Sent) []byte {
	if d == nil || t.output.descriptor == 0 {
		return nil
	}
	w := &t.descriptors
	target := t.selector.Target()
	if target >= d.Structure.Targets() {
		target = 0 // late, and of another structure
	}
	active := d.Structure.Inside(target) & d.Active
	sent.Flags |= uint8(target) << sentTargetShift
	if d.Attached {
		w.told, w.pending = d.Structure.All(), false // what is attached means that
	}
	if d.Start && active != w.told {
		w.told, w.toldAt, w.pending = active, uint16(out), true
	}
	if d.Start && w.pending {
		sent.Flags |= sentActive
	}
	if number := d.Number + w.shift; !w.any || int16(number-w.last) > 0 {
		w.last, w.any = number, true
	}
	return t.descriptorAgain(d, sent)
}

// descriptorAgain returns the descriptor of a packet as it was when the packet was
// sent.
func (t *downTrack) descriptorAgain(d *dependency.Descriptor, sent *packetmap.Sent) []byte {
	if d == nil || t.output.descriptor == 0 {
		return nil
	}
	w := &t.descriptors
	own := *d
	own.Number += w.shift
	own.HasActive = false
	if sent.Flags&sentActive != 0 {
		target := int(sent.Flags & sentTargetMask >> sentTargetShift)
		own.Tell(d.Structure.Inside(target) & d.Active)
	}
	return own.Append(w.buffer[:0])
}

// acknowledge says that the receiver has got packets up to a number.
func (w *descriptorWriter) acknowledge(highest uint32) {
	if w.pending && int16(uint16(highest)-w.toldAt) >= 0 {
		w.pending = false
	}
}

// maxShortID is the highest identifier of a header extension in the short form of RFC
// 8285.
const maxShortID = 14

// extend adds a descriptor to a header, which may have the time of sending, in the short
// form of RFC 8285 if it fits, unless the packet would become too large.
func (w *descriptorWriter) extend(h *rtp.Header, id uint8, descriptor []byte, payload int) {
	const shortSize = 16
	around := headerSize + 4 + 2 + 3 // headers and padding
	profile := uint16(rtp.ExtensionProfileOneByte)
	if h.Extension {
		around += 2 + len(sendTimeWriter{}.value)
		profile = h.ExtensionProfile
	}
	if around+len(descriptor)+payload > maxDescribed {
		return
	}
	if id > maxShortID || len(descriptor) > shortSize {
		profile = rtp.ExtensionProfileTwoByte
	}
	if h.Extension {
		_ = h.SetExtensionWithProfile(id, descriptor, profile) // or it is longer than any
		return
	}
	h.Extensions = w.extensions[:0]
	h.Extension, h.ExtensionProfile = true, profile
	if h.SetExtension(id, descriptor) != nil {
		h.Extension, h.Extensions = false, nil // longer than any extension
		return
	}
	w.extensions = h.Extensions
}
