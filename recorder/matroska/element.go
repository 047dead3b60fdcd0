package matroska

import (
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
)

// Identifiers of elements (RFC 9559, 5).
const (
	idEBML         = 0x1A45DFA3
	idSegment      = 0x18538067
	idSeekHead     = 0x114D9B74
	idSeek         = 0x4DBB
	idSeekID       = 0x53AB
	idSeekPosition = 0x53AC
	idInfo         = 0x1549A966
	idDuration     = 0x4489
	idTracks       = 0x1654AE6B
	idTrackEntry   = 0xAE
	idTrackNumber  = 0xD7
	idTrackType    = 0x83
	idCluster      = 0x1F43B675
	idTimestamp    = 0xE7
	idSimpleBlock  = 0xA3
	idCues         = 0x1C53BB6B
	idVoid         = 0xEC
)

// unknownSize is the size of an element that extends to the end of the file.
var unknownSize = []byte{0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// errElement means that what should be an element is none.
var errElement = errors.New("not an element")

// appendUint appends the low n bytes of v, the highest first.
func appendUint(b []byte, v uint64, n int) []byte {
	for i := n - 1; i >= 0; i-- {
		b = append(b, byte(v>>(8*i)))
	}
	return b
}

// appendHeader appends an element's identifier and size.
func appendHeader(b []byte, id uint64, size int64) []byte {
	b = appendUint(b, id, (bits.Len64(id)+7)/8)
	n := 1
	for n < 8 && size >= 1<<(7*n)-1 {
		n++
	}
	return appendUint(b, 1<<(7*n)|uint64(size), n)
}

// void returns an element without meaning of n bytes, at least 2.
func void(n int) []byte {
	b := make([]byte, n)
	b[0] = idVoid
	if n < 9 {
		b[1] = 0x80 | byte(n-2)
		return b
	}
	binary.BigEndian.PutUint64(b[1:], 1<<56|uint64(n-9))
	return b
}

// element is the header of an element that has been read.
type element struct {
	id    uint64
	body  int64 // where its contents begin
	size  int64 // of its contents; -1 is unknown
	start int64
}

// end returns where the element ends; it has a known size.
func (e element) end() int64 { return e.body + e.size }

// readElement reads the header of the element at an offset.  The element need
// not be there completely.
func readElement(r io.ReaderAt, offset int64) (element, error) {
	var b [12]byte
	n, err := r.ReadAt(b[:], offset)
	if n == 0 {
		return element{}, err
	}
	return parseElement(b[:n], offset)
}

// parseElement reads the header of an element from b, which begins at an offset
// of the file.
func parseElement(b []byte, offset int64) (element, error) {
	e := element{start: offset}
	if len(b) < 2 {
		return e, errElement
	}
	n := bits.LeadingZeros8(b[0]) + 1
	if n > 4 || len(b) <= n {
		return e, errElement
	}
	for _, c := range b[:n] {
		e.id = e.id<<8 | uint64(c)
	}
	b = b[n:]
	m := bits.LeadingZeros8(b[0]) + 1
	if m > 8 || len(b) < m {
		return e, errElement
	}
	size := uint64(b[0]) & (1<<(8-m) - 1)
	for _, c := range b[1:m] {
		size = size<<8 | uint64(c)
	}
	e.body = offset + int64(n+m)
	e.size = int64(size)
	if size == 1<<(7*m)-1 {
		e.size = -1
	}
	return e, nil
}
