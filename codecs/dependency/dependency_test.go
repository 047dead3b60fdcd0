package dependency

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Descriptors of Chromium's: those of a first keyframe, by scalability mode.
var structures = map[string]string{
	"L1T3": "c00001800214eaa860414d141020842703bf021b",
	"L2T1": "c10001800123ba22891820d2100111180ef808681df810d8",
	"L3T3": "c1000180081485214eafffaaaa863cf0430c10c302afc0aaa0063c00430010c002a000a80006000040001d954926" +
		"e082b04a0941b820ac1282503157f974000ca864330e222222eca8655304224230eca8775300ef008601df010d03bf021b",
	"L3T3_KEY": "c0000180081485214eaaaaa8000600004000100002aa80a8000600004000100002a000a800060000400016d5" +
		"49241b5524906d54923157e001974ca864330e222396eca8655304224390eca8775300ef008601df010d03bf021b",
}

func bytesOf(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// indications writes what a frame is for each target as the specification does.
func indications(d *Descriptor) string {
	var s []byte
	for target := range d.Structure.Targets() {
		s = append(s, "-DSR"[d.Indications.Of(target)])
	}
	return string(s)
}

// TestRead: descriptors mean what the specification says.
func TestRead(t *testing.T) {
	for _, test := range []struct {
		name, structure, descriptor string
		number                      uint16
		layer                       Layer
		indications                 string
		references                  []uint16
		start, end, keyframe        bool
	}{
		{"keyframe", "L1T3", "", 1, Layer{0, 0}, "SSS", nil, true, true, true},
		{"highest layer", "L1T3", "c30002", 2, Layer{0, 2}, "--D", []uint16{1}, true, true, false},
		{"middle layer", "L1T3", "c20003", 3, Layer{0, 1}, "-DS", []uint16{2}, true, true, false},
		{"first packet of several", "L1T3", "820003", 3, Layer{0, 1}, "-DS", []uint16{2}, true, false, false},
		{"last packet of several", "L1T3", "420003", 3, Layer{0, 1}, "-DS", []uint16{2}, false, true, false},
		{"spatial layer of a keyframe", "L3T3", "c60002", 2, Layer{1, 0}, "---SSSSSS", []uint16{1}, true, true, false},
		{"frame of all layers", "L3T3", "c0000d", 13, Layer{0, 0}, "SSSRRRRRR", []uint16{12}, true, true, false},
		{"two references", "L3T3", "c5000e", 14, Layer{1, 0}, "---SSSRRR", []uint16{12, 1}, true, true, false},
		{"own indications", "L1T3", "c10005 24 00", 5, Layer{0, 0}, "S--", []uint16{4}, true, true, false},
		// Flags 00010; 1, 4 bits: 0; 3, 12 bits: 256; 0.
		{"own references", "L1T3", "c10400 12188000", 1024, Layer{0, 0}, "SSS", []uint16{1, 257}, true, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var reader Reader
			var d Descriptor
			if err := reader.Read(bytesOf(t, structures[test.structure]), false, &d); err != nil {
				t.Fatal(err)
			}
			if test.descriptor != "" {
				if err := reader.Read(bytesOf(t, test.descriptor), false, &d); err != nil {
					t.Fatal(err)
				}
			}
			if d.Number != test.number || d.Layer != test.layer || d.Start != test.start || d.End != test.end ||
				d.Keyframe() != test.keyframe {
				t.Errorf("got %+v", d)
			}
			if got := indications(&d); got != test.indications {
				t.Errorf("indications %s", got)
			}
			if got := d.References[:d.ReferenceCount]; !slices.Equal(got, test.references) {
				t.Errorf("references %v", got)
			}
		})
	}
}

