package archive

import (
	"encoding/binary"
	"io"
	"time"
)

// mp4Boxes bounds the boxes that are looked at on one level of a file.
const mp4Boxes = 64

// mp4Duration returns the length of an MP4 file of some bytes (ISO/IEC 14496-12,
// 8.2.2), and false if the file does not tell.
func mp4Duration(r io.ReaderAt, size int64) (time.Duration, bool) {
	from, to, ok := mp4Box(r, 0, size, "moov")
	if ok {
		from, to, ok = mp4Box(r, from, to, "mvhd")
	}
	var b [32]byte
	n := min(to-from, int64(len(b)))
	if !ok || n < 20 {
		return 0, false
	}
	if _, err := r.ReadAt(b[:n], from); err != nil {
		return 0, false
	}
	scale, length := uint64(binary.BigEndian.Uint32(b[12:])), uint64(binary.BigEndian.Uint32(b[16:]))
	unknown := length == 1<<32-1
	if b[0] == 1 { // the version with long numbers
		scale, length = uint64(binary.BigEndian.Uint32(b[20:])), binary.BigEndian.Uint64(b[24:])
		unknown = n < int64(len(b))
	}
	const most = 1 << 30 // seconds
	if unknown || scale == 0 || length/scale >= most {
		return 0, false
	}
	return time.Duration(float64(length) / float64(scale) * float64(time.Second)), true
}

// mp4Box returns where the contents of the first box of a kind are, among those
// from one place of a file to another.
func mp4Box(r io.ReaderAt, from, to int64, kind string) (begin, end int64, ok bool) {
	for range mp4Boxes {
		var header [16]byte
		if to-from < 8 {
			return 0, 0, false
		}
		if _, err := r.ReadAt(header[:8], from); err != nil {
			return 0, 0, false
		}
		begin, length := from+8, int64(binary.BigEndian.Uint32(header[:]))
		switch length {
		case 0: // up to the end
			length = to - from
		case 1:
			if _, err := r.ReadAt(header[8:], from+8); err != nil {
				return 0, 0, false
			}
			begin, length = from+16, int64(binary.BigEndian.Uint64(header[8:]))
		}
		if length < begin-from || length > to-from {
			return 0, 0, false
		}
		if string(header[4:8]) == kind {
			return begin, from + length, true
		}
		from += length
	}
	return 0, 0, false
}
