package packetmap

// Flags of a Sent record.  The other bits are free for the user, who may note
// the layer that the packet came from.
const (
	SentMarker uint8 = 1 << iota // the packet was sent with the marker bit
	SentPID                      // PID was written into the payload
)

// Sent tells how a packet was sent, so that it can be sent again identically
// .  It takes 24 bytes.
type Sent struct {
	// Ext is the source number, under which the cache has the packet.
	Ext uint64
	// out is the output number plus one; 0 is an empty record.
	out uint64
	// Time is when the packet was last sent, in milliseconds of a clock of
	// the user's; it may wrap.
	Time uint32
	// PID is the picture id that was written, if Flags has SentPID.
	PID uint16
	// Flags are SentMarker, SentPID and bits of the user's.
	Flags uint8
	// Retransmits counts how often the packet was sent again.  The user
	// changes it, together with Time.
	Retransmits uint8
}

// Out returns the unwrapped output number.
func (s *Sent) Out() uint64 {
	return s.out - 1
}

// SentLog remembers the packets last sent to a receiver: as many as were sent
// in some time, within bounds, so that a slow track takes little memory.
type SentLog struct {
	records []Sent
	mask    uint64
	newest  uint64 // out of the newest record, 0 if there is none
	limit   int    // greatest number of records
	keep    uint32 // what was sent so lately, in ms, is not forgotten if there may be more
}

// smallLog is the number of records of a log that has not grown: those of a second of
// sound.
const smallLog = 64

// NewSentLog returns a log that grows, up to a limit, as long as it would else forget
// packets that were sent less than keep ms before.  The limit is raised to a power of two
// and is at most 32768; the specification wants 1024 for video and 256 for audio.
func NewSentLog(limit int, keep uint32) *SentLog {
	n := 1
	for n < limit && n < 1<<15 {
		n *= 2
	}
	l := &SentLog{limit: n, keep: keep}
	l.resize(min(n, smallLog))
	return l
}

// resize gives the log room for n records, a power of two.
func (l *SentLog) resize(n int) {
	old := l.records
	l.records, l.mask = make([]Sent, n), uint64(n-1)
	for _, r := range old {
		if r.out != 0 {
			l.records[r.out&l.mask] = r
		}
	}
}

// Add records that a packet was sent with the output number out.  It does not
// record a number that is older than the log, nor one that is there already.  It
// allocates only when the log grows.
func (l *SentLog) Add(out uint64, s Sent) {
	s.out = out + 1
	if l.newest > l.mask && s.out <= l.newest-l.mask-1 {
		return
	}
	r := &l.records[s.out&l.mask]
	if r.out >= s.out {
		return
	}
	for r.out != 0 && s.Time-r.Time < l.keep && len(l.records) < l.limit {
		l.resize(2 * len(l.records))
		r = &l.records[s.out&l.mask]
	}
	*r = s
	l.newest = max(l.newest, s.out)
}

// Find returns the record of the newest packet sent with the 16-bit sequence
// number seqno, or nil if it is not in the log.  The record may be changed; it
// is valid until the next Add.
func (l *SentLog) Find(seqno uint16) *Sent {
	if l.newest == 0 {
		return nil
	}
	age := uint64(uint16(l.newest-1) - seqno)
	if age > l.mask || age >= l.newest {
		return nil
	}
	out := l.newest - age
	r := &l.records[out&l.mask]
	if r.out != out {
		return nil
	}
	return r
}

// Clear forgets everything, so that nothing sent before is sent again: after a
// restart of the source its numbers mean other packets.
func (l *SentLog) Clear() {
	clear(l.records)
}