// TestStructure: what follows from a structure.
func TestStructure(t *testing.T) {
	for _, test := range []struct {
		name    string
		targets int
		top     Layer
		inside  uint32 // the highest target
		sizes   string
	}{
		{"L1T3", 3, Layer{0, 2}, 0b111, "960×540"},
		{"L2T1", 2, Layer{1, 0}, 0b11, "480×270 960×540"},
		{"L3T3", 9, Layer{2, 2}, 0b111111111, "240×135 480×270 960×540"},
		{"L3T3_KEY", 9, Layer{2, 2}, 0b111000000, "240×135 480×270 960×540"},
	} {
		var reader Reader
		var d Descriptor
		b := bytesOf(t, structures[test.name])
		if err := reader.Read(b, false, &d); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		s := d.Structure
		top := s.Targets() - 1
		if s.Targets() != test.targets || s.Layer(top) != test.top || s.Inside(top) != test.inside ||
			d.Active != s.All() || !BringsStructure(b) {
			t.Errorf("%s: %d targets, %+v, inside %b, active %b", test.name, s.Targets(), s.Layer(top), s.Inside(top), d.Active)
		}
		var sizes []string
		for _, r := range s.Sizes() {
			w, h := r.Size()
			sizes = append(sizes, fmt.Sprintf("%d×%d", w, h))
		}
		if got := strings.Join(sizes, " "); got != test.sizes {
			t.Errorf("%s: sizes %s", test.name, got)
		}
		if chain, ok := s.Chain(top); !ok || chain != int(test.top.SID) {
			t.Errorf("%s: chain %d, %v", test.name, chain, ok)
		}
	}
}

