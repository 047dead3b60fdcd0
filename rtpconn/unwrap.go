package rtpconn

const (
	// maxForward and maxBackward are how far from the newest packet another
	// one may be and still belong to the same sequence.
	maxForward, maxBackward = 3000, 1000
	// restartProof is the number of consecutive packets somewhere else
	// that prove a restart.
	restartProof = 3
	// firstExt is the least number given to the first packet of a track:
	// late packets may precede it.
	firstExt = 1 << 17
)

// place says where a sequence number lies.
type place uint8

const (
	placeNear    place = iota // in the sequence
	placeFar                  // outside, may be a restart
	placeRestart              // outside, and certainly a restart
)

// unwrapper turns sequence numbers of 16 bits into numbers that never wrap
// .  After a restart of the sender the numbers go on without a gap.
type unwrapper struct {
	started bool
	head    uint64 // the highest number so far
	offset  uint16 // sequence number on the wire minus low half of the number
	next    uint16 // expected continuation of a possible restart
	run     int    // its length so far
}

// unwrap returns the number for seq if the place is placeNear.
func (u *unwrapper) unwrap(seq uint16) (uint64, place) {
	if !u.started {
		u.started = true
		u.head = firstExt + uint64(seq)
		return u.head, placeNear
	}
	distance := int16(seq - u.offset - uint16(u.head))
	if distance <= maxForward && distance >= -maxBackward {
		u.run = 0
		ext := u.head + uint64(int64(distance))
		u.head = max(u.head, ext)
		return ext, placeNear
	}
	if u.run > 0 && seq == u.next {
		u.run++
	} else {
		u.run = 1
	}
	u.next = seq + 1
	if u.run >= restartProof {
		return 0, placeRestart
	}
	return 0, placeFar
}

// restart makes seq follow the newest number immediately.
func (u *unwrapper) restart(seq uint16) uint64 {
	u.started = true
	u.head++
	u.offset = seq - uint16(u.head)
	u.run = 0
	return u.head
}
