package signalling_test

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"galene/internal/testclient"
)

// The sequences that are known to bring a server of this protocol down (section 21).

const (
	operatorAndGuests = `"users": {"ada": {"password": "secret", "permissions": "op"}},
		"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}}`
	offerWithoutGroup = `{"type":"offer","id":"x","label":"camera","sdp":"v=0\r\n"}`
)

// A client whose join was refused after it had been authorised offers a stream, and
// then joins properly over the same connection (W-1, JOIN-8, STATE-2, checklist 7).
func TestOfferAfterRefusedJoin_W1(t *testing.T) {
	f := newFixture(t)
	f.group("locked", `{"autolock": true, `+operatorAndGuests)
	f.group("early", `{"not-before": "2999-01-01T00:00:00Z", `+operatorAndGuests)
	f.group("late", `{"expires": "1999-01-01T00:00:00Z", `+operatorAndGuests)
	f.group("kick", `{"autokick": true, `+operatorAndGuests)
	f.group("full", `{"max-clients": 1, `+operatorAndGuests)
	testclient.Join(t, f.url, "full", "first", "")
	first := f.join("first")
	tests := []struct{ name, handshake, join, err string }{
		{"locked", "", `"group":"locked","username":"bob"`, "locked"},
		{"early", "", `"group":"early","username":"bob"`, "not-open-yet"},
		{"late", "", `"group":"late","username":"bob"`, "closed"},
		{"autokick", "", `"group":"kick","username":"bob"`, "no-operators"},
		{"full", "", `"group":"full","username":"bob"`, "full"},
		{"duplicate id", first.ID, `"group":"test","username":"bob"`, "duplicate-id"},
		{"password", "", `"group":"test","username":"ada","password":"x"`, "not-authorised"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := testclient.Dial(t, f.url)
			if test.handshake != "" {
				c.ID = test.handshake
			}
			c.Handshake()
			c.SendRaw(`{"type":"join","kind":"join",` + test.join + `}`)
			if m := c.Expect("joined/fail")[0]; m.Error != test.err { // MSG-8, MSG-9
				t.Errorf("got %s", m.Raw)
			}
			c.SendRaw(offerWithoutGroup)
			c.Expect("abort")
			c.ExpectError("not authorised")
			c.SendRaw(`{"type":"chat","value":"x"}`)
			c.ExpectError("join a group first")
			if test.handshake == "" {
				c.Join("test", "bob", "")
				c.Publish("camera", camera(t)).AwaitConnected()
			}
		})
	}
	t.Run("no id", func(t *testing.T) {
		c := testclient.Dial(t, f.url)
		c.SendRaw(`{"type":"handshake","version":["2"]}`) // WS-16
		c.Expect("handshake")
		c.SendJoin("test", "bob", "")
		if m := c.Expect("joined/fail")[0]; m.Error != "empty-id" || m.Text() != "empty client id" { // W-14
			t.Errorf("got %s", m.Raw)
		}
		c.SendRaw(offerWithoutGroup)
		c.Expect("abort", "usermessage/error")
	})
	first.Sync()
}

// A redirect makes no member: nobody is told, nothing can be done in the group, and the
// client may go elsewhere (W-2, JOIN-15).
func TestRedirectMakesNoMember_W2(t *testing.T) {
	f := newFixture(t)
	f.group("hall", `{"auto-subgroups": true, `+operatorAndGuests)
	ada := testclient.Join(t, f.url, "hall", "ada", "secret")
	ada.Sync()
	f.group("hall", `{"redirect": "https://elsewhere.example/group/hall/", `+operatorAndGuests)
	for range 3 {
		bob := f.connect()
		bob.SendJoin("hall", "bob", "")
		m := bob.Expect("joined/redirect")[0]
		if m.Text() != "https://elsewhere.example/group/hall/" || m.Group != "hall" ||
			m.Permissions != nil || m.Status != nil {
			t.Errorf("got %s", m.Raw)
		}
		bob.SendRaw(offerWithoutGroup)
		bob.Expect("abort", "usermessage/error")
		bob.ExpectQuiet()
		bob.Join("test", "bob", "")
		bob.Cut()
	}
	ada.ActOnGroup("subgroups", nil)
	ada.Chat("still here")
	for _, m := range ada.Sync() {
		if m.Is("user") {
			t.Errorf("a ghost: %s", m.Raw)
		}
	}
}

