package group

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"galene/group/token"
)

const tokenGroup = `{"unrestricted-tokens": true, `

// reply takes the one message that answers a token action.
func (c *client) reply(t *testing.T) UserMessage {
	t.Helper()
	events := c.take()
	if len(events) != 1 {
		t.Fatalf("told %s", names(events))
	}
	message := events[0].(UserMessage)
	if !message.Privileged || message.Dest != "" || !message.Time.IsZero() || message.Username != nil || message.Source != "" {
		t.Errorf("TOK-1: got %+v", message)
	}
	return message
}

// The rows of 12.2 and of TOK-2 to TOK-4; recursive tokens cannot be made (STK-4,
// checklist 23).
func TestMakeToken_Section122_TOK2(t *testing.T) {
	tests := []struct{ who, value, id, text string }{
		{"ada", `{"group": "test", "expires": 1000, "permissions": ["present", "message"]}`, "", ""},
		{"ada", `{"group": "test", "expires": 1000}`, "", ""},
		{"ada", `{"group": "test", "expires": -1000, "permissions": []}`, "", ""},
		{"ada", `{"group": "test", "expires": "2026-07-30T12:00:00+02:00", "token": "", "username": "bob", "not-before": 5}`, "", ""},
		{"ada", `{"group": "test", "expires": 1, "includeSubgroups": true, "issuedBy": "op", "issuedAt": 5}`, "", ""},
		{"ada", `{"group": "test", "expires": 1, "token": null, "permissions": null, "not-before": null}`, "", ""},
		{"eve", `5`, "not-authorised", "not authorised"},
		{"ada", ``, "error", "bad token value"},
		{"ada", `null`, "error", "bad token value"},
		{"ada", `[]`, "error", "bad token value"},
		{"ada", `{"token": 5, "permissions": 5}`, "error", "bad string value"},
		{"ada", `{"username": []}`, "error", "bad string value"},
		{"ada", `{"group": {}}`, "error", "bad string value"},
		{"ada", `{"permissions": "op", "expires": []}`, "error", "bad string list"},
		{"ada", `{"permissions": [null]}`, "error", "bad string list"},
		{"ada", `{"permissions": [1]}`, "error", "bad string list"},
		{"ada", `{"expires": "tomorrow"}`, "error", "bad time value"},
		{"ada", `{"expires": true}`, "error", "bad time value"},
		{"ada", `{"expires": 1e300}`, "error", "bad time value"},
		{"ada", `{"not-before": [], "token": "x"}`, "error", "bad time value"},
		{"ada", `{"token": "mine"}`, "error", "client specified token"},
		{"ada", `{"expires": 1}`, "error", "wrong group in token"},
		{"ada", `{"group": "", "expires": 1}`, "error", "wrong group in token"},
		{"ada", `{"group": "test/a", "expires": 1}`, "error", "wrong group in token"},
		{"ada", `{"group": "test"}`, "error", "token doesn't expire"},
		{"ada", `{"group": "test", "expires": 1, "username": "op"}`, "error", "that username is taken"},
		{"ada", `{"group": "test", "expires": 1, "permissions": ["op"]}`, "not-authorised", "not authorised"},
	}
	for _, test := range tests {
		t.Run(test.value, func(t *testing.T) {
			h := newHouse(t)
			h.write("test", tokenGroup+testGroup[1:])
			password := "secret"
			c, m := h.join("test", "1", with(test.who, password))
			c.take()
			wantError(t, m.GroupAction("maketoken", raw(test.value)), "")
			reply := c.reply(t)
			if reply.Kind != "token" || reply.Error != test.id {
				t.Errorf("got %+v", reply)
			}
			if test.id != "" {
				if reply.Value != test.text {
					t.Errorf("got %v, want %s", reply.Value, test.text)
				}
				return
			}
			made := reply.Value.(*token.Token)
			if len(made.Token) != 11 || made.Group != "test" || made.IncludeSubgroups || made.Expires == nil ||
				*made.IssuedBy != "ada" || time.Since(*made.IssuedAt) > time.Minute {
				t.Errorf("TOK-3: got %+v", made)
			}
			stored, _, err := h.Tokens().Get(made.Token)
			if err != nil || encode(t, stored) != encode(t, made) {
				t.Errorf("stored is %+v, %v", stored, err)
			}
		})
	}
}

