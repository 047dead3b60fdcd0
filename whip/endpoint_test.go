package whip_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"galene/ice"
)

const sdpType = "application/sdp"

// Acceptance check 1, W-60, W-61.
func TestOptionsW60W61(t *testing.T) {
	f := newFixture(t, withServers(
		ice.Server{URLs: []string{"stun:stun.example", "stuns:stun.example"}},
		ice.Server{
			URLs:     []string{"turn:relay.example?transport=tcp", "turns:relay.example"},
			Username: `u"s\r`, Credential: "p", CredentialType: "password",
		},
		ice.Server{URLs: []string{"turn:bad.example"}, Username: "a\r\nSet-Cookie: b", Credential: "p"},
		ice.Server{URLs: []string{"http://other.example"}},
	))
	r := f.do("OPTIONS", "/group/open/.whip", "").expect(t, http.StatusOK)
	want := []string{
		`<stun:stun.example>; rel="ice-server"`,
		`<turn:relay.example?transport=tcp>; rel="ice-server"; username="u\"s\\r"; credential="p"; credential-type="password"`,
		`<turns:relay.example>; rel="ice-server"; username="u\"s\\r"; credential="p"; credential-type="password"`,
	}
	if got := r.Header.Values("Link"); !slices.Equal(got, want) {
		t.Errorf("links\n%s", strings.Join(got, "\n"))
	}
	for name, want := range map[string]string{
		"Access-Control-Allow-Methods":  "OPTIONS, POST",
		"Access-Control-Allow-Headers":  "Authorization, Content-Type",
		"Access-Control-Expose-Headers": "Link",
		"Accept-Post":                   "application/sdp",
		"Access-Control-Allow-Origin":   "",
		"Set-Cookie":                    "",
		"Vary":                          "Origin",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if r.body != "" {
		t.Errorf("body %q", r.body)
	}
}

// The order of the checks, whip.md 3.1 and 4.1, and what each answers.
func TestChecksW2W3W4(t *testing.T) {
	f := newFixture(t)
	encoder := f.newEncoder()
	encoder.start("/group/open/.whip")
	const id = "AAAAAAAAAAAAAAAAAAAAAA"
	fragment := "application/trickle-ice-sdpfrag"
	tests := []struct {
		name, method, path, contentType, body string
		status                                int
		header, value                         string
	}{
		{"no group", "POST", "/group/none/.whip", sdpType, "", 404, "Vary", ""},
		{"no name", "POST", "/group/.whip", sdpType, "", 404, "Vary", ""},
		{"backslash", "POST", "/group/a%5Cb/.whip", sdpType, "", 404, "Vary", ""},
		{"unknown kind", "POST", "/group/open/.whop", sdpType, "", 404, "Vary", ""},
		{"options of no group", "OPTIONS", "/group/none/.whip", "", "", 404, "Vary", ""},
		{"get", "GET", "/group/open/.whip", "", "", 405, "Allow", "OPTIONS, POST"},
		{"head", "HEAD", "/group/open/.whip", "", "", 405, "Allow", "OPTIONS, POST"},
		{"put", "PUT", "/group/open/.whip", sdpType, "", 405, "Allow", "OPTIONS, POST"},
		{"delete", "DELETE", "/group/open/.whip", "", "", 405, "Allow", "OPTIONS, POST"},
		{"no type", "POST", "/group/open/.whip", "", "v=0", 415, "Accept", sdpType},
		{"type", "POST", "/group/open/.whip", "text/plain", "v=0", 415, "Accept", sdpType},
		{"malformed type", "POST", "/group/open/.whip", ";;", "v=0", 415, "Accept", sdpType},
		{"no offer", "POST", "/group/open/.whip", sdpType, "", 400, "Vary", "Origin"},
		{"no SDP", "POST", "/group/open/.whip", sdpType, "hello", 400, "Vary", "Origin"},
		{"no media", "POST", "/group/open/.whip", sdpType, noMedia, 422, "Vary", "Origin"},
		{"type with case and parameters", "POST", "/group/open/.whip", "Application/SDP; charset=utf-8", noMedia, 422, "", ""},
		{"too large", "POST", "/group/open/.whip", sdpType, strings.Repeat("a", 1<<20+1), 413, "", ""},
		{"large for an offer", "POST", "/group/open/.whip", sdpType, noMedia + strings.Repeat("a=x\r\n", 1<<17), 413, "", ""},

		{"empty id", "PATCH", "/group/open/.whip/", fragment, "", 404, "", ""},
		{"malformed id", "PATCH", "/group/open/.whip/x", fragment, "", 404, "", ""},
		{"path below", "PATCH", encoder.location + "/x", fragment, "", 404, "", ""},
		{"unknown id", "PATCH", "/group/open/.whip/" + id, fragment, "", 404, "", ""},
		{"another group", "DELETE", strings.Replace(encoder.location, "open", "sp%20ace", 1), "", "", 404, "", ""},
		{"another protocol", "DELETE", strings.Replace(encoder.location, "whip", "whep", 1), "", "", 404, "", ""},
		{"get session", "GET", encoder.location, "", "", 405, "Allow", "OPTIONS, DELETE, PATCH"},
		{"post to session", "POST", encoder.location, sdpType, "", 405, "Allow", "OPTIONS, DELETE, PATCH"},
		{"fragment type", "PATCH", encoder.location, sdpType, "", 415, "Accept", fragment},
		{"empty fragment", "PATCH", encoder.location, fragment, "", 400, "", ""},
		{"bad fragment", "PATCH", encoder.location, fragment, "a=mid:0\r\n", 400, "", ""},
		{"short pair", "PATCH", encoder.location, fragment, "a=ice-ufrag:a\r\na=ice-pwd:b\r\n", 400, "", ""},
		{"pair with a space", "PATCH", encoder.location, fragment, "a=ice-ufrag:abcd efgh\r\na=ice-pwd:0123456789012345678901\r\n", 400, "", ""},
		{"large fragment", "PATCH", encoder.location, fragment, strings.Repeat("a", 1<<20+1), 413, "", ""},
		{"long line", "PATCH", encoder.location, fragment, strings.Repeat("a", 1<<17), 400, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			var header []string
			if test.contentType != "" {
				header = []string{"Content-Type", test.contentType}
			}
			r := f.do(test.method, test.path, test.body, header...).expect(t, test.status)
			if got := r.Header.Get(test.header); test.header != "" && got != test.value {
				t.Errorf("%s: %q, want %q", test.header, got, test.value)
			}
			if test.method != "HEAD" && r.body == "" {
				t.Error("nothing says what is wrong")
			}
		})
	}
	f.t = t
	if got := f.members("open"); len(got) != 1 {
		t.Errorf("members left: %v", got)
	}
	encoder.awaitConnected() // the session has survived all that (W-53)
}

