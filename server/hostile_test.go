package server

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"galene/internal/testclient"
)

// canary is in everything that must not get out.
const canary = "the-canary"

// prey is a server that is attacked, over connections in clear text.
type prey struct {
	*running
	before uint64 // bytes of the heap
}

// newPrey starts a server with something in every place, and secrets around it.
func newPrey(t *testing.T) *prey {
	t.Helper()
	conf := configuration(t, files{
		"tea.json": `{"public": true, "allow-recording": true, "users": {"ada": {"password": "` + canary + `", "permissions": "op"}},
			"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}}`,
		"closed.json": `{"contact": "` + canary + `", "users": {"ada": {"password": "` + canary + `", "permissions": "op"}}}`,
	})
	conf.Insecure = true
	conf.TURN = ""
	dir := filepath.Dir(conf.Data)
	conf.Static = filepath.Join(dir, "static")
	conf.Recordings = filepath.Join(dir, "recordings")
	for name, text := range map[string]string{
		"static/index.html":             "<title>index</title>",
		"static/galene.html":            "<title>group</title>",
		"static/404.html":               "<title>not found</title>",
		"static/js/call.js":             "export {};",
		"secret.txt":                    canary,
		"recordings/secret.txt":         canary,
		"recordings/tea/a.webm":         canary,
		"recordings/closed/b.webm":      canary,
		"data/config.json":              `{"writableGroups": true, "users": {"root": {"password": "` + canary + `", "permissions": "admin"}}}`,
		"data/key.pem":                  canary,
		"data/var/tokens.jsonl":         `{"token": "` + canary + `", "group": "tea", "permissions": ["present"], "expires": "2099-01-01T00:00:00Z"}` + "\n",
		"groups/closed/.hidden/x.json":  canary,
		"static/directory/readable.txt": "readable",
	} {
		writeFile(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	if runtime.GOOS != "windows" {
		for link, to := range map[string]string{"static/outside": "..", "static/directory/secret.txt": "../../secret.txt"} {
			if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
				t.Fatal(err)
			}
		}
	}
	p := &prey{running: start(t, conf)}
	p.before = heap()
	t.Cleanup(p.check)
	return p
}

// heap returns how many bytes are in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// check looks at what the attack has left behind.
func (p *prey) check() {
	t := p.t
	t.Helper()
	if status, _ := fetch(t, http.DefaultClient, p.url("http")+"/healthz"); status != http.StatusOK {
		t.Errorf("healthz: %d", status)
	}
	http.DefaultClient.CloseIdleConnections()
	if now := heap(); now > p.before+32<<20 {
		t.Errorf("%d bytes in use, %d before", now, p.before)
	}
	for line := range strings.Lines(p.log.String()) {
		if strings.Contains(line, "panic") || strings.Contains(line, canary) || strings.Contains(line, "level=ERROR") {
			t.Errorf("log: %.500s", line)
		}
	}
}

// dial opens a connection, on which everything has to happen in time.
func (p *prey) dial() net.Conn {
	p.t.Helper()
	c, err := net.Dial("tcp", p.Addr().String())
	if err != nil {
		p.t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(testclient.Timeout)); err != nil {
		p.t.Fatal(err)
	}
	return c
}

// reply is what came back: an answer, or the end of the connection.
type reply struct {
	status int // 0 is no answer
	header http.Header
	body   string
	rest   string // what came after it
}

// attack sends a request and returns the first answer.  Unless the request asks for the
// connection to be closed, it is half-closed.  That the server has stopped reading is no
// mistake.
func (p *prey) attack(request string) reply {
	p.t.Helper()
	c := p.dial()
	defer c.Close()
	method, _, _ := strings.Cut(request, " ")
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.WriteString(c, request)
		if !strings.Contains(request, "Connection: close") {
			_ = c.(*net.TCPConn).CloseWrite()
		}
	}()
	answers := bufio.NewReader(c)
	resp, err := http.ReadResponse(answers, &http.Request{Method: method})
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			p.t.Errorf("%.300q: not answered in time", request)
		}
		return reply{}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		p.t.Errorf("%.300q: the answer does not end", request)
	}
	rest, _ := io.ReadAll(io.LimitReader(answers, 1<<20))
	c.Close()
	<-sent
	return reply{resp.StatusCode, resp.Header, string(body), string(rest)}
}

