package codecs

import "testing"

// The payload types are what other implementations expect (spec media.md 1.3).
func TestTable(t *testing.T) {
	for _, test := range []struct {
		name     string
		kind     Kind
		mime     string
		rate     uint32
		channels uint16
		types    []uint8
		rtx      []uint8
	}{
		{"vp8", Video, "video/VP8", 90000, 0, []uint8{96}, []uint8{97}},
		{"vp9", Video, "video/VP9", 90000, 0, []uint8{98, 100}, []uint8{99, 101}},
		{"av1", Video, "video/AV1", 90000, 0, []uint8{35}, []uint8{36}},
		{"h264", Video, "video/H264", 90000, 0, []uint8{108, 102}, []uint8{109, 103}},
		{"h265", Video, "video/H265", 90000, 0, []uint8{116}, []uint8{117}},
		{"opus", Audio, "audio/opus", 48000, 2, []uint8{111}, []uint8{0}},
		{"red", Audio, "audio/red", 48000, 2, []uint8{63}, []uint8{0}},
		{"g722", Audio, "audio/G722", 8000, 1, []uint8{9}, []uint8{0}},
		{"pcmu", Audio, "audio/PCMU", 8000, 1, []uint8{0}, []uint8{0}},
		{"pcma", Audio, "audio/PCMA", 8000, 1, []uint8{8}, []uint8{0}},
	} {
		entries := Lookup(test.name)
		if len(entries) != len(test.types) {
			t.Errorf("%s has %d entries", test.name, len(entries))
			continue
		}
		for i, c := range entries {
			if c.Name != test.name || c.Kind != test.kind || c.MimeType != test.mime ||
				c.ClockRate != test.rate || c.Channels != test.channels ||
				c.PayloadType != test.types[i] || c.RTXPayloadType != test.rtx[i] {
				t.Errorf("%s: got %+v", test.name, c)
			}
			if c.format == formatUnknown {
				t.Errorf("%s has no parser", test.name)
			}
		}
	}
}

// one payload type never means two things.
func TestPayloadTypesAreUnique(t *testing.T) {
	seen := map[uint8]string{}
	take := func(pt uint8, name string) {
		if other, ok := seen[pt]; ok {
			t.Errorf("%d is both %s and %s", pt, other, name)
		}
		seen[pt] = name
	}
	for _, name := range []string{"vp8", "vp9", "av1", "h264", "h265", "opus", "red", "g722", "pcmu", "pcma"} {
		for _, c := range Lookup(name) {
			take(c.PayloadType, name)
			if c.RTXPayloadType != 0 {
				take(c.RTXPayloadType, name+" RTX")
			}
		}
	}
}

func TestLookupUnknown(t *testing.T) {
	for _, name := range []string{"", "VP8", "theora"} {
		if Lookup(name) != nil {
			t.Errorf("%q is a codec", name)
		}
	}
}

func TestDefault(t *testing.T) {
	kinds := map[Kind]bool{}
	for _, name := range Default() {
		kinds[codec(t, name).Kind] = true
	}
	if !kinds[Audio] || !kinds[Video] {
		t.Error("the default codecs lack sound or pictures")
	}
}

func TestStrings(t *testing.T) {
	if Audio.String() != "audio" || Video.String() != "video" {
		t.Error("kinds are not named as in SDP")
	}
	if KeyframeNo.String() != "no" || KeyframeYes.String() != "yes" || KeyframeUnknown.String() != "unknown" ||
		KeyframeBegun.String() != "begun" {
		t.Error("answers are not named")
	}
}
