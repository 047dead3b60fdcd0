package whip_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"galene/whip"
)

// Who may join, as whom, and what everybody else is told (whip.md 2).
func TestJoinW5W10W11W12W13W14W15(t *testing.T) {
	f := newFixture(t)
	ada := f.member("full", "ada", "secret")
	named := f.token("named", map[string]any{"username": "cam"})
	anonymous := f.token("anonymous", nil)
	observing := f.token("observing", map[string]any{"permissions": []string{}})
	expired := f.token("expired", map[string]any{"expires": "2001-01-01T00:00:00Z"})
	foreign := f.token("foreign", map[string]any{"group": "observed"})
	inNamed := f.token("in-named", map[string]any{"group": "named"})

	basic := func(user, password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	const needs, invalid = `Bearer realm="galene"`, `Bearer realm="galene", error="invalid_token"`
	tests := []struct {
		name, path, authorization string
		status                    int
		username                  string // of the member, if there is one
		header, value             string
	}{
		{"anonymous, W-13", "/group/open/.whip", "", 201, "whip", "", ""},
		{"sub-group", "/group/tree/leaf/.whip", "", 201, "whip", "", ""},
		{"redirect, W-5", "/group/moved/.whip", "", 201, "whip", "Location", ""},
		{"user whip, W-13", "/group/named/.whip", "", 201, "whip", "", ""},
		{"username", "/group/open/.whip?username=cam", "", 201, "cam", "", ""},
		{"Basic, weak spot 8", "/group/closed/.whip", basic("whip", "secret"), 201, "whip", "", ""},
		{"Basic, wrong password", "/group/closed/.whip", basic("whip", "guess"), 401, "", "Www-Authenticate", needs},
		{"password wanted", "/group/closed/.whip", "", 401, "", "Www-Authenticate", needs},
		{"username with password", "/group/open/.whip?username=ada", "", 401, "", "Www-Authenticate", needs},

		{"stateful token with a username", "/group/open/.whip", "Bearer " + named, 201, "cam", "", ""},
		{"stateful token", "/group/open/.whip", "bearer " + anonymous, 201, "whip", "", ""},
		{"stateful token and username", "/group/open/.whip?username=cam", "Bearer " + anonymous, 201, "cam", "", ""},
		{"clash with a user, W-12", "/group/named/.whip", "Bearer " + inNamed, 401, "", "Www-Authenticate", invalid},
		{"expired token", "/group/open/.whip", "Bearer " + expired, 401, "", "Www-Authenticate", invalid},
		{"token of another group", "/group/open/.whip", "Bearer " + foreign, 401, "", "Www-Authenticate", invalid},
		{"unknown token, weak spot 1", "/group/open/.whip", "Bearer none", 401, "", "Www-Authenticate", invalid},
		{"token without present, W-15", "/group/open/.whip", "Bearer " + observing, 403, "", "", ""},
		{"JWT", "/group/open/.whip", "Bearer " + newJWT(t, f, "open", "jane"), 201, "jane", "", ""},
		{"JWT without a name", "/group/open/.whip", "Bearer " + newJWT(t, f, "open", ""), 201, "whip", "", ""},
		{"JWT of another group", "/group/open/.whip", "Bearer " + newJWT(t, f, "tree", "jane"), 401, "", "Www-Authenticate", invalid},
		{"JWT without a signature", "/group/open/.whip", "Bearer e30.e30.", 401, "", "Www-Authenticate", invalid},

		{"cannot present, W-15", "/group/observed/.whip", "", 403, "", "", ""},
		{"closed, W-14", "/group/past/.whip", "", 403, "", "", ""},
		{"full, W-14", "/group/full/.whip", "", 503, "", "Retry-After", "5"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			var header []string
			if test.authorization != "" {
				header = []string{"Authorization", test.authorization}
			}
			encoder := f.newEncoder(header...)
			r := encoder.post(test.path, encoder.offer(true)).expect(t, test.status)
			if test.value != "" && r.Header.Get(test.header) != test.value {
				t.Errorf("%s: %q, want %q", test.header, r.Header.Get(test.header), test.value)
			}
			group := strings.TrimPrefix(test.path[:strings.Index(test.path, "/.")], "/group/")
			members := slices.DeleteFunc(f.members(group), func(name string) bool { return name == "ada" })
			if test.username == "" {
				if len(members) != 0 { // acceptance check 3
					t.Errorf("members %v", members)
				}
				return
			}
			if !slices.Equal(members, []string{test.username}) {
				t.Errorf("members %v, want %s", members, test.username)
			}
			f.do("DELETE", r.Header.Get("Location"), "", header...).expect(t, http.StatusOK)
		})
	}
	f.t = t
	ada.ActOnGroup("lock", "go away")
	ada.Await("joined/change")
	encoder := f.newEncoder()
	if r := encoder.post("/group/full/.whip", encoder.offer(true)).expect(t, http.StatusForbidden); r.body != "go away\n" {
		t.Errorf("locked: %q", r.body)
	}
}

// newJWT signs a token with the key of the group "open".
func newJWT(t *testing.T, f *fixture, group, username string) string {
	t.Helper()
	key, err := base64.RawURLEncoding.DecodeString("MYz3IfCq4Yq-UmPdNqWEOdPl4C_m9imHHs9uveDUJGQ")
	if err != nil {
		t.Fatal(err)
	}
	claims := jwt.MapClaims{
		"aud": f.url + "/group/" + group + "/", "permissions": []string{"present"},
		"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Add(-time.Minute).Unix(),
	}
	if username != "" {
		claims["sub"] = username
	}
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	token.Header["kid"] = "k"
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Acceptance check 6 and weak spot 4; W-40.
func TestTokenProtectsSessionW40(t *testing.T) {
	f := newFixture(t)
	token := f.token("secret-token", nil)
	encoder := f.newEncoder("Authorization", "Bearer "+token)
	encoder.start("/group/open/.whip")
	for _, header := range [][]string{
		nil, {"Authorization", "Bearer other"}, {"Authorization", "Bearer "},
		{"Authorization", token}, {"Authorization", "Basic " + token},
	} {
		for _, method := range []string{"PATCH", "DELETE", "GET"} {
			f.do(method, encoder.location, "", header...).expect(t, http.StatusForbidden)
		}
	}
	f.do("OPTIONS", encoder.location, "").expect(t, http.StatusOK)
	encoder.patch(encoder.fragment(), encoder.tag).expect(t, http.StatusNoContent)
	encoder.delete().expect(t, http.StatusOK)

	open := f.newEncoder()
	open.start("/group/open/.whip")
	open.delete().expect(t, http.StatusOK)
}

// Weak spot 13: sessions that have not connected are bounded.
func TestBoundOfConnectingSessions(t *testing.T) {
	f := newFixture(t, func(o *setup) { o.Limits = whip.Limits{Connecting: 1} })
	idle := f.newEncoder()
	idle.post("/group/open/.whip", idle.offer(false)).expect(t, http.StatusCreated)
	second := f.newEncoder()
	offer := second.offer(true)
	r := second.post("/group/open/.whip", offer).expect(t, http.StatusServiceUnavailable)
	if r.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}
