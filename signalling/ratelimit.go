package signalling

import "time"

// bucket is a token bucket for one kind of message of one client.  It is used
// by the reader only.
type bucket struct {
	rate     Rate
	patience time.Duration

	tokens float64
	last   time.Time
	// strained is when the bucket ran dry without having recovered since,
	// or zero.
	strained time.Time
}

func newBucket(rate Rate, patience time.Duration, now time.Time) *bucket {
	return &bucket{rate: rate, patience: patience, tokens: float64(rate.Burst), last: now}
}

// take counts one message that came at the given time.  It returns how long the
// reader is to wait before it reads on; refused is true if the client has been
// slowed down for so long that the message is not to be acted upon (W-22).
func (b *bucket) take(now time.Time) (wait time.Duration, refused bool) {
	b.tokens += now.Sub(b.last).Seconds() * b.rate.PerSecond
	b.last = now
	b.tokens = min(b.tokens, float64(b.rate.Burst))
	if b.tokens >= float64(b.rate.Burst)/2 {
		b.strained = time.Time{}
	}
	b.tokens--
	if b.tokens >= 0 {
		return 0, !b.strained.IsZero() && now.Sub(b.strained) > b.patience
	}
	if b.strained.IsZero() {
		b.strained = now
	}
	wait = time.Duration(-b.tokens / b.rate.PerSecond * float64(time.Second))
	return wait, now.Sub(b.strained) > b.patience
}

// limiter decides how fast a client is read.  It is used by the reader only.
type limiter struct {
	all, chat, setData, negotiate *bucket
}

func newLimiter(l Limits, now time.Time) *limiter {
	return &limiter{
		all:       newBucket(l.Messages, l.RatePatience, now),
		chat:      newBucket(l.Chat, l.RatePatience, now),
		setData:   newBucket(l.SetData, l.RatePatience, now),
		negotiate: newBucket(l.Negotiate, l.RatePatience, now),
	}
}

// take counts a message: see bucket.take.  Messages without effect on others
// are only ever delayed.
func (l *limiter) take(m *incoming, now time.Time) (wait time.Duration, refused bool) {
	wait, _ = l.all.take(now)
	var b *bucket
	switch m.Type {
	case "chat", "usermessage":
		b = l.chat
	case "useraction", "groupaction":
		b = l.chat
		if m.Kind == "setdata" {
			b = l.setData
		}
	case "join", "offer", "request", "requestStream", "renegotiate":
		b = l.negotiate
	default:
		return wait, false
	}
	w, refused := b.take(now)
	// A join or an offer that is refused without its usual answer would
	// leave the client waiting; it is only delayed.
	return max(wait, w), refused && b != l.negotiate
}
