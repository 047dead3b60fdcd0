package packetmap

// pictureIDs makes picture ids follow each other (I5, I6).
type pictureIDs struct {
	// resync says that the next frame sent takes the id after lastOut.
	resync bool
	// last is the picture id of the newest packet seen, sent or dropped.
	last      uint16
	lastKnown bool
	// lastOut is the highest picture id sent.
	lastOut      uint16
	lastOutKnown bool
}

// mask reduces a picture id to the width of the frame's.
func (f Frame) mask(pid uint16) uint16 {
	return pid & (1<<f.PIDBits - 1)
}

// send returns the output picture id of a packet in order, which is placed in
// the current run r.
func (p *pictureIDs) send(f Frame, r *run) uint16 {
	if f.PIDBits == 0 {
		return 0
	}
	if p.resync {
		p.resync = false
		r.pidDelta = 0
		if p.lastOutKnown {
			r.pidDelta = f.PID - (p.lastOut + 1)
		}
	}
	p.last, p.lastKnown = f.PID, true
	p.lastOut, p.lastOutKnown = f.mask(f.PID-r.pidDelta), true
	return p.lastOut
}

// drop returns by how much picture ids advance with a packet that is dropped:
// 1 for a new frame, 0 within one.
func (p *pictureIDs) drop(f Frame) uint16 {
	if f.PIDBits == 0 || p.resync {
		return 0
	}
	var advance uint16
	if p.lastKnown {
		advance = f.mask(f.PID - p.last)
	}
	p.last, p.lastKnown = f.PID, true
	return advance
}
