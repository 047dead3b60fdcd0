package rtpconn

import "time"

const (
	// rembLifetime is how long a limit that a receiver names is valid.
	rembLifetime = 30 * time.Second
	// rembSteady is how long such a limit must not have risen before it
	// counts although it did not fall: receivers that follow what they get
	// need time to notice that they get more.
	rembSteady = 2 * time.Second
	// rembMargin is how far below what is sent a limit must be to be one.
	rembMargin = 0.9
	// rembFall is the ratio to the former limit below which one has fallen.
	rembFall = 0.97
)

// rembMeter interprets the maximum bit rates that the receiver names on one
// connection.  Browsers that estimate a path name at most half as much again as
// they get, and raise that slowly, so that a low rate alone says little: one that
// has fallen, or that stays where it is, does.
type rembMeter struct {
	rate   uint64 // in bit/s, 0 is none
	at     int64
	rose   int64 // when the rate last rose
	fallen bool
}

// report takes the rate named in a message.
func (m *rembMeter) report(rate uint64, now int64) {
	switch {
	case m.rate == 0 || rate > m.rate:
		m.rose, m.fallen = now, false
	case float64(rate) < rembFall*float64(m.rate):
		m.fallen = true
	}
	m.rate, m.at = rate, now
}

// limit returns the limit that holds while sent bit/s are sent, and false if that
// is none.  While no more is sent than is named, that says nothing about what comes
// when more is sent (a slide is turned): it has to fall then, or not to rise, to
// be a limit.
func (m *rembMeter) limit(sent, now int64) (uint64, bool) {
	if m.rate == 0 || now-m.at > int64(rembLifetime) {
		return 0, false
	}
	if float64(m.rate) >= rembMargin*float64(sent) {
		m.rose, m.fallen = now, false
		return 0, false
	}
	return m.rate, m.fallen || now-m.rose >= int64(rembSteady)
}
