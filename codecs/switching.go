package codecs

// RaiseTID returns the temporal layer up to which a receiver may get frames from
// a frame on, whose first packet has info, when it has got those up to current
// and wants those up to target.
func (c Codec) RaiseTID(info Info, current, target uint8) uint8 {
	if target <= current || !info.TIDSync {
		return current
	}
	switch {
	case info.Keyframe == KeyframeYes:
		return target
	case c.format == formatVP9:
		// Pictures after this one that are in higher layers depend on no
		// picture before it that is in a higher layer (RFC 9628, U).
		if info.TID <= current {
			return target
		}
	case info.TID == current+1:
		// This frame depends on the lowest layer only (RFC 7741, Y).  Those
		// that skip a layer are passed over, for frames of the layer
		// skipped may follow that depend on what was not sent.
		return info.TID
	}
	return current
}
