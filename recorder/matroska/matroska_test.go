package matroska

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/at-wat/ebml-go"
	"github.com/at-wat/ebml-go/webm"
)

// memory is a file in memory, which may fail when it is too large.
type memory struct {
	data   []byte
	limit  int // 0 is none
	closed bool
}

var errFull = errors.New("full")

func (m *memory) Write(b []byte) (int, error) {
	n := len(b)
	if m.limit > 0 {
		n = min(n, m.limit-len(m.data))
	}
	m.data = append(m.data, b[:n]...)
	if n < len(b) {
		return n, errFull
	}
	return n, nil
}

func (m *memory) WriteAt(b []byte, at int64) (int, error) {
	end := int(at) + len(b)
	if m.limit > 0 && end > m.limit {
		return 0, errFull
	}
	for len(m.data) < end {
		m.data = append(m.data, 0)
	}
	return copy(m.data[at:], b), nil
}

func (m *memory) ReadAt(b []byte, at int64) (int, error) {
	return bytes.NewReader(m.data).ReadAt(b, at)
}

func (m *memory) Truncate(size int64) error {
	m.data = m.data[:size]
	return nil
}

func (m *memory) Sync() error { return nil }

func (m *memory) Close() error {
	m.closed = true
	return nil
}

// movie is the header of the files of these tests.
func movie() Header {
	return Header{
		Type: WebM, Title: "bob", Date: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Tracks: []Track{
			{Codec: CodecVP8, Name: "camera", Width: 320, Height: 240},
			{Codec: CodecOpus, Private: []byte("OpusHead"), Rate: 48000, Channels: 2},
		},
	}
}

