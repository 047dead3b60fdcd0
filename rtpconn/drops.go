package rtpconn

import "sync/atomic"

// dropCause says why a received RTP packet is not forwarded.
type dropCause uint8

const (
	dropNone       dropCause = iota
	dropShort                // shorter than a header
	dropVersion              // not RTP version 2
	dropTruncated            // sources, extensions or padding beyond the end
	dropProbe                // SSRC 0: a probe of the sender's
	dropLarge                // too large
	dropUnbound              // belongs to no known track
	dropFormat               // unknown payload type
	dropJump                 // far away from the numbers expected
	dropDuplicate            // received already
	dropPadding              // nothing but padding
	dropMemory               // no packet left in the pool
	dropRestarting           // stream has restarted, no keyframe yet
	dropCauses               // the number of causes
)

// String returns the name used in statistics.
func (c dropCause) String() string {
	return [dropCauses]string{
		"none", "short", "version", "truncated", "probe", "large", "unbound",
		"format", "jump", "duplicate", "padding", "memory", "restarting",
	}[c]
}

// dropCounters counts packets dropped, by cause.  One goroutine counts, any
// may read.
type dropCounters [dropCauses]atomic.Uint64

func (d *dropCounters) count(c dropCause) { d[c].Add(1) }

// snapshot returns the causes that occurred, by name.
func (d *dropCounters) snapshot() map[string]uint64 {
	var m map[string]uint64
	for i := range d {
		if n := d[i].Load(); n > 0 {
			if m == nil {
				m = make(map[string]uint64)
			}
			m[dropCause(i).String()] = n
		}
	}
	return m
}