// refused checks that an answer says what is wrong, and gives nothing away.
func (p *prey) refused(request string, r reply) {
	p.t.Helper()
	if strings.Contains(r.body, canary) || strings.Contains(fmt.Sprint(r.header), canary) || strings.Contains(r.rest, canary) ||
		strings.Contains(r.body, "root:x:0") {
		p.t.Errorf("%.300q: %d gives away %.300q", request, r.status, r.body)
	}
	if r.header.Get("Set-Cookie") != "" {
		p.t.Errorf("%.300q: a cookie", request)
	}
	switch {
	case r.status == 0 || r.status == http.StatusPreconditionFailed || strings.HasPrefix(request, "HEAD "):
	case r.status >= 300 && r.status < 400:
		to := r.header.Get("Location")
		if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n<>\"") {
			p.t.Errorf("%.300q: redirected to %q", request, to)
		}
	case r.status == http.StatusExpectationFailed: // net/http has no word for it
	case r.status >= 400 && strings.TrimSpace(r.body) == "":
		p.t.Errorf("%.300q: %d without a word", request, r.status)
	case strings.Contains(r.body, "<script>alert") || strings.Contains(r.body, "onerror="):
		p.t.Errorf("%.300q: repeated in %q", request, r.body)
	}
}

// lines reads a file of testdata, without comments.
func lines(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "hostile", name))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	return list
}

// asRoot and asAda are credentials that let a request get further.
func asRoot() string { return "Authorization: " + basicAuth("root") + "\r\n" }
func asAda() string  { return "Authorization: " + basicAuth("ada") + "\r\n" }

func basicAuth(name string) string {
	r, _ := http.NewRequest("GET", "/", nil)
	r.SetBasicAuth(name, canary)
	return r.Header.Get("Authorization")
}

// Nothing outside its directory can be had by any path of any route, with credentials or
// without, and whatever leads nowhere is 404 or something like that (H-21, H-65, HW-16).
func TestHostilePaths_H65_HW16(t *testing.T) {
	p := newPrey(t)
	paths := lines(t, "paths.txt")
	paths = append(paths, strconv.Quote(strings.Repeat("a", 50_000)), strconv.Quote(strings.Repeat("a/", 20_000)),
		strconv.Quote(strings.Repeat("../", 10_000)), strconv.Quote(strings.Repeat("%2e%2e%2f", 10_000)),
		strconv.Quote(strings.Repeat("%00", 10_000)))
	asked := 0
	for _, prefix := range []struct{ path, credentials string }{
		{"/", ""}, {"/js/", ""}, {"/index.html/", ""}, {"/group/", ""}, {"/group/tea/", ""}, {"/group/tea/.status/", ""},
		{"/group/tea/.whip/", ""}, {"/group/tea/.whep/", ""}, {"/recordings/", asAda()}, {"/recordings/tea/", asAda()},
		{"/recordings/tea/", ""}, {"/galene-api/", asRoot()}, {"/galene-api/v0/", asRoot()},
		{"/galene-api/v0/.groups/", asRoot()}, {"/galene-api/v0/.groups/tea/.users/", asRoot()},
		{"/galene-api/v0/.groups/tea/.tokens/", asRoot()}, {"/galene-api/v0/.groups/", ""}, {"/ws/", ""}, {"/healthz/", ""},
	} {
		for _, quoted := range paths {
			suffix, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatalf("%s: %v", quoted, err)
			}
			request := "GET " + prefix.path + suffix + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + prefix.credentials + "\r\n"
			r := p.attack(request)
			asked++
			p.refused(request, r)
			// The list of groups, which "." is, may be had by those who have a password;
			// and what is clean after cleaning may be there.
			if r.status < 300 || r.status >= 500 {
				t.Errorf("%.300q: %d %.300q", request, r.status, r.body)
			}
		}
	}
	t.Logf("%d paths", asked)
}

