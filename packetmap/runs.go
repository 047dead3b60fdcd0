package packetmap

// maxRuns is how many runs a Map remembers: packets that are older cannot be
// placed any more.
const maxRuns = 128

// run is an interval of source numbers that are mapped with the same
// differences.  Between two runs lie numbers that were dropped.
type run struct {
	first    uint64
	end      uint64 // after the last; the last run of a table has none yet
	delta    uint64 // source number - output number
	pidDelta uint16 // source picture id - output picture id
	dropped  frameID
}

// runTable holds the last runs, in order of source numbers.  It takes memory only
// for as many as there have been, since most tracks never drop a packet.
type runTable struct {
	runs   []run // a ring, once there are maxRuns
	oldest int
	count  int
}

func (t *runTable) reset() {
	t.oldest, t.count = 0, 0
}

// at returns the i-th run, counted from the oldest.
func (t *runTable) at(i int) *run {
	return &t.runs[(t.oldest+i)%len(t.runs)]
}

// last returns the current run; there must be one.
func (t *runTable) last() *run {
	return t.at(t.count - 1)
}

// push adds a run, and forgets the oldest if there are too many.
func (t *runTable) push(r run) {
	switch {
	case t.count == maxRuns:
		t.oldest = (t.oldest + 1) % maxRuns
	case t.count == len(t.runs):
		t.runs = append(t.runs, r) // oldest is 0: the ring is not full
		t.count++
		return
	default:
		t.count++
	}
	*t.last() = r
}

// find returns the run that has ext, or nil.  Next is the end of the last run.
func (t *runTable) find(ext, next uint64) *run {
	low, high := 0, t.count // the first run that begins after ext
	for low < high {
		middle := (low + high) / 2
		if t.at(middle).first > ext {
			high = middle
		} else {
			low = middle + 1
		}
	}
	if low == 0 {
		return nil
	}
	r := t.at(low - 1)
	end := r.end
	if low == t.count {
		end = next
	}
	if ext >= end {
		return nil
	}
	return r
}
