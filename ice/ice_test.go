package ice

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
)

// fixture is a Config whose clock the test moves.
type fixture struct {
	*Config
	t    *testing.T
	time time.Time
	log  strings.Builder
}

func newFixture(t *testing.T, o Options) *fixture {
	f := &fixture{t: t, time: time.Unix(1_800_000_000, 0)}
	o.DataDir = t.TempDir()
	o.Now = func() time.Time { return f.time }
	o.Logger = slog.New(slog.NewTextHandler(io.Writer(&f.log), nil))
	f.Config = New(o)
	return f
}

func (f *fixture) write(text string) {
	f.t.Helper()
	file := filepath.Join(f.Config.file)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	f.time = f.time.Add(2 * statInterval)
	if err := os.Chtimes(file, f.time, f.time); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) client() string {
	f.t.Helper()
	b, err := json.Marshal(f.Client())
	if err != nil {
		f.t.Fatal(err)
	}
	return string(b)
}

func TestNoFile_S40(t *testing.T) {
	f := newFixture(t, Options{})
	if got := f.client(); got != `{}` {
		t.Errorf("got %s", got)
	}
	if f.Present() {
		t.Error("present")
	}
	f.write(`[]`)
	if got := f.client(); got != `{}` || !f.Present() {
		t.Errorf("empty list: got %s", got)
	}
}