// What a token looks like (TOK-1, TOK-5).
func TestTokenOnTheWire_TOK5(t *testing.T) {
	h := newHouse(t)
	h.write("test", tokenGroup+testGroup[1:])
	c, m := h.ada("1")
	wantError(t, m.GroupAction("maketoken", raw(`{"group": "test", "expires": "2026-07-30T12:00:00Z"}`)), "")
	made := c.reply(t).Value.(*token.Token)
	want := fmt.Sprintf(`{"token":%q,"group":"test","permissions":null,"expires":"2026-07-30T12:00:00Z","issuedAt":%q,"issuedBy":"ada"}`,
		made.Token, made.IssuedAt.Format(time.RFC3339))
	if got := encode(t, made); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The rows of 12.3 and 12.4 (TOK-6, TOK-7, TOK-8, W-6, checklist 24).
func TestEditAndListTokens_Section123_W6_W14(t *testing.T) {
	h := newHouse(t)
	expires := func(d time.Duration) *time.Time {
		e := time.Now().Add(d).UTC()
		return &e
	}
	for _, stored := range []*token.Token{
		{Token: "late", Group: "test", Expires: expires(time.Hour), Permissions: []string{"op"}},
		{Token: "gone", Group: "test", Expires: expires(-time.Hour)},
		{Token: "never", Group: "test"},
		{Token: "foreign", Group: "other", Expires: expires(time.Hour)},
		{Token: "global", IncludeSubgroups: true, Expires: expires(time.Hour)},
	} {
		if err := h.Tokens().Add(stored); err != nil {
			t.Fatal(err)
		}
	}
	c, m := h.op("op")
	tests := []struct{ value, id, text string }{
		{`{"token": "late", "expires": -1000}`, "", ""},
		{`{"token": "late", "not-before": "2026-01-01T00:00:00Z", "group": ""}`, "", ""},
		{`5`, "error", "bad token value"},
		{`{"token": "late", "group": "test"}`, "error", "this field cannot be edited"},
		{`{"token": "late", "username": ""}`, "error", "this field cannot be edited"},
		{`{"token": "late", "permissions": []}`, "error", "this field cannot be edited"},
		{`{"token": "none"}`, "error", "no such token"},
		{`{}`, "error", "no such token"},
		{`{"token": "foreign", "expires": 1}`, "error", "no such token"},
		{`{"token": "global", "expires": 1}`, "error", "no such token"},
	}
	for _, test := range tests {
		wantError(t, m.GroupAction("edittoken", raw(test.value)), "")
		reply := c.reply(t)
		if reply.Kind != "token" || reply.Error != test.id || test.id != "" && reply.Value != test.text {
			t.Errorf("%s: got %+v", test.value, reply)
		}
		if test.id == "" && reply.Value.(*token.Token).Permissions[0] != "op" {
			t.Errorf("TOK-6: got %+v", reply.Value)
		}
	}
	wantError(t, m.GroupAction("listtokens", nil), "")
	reply := c.reply(t)
	var list []string
	for _, listed := range reply.Value.([]*token.Token) {
		list = append(list, listed.Token)
	}
	if fmt.Sprint(list) != "[never gone late]" || reply.Kind != "tokenlist" {
		t.Errorf("TOK-8: %v", list)
	}
	if _, _, err := h.try("test", "x", Credentials{Token: "late", Username: new(string)}); err == nil {
		t.Error("a revoked token admits")
	}

	// Without both op and token.
	h.write("half", `{"users": {"op": {"password": "op", "permissions": ["op"]}, "t": {"password": "t", "permissions": ["token"]}}}`)
	for _, user := range []string{"op", "t"} {
		c, m := h.join("half", user, with(user, user))
		c.take()
		for _, kind := range []string{"edittoken", "listtokens"} {
			wantError(t, m.GroupAction(kind, raw(`{}`)), "")
			if reply := c.reply(t); reply.Error != "not-authorised" || reply.Value != "not authorised" {
				t.Errorf("%s %s: got %+v", user, kind, reply)
			}
		}
	}
	h.write("empty", testGroup)
	c, m = h.join("empty", "op", with("op", "op"))
	c.take()
	wantError(t, m.GroupAction("listtokens", nil), "")
	if reply := c.reply(t); encode(t, reply.Value) != "[]" {
		t.Errorf("TOK-8: got %s", encode(t, reply.Value))
	}
}

// Who is admitted, under which name (AUTH-2 to AUTH-4, AUTH-9, JOIN-1, JOIN-10, STK-1 to
// STK-3, checklist 11 and 23).
func TestJoinWithToken_AUTH2_AUTH4_STK(t *testing.T) {
	name := func(s string) *string { return &s }
	h := newHouse(t)
	h.writeFile("data/var/tokens.jsonl", `
		{"token": "free", "group": "test", "permissions": ["present", "x"], "expires": "2999-01-01T00:00:00Z"}
		{"token": "fixed", "group": "test", "username": "op", "permissions": ["message"], "expires": "2999-01-01T00:00:00Z"}
		{"token": "empty", "group": "test", "username": "", "expires": "2999-01-01T00:00:00Z"}
		{"token": "expired", "group": "test", "expires": "1999-01-01T00:00:00Z"}
		{"token": "eternal", "group": "test"}
		{"token": "early", "group": "test", "expires": "2999-01-01T00:00:00Z", "not-before": "2998-01-01T00:00:00Z"}
		{"token": "other", "group": "other", "expires": "2999-01-01T00:00:00Z"}
		{"token": "bad", "group": "test", "username": "/x", "expires": "2999-01-01T00:00:00Z"}
		{"token": "global", "group": "", "includeSubgroups": true, "permissions": ["op"], "expires": "2999-01-01T00:00:00Z"}`)
	tests := []struct {
		name, token              string
		username                 *string
		errID, text              string
		gotUsername, permissions string
	}{
		{"chosen name", "free", name("bob"), "", "", "bob", "present x"},
		{"chosen empty name", "free", name(""), "", "", "", "present x"},
		{"no name", "free", nil, "need-username", "username required", "", ""},
		{"taken name", "free", name("ada"), "duplicate-username", "this username is taken", "", ""},
		{"fixed name", "fixed", name("bob"), "", "", "op", "message"},
		{"fixed name, none asked for", "fixed", nil, "", "", "op", "message"},
		{"empty name", "empty", nil, "", "", "", ""},
		{"empty name, another asked for", "empty", name("bob"), "", "", "bob", ""},
		{"expired", "expired", name("bob"), "not-authorised", "not authorised", "", ""},
		{"AUTH-2: expired, no name", "expired", nil, "need-username", "username required", "", ""},
		{"no expiry", "eternal", name("bob"), "not-authorised", "not authorised", "", ""},
		{"too early", "early", name("bob"), "not-authorised", "not authorised", "", ""},
		{"other group", "other", name("bob"), "not-authorised", "not authorised", "", ""},
		{"bad name", "bad", nil, "not-authorised", "not authorised", "", ""},
		{"global", "global", name("bob"), "", "", "bob", "op"},
		{"unknown", "nonesuch", name("ada"), "not-authorised", "not authorised", "", ""},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// The password is right, but not looked at (JOIN-1).
			cred := Credentials{Token: test.token, Username: test.username, Password: "secret"}
			for range 2 { // STK-3, AUTH-9
				_, m, err := h.try("test", fmt.Sprint(i), cred)
				wantError(t, err, test.text)
				if e, ok := err.(*Error); ok && e.ID != test.errID {
					t.Errorf("got %q, want %q", e.ID, test.errID)
				}
				if m == nil {
					return
				}
				if got := m.Info(); got.Username != test.gotUsername || sorted(got.Permissions) != test.permissions {
					t.Errorf("got %+v", got)
				}
				m.Leave()
			}
		})
	}
}

