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
