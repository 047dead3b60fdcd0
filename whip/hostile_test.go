package whip_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"galene/internal/testclient"
)

// Requests that no honest client makes get a 4xx that says what is wrong, and leave
// nothing behind.
func TestHostileRequests(t *testing.T) {
	f := newFixture(t)
	encoder := f.newEncoder()
	good := encoder.offer(true)
	sections := func(n int) string {
		var b strings.Builder
		b.WriteString(noMedia)
		for i := range n {
			fmt.Fprintf(&b, "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:%d\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\n", i)
		}
		return b.String()
	}
	offers := map[string]string{
		"binary":               "\x00\x01\x02\xff\xfe",
		"HTML":                 "<html></html>",
		"an answer's start":    "v=0\r\no=",
		"half an offer":        good[:len(good)/2],
		"1000 sections":        sections(1000),
		"20 sections":          sections(20),
		"no pair":              strings.ReplaceAll(good, "a=ice-", "a=nice-"),
		"no fingerprint":       strings.ReplaceAll(good, "a=fingerprint", "a=finger"),
		"no mid":               strings.ReplaceAll(good, "a=mid:", "a=middle:"),
		"the same mid twice":   strings.ReplaceAll(good, "a=mid:1", "a=mid:0"),
		"long user fragment":   strings.ReplaceAll(good, "a=ice-ufrag:", "a=ice-ufrag:"+strings.Repeat("x", 300)),
		"recvonly":             strings.ReplaceAll(good, "a=sendonly", "a=recvonly"),
		"only rejected":        strings.NewReplacer("m=audio 9", "m=audio 0", "m=video 9", "m=video 0").Replace(good),
		"payload type of 4096": strings.ReplaceAll(good, "a=rtpmap:96", "a=rtpmap:4096"),
	}
	for name, offer := range offers {
		t.Run(name, func(t *testing.T) {
			f.t = t
			r := encoder.post("/group/open/.whip", offer)
			if r.StatusCode == http.StatusCreated && name == "payload type of 4096" {
				f.do("DELETE", r.Header.Get("Location"), "").expect(t, http.StatusOK)
				return
			}
			if r.StatusCode < 400 || r.StatusCode > 499 || r.body == "" {
				t.Errorf("status %d: %q", r.StatusCode, r.body)
			}
			for _, secret := range []string{"pion", "goroutine", "/tmp"} {
				if strings.Contains(r.body, secret) {
					t.Errorf("the answer tells of %s: %q", secret, r.body)
				}
			}
		})
	}
	f.t = t
	if got := f.members("open"); len(got) != 0 {
		t.Errorf("members left: %v", got)
	}
}

// Paths that try to leave the group.
func TestHostilePaths(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{
		"/group/open/.whip/..%2f..%2f", "/group/open/.whip/%00", "/group/..%2fopen/.whip",
		"/group/%2e%2e/.whip", "/group/open%00/.whip", "/group/open/.whip/" + strings.Repeat("A", 5000),
		"/group/" + strings.Repeat("a", 5000) + "/.whip", "/group/open/.WHIP", "/group/open/.whip.json",
		"/group/open/.whip/.whip/x", "/group//.whip",
	} {
		r := f.do("POST", path, "", "Content-Type", sdpType)
		if r.StatusCode < 300 || r.StatusCode > 499 {
			t.Errorf("%.60s: status %d", path, r.StatusCode)
		}
	}
}

// Clients that go away while they are being served leave nothing behind (W-32).
func TestAbandonedRequestW32(t *testing.T) {
	f := newFixture(t)
	offer := f.newEncoder().offer(true)
	address := strings.TrimPrefix(f.url, "http://")
	var clients sync.WaitGroup
	for i := range 20 {
		clients.Go(func() {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			fmt.Fprintf(conn, "POST /group/open/.whip HTTP/1.1\r\nHost: %s\r\nContent-Type: application/sdp\r\n"+
				"Content-Length: %d\r\n\r\n%s", address, len(offer), offer[:len(offer)-i%2])
			if i%6 == 0 { // waits for the answer
				r, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err == nil {
					io.Copy(io.Discard, r.Body)
				}
			}
		})
	}
	clients.Wait()
	// Those that were told of a session are counted; the others end at once or
	// when they fail to connect.
	f.streams.Close()
	if got := f.members("open"); len(got) != 0 {
		t.Errorf("members left: %v", got)
	}
	encoder := f.newEncoder()
	encoder.post("/group/open/.whip", encoder.offer(true)).expect(t, http.StatusServiceUnavailable)
}

// Sessions are made, patched, kicked and deleted all at once; then nothing is left.
func TestChurn(t *testing.T) {
	f := newFixture(t)
	ada := f.member("open", "ada", "secret")
	encoder := f.newEncoder()
	offer := encoder.offer(true)
	fragment := encoder.fragment()
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			for range 3 {
				r := encoder.post("/group/open/.whip", offer)
				if r.StatusCode != http.StatusCreated {
					continue // kicked meanwhile
				}
				location := r.Header.Get("Location")
				var both sync.WaitGroup
				both.Go(func() {
					text := fragment
					if i%2 == 0 {
						text = fmt.Sprintf("a=ice-ufrag:abcd%d\r\na=ice-pwd:0123456789012345678901\r\n", i)
					}
					s := f.do("PATCH", location, text, "Content-Type", "application/trickle-ice-sdpfrag").StatusCode
					if s >= 500 {
						t.Errorf("PATCH: status %d", s)
					}
				})
				both.Go(func() {
					if s := f.do("DELETE", location, "").StatusCode; s != 200 && s != 404 {
						t.Errorf("DELETE: status %d", s)
					}
				})
				both.Wait()
			}
		})
	}
	done := make(chan struct{})
	go func() {
		clients.Wait()
		close(done)
	}()
	deadline := time.After(2 * testclient.Timeout)
	for {
		select {
		case <-done:
			await(t, "the end of all sessions", func() bool { return len(f.members("open")) == 1 })
			if got := f.streams.Stats(); len(got) != 0 {
				t.Errorf("sessions left: %+v", got)
			}
			return
		case <-deadline:
			t.Fatal("stuck")
		default:
		}
		for _, g := range f.registry.Loaded() {
			for _, m := range g.Members() {
				if m.Username == "whip" {
					ada.Act("kick", m.ID, "")
				}
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
}