func TestFile_S42_CONF6(t *testing.T) {
	f := newFixture(t, Options{RelayOnly: true})
	f.write(`[
		{"urls": ["stun:stun.example:3478"], "comment": "unknown members are ignored"},
		{"urls": ["turn:relay.example?transport=tcp", "turns:relay.example"],
		 "username": "u", "credential": "p"}
	]`)
	want := `{"iceServers":[` +
		`{"urls":["stun:stun.example:3478"],"credentialType":"password"},` +
		`{"urls":["turn:relay.example?transport=tcp","turns:relay.example"],` +
		`"username":"u","credential":"p","credentialType":"password"}],` +
		`"iceTransportPolicy":"relay"}`
	if got := f.client(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	conf := f.Server()
	if conf.ICETransportPolicy != webrtc.ICETransportPolicyRelay {
		t.Error("the server's own connections are not restricted")
	}
	pc, err := webrtc.NewPeerConnection(conf)
	if err != nil {
		t.Fatal(err)
	}
	if err := pc.Close(); err != nil {
		t.Error(err)
	}
}

// Acceptance check 5 of server-cli.md (S-42); CONF-4 and CONF-7 of protocol.md.
func TestTimeLimitedCredentials42(t *testing.T) {
	f := newFixture(t, Options{})
	f.write(`[
		{"urls": ["turn:relay.example"], "username": "video", "credential": "s3cret", "credentialType": "hmac-sha1"},
		{"urls": ["turn:relay.example"], "credential": "s3cret", "credentialType": "hmac-sha1"}
	]`)
	check := func() {
		t.Helper()
		for i, suffix := range []string{":video", ""} {
			s := f.Client().ICEServers[i]
			want := strconv.FormatInt(f.time.Unix()+86400, 10) + suffix
			if s.Username != want {
				t.Errorf("username %q, want %q", s.Username, want)
			}
			mac := hmac.New(sha1.New, []byte("s3cret"))
			mac.Write([]byte(s.Username))
			if want := base64.StdEncoding.EncodeToString(mac.Sum(nil)); s.Credential != want {
				t.Errorf("credential %q, want %q", s.Credential, want)
			}
			if s.CredentialType != "password" {
				t.Errorf("type %q", s.CredentialType)
			}
		}
		if strings.Contains(f.client(), "s3cret") {
			t.Error("the secret was given away")
		}
	}
	check()
	before := f.client()
	f.time = f.time.Add(maxAge - time.Second)
	if f.client() != before {
		t.Error("computed again too early")
	}
	f.time = f.time.Add(time.Second)
	check()
}

func TestBadEntriesAreLeftOut_S43_SW10(t *testing.T) {
	good := `{"urls": ["stun:good.example"]}`
	for _, bad := range []string{
		`{}`, `null`, `17`, `{"urls": []}`, `{"urls": "stun:x.example"}`,
		`{"urls": ["http://x.example"]}`, `{"urls": [""]}`, `{"urls": ["stun:"]}`,
		`{"urls": ["stun:x.example:port"]}`,
		`{"urls": ["turn:x.example"]}`,
		`{"urls": ["turn:x.example"], "username": "u"}`,
		`{"urls": ["turn:x.example"], "credential": "c"}`,
		`{"urls": ["turn:x.example"], "username": "u", "credential": 17}`,
		`{"urls": ["turn:x.example"], "username": "u", "credential": {"MACKey": "", "AccessToken": ""}, "credentialType": "oauth"}`,
		`{"urls": ["turn:x.example"], "username": "u", "credential": "c", "credentialType": "other"}`,
		`{"urls": ["turn:x.example"], "username": "u", "credentialType": "hmac-sha1"}`,
		`{"urls": ["turn:x.example?transport=pigeon"], "username": "u", "credential": "c"}`,
	} {
		f := newFixture(t, Options{})
		f.write(`[` + bad + `, ` + good + `]`)
		if got := f.Client().ICEServers; len(got) != 1 || got[0].URLs[0] != "stun:good.example" {
			t.Errorf("%s: got %v", bad, got)
		}
		if !strings.Contains(f.log.String(), "entry 1") {
			t.Errorf("%s: not logged", bad)
		}
		pc, err := webrtc.NewPeerConnection(f.Server())
		if err != nil {
			t.Errorf("%s: %v", bad, err)
			continue
		}
		pc.Close()
	}
}

func TestMalformedFileKeepsTheLastGood_S40_SW10(t *testing.T) {
	f := newFixture(t, Options{})
	f.write(`[{"urls": ["stun:good.example"]}]`)
	good := f.client()
	for _, text := range []string{`[`, `{}`, `[] x`, ``, strings.Repeat(" ", maxFileSize+1)} {
		f.log.Reset()
		f.write(text)
		if got := f.client(); got != good {
			t.Errorf("%.10q: got %s", text, got)
		}
		f.time = f.time.Add(2 * statInterval)
		f.client()
		if n := strings.Count(f.log.String(), "cannot read"); n != 1 {
			t.Errorf("%.10q: logged %d times", text, n)
		}
		if !f.Present() {
			t.Errorf("%.10q: counts as absent", text)
		}
	}
	f.write(`[{"urls": ["stun:new.example"]}]`)
	if got := f.client(); !strings.Contains(got, "new.example") {
		t.Errorf("after recovery: %s", got)
	}
	if err := os.Remove(f.Config.file); err != nil {
		t.Fatal(err)
	}
	f.time = f.time.Add(2 * statInterval)
	if got := f.client(); got != `{}` || f.Present() {
		t.Errorf("after removal: %s", got)
	}
}

// Whoever asks while the file is being read waits for that, rather than read it too (SW-11).
func TestOneRefreshAtATime_SW11(t *testing.T) {
	f := newFixture(t, Options{})
	f.write(`[{"urls": []}, {"urls": ["stun:good.example"]}]`)
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			if s := f.Client().ICEServers; len(s) != 1 {
				t.Errorf("got %v", s)
			}
		})
	}
	wait.Wait()
	if n := strings.Count(f.log.String(), "ICE server ignored"); n != 1 {
		t.Errorf("the file was read %d times", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`[{"urls": ["turn:x.example"], "username": "u", "credential": "c"}]`))
	f.Add([]byte(`[{"urls": ["stun:[::1]:3478"]}, null]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, _, err := parse(data)
		if err != nil {
			return
		}
		for _, e := range entries {
			s := e.server(time.Unix(0, 0))
			conf := webrtc.Configuration{ICEServers: []webrtc.ICEServer{{
				URLs: s.URLs, Username: s.Username, Credential: s.Credential,
			}}}
			pc, err := webrtc.NewPeerConnection(conf)
			if err != nil {
				t.Fatalf("accepted %q: %v", data, err)
			}
			pc.Close()
		}
	})
}