// Requests that are none, and those that ask for what there is not, are refused with a word
// about why, and what follows them on the connection is not taken for another one.
func TestHostileRequests_H22_H57_H101(t *testing.T) {
	p := newPrey(t)
	for _, line := range lines(t, "requests.txt") {
		i, j := strings.IndexByte(line, '"'), strings.LastIndexByte(line, '"')
		request, err := strconv.Unquote(line[i : j+1])
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		allowed := strings.Fields(line[:i] + " " + line[j+1:])
		r := p.attack(request)
		p.refused(request, r)
		got := strconv.Itoa(r.status)
		if r.status == 0 {
			got = "closed"
		}
		if !slices.Contains(allowed, got) {
			t.Errorf("%q: %s %q, want %v", request, got, r.body, allowed)
		}
		if strings.Contains(r.rest, "HTTP/1.1 2") {
			t.Errorf("%q: another answer: %q", request, r.rest)
		}
	}
}

// Headers are bounded, in size and number; so is what ranges can make of a file (H-8, H-57).
func TestHostileSizes_H8_H57(t *testing.T) {
	p := newPrey(t)
	const begin = "GET /index.html HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	for name, c := range map[string]struct {
		request string
		want    []int
	}{
		"one header":   {begin + "X: " + strings.Repeat("x", 4<<20) + "\r\n\r\n", []int{431}},
		"many headers": {begin + strings.Repeat("X: y\r\n", 1<<20) + "\r\n", []int{431}},
		"long name":    {begin + strings.Repeat("x", 4<<20) + ": y\r\n\r\n", []int{431}},
		"long path":    {"GET /" + strings.Repeat("x", 4<<20) + " HTTP/1.1\r\nHost: x\r\n\r\n", []int{431}},
		"long query":   {"GET /?" + strings.Repeat("x=y&", 1<<20) + " HTTP/1.1\r\nHost: x\r\n\r\n", []int{431}},
		"long method":  {strings.Repeat("X", 4<<20) + " / HTTP/1.1\r\nHost: x\r\n\r\n", []int{431}},
		"long host":    {"GET / HTTP/1.1\r\nHost: " + strings.Repeat("x", 4<<20) + "\r\n\r\n", []int{431}},
		"many ranges":  {begin + "Range: bytes=" + strings.Repeat("0-,", 50_000) + "0-\r\n\r\n", []int{200, 206, 416}},
		"tiny ranges":  {begin + "Range: bytes=" + strings.Repeat("0-0,", 50_000) + "0-0\r\n\r\n", []int{200, 206, 416}},
		"many tags":    {begin + "If-None-Match: " + strings.Repeat(`"x",`, 100_000) + "\"x\"\r\n\r\n", []int{200}},
		"languages": {"GET /recordings/tea/ HTTP/1.1\r\nHost: x\r\n" + asAda() + "Accept-Language: " +
			strings.Repeat("x;q=0.1,", 50_000) + "en\r\nConnection: close\r\n\r\n", []int{200}},
		"credentials": {"GET /galene-api/v0/.stats HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + strings.Repeat("x", 500_000) +
			"\r\nConnection: close\r\n\r\n", []int{401}},
		"forwarded": {begin + "X-Forwarded-For: " + strings.Repeat("1.2.3.4,", 50_000) + "\r\n\r\n", []int{200}},
	} {
		r := p.attack(c.request)
		if !slices.Contains(c.want, r.status) {
			t.Errorf("%s: %d %.200q, want %v", name, r.status, r.body, c.want)
		}
		if len(r.body)+len(r.rest) > 10_000 {
			t.Errorf("%s: %d bytes came back", name, len(r.body)+len(r.rest))
		}
	}
}