const noMedia = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcdefgh\r\n" +
	"a=ice-pwd:0123456789012345678901\r\n"

// W-1: requests for another host are redirected before anything else.
func TestCanonicalHostW1(t *testing.T) {
	f := newFixture(t, func(o *setup) { o.config = `{"canonicalHost": "galene.example"}` })
	r := f.do("POST", "/group/open/.whip?username=a", "", "Content-Type", sdpType).
		expect(t, http.StatusPermanentRedirect)
	if got := r.Header.Get("Location"); got != "https://galene.example/group/open/.whip?username=a" {
		t.Errorf("location %q", got)
	}
}

// http.md 4.3 (H-40 to H-44), and weak spot 4.
func TestCrossOriginH40H41H43H44(t *testing.T) {
	f := newFixture(t, func(o *setup) { o.config = `{"allowOrigin": ["https://allowed.example"]}` })
	token := f.token("cross-origin", nil)
	encoder := f.newEncoder("Authorization", "Bearer "+token, "Origin", "https://allowed.example")
	r := encoder.start("/group/open/.whip")
	check := func(r response, want string) {
		t.Helper()
		if got := r.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("%s %s: allowed origin %q, want %q", r.Request.Method, r.Request.URL.Path, got, want)
		}
		if got := r.Header.Get("Vary"); got != "Origin" {
			t.Errorf("Vary %q", got)
		}
	}
	check(r, "https://allowed.example")
	check(f.do("OPTIONS", "/group/open/.whip", "", "Origin", "https://allowed.example"), "https://allowed.example")
	check(f.do("OPTIONS", "/group/open/.whip", "", "Origin", "https://other.example"), "")
	check(f.do("OPTIONS", "/group/open/.whip", "", "Origin", f.url), f.url)
	preflight := f.do("OPTIONS", encoder.location, "", "Origin", "https://allowed.example").expect(t, http.StatusOK)
	check(preflight, "https://allowed.example")
	for name, want := range map[string]string{
		"Access-Control-Allow-Methods": "OPTIONS, DELETE, PATCH",
		"Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match, If-None-Match",
		"Accept-Patch":                 "application/trickle-ice-sdpfrag",
		"Link":                         "",
	} {
		if got := preflight.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	// Who is refused only does not see the answer.
	other := f.do("DELETE", encoder.location, "", "Origin", "https://other.example",
		"Authorization", "Bearer "+token).expect(t, http.StatusOK)
	check(other, "")
}

// W-21 and weak spot 6: behind a proxy that has a path of its own, and with a name
// that has to be encoded.
func TestLocationW21(t *testing.T) {
	f := newFixture(t, func(o *setup) { o.config = `{"proxyURL": "https://front.example/conf/"}` })
	encoder := f.newEncoder()
	r := encoder.post("/group/sp%20ace/.whip", encoder.offer(true)).expect(t, http.StatusCreated)
	path, ok := strings.CutPrefix(r.Header.Get("Location"), "/conf")
	if !ok || !strings.HasPrefix(path, "/group/sp%20ace/.whip/") {
		t.Fatalf("location %q", r.Header.Get("Location"))
	}
	f.do("DELETE", path, "").expect(t, http.StatusOK)
}

// A client that wants JSON is told what is wrong in a problem document.
func TestProblemDocument(t *testing.T) {
	f := newFixture(t)
	r := f.do("POST", "/group/open/.whip", "", "Content-Type", sdpType, "Accept", "application/problem+json").
		expect(t, http.StatusBadRequest)
	if r.Header.Get("Content-Type") != "application/problem+json" ||
		!strings.Contains(r.body, `"detail":"bad session description"`) {
		t.Errorf("%s: %s", r.Header.Get("Content-Type"), r.body)
	}
}
