package codecs

import "galene/codecs/dependency"

// Described returns what is known of a packet whose payload says i and whose
// dependency descriptor is d, which overrides the payload.
func (i Info) Described(d *dependency.Descriptor) Info {
	key := d.Keyframe()
	i.Opaque = !i.Known || key && i.Keyframe != KeyframeYes
	i.Known = true
	i.Start, i.End = d.Start, d.End
	i.SID, i.TID = d.SID, d.TID
	i.Keyframe = KeyframeNo
	if key {
		i.Keyframe = KeyframeYes
	}
	needed, present, switches := d.Indications.Needed(), d.Indications.Present(), d.Indications.Switches()
	i.Discardable = present != 0 && needed == 0
	i.NonRef = true
	i.TIDSync, i.SIDSync = key, key
	for target := range d.Structure.Targets() {
		l, bit := d.Structure.Layer(target), uint32(1)<<target
		if l.SID > d.SID && present&bit != 0 {
			i.NonRef = false
		}
		if switches&bit != 0 && l == d.Layer {
			i.TIDSync, i.SIDSync = d.Start, d.Start
		}
	}
	return i
}
