package server

import (
	"context"
	"math"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// trimInterval is how often it is looked whether there is something to give back.
	trimInterval = 3 * time.Second
	// quietShare is how much is allocated between two looks, at most, in a quiet time,
	// as a part of what is in use.
	quietShare = 1.0 / 16
	// trimShare is how much must have been allocated since the last time, as a part of
	// what is in use, for it to be worth a collection, and trimLeast the least, in bytes.
	trimShare = 1.0 / 4
	trimLeast = 4 << 20
)

// trimmer gives memory back to the system when a busy time is over.  Making connections
// leaves garbage, and while media flows nothing is allocated, so that it might be hours
// until the next garbage collection.
type trimmer struct {
	trim func()
	// read returns bytes allocated since the program began, bytes of the heap in use,
	// and whether garbage is collected at all (GOGC is not off).
	read func() (allocated, used uint64, collected bool)

	last    uint64 // allocated when it was looked last
	trimmed uint64 // allocated at the last trim
}

func newTrimmer() *trimmer {
	return &trimmer{trim: debug.FreeOSMemory, read: readHeap}
}

// run looks after memory until ctx is cancelled.
func (t *trimmer) run(ctx context.Context) {
	ticker := time.NewTicker(trimInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			t.tick()
		}
	}
}

// tick gives back what can be given back, if little was allocated since the last tick,
// and much since the last trim.
func (t *trimmer) tick() {
	allocated, used, collected := t.read()
	lately, garbage := allocated-t.last, allocated-t.trimmed
	t.last = allocated
	if !collected || float64(lately) > quietShare*float64(used) ||
		garbage < trimLeast || float64(garbage) < trimShare*float64(used) {
		return
	}
	t.trim()
	t.trimmed = allocated
}

// readHeap asks the runtime.
func readHeap() (allocated, used uint64, collected bool) {
	samples := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/gc/gogc:percent"},
	}
	metrics.Read(samples)
	return samples[0].Value.Uint64(), samples[1].Value.Uint64(), samples[2].Value.Uint64() != math.MaxUint64
}
