package codecs

import (
	"encoding/hex"
	"strings"
	"testing"
)

// bytesOf decodes hexadecimal digits, ignoring spaces.
func bytesOf(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func codec(t testing.TB, name string) Codec {
	t.Helper()
	entries := Lookup(name)
	if len(entries) == 0 {
		t.Fatalf("no codec %q", name)
	}
	return entries[0]
}

type parseTest struct {
	name           string
	payload        string
	marker, newPic bool
	want           Info
}

func runParseTests(t *testing.T, c Codec, tests []parseTest) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := c.Parse(bytesOf(t, test.payload), test.marker, test.newPic)
			if got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

// lost is what the malformed payloads of spec media.md 3.3 are taken for.
var lost = Info{Keyframe: KeyframeUnknown}

func TestParseAudio(t *testing.T) {
	want := Info{Known: true, Start: true, End: true, Keyframe: KeyframeUnknown}
	for _, name := range []string{"opus", "g722", "pcmu", "pcma"} {
		if got := codec(t, name).Parse([]byte{1, 2}, false, true); got != want {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestParseUnknownCodec(t *testing.T) {
	want := Info{Start: true, End: true, Keyframe: KeyframeUnknown}
	if got := (Codec{Name: "none"}).Parse([]byte{1}, true, true); got != want {
		t.Errorf("got %+v", got)
	}
}

func TestParseVP8(t *testing.T) {
	key := Info{Known: true, Start: true, Keyframe: KeyframeYes, TIDSync: true, SIDSync: true}
	with := func(i Info, f func(i *Info)) Info { f(&i); return i }
	runParseTests(t, codec(t, "vp8"), []parseTest{
		{"keyframe without extension", "10 50 02 00", false, true, key},
		{"keyframe with its code", "10 500200 9d012a 8002e001", false, true, key},
		{"keyframe without its code", "10 500200 9d012b 8002e001", true, true, Info{Known: true, Start: true,
			End: true, Opaque: true, Keyframe: KeyframeUnknown}},
		{"inter frame", "10 51 02 00", true, true, Info{Known: true, Start: true, End: true}},
		{"middle of a frame", "00 50", false, false, Info{Known: true}},
		{"another partition", "11 50", false, false, Info{Known: true}},
		{"7-bit picture id", "90 80 05 50", false, true,
			with(key, func(i *Info) { i.PID, i.PIDBits = 5, 7 })},
		{"15-bit picture id", "90 80 9234 50", false, true,
			with(key, func(i *Info) { i.PID, i.PIDBits = 0x1234, 15 })},
		{"all fields", "b0 f0 ffff 17 a5 51", true, true,
			Info{Known: true, Start: true, End: true, Discardable: true, TIDSync: true,
				TID: 2, PID: 0x7fff, PIDBits: 15}},
		{"KEYIDX only", "90 10 05 51", false, true, Info{Known: true, Start: true}},
		{"T without Y", "90 20 40 51", false, true, Info{Known: true, Start: true, TID: 1}},
		{"empty", "", false, false, lost},
		{"descriptor only", "10", false, false, lost},
		{"extension missing", "90", false, false, lost},
		{"picture id missing", "90 80", false, false, lost},
		{"half a picture id", "90 80 81", false, false, lost},
		{"TL0PICIDX missing", "90 40", false, false, lost},
		{"TID missing", "90 60 01", false, false, lost},
		{"nothing after the descriptor", "90 e0 05 01 40", false, false, lost},
		{"malformed, frame limits from the header", "90", true, true,
			Info{Start: true, End: true, Keyframe: KeyframeUnknown}},
	})
}

func TestParseVP9(t *testing.T) {
	runParseTests(t, codec(t, "vp9"), []parseTest{
		{"keyframe with structure", "8b 05 18 0280 0168 01 04 01 82 49", false, true,
			Info{Known: true, Start: true, NonRef: true, Keyframe: KeyframeYes,
				TIDSync: true, SIDSync: true, PID: 5, PIDBits: 7}},
		{"inter frame", "cc 8123 86", true, true,
			Info{Known: true, Start: true, End: true, PID: 0x123, PIDBits: 15}},
		{"layers", "ec 05 56 09 86", true, true,
			Info{Known: true, Start: true, End: true, TIDSync: true, TID: 2, SID: 3, PID: 5, PIDBits: 7}},
		{"upper spatial layer of a key picture", "ac 05 02 09 82", true, false,
			Info{Known: true, Start: true, End: true, SIDSync: true, SID: 1, PID: 5, PIDBits: 7}},
		{"flexible mode with three references", "f8 05 00 03 05 06 86", false, true,
			Info{Known: true, Start: true, PID: 5, PIDBits: 7}},
		{"profile 3 keyframe", "08 b0", false, true,
			Info{Known: true, Start: true, Keyframe: KeyframeYes, TIDSync: true, SIDSync: true}},
		{"profile 3 inter frame", "48 b2", false, true, Info{Known: true, Start: true}},
		{"show existing frame", "48 88", false, true, Info{Known: true, Start: true}},
		{"encrypted", "48 02", false, true, Info{Known: true, Start: true, Opaque: true}},
		{"encrypted keyframe", "08 02", false, true, Info{Known: true, Start: true, Opaque: true,
			Keyframe: KeyframeYes, TIDSync: true, SIDSync: true}},
		{"encrypted upper layer of a key picture", "ac 05 02 09 02", false, false, Info{Known: true, Start: true,
			End: true, Opaque: true, SIDSync: true, SID: 1, PID: 5, PIDBits: 7}},
		{"encrypted continuation", "00 02", false, false, Info{Known: true}},
		{"not predicted, but no keyframe", "08 86", false, true, Info{Known: true, Start: true, SIDSync: true}},
		{"predicted, and looks like a keyframe", "48 82", false, true, Info{Known: true, Start: true}},
		{"continuation", "80 05 82", false, false, Info{Known: true, PID: 5, PIDBits: 7}},
		{"empty", "", false, false, lost},
		{"picture id missing", "88", false, false, lost},
		{"half a picture id", "88 80", false, false, lost},
		{"layer missing", "28", false, false, lost},
		{"TL0PICIDX missing", "28 00", false, false, lost},
		{"four references", "58 03 03 03 02 86", false, false, lost},
		{"reference missing", "58 03", false, false, lost},
		{"structure missing", "0a", false, false, lost},
		{"structure with more layers than bytes", "0a f0 0280 0168 82", false, false, lost},
		{"structure with more pictures than bytes", "0a 08 20 04 01", false, false, lost},
		{"nothing after the descriptor", "08", false, false, lost},
	})
}

func TestParseH264(t *testing.T) {
	key := Info{Known: true, Start: true, Keyframe: KeyframeYes, TIDSync: true, SIDSync: true}
	runParseTests(t, codec(t, "h264"), []parseTest{
		{"SPS", "67 42e01f", false, true, key},
		{"PPS", "68 ce3c80", false, false, Info{Known: true}},
		{"STAP-A with SPS and PPS", "78 0003 6742e0 0002 68ce", false, true, key},
		{"STAP-B with SPS", "79 0001 0002 6742", false, true, key},
		{"MTAP16 with SPS", "7a 0001 0002 00 0000 6742", false, true, key},
		{"MTAP24 with SPS", "7b 0001 0002 00 000000 6742", false, true, key},
		{"first fragment of an SPS", "7c 87 42", false, true, key},
		{"other fragment of an SPS", "7c 07 42", false, true, Info{Known: true, Start: true}},
		{"FU-B with an SPS", "7d 87 0001 42", false, true, key},
		{"IDR picture without parameter sets", "65 88", false, true, key},
		{"fragment of the same", "7c 85 88", false, true, key},
		{"IDR slice after parameter sets", "65 88", true, false, Info{Known: true, End: true}},
		{"slice", "41 9a", true, true, Info{Known: true, Start: true, End: true}},
		{"slice without references", "01 9a", true, true,
			Info{Known: true, Start: true, End: true, Discardable: true}},
		{"first fragment without references", "1c 81 9a", false, true,
			Info{Known: true, Start: true, Discardable: true}},
		{"other fragment without references", "1c 01 9a", false, false,
			Info{Known: true, Discardable: true}},
		{"SEI", "06 05", false, true, Info{Known: true, Start: true}},
		{"empty", "", false, false, lost},
		{"reserved 0", "60 00", false, false, lost},
		{"reserved 30", "7e 00", false, false, lost},
		{"reserved 31", "7f 00", false, false, lost},
		{"empty STAP-A", "78", false, false, lost},
		{"half a size", "78 00", false, false, lost},
		{"unit beyond the packet", "78 0004 6742e0", false, false, lost},
		{"unit of no size", "78 0000 6742e0", false, false, lost},
		{"second unit beyond the packet", "78 0003 6742e0 0005 68ce", false, false, lost},
		{"aggregation in an aggregation", "78 0003 780001", false, false, lost},
		{"fragment of an aggregation", "7c 98 00", false, false, lost},
		{"half a fragment", "7c 85", false, false, lost},
	})
}

func TestParseAV1(t *testing.T) {
	key := Info{Known: true, Start: true, Keyframe: KeyframeYes, TIDSync: true, SIDSync: true}
	runParseTests(t, codec(t, "av1"), []parseTest{
		{"keyframe, W=2", "28 03 080000 30 10", false, true, key},
		{"keyframe, W=0 (weak spot 27)", "08 03 080000 02 3010", false, true, key},
		{"temporal delimiter first", "38 01 10 03 080000 30 10", false, true, key},
		{"keyframe in the next packet", "58 080000", false, true, key},
		{"frame header OBU", "28 03 080000 18 10", false, true, key},
		{"inter frame after a sequence header", "28 03 080000 30 30", false, true,
			Info{Known: true, Start: true}},
		{"show existing frame", "28 03 080000 18 80", false, true, Info{Known: true, Start: true}},
		{"reduced still picture", "28 03 080800 30 ff", false, true, key},
		{"no new sequence", "20 03 080000 30 10", true, true, Info{Known: true, Start: true, End: true}},
		{"OBU with a size field", "18 0a 01 00", false, true, key},
		{"OBU with extension", "10 34 08 30", true, true, Info{Known: true, Start: true, End: true}},
		{"continuation", "90 ffffff", true, false, Info{Known: true, End: true}},
		{"empty", "", false, false, lost},
		{"aggregation header only", "10", false, false, lost},
		{"element beyond the packet", "20 05 3010", false, false, lost},
		{"element of no size", "00 00 01 30", false, false, lost},
		{"last element missing", "20 02 3010", false, false, lost},
		{"size of five bytes", "00 8180808001 30", false, false, lost},
		{"size cut off", "00 81", false, false, lost},
		{"forbidden bit", "10 b0 10", false, false, lost},
		{"extension missing", "10 34", false, false, lost},
		{"size field missing", "10 32", false, false, lost},
		{"continuation of a new sequence", "98 30", false, false, lost},
	})
}

func TestDimensions(t *testing.T) {
	for _, test := range []struct {
		name, codec, payload string
		w, h                 uint16
	}{
		{"VP8", "vp8", "10 500200 9d012a 8042 6881", 640, 360},
		{"VP8 inter frame", "vp8", "10 510200 9d012a 8002 6801", 0, 0},
		{"VP8 too short", "vp8", "10 500200 9d012a 8002 68", 0, 0},
		{"VP8 without start code", "vp8", "10 500200 9d012b 8002 6801", 0, 0},
		{"VP9, three layers", "vp9", "8a 05 50 0140 00b4 0280 0168 0500 02d0 82", 1280, 720},
		{"VP9 without structure", "vp9", "88 05 82", 0, 0},
		{"H.264 baseline", "h264", "67 42c01e d900a02ff9610000030001000003003c8f162e48", 640, 360},
		{"H.264 high, cropped", "h264", "67 640028 acd940780227e5c04400000fa40002ee0ac3 c60c6580", 1920, 1080},
		{"H.264 in a STAP-A", "h264", "78 0019 67 42c01e d900a02ff9610000030001000003003c8f162e48 0002 68ce", 640, 360},
		{"H.264 cut off", "h264", "67 42c01e d9", 0, 0},
		{"H.264 fragment", "h264", "7c 87 42c01e d900a02ff9610000030001000003003c8f162e48", 0, 0},
		{"AV1", "av1", "18 08 0000 0042 a7bf e460", 1920, 804},
		{"Opus", "opus", "0102", 0, 0},
	} {
		w, h, ok := Dimensions(codec(t, test.codec), bytesOf(t, test.payload))
		if w != test.w || h != test.h || ok != (test.w != 0) {
			t.Errorf("%s: got %d×%d, %v, want %d×%d", test.name, w, h, ok, test.w, test.h)
		}
	}
}
