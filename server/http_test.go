package server

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galene/internal/certs"
	"galene/internal/testclient"
)

// The defaults of the flags, and that each of them is taken (H-1, S-1).
func TestDefaults_H1_S1(t *testing.T) {
	conf := DefaultConfig()
	if conf.HTTP != ":8443" || conf.Insecure || conf.Data != "./data/" || conf.Groups != "./groups/" ||
		conf.Recordings != "./recordings/" || conf.TURN != "auto" || conf.UDPRange != "" ||
		conf.RelayOnly || conf.MulticastDNS {
		t.Errorf("defaults are %+v", conf)
	}
	for _, loopback := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", loopback)
		if err != nil {
			t.Logf("%s: %v", loopback, err)
			continue // this machine has no IPv6
		}
		l.Close()
		conf := configuration(t, nil)
		conf.HTTP = loopback
		r := start(t, conf)
		if status, _ := fetch(t, client(), r.url("https")+"/healthz"); status != http.StatusOK {
			t.Errorf("%s: %d", loopback, status)
		}
		r.stop()
	}
}

// newPair writes a certificate and its key into the data directory.
func newPair(t *testing.T, conf Config) {
	t.Helper()
	dir := t.TempDir()
	if _, err := certs.New(certs.Options{DataDir: dir, Logger: slog.New(slog.DiscardHandler)}).Current(); err != nil {
		t.Fatal(err)
	}
	pair, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(certs.SelfSignedFile)))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(conf.Data, certs.KeyFile), string(pair))
	writeFile(t, filepath.Join(conf.Data, certs.CertFile), string(pair))
}

// Acceptance check 6: a new certificate is used from the next handshake on, and established
// connections stay; a broken pair fails with an alert, is logged, and may be put right.
func TestCertificateIsReplaced_H10_H11_H14(t *testing.T) {
	conf := configuration(t, nil)
	newPair(t, conf)
	r := start(t, conf)
	serial := func() string {
		t.Helper()
		cert, err := certificateOf(r.Addr().String(), "localhost")
		if err != nil {
			t.Fatal(err)
		}
		return cert.SerialNumber.String()
	}
	first := serial()
	old, err := tls.Dial("tcp", r.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()

	newPair(t, conf)
	if serial() == first {
		t.Error("the old certificate is shown")
	}
	if err := os.Remove(filepath.Join(conf.Data, certs.KeyFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := certificateOf(r.Addr().String(), "localhost"); err == nil || !strings.Contains(err.Error(), "internal error") {
		t.Errorf("without a key: %v", err)
	}
	if !strings.Contains(r.log.String(), "no certificate: TLS connections fail") {
		t.Errorf("log: %s", r.log.String())
	}
	if _, err := io.WriteString(old, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(old), nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("an established connection: %v, %v", resp, err)
	}
	newPair(t, conf)
	serial()
}

// A signal that comes during the start ends the server as it should (S-16).
func TestSignalDuringStart_S16(t *testing.T) {
	conf := configuration(t, nil)
	conf.Logger = slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	done := make(chan error, 1)
	go func() { done <- Run(ctx, conf) }()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(testclient.Timeout):
		t.Fatal("it goes on")
	}
}

// Edits of config.json have their effect at the next request, and so has its removal; one
// that never was valid keeps nobody from the pages (H-25, H-26, H-27, HW-6).
func TestConfigurationAtOnce_H25_H26_H27_HW6(t *testing.T) {
	conf := configuration(t, files{"tea.json": open})
	file := filepath.Join(conf.Data, "config.json")
	writeFile(t, file, `{"nosuch": 1}`)
	r := start(t, conf)
	c := withoutRedirects(t)
	want := func(what, path string, status int) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "GET", r.url("https")+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("root", "x")
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("%s, %s: %d, want %d", what, path, resp.StatusCode, status)
		}
	}
	all := func(what string, page, status, api int) {
		t.Helper()
		for _, path := range []string{"/", "/group/tea/"} {
			want(what, path, page)
		}
		want(what, "/public-groups.json", status)
		want(what, "/galene-api/v0/.groups/", api)
	}
	all("invalid", 200, 500, 401)
	writeFile(t, file, `{"canonicalHost": "elsewhere.example", "users": {"root": {"password": "x", "permissions": "admin"}}}`)
	all("valid", 301, 200, 200)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	all("removed", 200, 200, 401)
}

