package rtpconn

// lossMeter finds out from a receiver's reports what was lost on the way to it:
// packets that we had not got either do not count.
type lossMeter struct {
	started bool
	highest uint32 // of the last report
	lost    int32
	holes   int64

	expectedSum, lostSum int64 // since the last call of take
}

// report takes what a report block says; holes is the number of packets left out
// so far because they had not come.
func (m *lossMeter) report(b reportBlock, holes int64) {
	if m.started {
		expected := int64(int32(b.highest - m.highest))
		lost := int64(b.totalLost-m.lost) - (holes - m.holes)
		if expected > 0 && expected < 1<<20 {
			m.expectedSum += expected
			m.lostSum += min(max(lost, 0), expected)
		}
	}
	m.started = true
	m.highest, m.lost, m.holes = b.highest, b.totalLost, holes
}

// take returns what was expected and lost since the last call.
func (m *lossMeter) take() (expected, lost int64) {
	expected, lost = m.expectedSum, m.lostSum
	m.expectedSum, m.lostSum = 0, 0
	return expected, lost
}
