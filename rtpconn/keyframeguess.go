package rtpconn

import (
	"slices"
	"time"

	"galene/codecs"
	"galene/packetcache"
)

const (
	// A frame that follows a request for a keyframe and is larger than guessFactor
	// times the median of the guessFrames before it is taken for one, if there were at
	// least guessLeast.
	guessFactor = 4
	guessFrames = 32
	guessLeast  = 8
	// guessPatience is how long after a request such a frame is awaited.
	guessPatience = time.Second

	// Payloads count as encrypted from a doubt of doubtEnough on.  A packet that cannot
	// be read adds doubtStep to it, a frame that can takes 1 away.
	doubtStep   = 8
	doubtEnough = 3 * doubtStep
	doubtMost   = 8 * doubtStep
)

// keyframeGuess finds keyframes in payloads that cannot be read and have no dependency
// descriptor, for they are encrypted end to end: by the payload descriptor of VP9, else by
// the size of the frame that follows a request.  A wrong guess costs a receiver
// another request.  It belongs to the goroutine that receives; the zero value is ready.
type keyframeGuess struct {
	doubt int

	sizes [guessFrames]uint32 // of the last frames, in bytes
	count int                 // of frames ever measured

	asked uint64 // requests sent when the last frame began
	open  bool   // there was one, and no keyframe since
	since int64  // when the first frame after it began, in ns

	frame guessedFrame
}

// guessedFrame is the frame that is coming in.
type guessedFrame struct {
	any         bool
	timestamp   uint32
	first, last uint64 // numbers of its packets
	packets     uint64
	bytes       uint32
	limit       uint32 // a keyframe is larger; 0 if this is none
}

// look corrects what is known of a packet (p.Info) where its payload is encrypted.  Late
// says that a newer one has come before it, and gap that the one before it has not come;
// asked counts the requests for keyframes sent to the sender so far.
func (g *keyframeGuess) look(p *packetcache.Packet, codec codecs.Codec, payload []byte, late, gap bool, asked uint64) {
	f := &g.frame
	begins := !late && (!f.any || p.Timestamp != f.timestamp)
	if begins {
		g.begin(p, gap, asked)
	}
	encrypted := g.judge(p.Info, codec, payload, begins)
	own := p.Timestamp == f.timestamp
	if own {
		f.first, f.last = min(f.first, p.Ext), max(f.last, p.Ext)
		f.packets++
		f.bytes += uint32(len(payload))
	}
	if encrypted {
		p.Info.Opaque = p.Info.Opaque || p.Info.Start
		p.Info.Keyframe = g.guess(p, codec, own)
	}
	switch {
	case p.Info.Keyframe == codecs.KeyframeUnknown && !encrypted: // by this packet alone
	case p.Info.Keyframe != codecs.KeyframeNo:
		g.open, f.limit = false, 0
	}
}

// begin measures the frame before and prepares for the one that p begins.
func (g *keyframeGuess) begin(p *packetcache.Packet, gap bool, asked uint64) {
	if g.frame.any {
		g.sizes[g.count%guessFrames] = g.frame.bytes
		g.count++
	}
	if asked != g.asked {
		g.asked = asked
		if !g.open {
			g.open, g.since = true, p.Arrival
		}
	}
	g.frame = guessedFrame{any: true, timestamp: p.Timestamp, first: p.Ext, last: p.Ext}
	if g.open && !gap && g.count >= guessLeast {
		g.frame.limit = max(1, guessFactor*g.median())
	}
}

// median returns the median size of the last frames.
func (g *keyframeGuess) median() uint32 {
	sizes := g.sizes
	list := sizes[:min(g.count, guessFrames)]
	slices.Sort(list)
	return list[len(list)/2]
}

// judge returns whether payloads are encrypted, as far as is known by this one.
func (g *keyframeGuess) judge(info codecs.Info, codec codecs.Codec, payload []byte, begins bool) bool {
	switch {
	case !info.Known || info.Opaque:
		g.doubt = min(g.doubt+doubtStep, doubtMost)
	case g.doubt == 0:
	case info.Keyframe == codecs.KeyframeYes && codec.Legible(payload):
		g.doubt = 0
	case begins:
		g.doubt--
	}
	return g.doubt >= doubtEnough
}

// guess returns whether an encrypted packet starts a keyframe, or shows that one has
// begun.  Own says that it is of the frame that is coming in.
func (g *keyframeGuess) guess(p *packetcache.Packet, codec codecs.Codec, own bool) codecs.Keyframe {
	f := &g.frame
	switch {
	case codec.DescribesKeyframes() && p.Info.Known:
		if p.Info.Start && p.Info.SID == 0 && p.Info.SIDSync {
			return codecs.KeyframeYes
		}
	case !own || !g.open:
	case f.limit != 0 && f.bytes > f.limit && f.packets > f.last-f.first:
		return codecs.KeyframeBegun
	case p.Info.Start && p.Arrival-g.since > int64(guessPatience):
		return codecs.KeyframeUnknown
	}
	return codecs.KeyframeNo
}

// restart forgets the frames: the stream begins anew.
func (g *keyframeGuess) restart() {
	*g = keyframeGuess{doubt: g.doubt, asked: g.asked, open: g.open, since: g.since}
}
