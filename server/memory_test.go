package server

import (
	"math"
	"testing"
)

// TestPacketMemory: packets get a quarter of the memory that the runtime has been
// told to keep to, and no limit otherwise.
func TestPacketMemory(t *testing.T) {
	if got := packetMemory(1 << 30); got != 1<<28 {
		t.Errorf("a limit of %d", got)
	}
	if got := packetMemory(math.MaxInt64); got != 0 {
		t.Errorf("a limit of %d without one", got)
	}
}