func TestJoinWithJWT_AUTH1_CONF3(t *testing.T) {
	secret := []byte(strings.Repeat("s", 32))
	h := newHouse(t)
	h.write("test", `{"authKeys": [{"kty": "oct", "alg": "HS256", "k": "`+base64.RawURLEncoding.EncodeToString(secret)+`"}], `+testGroup[1:])
	sign := func(username, audience string) string {
		s, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
			"sub": username, "aud": audience, "permissions": []string{"present"},
			"exp": time.Now().Add(time.Hour).Unix(),
		}).SignedString(secret)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	join := func(token string, username *string) (string, error) {
		_, m, err := h.try("test", "1", Credentials{Token: token, Username: username})
		if err != nil {
			return "", err
		}
		defer m.Leave()
		return m.Info().Username, nil
	}
	bob, ada := "bob", "ada"
	good := sign("eve", "https://x/group/test/")
	for _, test := range []struct {
		token     string
		username  *string
		got, text string
	}{
		{good, nil, "eve", ""},
		{good, &bob, "eve", ""},
		{sign("ada", "/group/test/"), &bob, "ada", ""},
		{sign("", "/group/test/"), &bob, "bob", ""},
		{sign("", "/group/test/"), &ada, "", "this username is taken"},
		{sign("", "/group/test/"), nil, "", ""},
		{sign("eve", "/group/other/"), nil, "", "not authorised"},
	} {
		got, err := join(test.token, test.username)
		wantError(t, err, test.text)
		if got != test.got {
			t.Errorf("joined as %q, want %q", got, test.got)
		}
	}
	// A JWT is not looked up among the stateful tokens.
	bad := sign("eve", "/group/other/")
	if err := h.Tokens().Add(&token.Token{Token: bad, Group: "test"}); err != nil {
		t.Fatal(err)
	}
	_, err := join(bad, &bob)
	wantError(t, err, "not authorised")

	h.writeFile("data/config.json", `{"canonicalHost": "example.org"}`)
	_, err = join(good, nil)
	wantError(t, err, "not authorised")
	if _, err = join(sign("eve", "https://Example.org/group/test/"), nil); err != nil {
		t.Error(err)
	}
	other := newHouse(t)
	other.writeFile("data/config.json", `{`)
	_, _, err = other.try("test", "1", Credentials{Token: good})
	wantError(t, err, "internal server error")
}

// Public groups are found at start and again and again (H-85, SW-18).
func TestRun_GRP9_STK8(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.write("public", `{"public": true}`)
		old := time.Now().Add(-7*24*time.Hour + 30*time.Minute)
		if err := h.Tokens().Add(&token.Token{Token: "old", Group: "test", Expires: &old}); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			defer close(done)
			h.Run(ctx)
		}()
		synctest.Wait()
		if public, err := h.Public(); err != nil || len(public) != 1 {
			t.Errorf("public: %v, %v", public, err)
		}
		h.write("another", `{"public": true}`)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if public, err := h.Public(); err != nil || len(public) != 2 {
			t.Errorf("public: %v, %v", public, err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if _, err := os.Stat(filepath.Join(h.dir, "data", "var", "tokens.jsonl")); !os.IsNotExist(err) {
			t.Errorf("the expired token is still there: %v", err)
		}
		stop()
		<-done
	})
}
