package codecs

// Legible says whether a payload on which a keyframe seems to start (KeyframeYes) is
// sure not to be encrypted: it holds a code or a structure that keyframes have, and that
// others have by chance only.  If it is false, nothing is known.
func (c Codec) Legible(payload []byte) bool {
	if c.format == formatVP9 {
		return hasVP9SyncCode(payload) // the size of pictures is in the clear (RFC 9628)
	}
	_, _, ok := Dimensions(c, payload)
	return ok
}

// DescribesKeyframes says whether keyframes are known by what precedes the payload
// proper and is never encrypted: of VP9, a frame of the lowest spatial layer that is
// predicted from no other is taken for one.  Info.SIDSync tells it.
func (c Codec) DescribesKeyframes() bool { return c.format == formatVP9 }
