package rtpconn

import (
	"encoding/binary"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"

	"galene/shard"
)

const (
	// arrivalRing is the number of packets that may come between two feedback
	// messages: twice as many as the fastest streams have.
	arrivalRing = 1024
	// feedbackInterval is the time between feedback messages, fastInterval that
	// above fastRate bit/s.
	feedbackInterval = 100 * time.Millisecond
	fastInterval     = 50 * time.Millisecond
	fastRate         = 3_000_000
)

// transportFeedback tells the sender when its packets have come
// (draft-holmer-rmcat-transport-wide-cc-extensions-01), so that it can find out
// what the path carries.
//
// Ingest notes arrivals in a ring; the shard of the connection takes them out and
// sends messages.  Neither waits for the other.
type transportFeedback struct {
	extension atomic.Uint32 // identifier of the header extension, 0 is none

	up    *Up
	ring  *[arrivalRing]atomic.Uint64 // sequence number, and time in µs << 16; set before extension
	head  atomic.Uint64               // arrivals noted
	armed atomic.Bool                 // begin is posted, or the timer is running
	begin func()
	bytes uint64 // noted; belongs to ingest
	total atomic.Uint64

	// What follows belongs to the shard.
	tail     uint64 // arrivals taken out
	recorder *twcc.Recorder
	timer    *shard.Timer
	stopped  bool
	interval time.Duration
	lastSize uint64
	send     func(...rtcp.Packet)
	sent     atomic.Uint64 // messages
}

func (f *transportFeedback) init(u *Up) {
	f.up = u
	f.recorder = twcc.NewRecorder(u.ssrc)
	f.interval = feedbackInterval
	f.begin = f.start
	f.send = func(packets ...rtcp.Packet) { u.writeRTCP(packets...) }
}

// negotiated says which header extension has the numbers; 0 is none.  It is called by one
// goroutine at a time.
func (f *transportFeedback) negotiated(extension uint8) {
	if extension != 0 && f.ring == nil {
		f.ring = new([arrivalRing]atomic.Uint64)
	}
	f.extension.Store(uint32(extension))
}

// arrived notes a packet, whatever it is good for: padding and retransmissions
// too are part of what the path carries.  It runs on pion's SRTP
// goroutine.
func (f *transportFeedback) arrived(h *header, size int) {
	id := uint8(f.extension.Load())
	if id == 0 {
		return
	}
	value := h.extension(id)
	if len(value) < 2 {
		return
	}
	now := uint64(f.up.engine.clock.nanos() / int64(time.Microsecond))
	n := f.head.Load()
	f.ring[n%arrivalRing].Store(now<<16 | uint64(binary.BigEndian.Uint16(value)))
	f.head.Store(n + 1)
	f.bytes += uint64(size)
	f.total.Store(f.bytes)
	if f.armed.CompareAndSwap(false, true) {
		f.up.shard.Do(f.begin)
	}
}

// start waits until a message is due.
func (f *transportFeedback) start() {
	if f.stopped {
		return
	}
	if f.timer == nil {
		f.timer = f.up.shard.After(f.interval, f.tick)
	} else {
		f.timer.Reset(f.interval)
	}
}

// tick sends what has been noted.
func (f *transportFeedback) tick() {
	if f.stopped {
		return
	}
	head := f.head.Load()
	if head-f.tail >= arrivalRing {
		f.tail = head - arrivalRing + 1 // overrun: those count as lost
	}
	if f.tail == head {
		f.armed.Store(false)
		if f.head.Load() != head && f.armed.CompareAndSwap(false, true) {
			f.start()
		}
		return
	}
	media := f.mediaSSRC()
	for ; f.tail < head; f.tail++ {
		v := f.ring[f.tail%arrivalRing].Load()
		f.recorder.Record(media, uint16(v), int64(v>>16))
	}
	packets := f.recorder.BuildFeedbackPacket()
	if len(packets) > 0 {
		f.sent.Add(uint64(len(packets)))
		f.send(packets...)
	}
	size := f.total.Load()
	rate := perSecond(8*(size-f.lastSize), int64(f.interval))
	f.lastSize = size
	f.interval = feedbackInterval
	if rate > fastRate {
		f.interval = fastInterval
	}
	f.start()
}

// mediaSSRC returns one of the streams that the feedback is about.
func (f *transportFeedback) mediaSSRC() uint32 {
	for _, t := range f.up.snapshot() {
		if ssrc := t.ssrc.Load(); ssrc != 0 {
			return ssrc
		}
	}
	return 0
}

// stop ends the timer.  It runs on the shard.
func (f *transportFeedback) stop() {
	f.stopped = true
	if f.timer != nil {
		f.timer.Stop()
	}
}