// Taking a permission from one member takes it from nobody else, here or in other
// groups, now or later (W-3, PERM-4, checklist 13).
func TestPermissionsAreNotShared_W3(t *testing.T) {
	f := newFixture(t)
	f.group("other", `{`+operatorAndGuests)
	ada, second := f.join("ada"), f.join("ada")
	bob := f.join("bob")
	elsewhere := testclient.Join(t, f.url, "other", "ada", "secret")
	ada.Act("unop", second.ID, nil)
	ada.Act("unpresent", bob.ID, nil)
	ada.Sync()
	elsewhere.ExpectQuiet()
	for group, wanted := range map[string][]string{"test": {"op", "present"}, "other": {"op", "present"}} {
		for username, permissions := range map[string][]string{"ada": wanted, "guest": {"present"}} {
			c := f.connect()
			joined := c.Join(group, username, "secret")
			for _, p := range permissions {
				if !slices.Contains(joined.Permissions, p) {
					t.Errorf("%s in %s has %v", username, group, joined.Permissions)
				}
			}
		}
	}
	ada.ActOnGroup("lock", nil)
	ada.AwaitWhere("the lock", func(m testclient.Message) bool {
		return m.Is("joined/change") && slices.Contains(m.Permissions, "op")
	})
}

// Twenty clients join, publish, act on one another, leave and are cut off, as fast as
// they can; a witness sees a consistent group all the time (W-4, USR-4, checklist 32).
// GALENE_TEST_CHURN sets for how long, one second otherwise.
func TestChurn_W4(t *testing.T) {
	duration := time.Second
	if s := os.Getenv("GALENE_TEST_CHURN"); s != "" {
		var err error
		if duration, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	f := newFixture(t)
	f.group("auto", `{"autolock": true, "autokick": true, `+operatorAndGuests)
	witness := f.join("ada")
	var watching sync.WaitGroup
	watching.Go(func() { watchChurn(t, witness) })
	end := time.Now().Add(duration)
	var clients sync.WaitGroup
	rounds := make([]int, 20)
	for i := range rounds {
		clients.Go(func() {
			for ; rounds[i] == 0 || time.Now().Before(end); rounds[i]++ {
				c := f.connect()
				group, name := "test", "guest"
				if i%5 == 4 {
					group = "auto"
				}
				if i%5 >= 3 {
					name = "ada"
				}
				for range 3 {
					c.SendJoin(group, name, "secret")
					c.Request(everything)
					c.SendRaw(`{"type":"offer","id":"` + c.ID + `s","label":"camera","sdp":"v=0"}`)
					c.Act("setdata", c.ID, map[string]any{"x": rounds[i]})
					c.Act("unpresent", c.ID, nil)
					c.ActOnGroup("unlock", nil)
					c.SendRaw(`{"type":"chat","value":"x"}`)
					c.Send(testclient.Message{Type: "join", Kind: "leave", Group: group})
				}
				if i%2 == 0 {
					c.Await("joined/leave")
				} else {
					c.Await("joined/join")
				}
				c.Cut()
			}
		})
	}
	clients.Wait()
	total := 0
	for _, n := range rounds {
		total += n
	}
	t.Logf("%d rounds", total)
	witness.Send(testclient.Message{Type: "chat", Value: "the end"})
	watching.Wait()
}

// watchChurn checks what a member is told about the others, until its own last word.
func watchChurn(t *testing.T, c *testclient.Client) {
	known := map[string]bool{c.ID: true}
	for {
		m := c.Next()
		switch {
		case m.Is("ping"):
			c.Send(testclient.Message{Type: "pong"})
		case m.Is("user/add") && known[m.ID], m.Is("user/change") && !known[m.ID],
			m.Is("user/delete") && !known[m.ID], m.Is("chat") && !known[m.Source]:
			t.Errorf("out of order: %s", m.Raw)
			return
		case m.Is("user/add"):
			known[m.ID] = true
		case m.Is("user/delete"):
			delete(known, m.ID)
		case m.Is("chat") && m.Text() == "the end":
			return
		}
	}
}

// A leave followed at once by a join under another name: each message has the name of
// its own membership (W-4, STATE-2, MSG-4, JOIN-18).
func TestLeaveAndJoinPipelined_W4(t *testing.T) {
	f := newFixture(t)
	ada := f.join("ada")
	ada.Sync()
	c := f.connect()
	for i := range 10 {
		c.SendJoin("test", fmt.Sprint("name ", i), "")
		c.Act("setdata", c.ID, map[string]any{"round": i})
		c.Request(everything)
		c.Send(testclient.Message{Type: "join", Kind: "leave", Group: "test"})
	}
	for i := range 10 {
		got := c.Expect("joined/join", "user/add", "user/add", "user/change", "joined/leave")
		want := fmt.Sprint("name ", i)
		if got[0].User() != want || got[1].User() != want || got[4].User() != want || got[1].Data != nil {
			t.Errorf("round %d: %v", i, got)
		}
		seen := ada.Expect("user/add", "user/change", "user/delete")
		if seen[0].User() != want || seen[2].User() != want || seen[2].Data != nil || seen[2].Permissions != nil { // USR-2
			t.Errorf("round %d: %v", i, seen)
		}
	}
	// The name of the last membership counts until the next one.
	c.SendRaw(`{"type":"ping","username":"name 9"}`)
	c.Expect("pong")
	c.SendRaw(`{"type":"ping","username":"name 8"}`)
	c.ExpectError("spoofed username")
}
