// Package speech finds out who speaks, from the audio levels that senders put
// into their packets (RFC 6464), without decoding anything.
//
// It implements spec media.md 8.1.  A Meter takes the levels of one sound, from
// the goroutine that receives it, and may be read by another; a Detector decides
// among the members of a group, and belongs to its caller.
package speech

import "sync/atomic"

const (
	// loud is the level, in −dBov, at or below which somebody counts as
	// speaking.
	loud = 40
	// silent is the level of silence.
	silent = 127
)

// Window is the time in milliseconds between two decisions.
const Window = 200

// A challenger becomes the speaker after two windows in a row in which it is the
// loudest, so that it leads by 300 ms at least, and speaks for minTogether ms: a
// cough takes less.
const (
	minInWindow = 80
	minTogether = 200
	// margin is by how much it must be louder than a speaker who goes on.
	margin = 1.2
)

// Meter takes the levels of one sound.  The zero value is ready.  One goroutine
// may call Level, another one Take.
type Meter struct {
	// State holds, in one word, the number of packets, of loud ones, and the
	// sum of the loudness of these.
	state atomic.Uint64
}

const (
	packetsShift = 48
	loudShift    = 32
)

// Level takes the level of a packet, in −dBov, from 0 (the loudest) to 127.
func (m *Meter) Level(level uint8) {
	add := uint64(1) << packetsShift
	if level <= loud {
		add |= 1<<loudShift | uint64(silent-level)
	}
	m.state.Add(add)
}

// Take returns what was heard since it was last called.
func (m *Meter) Take() Heard {
	v := m.state.Swap(0)
	packets, active := v>>packetsShift, v>>loudShift&0xffff
	if packets == 0 || active == 0 {
		return Heard{}
	}
	return Heard{
		Active:   float64(active) / float64(packets),
		Loudness: float64(v&0xffffffff) / float64(active) / silent,
	}
}

// Heard is what was heard of somebody in a window.
type Heard struct {
	// Active is the part of the time in which he or she was loud.
	Active float64
	// Loudness is how loud that was, from 0 to 1.
	Loudness float64
}

// Detector finds the dominant speaker.  The zero value is ready.
type Detector struct {
	speaker    string
	challenger string
	spoken     float64 // ms for which the challenger has spoken
}

// Speaker returns who spoke last, or the empty string.
func (d *Detector) Speaker() string { return d.speaker }

// Decide takes what was heard of each member in the last window, and reports
// whether the speaker has changed.  When nobody speaks, the last speaker stays.
func (d *Detector) Decide(heard map[string]Heard) (changed bool) {
	leader, most := "", 0.0
	for id, h := range heard {
		power := h.Active * h.Loudness
		if id == d.speaker {
			power *= margin
		}
		if h.Active*Window < minInWindow || power < most || power == most && id > leader {
			continue
		}
		leader, most = id, power
	}
	switch leader {
	case "", d.speaker:
		d.challenger = ""
		return false
	case d.challenger:
		d.spoken += heard[leader].Active * Window
		if d.spoken >= minTogether {
			d.speaker, d.challenger = leader, ""
			return true
		}
		return false
	}
	d.challenger, d.spoken = leader, heard[leader].Active*Window
	return false
}

// Forget is called when a member has left.
func (d *Detector) Forget(id string) {
	if d.speaker == id {
		d.speaker = ""
	}
	if d.challenger == id {
		d.challenger = ""
	}
}