// write writes five seconds: a keyframe each second, ten pictures and ten blocks
// of sound in between.
func write(t *testing.T, f File) *Writer {
	t.Helper()
	w, err := NewWriter(f, movie())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		at := time.Duration(i) * 100 * time.Millisecond
		for track := 1; track <= 2; track++ {
			err := w.Write(Block{Track: track, Time: at, Keyframe: track == 2 || i%10 == 0, Data: []byte{byte(i), byte(track)}})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return w
}

// document is what the library reads.
type document struct {
	Header  webm.EBMLHeader `ebml:"EBML"`
	Segment webm.Segment
}

// parse reads a file with the library.
func parse(t *testing.T, data []byte) document {
	t.Helper()
	var d document
	if err := ebml.Unmarshal(bytes.NewReader(data), &d, ebml.WithIgnoreUnknown(true)); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestGolden compares the beginning and the first cluster with what they are to
// be, byte by byte.
func TestGolden(t *testing.T) {
	var m memory
	w, err := NewWriter(&m, Header{
		Type: Matroska, Date: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Tracks: []Track{{Codec: CodecACM, Rate: 8000, Channels: 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(Block{Track: 1, Time: 40 * time.Millisecond, Keyframe: true, Data: []byte{0xaa, 0xbb}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := strings.Join(strings.Fields(`
		1a45dfa3 a3 4286 81 01 42f7 81 01 42f2 81 04 42f3 81 08 4282 88 6d6174726f736b61 4287 81 04 4285 81 02
		18538067 01000000000000da
		114d9b74 bf
			4dbb 92 53ab 84 1549a966 53ac 88 0000000000000050
			4dbb 92 53ab 84 1654ae6b 53ac 88 0000000000000084
			4dbb 92 53ab 84 1c53bb6b 53ac 88 00000000000000c8
		ec 0100000000000003 000000
		1549a966 af
			4489 88 4044000000000000
			2ad7b1 83 0f4240
			4461 88 0af325bb0b613200
			4d80 86 67616c656e65
			5741 86 67616c656e65
		1654ae6b a8 ae a6
			d7 81 01 73c5 81 01 83 81 02 9c 81 00 86 88 415f4d532f41434d
			e1 8d b5 88 40bf400000000000 9f 81 01
		1f43b675 92 e7 88 0000000000000028 a3 86 81 0000 80 aabb
		1c53bb6b 8d bb 8b b3 81 28 b7 86 f7 81 01 f1 81 b1`), "")
	if got := hex.EncodeToString(m.data); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestIndex checks that what is in the index is where it says.
func TestIndex(t *testing.T) {
	var m memory
	w := write(t, &m)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !m.closed {
		t.Error("the file is not closed")
	}
	checkMovie(t, m.data, 5, 5000)
	if d, ok := Duration(&m, int64(len(m.data))); !ok || d != 5*time.Second {
		t.Errorf("Duration is %v, %v", d, ok)
	}
}

// checkMovie checks a file of write, of which there are at least some keyframes.
func checkMovie(t *testing.T, data []byte, cues int, duration float64) {
	t.Helper()
	d := parse(t, data)
	if d.Segment.Info.Duration != duration {
		t.Errorf("duration %v, want %v", d.Segment.Info.Duration, duration)
	}
	h, err := readHeader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range d.Segment.SeekHead.Seek {
		e, err := readElement(bytes.NewReader(data), h.layout.segment+int64(s.SeekPosition))
		if err != nil || !bytes.Equal(appendUint(nil, e.id, 4), s.SeekID) {
			t.Errorf("%x is not at %d: %v", s.SeekID, s.SeekPosition, err)
		}
	}
	if d.Segment.Cues == nil || len(d.Segment.Cues.CuePoint) != cues {
		t.Fatalf("cues %+v, want %d", d.Segment.Cues, cues)
	}
	for _, c := range d.Segment.Cues.CuePoint {
		at := h.layout.segment + int64(c.CueTrackPositions[0].CueClusterPosition)
		e, err := readElement(bytes.NewReader(data), at)
		if err != nil || e.id != idCluster {
			t.Errorf("no cluster at %d", at)
		}
		if c.CueTime%1000 != 0 {
			t.Errorf("cue at %d ms", c.CueTime)
		}
	}
	last := map[uint64]int64{}
	for _, c := range d.Segment.Cluster {
		for _, b := range c.SimpleBlock {
			at := int64(c.Timecode) + int64(b.Timecode)
			if old, ok := last[b.TrackNumber]; ok && at <= old {
				t.Errorf("track %d: %d ms after %d ms", b.TrackNumber, at, old)
			}
			last[b.TrackNumber] = at
			if want := []byte{byte(at / 100), byte(b.TrackNumber)}; !bytes.Equal(b.Data[0], want) {
				t.Errorf("block %v at %d ms", b.Data[0], at)
			}
		}
	}
}

// TestRepair cuts a file whose writer died anywhere: what is there is kept, up to
// the last whole block.
func TestRepair(t *testing.T) {
	var m memory
	w := write(t, &m)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	whole := slices.Clone(m.data)
	start := int(w.layout.clusters)
	lastBlocks := 0
	for size := len(whole); size >= 0; size-- {
		f := &memory{data: slices.Clone(whole[:size])}
		err := Repair(f, int64(size))
		if size <= start {
			if !errors.Is(err, ErrEmpty) && !errors.Is(err, ErrForeign) || !bytes.Equal(f.data, whole[:size]) {
				t.Fatalf("%d bytes: %v", size, err)
			}
			continue
		}
		if errors.Is(err, ErrEmpty) && size < start+32 {
			continue
		}
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		d := parse(t, f.data)
		blocks := 0
		for _, c := range d.Segment.Cluster {
			blocks += len(c.SimpleBlock)
		}
		if size == len(whole) && blocks != 100 {
			t.Errorf("%d blocks of 100", blocks)
		}
		if size < len(whole) && lastBlocks-blocks > 1 {
			t.Errorf("%d bytes: %d blocks, and %d with one byte more", size, blocks, lastBlocks)
		}
		lastBlocks = blocks
		if blocks > 2 && d.Segment.Info.Duration <= 0 {
			t.Errorf("%d bytes: no duration", size)
		}
	}
	f := &memory{data: slices.Clone(whole)}
	if err := Repair(f, int64(len(whole))); err != nil {
		t.Fatal(err)
	}
	checkMovie(t, f.data, 5, 5000)
	// Once more is harmless.
	again := slices.Clone(f.data)
	if err := Repair(f, int64(len(f.data))); err != nil || !bytes.Equal(f.data, again) {
		t.Errorf("repaired again: %v", err)
	}
}

// TestRepairForeign leaves alone what is not a recording.
func TestRepairForeign(t *testing.T) {
	for _, data := range []string{"\x00\x00\x00\x00", "GIF89a, or something", strings.Repeat("\xff", 100)} {
		f := &memory{data: []byte(data)}
		if err := Repair(f, int64(len(data))); !errors.Is(err, ErrForeign) || string(f.data) != data {
			t.Errorf("%q: %v", data, err)
		}
	}
	if err := Repair(&memory{}, 0); !errors.Is(err, ErrEmpty) {
		t.Errorf("nothing: %v", err)
	}
}

// TestFull lets the disk become full at every byte: the error is told, and what
// fitted can be read.
func TestFull(t *testing.T) {
	var m memory
	w := write(t, &m)
	begin := int(w.layout.clusters)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for limit := 1; limit < len(m.data); limit++ {
		f := &memory{limit: limit}
		w, err := NewWriter(f, movie())
		if err != nil {
			if limit >= begin || !errors.Is(err, errFull) {
				t.Errorf("limit %d: %v", limit, err)
			}
			continue
		}
		for i := range 50 {
			at := time.Duration(i) * 100 * time.Millisecond
			for track := 1; track <= 2 && err == nil; track++ {
				err = w.Write(Block{Track: track, Time: at, Keyframe: track == 2 || i%10 == 0, Data: []byte{byte(i), byte(track)}})
			}
		}
		if err = errors.Join(err, w.Close()); !errors.Is(err, errFull) || !f.closed {
			t.Errorf("limit %d: %v", limit, err)
		}
		d := parse(t, f.data)
		blocks := 0
		for _, c := range d.Segment.Cluster {
			blocks += len(c.SimpleBlock)
		}
		if w.Empty() != (blocks == 0) {
			t.Errorf("limit %d: %d blocks, empty is %v", limit, blocks, w.Empty())
		}
	}
}

// TestLateBlocks writes blocks that belong before the cluster, and ones far from
// each other.
func TestLateBlocks(t *testing.T) {
	var m memory
	w, err := NewWriter(&m, movie())
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Duration{10 * time.Second, 9 * time.Second, 100 * time.Second, time.Second, time.Hour} {
		if err := w.Write(Block{Track: 2, Time: at, Keyframe: true, Data: []byte{1}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var times []int64
	for _, c := range parse(t, m.data).Segment.Cluster {
		for _, b := range c.SimpleBlock {
			times = append(times, int64(c.Timecode)+int64(b.Timecode))
		}
	}
	if !slices.Equal(times, []int64{10_000, 9_000, 100_000, 1_000, 3_600_000}) {
		t.Errorf("times %v", times)
	}
}

// FuzzRepair repairs anything: it ends, and what it leaves can be repaired again
// with the same result.
func FuzzRepair(f *testing.F) {
	var m memory
	w, err := NewWriter(&m, movie())
	if err != nil {
		f.Fatal(err)
	}
	for i := range 30 {
		_ = w.Write(Block{Track: i%2 + 1, Time: time.Duration(i) * time.Second / 4, Keyframe: i%4 == 0, Data: []byte{1, 2, 3}})
	}
	if err := w.Flush(); err != nil {
		f.Fatal(err)
	}
	f.Add(slices.Clone(m.data), 0)
	f.Add(slices.Clone(m.data[:len(m.data)-3]), 0)
	f.Add([]byte{}, 3)
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		if cut > 0 && cut < len(data) {
			data = data[:cut]
		}
		file := &memory{data: slices.Clone(data)}
		if err := Repair(file, int64(len(data))); err != nil {
			return
		}
		once := slices.Clone(file.data)
		if err := Repair(file, int64(len(once))); err != nil || !bytes.Equal(once, file.data) {
			t.Errorf("the second repair changes the file: %v", err)
		}
		if _, ok := Duration(file, int64(len(once))); !ok {
			t.Error("no duration")
		}
	})
}

var _ io.ReaderAt = (*memory)(nil)
