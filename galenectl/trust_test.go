package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A certificate may be known by its fingerprint (weak spot 12).
func TestFingerprint_CW12(t *testing.T) {
	h := newHouse(t)
	h.ok("", "create-group", "-group", "tea")
	server := httptest.NewUnstartedServer(h.server.Config.Handler)
	server.Config.ErrorLog = h.server.Config.ErrorLog
	server.StartTLS()
	defer server.Close()
	sum := sha256.Sum256(server.Certificate().Raw)
	digits := hex.EncodeToString(sum[:])
	var colons []string
	for i := 0; i < len(digits); i += 2 {
		colons = append(colons, strings.ToUpper(digits[i:i+2]))
	}
	for _, good := range []string{digits, strings.Join(colons, ":")} {
		h.ok("tea\n", "-server", server.URL, "-fingerprint", good, "list-groups")
	}
	wrong := strings.Repeat("00", sha256.Size)
	h.fails(1, "List groups: .*certificate has the fingerprint "+digits, "-server", server.URL, "-fingerprint", wrong, "list-groups")
	h.fails(1, "fingerprint", "-server", server.URL, "-insecure", "-fingerprint", wrong, "list-groups")
	for _, bad := range []string{"x", digits[2:], digits + "00"} {
		h.fails(1, logged+"Fingerprint: .*64 hexadecimal", "-server", server.URL, "-fingerprint", bad, "list-groups")
	}
	h.write("config/galene/galenectl.json", `{"fingerprint": "`+digits+`"}`)
	h.ok("tea\n", "-server", server.URL, "list-groups")
	h.write("config/galene/galenectl.json", `{"cacert": "`+filepath.ToSlash(filepath.Join(h.dir, "none"))+`"}`)
	h.fails(1, logged+"Certificates: ", "-server", server.URL, "list-groups")
}

// A server that does not answer is given up (weak spot 12).
func TestTimeout_CW12(t *testing.T) {
	h := newHouse(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done() // until it is given up
	}))
	defer server.Close()
	h.fails(6, "List groups: .*exceeded", "-server", server.URL, "-timeout", "10ms", "-detailed-status", "list-groups")
}

// A server may be reached by a Unix socket (weak spot 12).
func TestSocket_CW12(t *testing.T) {
	h := newHouse(t)
	h.ok("", "create-group", "-group", "tea")
	socket := filepath.Join(h.dir, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Skip(err)
	}
	server := http.Server{Handler: h.server.Config.Handler}
	go server.Serve(listener)
	defer server.Close()
	h.ok("tea\n", "-server", "unix:"+socket, "list-groups")
	h.fails(1, "List groups: ", "-server", "unix:"+socket+"x", "list-groups")
	h.fails(1, "Server unix:", "-server", "unix:", "list-groups")
}

// Whoever keeps a secret where others can read it is warned (weak spot 3).
func TestReadableSecret_CW3(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing about who can read a file")
	}
	h := newHouse(t)
	const own = "config/galene/galenectl.json"
	for _, test := range []struct {
		content string
		mode    os.FileMode
		warning bool
	}{
		{`{"admin-password": "y"}`, 0o600, false},
		{`{"admin-password": "y"}`, 0o640, true},
		{`{"admin-token": "y"}`, 0o604, true},
		{`{"server": "http://localhost"}`, 0o644, false},
	} {
		h.write(own, test.content)
		if err := os.Chmod(filepath.Join(h.dir, own), test.mode); err != nil {
			t.Fatal(err)
		}
		status, _, stderr := h.run("-admin-token", "", "list-groups")
		if got := strings.HasPrefix(stderr, "Warning: others can read the secret in "); got != test.warning || status != 0 {
			t.Errorf("%+v: status %d, %s", test, status, stderr)
		}
	}
	if err := os.Remove(filepath.Join(h.dir, own)); err != nil {
		t.Fatal(err)
	}
	h.write("secret", "x\n")
	if err := os.Chmod(filepath.Join(h.dir, "secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, stderr := h.run("-admin-password-file", filepath.Join(h.dir, "secret"), "list-groups"); !strings.Contains(stderr, "chmod 600") {
		t.Errorf("errors are %s", stderr)
	}
}

// The password may come from a program (weak spot 3): here, from this test itself.
func TestPasswordCommand_CW3(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t)
	h.ok("", "create-group", "-group", "tea")
	h.args = []string{"-server", h.server.URL, "-admin-username", "root"}
	configure := func(more string, command ...string) {
		t.Helper()
		list, err := json.Marshal(command)
		if err != nil {
			t.Fatal(err)
		}
		h.write("config/galene/galenectl.json", `{`+more+`"admin-password-command": `+string(list)+`}`)
	}
	helper := []string{self, "-test.run=^TestPrintPassword$"}
	t.Setenv("GALENECTL_TEST_PRINTS", "x\r\nmore\n")
	configure("", helper...)
	h.ok("tea\n", "list-groups")
	h.fails(1, "401", "-admin-password", "y", "list-groups") // who gives one means it
	configure(`"admin-password": "y", `, helper...)
	h.fails(1, "401", "list-groups")
	t.Setenv("GALENECTL_TEST_PRINTS", "\n")
	configure("", helper...)
	h.fails(1, logged+"Password command: .* has printed nothing", "list-groups")
	t.Setenv("GALENECTL_TEST_PRINTS", "fail")
	h.fails(1, logged+"Password command: .*exit status", "list-groups")
	configure("", filepath.Join(h.dir, "none"))
	h.fails(1, logged+"Password command: ", "list-groups")
}

// TestPrintPassword is not a test, but the program of the test above.
func TestPrintPassword(t *testing.T) {
	switch text := os.Getenv("GALENECTL_TEST_PRINTS"); text {
	case "":
		t.Skip("it is run by another test")
	case "fail":
		os.Exit(1)
	default:
		os.Stdout.WriteString(text)
		os.Exit(0)
	}
}
