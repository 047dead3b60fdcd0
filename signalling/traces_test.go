package signalling_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"galene/internal/testclient"
)

// streamTrace follows what a receiver is told of streams.
type streamTrace struct {
	t      *testing.T
	client *testclient.Client
	open   map[string]bool // offered, and neither closed nor replaced
	closed map[string]bool // mentioned, but not open
	offers int
	// answers counts what the client has sent that is answered by a close, if the
	// stream has been closed meanwhile (STR-24): aborts, and answers.
	answers map[string]int
}

func newStreamTrace(t *testing.T, c *testclient.Client) *streamTrace {
	return &streamTrace{t: t, client: c, open: make(map[string]bool), closed: make(map[string]bool),
		answers: make(map[string]int)}
}

// sync takes what has come, and checks the order.
func (s *streamTrace) sync() {
	s.t.Helper()
	for _, m := range s.client.Sync() {
		switch m.Type {
		case "offer":
			s.offers++
			s.answers[m.ID]++
			s.end(m.Replace)
			s.open[m.ID] = true
			delete(s.closed, m.ID)
		case "close":
			if s.closed[m.ID] || !s.open[m.ID] {
				s.answers[m.ID]--
			}
			if s.answers[m.ID] < 0 {
				s.t.Errorf("%s: a close of stream %s, which is closed", s.client.Username, m.ID)
			}
			s.end(m.ID)
		case "ice", "abort", "renegotiate":
			if s.closed[m.ID] || !s.open[m.ID] {
				s.t.Errorf("%s: %s of stream %s, which is not open", s.client.Username, m.Type, m.ID)
			}
		}
	}
}

func (s *streamTrace) end(id string) {
	if id == "" {
		return
	}
	delete(s.open, id)
	s.closed[id] = true
}

// Whatever their sender and receivers do, at any time, each receiver is told of a stream
// in order: offers, a close, and then nothing until the next offer.  A stream
// that has been closed at once, or replaced, is not offered after that.
func TestStreamTraces(t *testing.T) {
	f := newFixture(t)
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 7))
		ada := f.join("ada")
		traces := []*streamTrace{newStreamTrace(t, f.join("bob")), newStreamTrace(t, f.join("carl"))}
		for _, trace := range traces {
			trace.client.Request(everything)
			trace.sync()
		}
		streams := make(map[string]*testclient.Up)
		publish := func(options ...testclient.PublishOption) {
			up := ada.Publish(fmt.Sprint("label ", r.IntN(2)), testclient.Tracks(testclient.NewAudio(t)), options...)
			streams[up.ID] = up
		}
		some := func() *testclient.Up {
			ids := slices.Sorted(maps.Keys(streams))
			return streams[ids[r.IntN(len(ids))]]
		}
		for range 25 {
			if len(streams) == 0 {
				publish()
			}
			trace := traces[r.IntN(len(traces))]
			switch r.IntN(9) {
			case 0, 1:
				publish()
			case 2:
				publish()
				fallthrough
			case 3:
				up := some()
				up.Close()
				delete(streams, up.ID)
			case 4:
				old := some()
				publish(testclient.Replacing(old))
				delete(streams, old.ID)
			case 5:
				trace.client.Request(map[string][]string{"label 0": {"audio"}})
			case 6:
				trace.client.Request(everything)
			case 7:
				trace.client.Send(testclient.Message{Type: "requestStream", ID: some().ID,
					Request: []string{choose(r, "audio", "video")}})
			case 8:
				id := some().ID
				trace.answers[id]++
				trace.client.Send(testclient.Message{Type: "abort", ID: id})
			}
			if r.IntN(2) == 0 {
				ada.Sync()
				trace.sync()
			}
		}
		for _, trace := range traces {
			trace.client.Request(nil)
		}
		ada.Sync()
		for _, trace := range traces {
			trace.sync()
			for id := range streams {
				trace.client.Send(testclient.Message{Type: "requestStream", ID: id}) // nothing special
			}
			trace.client.Request(everything)
		}
		want := slices.Sorted(maps.Keys(streams))
		for _, trace := range traces {
			eventually(t, "the streams that there are", func() bool {
				trace.sync()
				return slices.Equal(slices.Sorted(maps.Keys(trace.open)), want)
			})
			if trace.offers == 0 {
				t.Error("nothing was offered")
			}
			trace.client.Cut()
		}
		ada.Cut()
	}
}

func choose(r *rand.Rand, a, b string) string {
	if r.IntN(2) == 0 {
		return a
	}
	return b
}
