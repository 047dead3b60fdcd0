package rtpconn

import (
	"math/rand/v2"
	"testing"

	"github.com/pion/rtcp"
)

// A camera sends 1.2 Mb/s of VP8 in a single layer as long as it may.  Its only
// receiver has a bad time, and names limits as browsers do.
const (
	cameraRate = 1_200_000
	badTime    = 30 // seconds
	recoversIn = 16 // seconds after the limit must have left its floor
)

// camera is a talk whose sender keeps to the limit that it is told.
type camera struct {
	*talk
	highest, lost [2]uint32 // as the receiver reports them, of video and sound
	remb          float64
	limit         uint64 // told to the sender
}

func newCamera(t *testing.T) *camera {
	c := &camera{talk: newTalk(t), limit: videoLimit, remb: 1.5 * cameraRate}
	c.payload = 1000
	c.second(0, 100e6)
	return c
}

// second lets a second pass, at the end of which the receiver reports that it has
// lost a share of the packets, and that it can take limit bit/s of pictures.
func (c *camera) second(share, limit float64) {
	c.t.Helper()
	// The sender looks for room by itself (transport-wide feedback), quickly.
	rate := min(float64(c.limit), cameraRate, 1.5*float64(8*30*(c.payload+30)))
	c.payload = int(rate/8/30) - 30
	before := c.sent()
	c.run(1, 0)
	for i, ssrc := range []uint32{5, 6} {
		var out uint32
		c.video.down.shard.Call(func() { out = uint32(c.video.down.sending.tracks[i].lastOut) })
		if c.highest[i] != 0 {
			c.lost[i] += uint32(share * float64(out-c.highest[i]))
		}
		c.highest[i] = out
		report := must(rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{Reports: []rtcp.ReceptionReport{{
			SSRC: ssrc, TotalLost: c.lost[i], LastSequenceNumber: out,
		}}}}))
		down := c.video.down
		down.shard.Call(func() { down.sending.receiveRTCP(report, down.engine.clock.nanos()) })
	}
	if came := float64(8 * (c.sent() - before)); came > 0 {
		// Browsers raise what they name by 8 % per second, to half as much again as
		// they get at most, and name nothing while nothing comes.
		c.remb = max(min(c.remb*1.08, 1.5*came, limit), 10_000)
		c.video.tell(&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: float32(c.remb), SSRCs: []uint32{5}})
	}
	up := c.source.up
	up.shard.Call(func() {
		c.limit = senderLimit(videos(up.snapshot())[0], up.engine.clock.nanos())
	})
}

// sent returns how many bytes of pictures have been sent to the receiver.
func (c *camera) sent() (n uint64) {
	c.video.down.shard.Call(func() { n = c.video.sentBytes })
	return n
}

// TestLimitRecovers: when its receiver has lost packets, or has named a low limit,
// a sender is told a low one; soon after that has ended it may send more, and a
// little later as much as before (spec media.md 7.1, R-2.70, R-2.72).
func TestLimitRecovers(t *testing.T) {
	const unlimited = 100e6
	for _, test := range []struct {
		name string
		bad  func(second int) (share, limit float64)
		// The seconds after which the limit must have left its floor.
		wait int
	}{
		{"losses", func(int) (float64, float64) { return 0.3, unlimited }, 5},
		{"few losses", func(int) (float64, float64) { return 0.12, unlimited }, 5},
		{"bursts of losses", func(i int) (float64, float64) { return 0.5 * float64(i%6/3), unlimited }, 5},
		{"a limit", func(int) (float64, float64) { return 0, 120_000 }, 17}, // every attempt has failed,
		{"limits and losses", func(i int) (float64, float64) { return 0.2, 40_000 * float64(1+i%3) }, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCamera(t)
			for range 5 {
				c.second(0, unlimited)
			}
			if c.limit < cameraRate || c.payload < 4000 {
				t.Fatalf("in good times: %d bit/s, frames of %d bytes", c.limit, c.payload)
			}
			for i := range badTime {
				c.second(test.bad(i))
			}
			if c.limit > cameraRate/2 {
				t.Errorf("in bad times: %d bit/s", c.limit)
			}
			left, recovered := 0, 0
			for i := 1; recovered == 0; i++ {
				if i > 120 {
					t.Fatalf("after two minutes %d bit/s", c.limit)
				}
				c.second(0, unlimited)
				if left == 0 && c.limit > minVideoLimit && !c.paused() {
					left = i
				}
				if c.limit >= cameraRate*9/10 && !c.paused() {
					recovered = i
				}
			}
			t.Logf("more than the least after %d s, as much as before after %d s", left, recovered)
			if left > test.wait || recovered > test.wait+recoversIn {
				t.Errorf("more than the least after %d s, as much as before after %d s", left, recovered)
			}
		})
	}
}

// TestLastingLosses: losses that go on without pictures do not keep pictures away: they
// come from something else.
func TestLastingLosses(t *testing.T) {
	const minutes = 3
	for _, share := range []float64{0.06, 0.11, 0.25} {
		r := rand.New(rand.NewPCG(1, 1))
		c := newCamera(t)
		c.second(0, 1e8)
		for range 5 { // something that has a picture paused
			c.second(0.5, 1e8)
		}
		with, without, longest := 0, 0, 0
		for range minutes * 60 {
			before := c.sent()
			c.second(max(0, share*(1+0.3*r.NormFloat64())), 1e8)
			if c.sent() > before {
				with++
				without = 0
				continue
			}
			without++
			longest = max(longest, without)
		}
		t.Logf("%v lost: pictures in %d of %d s, none for %d s at most", share, with, minutes*60, longest)
		if with < minutes*60/2 || longest > 20 {
			t.Errorf("%v lost: pictures in %d of %d s, none for %d s at most", share, with, minutes*60, longest)
		}
		if share > 0.1 && c.limit > cameraRate/2 {
			t.Errorf("%v lost: the sender may send %d bit/s", share, c.limit)
		}
	}
}