// TestMalformed: descriptors that cannot be are refused (spec media.md 3.3).
func TestMalformed(t *testing.T) {
	l3t3 := structures["L3T3"]
	for _, test := range []struct {
		name, first, descriptor string
		want                    error
	}{
		{"empty", "L1T3", "", ErrMalformed},
		{"two bytes", "L1T3", "c100", ErrMalformed},
		{"no structure yet", "", "c10002", ErrNoStructure},
		{"template beyond the structure", "L1T3", "ff0002", ErrNoStructure},
		{"structure cut off", "", l3t3[:len(l3t3)-4], ErrMalformed},
		{"structure of one byte", "", "c0000180", ErrMalformed},
		{"active targets missing", "L3T3", "c1000240", ErrMalformed},
		{"indications missing", "L3T3", "c1000220", ErrMalformed},
		{"references without end", "L1T3", "c10002 12 08", ErrMalformed},
		{"chains missing", "L3T3", "c1000208", ErrMalformed},
		{"five spatial layers", "", "800001 80 00 2a b0 00 00 00 00 00", ErrMalformed},
		{"too many references", "L1T3", "c10002 1208208208208200", ErrMalformed},
	} {
		var reader Reader
		var d Descriptor
		if test.first != "" {
			if err := reader.Read(bytesOf(t, structures[test.first]), false, &d); err != nil {
				t.Fatal(err)
			}
		}
		if err := reader.Read(bytesOf(t, test.descriptor), false, &d); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
}

// TestActive: the active targets hold until others are told, a late packet changes
// nothing, and a structure begins with all of them.
func TestActive(t *testing.T) {
	var reader Reader
	key := bytesOf(t, structures["L1T3"])
	for i, test := range []struct {
		descriptor []byte
		late       bool
		want       uint32
	}{
		{key, false, 0b111},
		{bytesOf(t, "c10005 41"), false, 0b001},
		{bytesOf(t, "c30006"), false, 0b001},
		{bytesOf(t, "c20004"), true, 0b001},
		{bytesOf(t, "c20003 43"), true, 0b011}, // what it says of itself
		{bytesOf(t, "c20007"), false, 0b001},
		{key, true, 0b111},
		{bytesOf(t, "c10009"), false, 0b001},
		{key, false, 0b111},
		{bytesOf(t, "c30002"), false, 0b111},
	} {
		var d Descriptor
		if err := reader.Read(test.descriptor, test.late, &d); err != nil {
			t.Fatal(err)
		}
		if d.Active != test.want {
			t.Errorf("step %d: active %03b, want %03b", i, d.Active, test.want)
		}
	}
}

// TestStructures: a structure that is sent again is the same value, and packets of
// the one before are understood while they come late.
func TestStructures(t *testing.T) {
	var reader Reader
	var first, again, other, late Descriptor
	key := bytesOf(t, structures["L1T3"])
	shifted := shift(t, key, 10)
	for _, err := range []error{
		reader.Read(key, false, &first),
		reader.Read(key, false, &again),
		reader.Read(shifted, false, &other),
		reader.Read(bytesOf(t, "c30002"), true, &late),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if first.Structure != again.Structure || other.Structure == first.Structure || late.Structure != first.Structure {
		t.Error("structures are mixed up")
	}
}

// shift returns a descriptor whose templates have other identifiers.
func shift(t *testing.T, b []byte, offset uint8) []byte {
	var reader Reader
	var d Descriptor
	if err := reader.Read(b, false, &d); err != nil {
		t.Fatal(err)
	}
	s := *d.Structure
	s.offset += offset
	d.Structure, d.template = &s, d.template+offset
	return d.Append(nil)
}

// TestWrite: what was read is written as it was, and with active targets added it
// still means the same.
func TestWrite(t *testing.T) {
	for name, s := range structures {
		var reader Reader
		for _, text := range []string{s, "c20005", "030006", "c1000742 80"} {
			b := bytesOf(t, text)
			var d, told Descriptor
			if err := reader.Read(b, false, &d); err != nil {
				t.Fatalf("%s, %s: %v", name, text, err)
			}
			if out := d.Append(nil); !bytes.Equal(out, b) && len(b) != 5 {
				t.Errorf("%s: %x became %x", name, b, out)
			}
			change := d
			change.Tell(1)
			copied := reader
			if err := copied.Read(change.Append(nil), false, &told); err != nil {
				t.Fatal(err)
			}
			if told.Active != 1 || !told.HasActive || told.Frame != d.Frame || told.Number != d.Number ||
				*told.Structure != *d.Structure {
				t.Errorf("%s, %s: %+v became %+v", name, text, d, told)
			}
		}
	}
}

// TestAllocations: once the structure is known nothing is allocated (R-C.2).
func TestAllocations(t *testing.T) {
	var reader Reader
	var d Descriptor
	key, other := bytesOf(t, structures["L3T3"]), bytesOf(t, "c5000e")
	buffer := make([]byte, 0, MaxSize)
	read := func() {
		if reader.Read(key, false, &d) != nil || reader.Read(other, false, &d) != nil {
			t.Fatal("not read")
		}
		d.Tell(3)
		d.Append(buffer)
	}
	read()
	if n := testing.AllocsPerRun(1000, read); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzDD: whatever comes, reading does not panic, and what is read is written in a
// form that means the same.
func FuzzDD(f *testing.F) {
	for _, s := range structures {
		for _, next := range []string{"c30002", "c10005 41", "c10005 24 00", "c10400 12188000", "c1000208 0102030405"} {
			f.Add(bytesOf(f, s), bytesOf(f, next), false)
		}
		f.Add(bytesOf(f, s), bytesOf(f, structures["L1T3"]), true)
	}
	f.Fuzz(func(t *testing.T, first, second []byte, late bool) {
		var reader, again Reader
		for i, b := range [][]byte{first, second} {
			var d, e Descriptor
			b = bytes.Clone(b)[:len(b):len(b)]
			if reader.Read(b, late && i == 1, &d) != nil {
				return
			}
			out := d.Append(nil)
			if err := again.Read(out, late && i == 1, &e); err != nil {
				t.Fatalf("%x became %x: %v", b, out, err)
			}
			if *d.Structure != *e.Structure {
				t.Fatalf("%x became %x: another structure", b, out)
			}
			d.Structure, e.Structure = nil, nil
			if d != e {
				t.Fatalf("%x became %x: %+v became %+v", b, out, d, e)
			}
		}
	})
}