// Bodies of the wrong type and form are refused, by every route and method.
func TestHostileBodies_H22(t *testing.T) {
	p := newPrey(t)
	bodies := map[string]string{
		"empty": "", "nul": "\x00\x00\x00", "not UTF-8": "\xff\xfe\x80", "text": "hello", "number": "17", "string": `"x"`,
		"deep lists": strings.Repeat("[", 500_000), "deep objects": strings.Repeat(`{"a":`, 100_000),
		"large number": `{"max-clients": 1e999999}`, "wrong types": `{"public": "yes", "users": 5, "codecs": {"vp8": true}}`,
		"unfinished":        `{"displayName": "x`,
		"wrong permissions": `{"permissions": {"op": true}, "username": 17, "keys": 5, "type": []}`,
		"description":       "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 99999999999 RTP/AVP 999999999999\r\n",
		"description2":      "v=0\r\n" + strings.Repeat("m=video 9 UDP/TLS/RTP/SAVPF 96\r\n", 10_000),
		"form":              strings.Repeat("a=b&", 50_000), "multipart": "--x\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\ndelete\r\n",
		"gzip": "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "xml": `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>`,
		"large": strings.Repeat("x", 3<<20),
	}
	// What has no meaning for a resource is ignored by the administrative interface.
	ignored := func(path, name string) bool {
		group := path == "/galene-api/v0/.groups/tea"
		switch name {
		case "string":
			return strings.HasSuffix(path, ".password")
		case "wrong types", "large number":
			return strings.HasPrefix(path, "/galene-api/") && !group
		case "wrong permissions":
			return group || strings.HasSuffix(path, ".password")
		}
		return false
	}
	types := []string{
		"", "application/json", "application/merge-patch+json", "application/jwk-set+json", "application/sdp",
		"application/trickle-ice-sdpfrag", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense", "a/b; c=\"",
	}
	sent := 0
	for _, route := range []struct {
		path, credentials string
		methods           []string
	}{
		{"/", "", []string{"POST", "PUT"}},
		{"/group/tea/", "", []string{"POST", "PUT", "PATCH"}},
		{"/group/tea/.status", "", []string{"POST"}},
		{"/group/tea/.whip", "", []string{"POST", "PATCH", "PUT", "DELETE"}},
		{"/group/tea/.whip/nosuch", "", []string{"POST", "PATCH", "DELETE"}},
		{"/group/tea/.whep", "", []string{"POST"}},
		{"/public-groups.json", "", []string{"POST"}},
		{"/recordings/tea/", asAda(), []string{"POST", "PUT"}},
		{"/recordings/tea/a.webm", asAda(), []string{"POST", "PUT", "DELETE"}},
		{"/recordings/tea/", "", []string{"POST"}},
		{"/galene-api/v0/.stats", asRoot(), []string{"POST"}},
		{"/galene-api/v0/.groups/", asRoot(), []string{"POST"}},
		{"/galene-api/v0/.groups/tea", asRoot(), []string{"PUT", "PATCH", "POST"}},
		{"/galene-api/v0/.groups/tea/.keys", asRoot(), []string{"PUT"}},
		{"/galene-api/v0/.groups/tea/.users/ada", asRoot(), []string{"PUT", "PATCH"}},
		{"/galene-api/v0/.groups/tea/.wildcard-user", asRoot(), []string{"PUT"}},
		{"/galene-api/v0/.groups/tea/.users/ada/.password", asRoot(), []string{"PUT"}},
		{"/galene-api/v0/.groups/tea/.tokens/", asRoot(), []string{"POST"}},
		{"/galene-api/v0/.groups/tea", "", []string{"PUT"}},
		{"/ws", "", []string{"POST"}},
		{"/healthz", "", []string{"POST"}},
	} {
		for _, method := range route.methods {
			for i, mediaType := range types {
				for name, body := range bodies {
					// Large ones with one type only, lest this take long.
					if len(body) > 50_000 && (i+len(name)+len(method)+len(route.path))%len(types) != 0 {
						continue
					}
					request := method + " " + route.path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + route.credentials
					if mediaType != "" {
						request += "Content-Type: " + mediaType + "\r\n"
					}
					request += "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
					r := p.attack(request + body)
					sent++
					p.refused(request, r)
					if r.status >= 200 && r.status < 300 && ignored(route.path, name) {
						continue
					}
					// A connection that is cut while the body is on its way may lose the answer.
					if lost := r.status == 0 && len(body) > 50_000; !lost && (r.status < 400 || r.status >= 500) {
						t.Errorf("%.300q, %s: %d %.300q", request, name, r.status, r.body)
					}
				}
			}
		}
	}
	t.Logf("%d bodies", sent)
	// Nothing has changed.
	for name, want := range map[string]string{"recordings/tea/a.webm": canary, "static/index.html": "<title>index</title>"} {
		got, err := os.ReadFile(filepath.Join(filepath.Dir(p.conf.Data), name))
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// A body without end is cut off, by every route, whether anybody reads it or not.
func TestEndlessBodies_HW17(t *testing.T) {
	p := newPrey(t)
	const enough = 16 << 20
	var attacks sync.WaitGroup
	defer attacks.Wait()
	chunk := []byte("8000\r\n" + strings.Repeat("x", 0x8000) + "\r\n")
	for _, head := range []string{
		"GET /", "POST /", "GET /group/tea/", "POST /group/tea/.whip", "POST /group/tea/.whip\nContent-Type: application/sdp",
		"PATCH /group/tea/.whip/x\nContent-Type: application/trickle-ice-sdpfrag", "POST /group/tea/.whep\nContent-Type: application/sdp",
		"GET /group/tea/.status", "GET /public-groups.json", "GET /ws", "GET /healthz",
		"POST /recordings/tea/\nContent-Type: application/x-www-form-urlencoded\n" + strings.TrimSpace(asAda()),
		"POST /recordings/tea/\nContent-Type: multipart/form-data; boundary=x\n" + strings.TrimSpace(asAda()),
		"GET /recordings/tea/a.webm\n" + strings.TrimSpace(asAda()),
		"PUT /galene-api/v0/.groups/tea\nContent-Type: application/json\n" + strings.TrimSpace(asRoot()),
		"POST /galene-api/v0/.groups/tea/.tokens/\nContent-Type: application/json\n" + strings.TrimSpace(asRoot()),
		"POST /galene-api/v0/.groups/tea/.users/ada/.password\nContent-Type: text/plain\n" + strings.TrimSpace(asRoot()),
		"PUT /galene-api/v0/.groups/tea\nContent-Type: application/json",
	} {
		line, headers, _ := strings.Cut(head, "\n")
		c := p.dial()
		request := line + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
		if headers != "" {
			request += strings.ReplaceAll(headers, "\n", "\r\n") + "\r\n"
		}
		if _, err := io.WriteString(c, request+"\r\n"); err != nil {
			t.Fatal(err)
		}
		// An answer is read lest it be lost; then the connection ends.
		answer := make(chan string, 1)
		go func() {
			var b bytes.Buffer
			_, _ = io.Copy(&b, c)
			answer <- b.String()
		}()
		attacks.Go(func() {
			written := 0
			for written < enough {
				n, err := c.Write(chunk)
				written += n
				if err != nil {
					break
				}
			}
			if written >= enough {
				t.Errorf("%s: %d bytes were taken", line, written)
			}
			c.Close()
			if got := <-answer; strings.HasPrefix(got, "HTTP/1.1 5") || strings.Contains(got, canary) && !strings.Contains(line, "a.webm") {
				t.Errorf("%s: %.300q", line, got)
			}
		})
	}
}

// Pipelined requests are answered in order; whoever sends them and reads nothing, or goes
// in the middle of one, harms nobody (H-8).
func TestHostileConnections_H8(t *testing.T) {
	p := newPrey(t)
	const request = "GET /index.html HTTP/1.1\r\nHost: x\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
	const n = 200
	c := p.dial()
	defer c.Close()
	go func() {
		_, _ = io.WriteString(c, strings.Repeat(request, n))
		_ = c.(*net.TCPConn).CloseWrite() // half-closed: what was asked for still comes
	}()
	answers := bufio.NewReader(c)
	for i := range 2 * n {
		resp, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatalf("answer %d: %v", i, err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		if want := 200 + i%2*204; resp.StatusCode != want {
			t.Fatalf("answer %d: %d, want %d", i, resp.StatusCode, want)
		}
	}
	if _, err := answers.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("after the last answer: %v", err)
	}

	// Requests of all kinds, cut off everywhere.
	for _, whole := range []string{
		"GET /index.html HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /group/tea/.whip HTTP/1.1\r\nHost: x\r\nContent-Type: application/sdp\r\nContent-Length: 100\r\n\r\nv=0\r\n",
		"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\xfe\x01",
	} {
		for i := 0; i < len(whole); i += 3 {
			c := p.dial()
			_, _ = io.WriteString(c, whole[:i])
			if i%2 == 0 {
				_ = c.(*net.TCPConn).SetLinger(0) // a reset
			}
			c.Close()
		}
		r := p.attack(whole)
		if r.status >= 500 {
			t.Errorf("%q: %d", whole, r.status)
		}
	}
	// Many answers that nobody reads.
	for range 20 {
		c := p.dial()
		_ = c.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
		_, _ = io.WriteString(c, strings.Repeat(request, 5000))
		c.Close()
	}
}

// Frames that are none end a WebSocket, and only that (H-102).
func TestHostileFrames_H102(t *testing.T) {
	p := newPrey(t)
	const upgrade = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	const mask = "\x00\x00\x00\x00"
	for name, frames := range map[string]string{
		"no mask":               "\x81\x02{}",
		"huge":                  "\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff" + mask,
		"negative":              "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff" + mask,
		"too large":             "\x81\xff\x00\x00\x00\x00\x00\x20\x00\x00" + mask + strings.Repeat(" ", 2<<20),
		"reserved bits":         "\xf1\x82" + mask + "{}",
		"reserved opcode":       "\x83\x82" + mask + "{}",
		"reserved control":      "\x8b\x82" + mask + "{}",
		"fragmented ping":       "\x09\x82" + mask + "{}",
		"long ping":             "\x89\xfe\x00\xff" + mask + strings.Repeat("x", 255),
		"lone continuation":     "\x80\x82" + mask + "{}",
		"text within text":      "\x01\x82" + mask + "{}\x81\x82" + mask + "{}",
		"endless fragments":     "\x01\x80" + mask + strings.Repeat("\x00\xfe\xff\xff"+mask+strings.Repeat(" ", 0xffff), 40),
		"empty fragments":       "\x01\x80" + mask + strings.Repeat("\x00\x80"+mask, 100_000),
		"not UTF-8":             "\x81\x82" + mask + "\xff\xfe",
		"bad close":             "\x88\x81" + mask + "x",
		"close of bad status":   "\x88\x82" + mask + "\x00\x00",
		"unfinished":            "\x81\xfe\x10",
		"deep":                  "\x81\xff\x00\x00\x00\x00\x00\x07\xa1\x20" + mask + strings.Repeat("[", 500_000),
		"no handshake":          "\x81\x8f" + mask + `{"type":"join"}`,
		"pings without end":     strings.Repeat("\x89\x80"+mask, 50_000) + "\x88\x80" + mask,
		"another HTTP request":  "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"nothing but the close": "\x88\x80" + mask,
	} {
		c := p.dial()
		answers := bufio.NewReader(c)
		if _, err := io.WriteString(c, upgrade); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(answers, nil)
		if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("%s: %v, %v", name, resp, err)
		}
		go func() {
			_, _ = io.WriteString(c, frames)
			switch name {
			case "unfinished", "huge", "empty fragments":
				// The rest might still come, within the 15 s that the first message has.
				_ = c.(*net.TCPConn).CloseWrite()
			}
		}()
		if _, err := io.Copy(io.Discard, answers); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the connection stays", name)
		}
		c.Close()
	}
}
