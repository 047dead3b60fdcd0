package signalling_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"galene/internal/testclient"
	"galene/rtpconn"
	"galene/signalling"
)

// TestPublishersComeAndGo has members publish, receive and leave at once, and
// checks that no packet is left behind.  The race detector sees it if what belongs to
// the loop of a session is touched elsewhere.
func TestPublishersComeAndGo(t *testing.T) {
	var engine *rtpconn.Engine
	f := newFixture(t, func(o *signalling.Options) { engine = o.Engine })
	rounds := 4
	if testing.Short() {
		rounds = 1
	}
	var members sync.WaitGroup
	for i := range 4 {
		members.Go(func() {
			for round := range rounds {
				c := f.join(fmt.Sprintf("member %d.%d", i, round))
				c.Request(everything)
				up := c.Publish("camera", camera(t))
				up.AwaitConnected()
				switch round % 4 {
				case 0:
					c.Leave()
				case 1:
					up.Close()
					c.Sync()
				case 2:
					c.Publish("camera", camera(t), testclient.Replacing(up)).AwaitAnswers(1)
				}
				c.Cut()
			}
		})
	}
	members.Wait()
	eventually(t, "all sessions to end", func() bool { return f.server.Sessions() == 0 })
	eventually(t, "all packets to be released", func() bool { return engine.Pool().Outstanding() == 0 })
}

// TestRandomMessages has clients send messages made at random of plausible parts,
// and checks that others do not notice.
func TestRandomMessages(t *testing.T) {
	f := newFixture(t)
	witness := f.join("witness")
	sdp := offerText(t)
	kinds := map[string][]string{
		"chat":        {"", "me", "caption"},
		"usermessage": {"", "warning", "mute", "filetransfer"},
		"useraction":  {"op", "unop", "present", "unpresent", "shutup", "unshutup", "setdata", "identify"},
		"groupaction": {"clearchat", "unlock", "subgroups", "setdata", "maketoken", "edittoken", "listtokens"},
		"request":     {""}, "requestStream": {""}, "offer": {""}, "answer": {""}, "ice": {""},
		"renegotiate": {""}, "close": {""}, "abort": {""}, "ping": {""}, "pong": {""},
	}
	types := slices.Sorted(maps.Keys(kinds))
	values := []any{
		nil, "", "text", 7, -1.5, true, []any{}, []any{"audio", nil}, map[string]any{},
		map[string]any{"id": 7, "userId": "x"}, map[string]any{"": []string{"audio", "video"}},
		map[string]any{"group": "test", "expires": 1000}, map[string]any{"token": "x"},
	}
	candidates := []any{
		map[string]any{"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host", "sdpMid": "0"},
		map[string]any{"candidate": ""}, map[string]any{"candidate": "nonsense", "sdpMLineIndex": 70000},
		map[string]any{"sdpMLineIndex": []any{}}, map[string]any{},
	}
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 0))
		c := f.connect()
		c.Manual()
		ids := []string{"a", "b", "c", c.ID}
		username := []string{"ada", "bob", "eve"}[r.IntN(3)]
		id := func() string { return ids[r.IntN(len(ids))] }
		for i := range 60 {
			switch i {
			case 20, 40:
				c.Send(testclient.Message{Type: "join", Kind: "leave", Group: "test"})
				fallthrough
			case 0:
				c.SendJoin("test", username, "secret")
			}
			messageType := types[r.IntN(len(types))]
			c.SendValue(map[string]any{
				"type": messageType, "kind": kinds[messageType][r.IntN(len(kinds[messageType]))],
				"id": id(), "dest": []string{"", c.ID, "x"}[r.IntN(3)], "replace": id(), "label": id(),
				"value": values[r.IntN(len(values))], "request": values[r.IntN(len(values))],
				"candidate": candidates[r.IntN(len(candidates))], "sdp": mutate(r, sdp),
				"noecho": r.IntN(2) == 0,
			})
		}
		c.Sync()
		c.Cut()
		witness.Sync()
	}
}

// offerText returns a valid offer.
func offerText(t *testing.T) string {
	t.Helper()
	f := newFixture(t)
	c := f.join("bob")
	up := c.Publish("camera", camera(t))
	up.AwaitAnswers(1)
	return up.PC.LocalDescription().SDP
}

// mutate returns text with some bytes changed, removed or repeated, or as it is.
func mutate(r *rand.Rand, text string) string {
	b := []byte(text)
	for range r.IntN(4) {
		i := r.IntN(len(b))
		j := min(i+r.IntN(40), len(b))
		switch r.IntN(3) {
		case 0:
			b[i] = byte(r.IntN(128))
		case 1:
			b = append(b[:i:i], b[j:]...)
		case 2:
			b = append(b[:j:j], b[i:]...)
		}
	}
	return string(b)
}