// Passwords and tokens do not get into the log, whatever is done with them, nor into that
// of accesses (S-21, HW-20).
func TestSecretsAreNotLogged_S21(t *testing.T) {
	conf := configuration(t, files{"tea.json": recorded})
	writeFile(t, filepath.Join(conf.Data, "config.json"), `{"users": {"root": {"password": "sEcret1", "permissions": "admin"}}}`)
	var log syncBuffer
	conf.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	conf.AccessLog = true
	s, err := New(conf)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	base := "https://" + s.Addr().String()
	c := client()
	defer c.CloseIdleConnections()
	for _, path := range []string{"/galene-api/v0/.groups/", "/recordings/tea/", "/group/tea/?token=sEcret2", "/group/tea/.whip?token=sEcret2",
		"/group/tea/.whip/sEcret8", "/group/tea/.whep/sEcret8", "/galene-api/v0/.groups/tea/.tokens/sEcret9",
		"//galene-api/v0/.groups/tea/.tokens//sEcret9"} {
		for _, authorization := range []string{"Bearer sEcret3", ""} {
			req, err := http.NewRequestWithContext(t.Context(), "POST", base+path, strings.NewReader("sEcret4"))
			if err != nil {
				t.Fatal(err)
			}
			req.SetBasicAuth("root", "sEcret1")
			if authorization != "" {
				req.Header.Set("Authorization", authorization)
			}
			resp, err := c.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		}
	}
	ws := testclient.Connect(t, "wss://"+s.Addr().String()+"/ws")
	ws.SendRaw(`{"type":"join","kind":"join","group":"tea","username":"ada","password":"sEcret5"}`)
	ws.Await("joined")
	ws.SendRaw(`{"type":"join","kind":"join","group":"tea","username":"ada","token":"sEcret6"}`)
	ws.SendRaw(`{"type":"nonsense","password":"sEcret7"}`)
	<-ws.Ended()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "sEcret") {
			t.Errorf("logged: %s", line)
		}
	}
	for _, want := range []string{"path=/recordings/tea/ ", "path=/group/tea/.whip ", "path=/ws ", "path=/galene-api/v0/.groups/tea/.tokens/… "} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%s is not logged", want)
		}
	}
}

// Who may see the recordings of a group: its users who may record, and nobody else; not
// the server's administrator, not whoever has a token, and nobody if the group has no
// definition (H-90).
func TestWhoSeesRecordings_H90(t *testing.T) {
	conf := configuration(t, files{
		"tea.json": `{"allow-recording": true, "users": {
			"ada": {"password": "secret", "permissions": "op"},
			"bob": {"password": "secret", "permissions": "present"},
			"eve": {"password": "secret", "permissions": ["present", "record"]}}}`,
		"dry.json": `{"users": {
			"ada": {"password": "secret", "permissions": "op"},
			"eve": {"password": "secret", "permissions": ["record"]}}}`,
		"wild.json": `{"allow-recording": true, "wildcard-user": {"password": "secret", "permissions": "op"}}`,
	})
	conf.Recordings = t.TempDir()
	for _, name := range []string{"tea", "dry", "wild", "lost"} {
		writeFile(t, filepath.Join(conf.Recordings, name, "a.webm"), "film")
	}
	writeFile(t, filepath.Join(conf.Data, "config.json"), `{"users": {"root": {"password": "secret", "permissions": "admin"}}}`)
	writeFile(t, filepath.Join(conf.Data, "var", "tokens.jsonl"),
		`{"token": "secret", "group": "tea", "permissions": ["record", "admin"], "expires": "2099-01-01T00:00:00Z"}`+"\n")
	r := start(t, conf)
	c := client()
	defer c.CloseIdleConnections()
	for _, test := range []struct {
		group, user, authorization string
		status                     int
	}{
		{"tea", "ada", "", 200}, {"tea", "bob", "", 401}, {"tea", "eve", "", 200}, {"tea", "root", "", 401}, {"tea", "", "", 401},
		{"tea", "", "Bearer secret", 401},
		{"dry", "ada", "", 401}, {"dry", "eve", "", 200},
		{"wild", "anybody", "", 200},
		{"lost", "ada", "", 401}, {"lost", "root", "", 401},
	} {
		for _, file := range []string{"", "a.webm"} {
			req, err := http.NewRequestWithContext(t.Context(), "GET", r.url("https")+"/recordings/"+test.group+"/"+file, nil)
			if err != nil {
				t.Fatal(err)
			}
			if test.user != "" {
				req.SetBasicAuth(test.user, "secret")
			}
			if test.authorization != "" {
				req.Header.Set("Authorization", test.authorization)
			}
			resp, err := c.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.StatusCode != test.status || strings.Contains(string(body), "film") != (test.status == 200 && file != "") {
				t.Errorf("%+v: %d %q", test, resp.StatusCode, body)
			}
			if test.status == 401 && (resp.Header.Get("WWW-Authenticate") == "" || string(body) != "Haha!\n") {
				t.Errorf("%+v: %v %q", test, resp.Header, body)
			}
		}
	}
}

// What a private group keeps to itself: whether it is locked, and how many are there
// (H-80, acceptance check 10).
func TestPrivateStatus_H80(t *testing.T) {
	group := func(public bool) string {
		return fmt.Sprintf(`{"public": %v, "users": {"ada": {"password": "secret", "permissions": "op"}}}`, public)
	}
	r := start(t, configuration(t, files{"private.json": group(false), "public.json": group(true)}))
	c := client()
	defer c.CloseIdleConnections()
	for name, public := range map[string]bool{"private": false, "public": true} {
		ada := testclient.Join(t, r.url("wss")+"/ws", name, "ada", "secret")
		ada.ActOnGroup("lock", nil)
		ada.AwaitWhere("lock", func(m testclient.Message) bool { return m.Is("joined/change") })
		status, body := fetch(t, c, r.url("https")+"/group/"+name+"/.status")
		if status != 200 || strings.Contains(body, `"locked":true`) != public || strings.Contains(body, `"clientCount":1`) != public {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}
