package codecs

import (
	"bytes"
	"testing"
)

// TestRED: the newest block is found, and blocks are relabelled (RFC 2198).
func TestRED(t *testing.T) {
	for _, test := range []struct {
		name, payload, primary, relabelled string
		ok                                 bool
	}{
		{"no redundancy", "6f aabb", "aabb", "70 aabb", true},
		{"one older block", "ef 0f00 02 6f 1122 aabb", "aabb", "f0 0f00 02 70 1122 aabb", true},
		{"two older blocks", "ef 1e00 01 ef 0f00 02 6f 11 2233 aabbcc", "aabbcc",
			"f0 1e00 01 f0 0f00 02 70 11 2233 aabbcc", true},
		{"long block", "ef 0f01 00 6f" + zeros(256) + "aa", "aa", "f0 0f01 00 70" + zeros(256) + "aa", true},
		{"nothing new", "ef 0f00 02 6f 1122", "", "f0 0f00 02 70 1122", true},
		{"block of another codec", "ef 0f00 02 00 1122 aabb", "aabb", "", true},
		{"older block of another codec", "80 0f00 02 6f 1122 aabb", "aabb", "", true},
		{"empty", "", "", "", false},
		{"header cut off", "ef 0f", "", "", false},
		{"newest header missing", "ef 0f00 02", "", "", false},
		{"block beyond the packet", "ef 0f00 03 6f 1122", "", "", false},
	} {
		b := bytesOf(t, test.payload)
		primary, ok := PrimaryRED(b)
		if ok != test.ok || !bytes.Equal(primary, bytesOf(t, test.primary)) {
			t.Errorf("%s: primary %x, %v", test.name, primary, ok)
		}
		want := bytesOf(t, test.relabelled)
		done := RelabelRED(b, 111, 112)
		if done != (len(want) > 0) || done && !bytes.Equal(b, want) || !done && !bytes.Equal(b, bytesOf(t, test.payload)) {
			t.Errorf("%s: relabelled %x, %v", test.name, b, done)
		}
	}
}

// zeros returns n zero bytes in hexadecimal.
func zeros(n int) string {
	return string(bytes.Repeat([]byte("00"), n))
}

// FuzzRED: reading does not panic, and relabelling changes nothing else.
func FuzzRED(f *testing.F) {
	for _, s := range []string{"6f aabb", "ef 0f00 02 6f 1122 aabb", "ef 1e00 01 ef 0f00 02 6f 11 2233 aa", "ef 0f"} {
		f.Add(bytesOf(f, s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b := bytes.Clone(data)[:len(data):len(data)]
		before, ok := PrimaryRED(b)
		before = bytes.Clone(before)
		if !RelabelRED(b, 111, 5) {
			if !bytes.Equal(b, data) {
				t.Fatalf("%x became %x", data, b)
			}
			return
		}
		if after, _ := PrimaryRED(b); !ok || !bytes.Equal(before, after) {
			t.Fatalf("primary %x became %x", before, after)
		}
		if !RelabelRED(b, 5, 111) || !bytes.Equal(b, data) {
			t.Fatalf("%x became %x", data, b)
		}
	})
}
