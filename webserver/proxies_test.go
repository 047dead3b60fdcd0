package webserver

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// proxied opens a door that tells where requests come from, and returns a function that
// sends header lines and returns the answer.
func proxied(t *testing.T, address, header string, trusted ...string) func(lines ...string) string {
	t.Helper()
	p, err := ParseProxies(trusted, header)
	if err != nil {
		t.Fatal(err)
	}
	d := openDoor(t, address, p.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", r.RemoteAddr, requestScheme(r))
	})), false)
	return func(lines ...string) string {
		t.Helper()
		conn, err := net.Dial(d.Addr().Network(), d.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		text := "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		for _, l := range lines {
			text += l + "\r\n"
		}
		if _, err := io.WriteString(conn, text+"\r\n"); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		// The port of the connection differs each time.
		return strings.Replace(string(body), conn.LocalAddr().String(), "peer", 1)
	}
}

// What a trusted proxy says is believed, and nothing that others have said before it; who
// is not trusted may say what it likes (HW-15).
func TestTrustedProxies_H9_HW15(t *testing.T) {
	const far = "X-Forwarded-For: 192.0.2.1"
	long := strings.Repeat("127.0.0.1, ", 10_000)
	for _, c := range []struct {
		name, header, trusted string
		lines                 []string
		want                  string
	}{
		{"nobody is trusted", "", "", []string{far, "X-Forwarded-Proto: https"}, "peer http"},
		{"somebody else is", "", "127.0.0.2,10.0.0.0/8,::1,unix", []string{far, "X-Forwarded-Proto: https"}, "peer http"},
		{"nothing is said", "", "127.0.0.1", nil, "peer http"},
		{"an address", "", "127.0.0.1", []string{far}, "192.0.2.1:0 http"},
		{"mapped", "", "::ffff:127.0.0.1", []string{"X-Forwarded-For: ::ffff:192.0.2.1"}, "192.0.2.1:0 http"},
		{"a network", "X-Forwarded-For", "127.5.5.5/8", []string{far, "X-Forwarded-Proto: https"}, "192.0.2.1:0 https"},
		{"a port", "", "127.0.0.1", []string{"X-Forwarded-For: 192.0.2.1:4711"}, "192.0.2.1:4711 http"},
		{"IPv6", "", "127.0.0.1", []string{"X-Forwarded-For: 2001:db8::1"}, "[2001:db8::1]:0 http"},
		{"IPv6 in brackets", "", "127.0.0.1", []string{"X-Forwarded-For: [2001:db8::1]"}, "[2001:db8::1]:0 http"},
		{"IPv6 with a port", "", "127.0.0.1", []string{"X-Forwarded-For: [2001:db8::1]:5"}, "[2001:db8::1]:5 http"},
		{"half a bracket", "", "127.0.0.1", []string{"X-Forwarded-For: [2001:db8::1"}, "peer http"},
		{"hearsay", "", "127.0.0.1", []string{"X-Forwarded-For: 203.0.113.9, 192.0.2.1"}, "192.0.2.1:0 http"},
		{"hearsay in another line", "", "127.0.0.1", []string{"X-Forwarded-For: 203.0.113.9", far}, "192.0.2.1:0 http"},
		{"two proxies", "", "127.0.0.1,10.0.0.0/8", []string{"X-Forwarded-For: 203.0.113.9,192.0.2.1,10.1.2.3"}, "192.0.2.1:0 http"},
		{"proxies only", "", "127.0.0.1,10.0.0.0/8", []string{"X-Forwarded-For: 10.9.9.9, 10.1.2.3"}, "10.9.9.9:0 http"},
		{"nonsense before a proxy", "", "127.0.0.1,10.0.0.0/8", []string{"X-Forwarded-For: evil, 10.1.2.3"}, "10.1.2.3:0 http"},
		{"nonsense", "", "127.0.0.1", []string{"X-Forwarded-For: 192.0.2.1, evil"}, "peer http"},
		{"nothing after a comma", "", "127.0.0.1", []string{"X-Forwarded-For: 192.0.2.1,"}, "peer http"},
		{"a quote before", "", "127.0.0.1", []string{`X-Forwarded-For: ", 192.0.2.1`}, "192.0.2.1:0 http"},
		{"a long way", "", "127.0.0.1", []string{"X-Forwarded-For: " + long + "192.0.2.1, 127.0.0.1"}, "192.0.2.1:0 http"},
		{"the last scheme", "", "127.0.0.1", []string{far, "X-Forwarded-Proto: http", "X-Forwarded-Proto: http, HTTPS"}, "192.0.2.1:0 https"},
		{"no scheme", "", "127.0.0.1", []string{far, "X-Forwarded-Proto: gopher"}, "192.0.2.1:0 http"},
		{"the other header", "", "127.0.0.1", []string{"Forwarded: for=203.0.113.9;proto=https"}, "peer http"},
		{"both headers", "", "127.0.0.1", []string{far, "Forwarded: for=203.0.113.9;proto=https"}, "192.0.2.1:0 http"},

		{"the other header instead", "forwarded", "127.0.0.1",
			[]string{far, "X-Forwarded-Proto: https"}, "peer http"},
		{"Forwarded", "Forwarded", "127.0.0.1",
			[]string{far, "Forwarded: For=192.0.2.43;Proto=https;by=203.0.113.43"}, "192.0.2.43:0 https"},
		{"Forwarded, quoted", "Forwarded", "127.0.0.1",
			[]string{`Forwarded: for="[2001:db8:cafe::17]:4711"; proto="h\ttps"`}, "[2001:db8:cafe::17]:4711 https"},
		{"Forwarded, a list", "Forwarded", "127.0.0.1,10.0.0.0/8",
			[]string{`Forwarded: for=203.0.113.9;proto=http, for="192.0.2.1";proto=https`, `Forwarded: for="10.0.0.1";proto=http`}, "192.0.2.1:0 https"},
		{"Forwarded, separators within quotes", "Forwarded", "127.0.0.1",
			[]string{`Forwarded: for=203.0.113.9, host="a,b;c";for=192.0.2.1`}, "192.0.2.1:0 http"},
		{"Forwarded, after a quote that does not end", "Forwarded", "127.0.0.1",
			[]string{`Forwarded: for="203.0.113.9, for=192.0.2.1`}, "192.0.2.1:0 http"},
		{"Forwarded, port hidden", "Forwarded", "127.0.0.1", []string{`Forwarded: for="192.0.2.1:_gazonk"`}, "192.0.2.1:0 http"},
		{"Forwarded, unknown", "Forwarded", "127.0.0.1", []string{"Forwarded: for=203.0.113.9, for=unknown;proto=https"}, "peer https"},
		{"Forwarded, hidden", "Forwarded", "127.0.0.1", []string{`Forwarded: for="_hidden"`}, "peer http"},
		{"Forwarded, twice", "Forwarded", "127.0.0.1", []string{"Forwarded: for=203.0.113.9;for=192.0.2.1"}, "peer http"},
		{"Forwarded, no value", "Forwarded", "127.0.0.1", []string{"Forwarded: for=192.0.2.1;proto"}, "peer http"},
		{"Forwarded, bad quotes", "Forwarded", "127.0.0.1", []string{`Forwarded: for="192.0.2.1"x`}, "peer http"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var trusted []string
			if c.trusted != "" {
				trusted = strings.Split(c.trusted, ",")
			}
			if got := proxied(t, "127.0.0.1:0", c.header, trusted...)(c.lines...); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Who connects to a Unix socket is believed if that is wanted, and only there (HW-15).
func TestTrustedUnixSocket_H4_HW15(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths do not start with a slash")
	}
	for trusted, want := range map[string]string{"unix": "192.0.2.1:0 https", "127.0.0.1": "peer http"} {
		ask := proxied(t, filepath.Join(t.TempDir(), "s"), "", trusted)
		if got := ask("X-Forwarded-For: 203.0.113.9, 192.0.2.1", "X-Forwarded-Proto: https"); got != want {
			t.Errorf("trusting %s: got %q, want %q", trusted, got, want)
		}
	}
}

func TestParseProxies(t *testing.T) {
	for _, c := range []struct{ trusted, header, want string }{
		{"192.0.2.1", "", ""},
		{"proxy.example", "", `"proxy.example" is no IP address`},
		{"10.0.0.0/33", "", `"10.0.0.0/33" is no IP address`},
		{"10.0.0.1:80", "", `"10.0.0.1:80" is no IP address`},
		{"unix", "X-Real-IP", `"X-Real-IP": neither X-Forwarded-For nor Forwarded`},
	} {
		_, err := ParseProxies([]string{c.trusted}, c.header)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
