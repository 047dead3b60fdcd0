package udpmux

import "fmt"

// Batching says how many packets a shared socket takes at a time (the
// -udp-batch flag).  What the system cannot do is left out: each mode falls
// back to the one before it.
type Batching uint8

// The modes, from the most to the least.
const (
	// BatchSegments reads and writes many packets in one system call, and
	// lets the kernel split runs of equal size for one destination
	// (segmentation offload).
	BatchSegments Batching = iota
	// BatchMessages reads and writes many packets in one system call.
	BatchMessages
	// BatchNone reads and writes packets one by one.
	BatchNone
)

// batchingNames are the values of the flag.
var batchingNames = [...]string{
	BatchSegments: "auto",
	BatchMessages: "messages",
	BatchNone:     "off",
}

// String returns the form that UnmarshalText accepts.
func (b Batching) String() string {
	if int(b) < len(batchingNames) {
		return batchingNames[b]
	}
	return fmt.Sprintf("Batching(%d)", uint8(b))
}

// MarshalText implements encoding.TextMarshaler.
func (b Batching) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads "auto", "messages" or "off".
func (b *Batching) UnmarshalText(text []byte) error {
	for i, name := range batchingNames {
		if string(text) == name {
			*b = Batching(i)
			return nil
		}
	}
	return fmt.Errorf("%w: %q is not auto, messages or off", ErrBatching, text)
}
