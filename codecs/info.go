package codecs

// Keyframe says whether a packet starts a keyframe.  The zero value is
// KeyframeNo.
type Keyframe uint8

// The answers to "does this packet start a keyframe?".  Unknown ends a
// pending keyframe request, but does not count as a keyframe.
const (
	KeyframeNo Keyframe = iota
	KeyframeYes
	KeyframeUnknown
	// KeyframeBegun says that a keyframe has begun, be it with this packet or an
	// earlier one with the same timestamp: it was recognised by its size.
	KeyframeBegun
)

// String returns "no", "yes", "unknown" or "begun".
func (k Keyframe) String() string {
	switch k {
	case KeyframeNo:
		return "no"
	case KeyframeYes:
		return "yes"
	case KeyframeBegun:
		return "begun"
	}
	return "unknown"
}

// Info is what forwarding needs to know of a payload (spec media.md 3.1).  It
// is learnt once, when a packet arrives, and travels with the packet.
type Info struct {
	// Known says that the payload was understood.  If it is false, the
	// packet is treated as one of the base layer.
	Known bool
	// Start and End mark the first and last packet of a frame; with spatial
	// layers, of one layer's frame.
	Start, End bool
	// Discardable says that no other frame depends on this one.
	Discardable bool
	// NonRef says that no higher spatial layer depends on this frame.
	NonRef bool
	// TIDSync says that a receiver may switch up to temporal layer TID
	// here, SIDSync that it may switch up to spatial layer SID.
	TIDSync, SIDSync bool
	// Opaque says that the payload itself was not understood, and that what is
	// known comes from a dependency descriptor or the payload's own descriptor: it
	// may be encrypted.
	Opaque bool
	// Keyframe is KeyframeYes on the packet that starts a keyframe.
	Keyframe Keyframe
	// TID and SID are the indices of the temporal and spatial layers.
	TID, SID uint8
	// PIDBits is the width of the picture id: 0 (none), 7 or 15.
	PIDBits uint8
	// PID is the picture id of VP8 and VP9.
	PID uint16
}

// Parse classifies a payload.  Marker is the marker bit of the packet;
// newTimestamp says that no earlier packet of the stream has this packet's
// timestamp.  Parse never panics and does not allocate.
func (c Codec) Parse(payload []byte, marker, newTimestamp bool) Info {
	switch c.format {
	case formatAudio:
		return parseAudio(payload)
	case formatVP8:
		return parseVP8(payload, marker, newTimestamp)
	case formatVP9:
		return parseVP9(payload, marker, newTimestamp)
	case formatAV1:
		return parseAV1(payload, marker, newTimestamp)
	case formatH264:
		return parseH264(payload, marker, newTimestamp)
	case formatH265:
		return parseH265(payload, marker, newTimestamp)
	}
	return unknown(marker, newTimestamp)
}

// BeginsKeyframe says whether the payload of a packet on which a keyframe seems to
// start (Info.Keyframe) is sure to be the first that is needed to decode it, even
// if the packet before it is missing: with H.264 and H.265 that may be the one
// with the parameter sets.
func (c Codec) BeginsKeyframe(payload []byte) bool {
	switch c.format {
	case formatH264:
		return hasSPS(payload)
	case formatH265:
		return hasVPS(payload)
	}
	return true
}

// Dimensions returns the size in pixels of the picture whose keyframe starts
// with payload; ok is false if the payload does not tell it.  With spatial
// layers it is the size of the largest.
func Dimensions(c Codec, payload []byte) (w, h uint16, ok bool) {
	switch c.format {
	case formatVP8:
		return dimensionsVP8(payload)
	case formatVP9:
		return dimensionsVP9(payload)
	case formatAV1:
		return dimensionsAV1(payload)
	case formatH264:
		return dimensionsH264(payload)
	case formatH265:
		return dimensionsH265(payload)
	}
	return 0, 0, false
}

// unknown is the classification of a payload that cannot be parsed: a packet
// of the base layer (spec media.md 3.3).  Frame limits are guessed from the
// header, so that frames are still forwarded whole.
func unknown(marker, newTimestamp bool) Info {
	return Info{Start: newTimestamp, End: marker, Keyframe: KeyframeUnknown}
}

// parseAudio serves all audio codecs: every packet is a frame of its own, and
// decoding may begin with any of them.
func parseAudio(payload []byte) Info {
	return Info{Known: len(payload) > 0, Start: true, End: true, Keyframe: KeyframeUnknown}
}
