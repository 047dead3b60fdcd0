package codecs

import (
	"bytes"
	"testing"
)

// TestNumbers: the running numbers are found and shifted, and nothing else is
// changed (spec media.md 3.2).
func TestNumbers(t *testing.T) {
	shift := Shift{PID: 0x102, TL0: 3, Key: 30}
	for _, test := range []struct{ name, codec, payload, want string }{
		{"VP8, all", "vp8", "90 f0 9234 fe 63 51", "90 f0 9336 01 61 51"},
		{"VP8, 7 bits", "vp8", "90 e0 7f 01 40 51", "90 e0 01 04 40 51"},
		{"VP8, key only", "vp8", "90 10 45 51", "90 10 43 51"},
		{"VP8, none", "vp8", "10 51", "10 51"},
		{"VP8, wraps", "vp8", "90 80 ffff 51", "90 80 8101 51"},
		{"VP9, not flexible", "vp9", "ac 8005 56 fe 86", "ac 8107 56 01 86"},
		{"VP9, flexible", "vp9", "bc 05 56 86", "bc 07 56 86"},
		{"malformed", "vp8", "90 f0 9234 fe", "90 f0 9234 fe"},
		{"H.264", "h264", "67 42", "67 42"},
	} {
		b := bytesOf(t, test.payload)
		shift.Add(codec(t, test.codec), b)
		if want := bytesOf(t, test.want); !bytes.Equal(b, want) {
			t.Errorf("%s: got %x, want %x", test.name, b, want)
		}
	}
}

// TestShift: after a switch the numbers go on by one.
func TestShift(t *testing.T) {
	c := codec(t, "vp8")
	last, _ := c.Numbers(bytesOf(t, "90 f0 ffff ff 1f 51"))
	first, _ := c.Numbers(bytesOf(t, "90 f0 8123 45 07 50"))
	next := first.Plus(last.Shift(first))
	if next.PID != 0 || next.TL0 != 0 || next.Key != 0 {
		t.Errorf("got %+v", next)
	}
}

// FuzzNumbers: adding a shift and its opposite changes nothing, and the payload is
// classified as before.
func FuzzNumbers(f *testing.F) {
	for _, name := range []string{"vp8", "vp9"} {
		for _, s := range seeds[name] {
			f.Add(name == "vp9", bytesOf(f, s), uint16(0x1234), uint8(200), uint8(17))
		}
	}
	f.Fuzz(func(t *testing.T, second bool, data []byte, pid uint16, tl0, key uint8) {
		name := "vp8"
		if second {
			name = "vp9"
		}
		c := codec(t, name)
		b := bytes.Clone(data)
		Shift{pid, tl0, key}.Add(c, b)
		before, after := c.Parse(data, false, true), c.Parse(b, false, true)
		before.PID, after.PID = 0, 0
		if before != after {
			t.Fatalf("%+v became %+v", before, after)
		}
		Shift{-pid, -tl0, -key & 0x1f}.Add(c, b)
		if !bytes.Equal(b, data) {
			t.Fatalf("%x became %x", data, b)
		}
	})
}
