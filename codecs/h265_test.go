package codecs

import "testing"

// TestH265 parses the payloads of RFC 7798.
func TestH265(t *testing.T) {
	c := codec(t, "h265")
	for _, test := range []struct {
		name, payload string
		want          Info
	}{
		{"parameter set", "4001 0c01", Info{Known: true, Start: true, Keyframe: KeyframeYes, TIDSync: true, SIDSync: true}},
		{"IDR", "2601 af08", Info{Known: true, Start: true, Keyframe: KeyframeYes, TIDSync: true, SIDSync: true}},
		{"delta", "0201 af", Info{Known: true, Start: true}},
		{"upper temporal layer, nothing refers to it", "0003 af", Info{Known: true, Start: true, TID: 2, Discardable: true}},
		{"switching point", "0602 af", Info{Known: true, Start: true, TID: 1, TIDSync: true}},
		{"aggregation", "6001 0004 4001 0c01 0003 4401 c0",
			Info{Known: true, Start: true, Keyframe: KeyframeYes, TIDSync: true, SIDSync: true}},
		{"first fragment of an IDR", "6201 93 af", Info{Known: true, Start: true, Keyframe: KeyframeYes, TIDSync: true, SIDSync: true}},
		{"other fragment of an IDR", "6201 13 af", Info{Known: true, Start: true}},
		{"first fragment of a delta", "6201 81 af", Info{Known: true, Start: true}},
		{"unit beyond the packet", "6001 0009 4001 0c01", unknown(false, true)},
		{"aggregation in an aggregation", "6001 0004 6001 0c01", unknown(false, true)},
		{"no temporal id", "2600 af", unknown(false, true)},
		{"PACI", "6401 af af", unknown(false, true)},
		{"nothing but a header", "2601", unknown(false, true)},
		{"empty", "", unknown(false, true)},
	} {
		if got := c.Parse(bytesOf(t, test.payload), false, true); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

// TestBeginsKeyframe: what may lack a parameter set before it is told from what may
// not, so that nobody begins behind one that is late.
func TestBeginsKeyframe(t *testing.T) {
	for _, test := range []struct {
		codec, payload string
		want           bool
	}{
		{"h264", "67 42e01f", true},
		{"h264", "78 0003 6742e0 0002 68ce", true},
		{"h264", "65 88", false},
		{"h264", "7c 85 88", false},
		{"h265", "4001 0c01", true},
		{"h265", "6001 0004 4001 0c01 0003 4401 c0", true},
		{"h265", "4201 0101", false},
		{"h265", "6201 93 af", false},
		{"h265", "6001 0009 4001 0c01", false},
		{"vp8", "10 50 02 00", true},
		{"av1", "28 03 080000 30 10", true},
	} {
		c, payload := codec(t, test.codec), bytesOf(t, test.payload)
		if got := c.BeginsKeyframe(payload); got != test.want {
			t.Errorf("%s %s: %v", test.codec, test.payload, got)
		}
		if i := c.Parse(payload, false, true); i.Keyframe != KeyframeYes && i.Known {
			t.Errorf("%s %s: no keyframe", test.codec, test.payload)
		}
	}
	if i := codec(t, "h265").Parse(bytesOf(t, "4201 0101"), false, false); i.Keyframe != KeyframeNo {
		t.Error("a keyframe begins with its second parameter set")
	}
}

// TestDimensionsH265 reads a parameter set of a usual encoder.
func TestDimensionsH265(t *testing.T) {
	sps := "4201 01016000000300b0000003000003005da00280802d165959a4932bc05a020000030002000003003c10"
	c := codec(t, "h265")
	if w, h, ok := Dimensions(c, bytesOf(t, sps)); !ok || w != 1280 || h != 720 {
		t.Errorf("%d×%d, %v", w, h, ok)
	}
	if _, _, ok := Dimensions(c, bytesOf(t, sps[:41])); ok {
		t.Error("size of a truncated parameter set")
	}
}
