package codecs

import (
	"testing"

	"galene/codecs/dependency"
)

// TestDescribed: what the descriptor says overrides the payload.
func TestDescribed(t *testing.T) {
	// Chromium's: three spatial and three temporal layers.
	const structure = "c1000180081485214eafffaaaa863cf0430c10c302afc0aaa0063c00430010c002a000a8000600004000" +
		"1d954926e082b04a0941b820ac1282503157f974000ca864330e222222eca8655304224230eca8775300ef008601df010d03bf021b"
	understood := Info{Known: true, Start: true, End: true, PID: 7, PIDBits: 15}
	key := understood
	key.Keyframe = KeyframeYes
	for _, test := range []struct {
		name, descriptor string
		payload, want    Info
	}{
		{"keyframe", structure, key, Info{Known: true, Start: true, End: true, PID: 7, PIDBits: 15,
			Keyframe: KeyframeYes, TIDSync: true, SIDSync: true}},
		{"encrypted keyframe", structure, unknown(true, true), Info{Known: true, Start: true, End: true,
			Opaque: true, Keyframe: KeyframeYes, TIDSync: true, SIDSync: true}},
		{"keyframe that looks like another frame", structure, Info{Known: true}, Info{Known: true, Start: true,
			End: true, Opaque: true, Keyframe: KeyframeYes, TIDSync: true, SIDSync: true}},
		{"highest layers", "cd0006", understood, Info{Known: true, Start: true, End: true, PID: 7, PIDBits: 15,
			Discardable: true, NonRef: true, SID: 2, TID: 2}},
		{"frame that others need", "c30004", understood, Info{Known: true, Start: true, End: true, PID: 7,
			PIDBits: 15, TID: 2}},
		{"switching point", "c20007", understood, Info{Known: true, Start: true, End: true, PID: 7, PIDBits: 15,
			TID: 1}},
		{"first packet of several", "860002", understood, Info{Known: true, Start: true, PID: 7, PIDBits: 15,
			SID: 1, TIDSync: true, SIDSync: true}},
		{"payload that looks like a keyframe", "c00007", key, Info{Known: true, Start: true, End: true, PID: 7,
			PIDBits: 15, TIDSync: true, SIDSync: true}},
	} {
		var reader dependency.Reader
		var d dependency.Descriptor
		for _, s := range []string{structure, test.descriptor} {
			if err := reader.Read(bytesOf(t, s), false, &d); err != nil {
				t.Fatalf("%s: %v", test.name, err)
			}
		}
		if got := test.payload.Described(&d); got != test.want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", test.name, got, test.want)
		}
	}
}
