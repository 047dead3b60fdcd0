package codecs

import (
	"bytes"
	"testing"
)

// seeds are payloads that the fuzzers begin with.
var seeds = map[string][]string{
	"vp8": {
		"10 500200 9d012a 8002 6801", "90 80 05 51", "b0 f0 ffff 17 a5 51", "90 e0 05 01 40", "",
	},
	"vp9": {
		"8b 05 18 0280 0168 01 04 01 82 49", "ec 05 56 09 86", "f8 05 00 03 05 06 86",
		"8a 05 50 0140 00b4 0280 0168 0500 02d0 82", "0a f0 0280",
	},
	"h264": {
		"67 42c01e d900a02ff9610000030001000003003c8f162e48",
		"67 640028 acd940780227e5c04400000fa40002ee0ac3 c60c6580",
		"78 0003 6742e0 0002 68ce", "7a 0001 0002 00 0000 6742", "7c 85 88", "7d 87 0001 42",
	},
	"h265": {
		"4001 0c01ffff", "4201 01016000000300b0000003000003005da00280802d165959a4932bc05a020000030002000003003c10",
		"2601 af08", "0203 af", "6001 0004 4001 0c01 0005 4201 010160", "6201 93 af", "6201 13 af", "0801",
	},
	"av1": {
		"28 03 080000 30 10", "08 03 080000 02 3010", "18 08 0000 0042 a7bf e460", "90 ffffff", "10 34 08 30",
	},
}

// fuzzParse checks a parser: it does not panic, nor read beyond the payload,
// nor write to it, and what it says makes sense.
func fuzzParse(f *testing.F, name string) {
	c := codec(f, name)
	for _, s := range seeds[name] {
		f.Add(bytesOf(f, s), true, false)
		f.Add(bytesOf(f, s), false, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, marker, newTimestamp bool) {
		// A copy without spare capacity, and one followed by other bytes.
		exact := bytes.Clone(data)[:len(data):len(data)]
		longer := append(bytes.Clone(data), 0xff, 0xff, 0xff, 0xff)[:len(data)]
		info := c.Parse(exact, marker, newTimestamp)
		if other := c.Parse(longer, marker, newTimestamp); other != info {
			t.Errorf("depends on what follows the payload: %+v, %+v", info, other)
		}
		w, h, ok := Dimensions(c, exact)
		if ok != (w != 0 && h != 0) {
			t.Errorf("%d×%d, %v", w, h, ok)
		}
		if !bytes.Equal(exact, data) {
			t.Error("the payload was changed")
		}
		if info.TID > 7 || info.SID > 7 {
			t.Errorf("layers %d, %d", info.TID, info.SID)
		}
		switch info.PIDBits {
		case 0, 7, 15:
			if info.PID >= 1<<info.PIDBits {
				t.Errorf("picture id %d of %d bits", info.PID, info.PIDBits)
			}
		default:
			t.Errorf("%d bits", info.PIDBits)
		}
		if !info.Known && info != unknown(marker, newTimestamp) {
			t.Errorf("not understood, but %+v", info)
		}
		if info.Known && info.Keyframe == KeyframeUnknown && !info.Opaque {
			t.Error("understood, but whether it is a keyframe is not known")
		}
	})
}

// Whatever comes, no parser of payloads panics.
func FuzzVP8(f *testing.F)    { fuzzParse(f, "vp8") }
func FuzzVP9(f *testing.F)    { fuzzParse(f, "vp9") }
func FuzzH264(f *testing.F)   { fuzzParse(f, "h264") }
func FuzzH265(f *testing.F)   { fuzzParse(f, "h265") }
func FuzzAV1OBU(f *testing.F) { fuzzParse(f, "av1") }

// FuzzRewrite checks that a rewritten payload is the same but for the picture
// id, of which the width is kept.
func FuzzRewrite(f *testing.F) {
	for _, s := range seeds["vp8"] {
		f.Add(bytesOf(f, s), uint16(0x1234))
		f.Add(bytesOf(f, s), uint16(0xffff))
	}
	f.Fuzz(func(t *testing.T, data []byte, pid uint16) {
		c := codec(t, "vp8")
		before := c.Parse(data, false, true)
		b := bytes.Clone(data)
		if RewritePictureID(b, pid) != (before.PIDBits != 0) {
			t.Fatalf("rewritten or not, with %d bits", before.PIDBits)
		}
		want := before
		want.PID = pid & (1<<before.PIDBits - 1)
		if after := c.Parse(b, false, true); after != want {
			t.Fatalf("got %+v, want %+v", after, want)
		}
		RewritePictureID(b, before.PID)
		if !bytes.Equal(b, data) {
			t.Fatalf("%x became %x", data, b)
		}
	})
}

func TestRewritePictureID(t *testing.T) {
	for _, test := range []struct {
		name, payload string
		pid           uint16
		want          string
	}{
		{"15 bits", "90 80 9234 51", 0x7fff, "90 80 ffff 51"},
		{"15 bits, too large", "90 80 9234 51", 0x8001, "90 80 8001 51"},
		{"7 bits", "90 80 05 51", 0x7f, "90 80 7f 51"},
		{"7 bits, too large", "90 80 05 51", 0x81, "90 80 01 51"},
		{"none", "10 51", 1, "10 51"},
		{"malformed", "90 80 85", 1, "90 80 85"},
	} {
		b := bytesOf(t, test.payload)
		changed := RewritePictureID(b, test.pid)
		if !bytes.Equal(b, bytesOf(t, test.want)) || changed != (test.payload != test.want) {
			t.Errorf("%s: got %x, %v", test.name, b, changed)
		}
	}
}

func TestAllocations(t *testing.T) {
	for name, payloads := range seeds {
		c := codec(t, name)
		for _, s := range payloads {
			b := bytesOf(t, s)
			if n := testing.AllocsPerRun(100, func() {
				c.Parse(b, true, true)
				Dimensions(c, b)
				RewritePictureID(b, 77)
			}); n != 0 {
				t.Errorf("%s %s: %v allocations", name, s, n)
			}
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for name, payloads := range seeds {
		b.Run(name, func(b *testing.B) {
			c := codec(b, name)
			payload := append(bytesOf(b, payloads[0]), make([]byte, 1100)...)
			b.ReportAllocs()
			for b.Loop() {
				c.Parse(payload, false, true)
			}
		})
	}
}

// BenchmarkRewrite measures the change of the running numbers, in place, and the copy
// that it needs.
func BenchmarkRewrite(b *testing.B) {
	for _, name := range []string{"vp8", "vp9"} {
		b.Run(name, func(b *testing.B) {
			c := codec(b, name)
			payload := append(bytesOf(b, seeds[name][0]), make([]byte, 1100)...)
			shift := Shift{PID: 5}
			var out [1500]byte
			b.ReportAllocs()
			for b.Loop() {
				n := copy(out[:], payload)
				shift.Add(c, out[:n])
			}
		})
	}
}
