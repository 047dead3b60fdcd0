package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"galene/server"
)

// asProgram is the environment variable that makes the test binary behave as
// the program itself.
const asProgram = "GALENE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run(os.Args, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// patience is how long anything may take that is to happen.
const patience = 20 * time.Second

// command returns the program with the given arguments, in an empty directory.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Dir = t.TempDir()
	return cmd
}

// exitStatus runs a command to its end.
func exitStatus(t *testing.T, cmd *exec.Cmd) (status int, stderr string) {
	t.Helper()
	var b bytes.Buffer
	cmd.Stderr = &b
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), b.String()
}

// Acceptance checks 1 and 2 of server-cli.md; a failure of the listener or of a profile
// is no success (SW-4); whatever is in the way of a Unix socket stays there (H-3).
func TestExitStatus_H3_H60_S30_S31_SW4_SW19(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	// Not deferred: the subtests run in parallel, after this function.
	t.Cleanup(func() { busy.Close() })
	const free = "-http=127.0.0.1:0"
	inTheWay := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		stderr string
	}{
		{[]string{"-help"}, 0, "-udp-range"},
		{[]string{"--version"}, 0, ""},
		{[]string{"-nosuch"}, 2, "-nosuch"},
		{[]string{"-insecure=perhaps"}, 2, "-insecure"},
		{[]string{"-http", busy.Addr().String()}, 1, "Server: "},
		{[]string{free, "-static", "nowhere"}, 1, "nowhere"},
		{[]string{"-http", inTheWay}, 1, "Server: "},
		{[]string{free, "-udp-range", "9-5"}, 1, "UDP range: "},
		{[]string{free, "-udp-range", "0-7"}, 1, "UDP range: "},
		{[]string{free, "-udp-range", "1-70000"}, 1, "UDP range: "},
		{[]string{free, "-udp-range", "x"}, 1, "UDP: "},
		{[]string{free, "-udp-range", "70000"}, 1, "UDP"},
		{[]string{free, "-udp-range", "5-9x"}, 1, "UDP"},
		{[]string{free, "-pprof", ":6060"}, 1, "loopback"},
		{[]string{free, "-public-address", "video.example.org"}, 1, "Server: public address: \"video.example.org\" is no IP"},
		{[]string{free, "-metrics", busy.Addr().String()}, 1, "metrics: "},
		{[]string{"-http", "systemd"}, 1, "Server: systemd has handed over no socket"},
		{[]string{"-socket-mode", "rw"}, 2, "-socket-mode"},
		{[]string{"-log-level", "loud"}, 2, "-log-level"},
		{[]string{"-log-format", "xml"}, 2, "-log-format"},
		{[]string{free, "-log-format", "json", "-static", "nowhere"}, 1, `"level":"ERROR","msg":"Server: `},
		{[]string{free, "-cpuprofile", "no/such/directory"}, 1, "CPU profile"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			t.Parallel()
			status, stderr := exitStatus(t, command(t, c.args...))
			if status != c.status {
				t.Errorf("status %d, want %d", status, c.status)
			}
			if !strings.Contains(stderr, c.stderr) {
				t.Errorf("standard error: %s", stderr)
			}
		})
	}
}

// -check ends with a status for scripts, and prints what is wrong, with its place.
func TestCheck_SW14(t *testing.T) {
	for _, c := range []struct {
		name, group string
		args        []string
		status      int
		stdout      string
	}{
		{"good", `{"users": {"ada": {"password": "x", "permissions": "op"}}}`, nil, 0, "No problems found.\n"},
		{"warning", `{}`, nil, 0, "0 errors, 1 warning.\n"},
		{"error", "{\n\"publik\": true}", nil, 1, filepath.Join("groups", "tea.json") + ":2:1: error: unknown key"},
		{"flag", `{}`, []string{"-udp-range", "9-5"}, 1, "-udp-range: error: UDP range"},
		{"unknown flag", `{}`, []string{"-nosuch"}, 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := command(t, append([]string{"-check"}, c.args...)...)
			groups := filepath.Join(cmd.Dir, "groups")
			if err := os.Mkdir(groups, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(groups, "tea.json"), []byte(c.group), 0o600); err != nil {
				t.Fatal(err)
			}
			var stdout bytes.Buffer
			cmd.Stdout = &stdout
			if status, stderr := exitStatus(t, cmd); status != c.status {
				t.Errorf("status %d, want %d; %s", status, c.status, stderr)
			}
			if !strings.Contains(stdout.String(), c.stdout) {
				t.Errorf("standard output: %s", stdout.String())
			}
			if files, _ := os.ReadDir(cmd.Dir); len(files) != 1 {
				t.Errorf("files were made: %v", files)
			}
		})
	}
}

// process is the program, running.
type process struct {
	*exec.Cmd
	stdout *bufio.Reader
	stderr *syncBuffer
}

// syncBuffer may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// begin starts the program and waits until it listens.
func begin(t *testing.T, cmd *exec.Cmd) (p *process, greeting string) {
	t.Helper()
	p = &process{Cmd: cmd, stderr: new(syncBuffer)}
	cmd.Stderr = p.stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(stdout)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	for {
		line, err := p.stdout.ReadString('\n')
		if err != nil {
			_ = cmd.Wait()
			t.Fatalf("the program ended: %v\n%s", err, p.stderr)
		}
		greeting += line
		if strings.Contains(line, "http://") || strings.Contains(line, "https://") {
			return p, greeting
		}
	}
}

var address = regexp.MustCompile(`https?://[^/ ]+`)

// end sends SIGTERM and checks that the program ends as it should.
func (p *process) end(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return
	}
	started := time.Now()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, p.stdout); err != nil {
		t.Error(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("%v\n%s", err, p.stderr)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func get(t *testing.T, client *http.Client, url string) (status int, body string) {
	t.Helper()
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// trusting returns a client that accepts any certificate.
func trusting() *http.Client {
	return &http.Client{
		Timeout:   patience,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}
}

// The binary alone, in an empty directory: it serves its own frontend, and a
// group that is made as it says appears without a restart.
// It makes no other file than its certificate, and no variable of the environment
// changes what it does, but those that are called like flags.
func TestEmptyDirectory_S1_S2_S3_SW15(t *testing.T) {
	cmd := command(t, "-http", "127.0.0.1:0")
	cmd.Env = append(cmd.Env, "GALENE_FLAGS=-x", "GALENE_VERSION=1.2", "GALENE_CHECK=1", "HTTP=:1", "PORT=1", "DATA=/nowhere")
	p, greeting := begin(t, cmd)
	url := address.FindString(greeting)
	if !strings.HasPrefix(url, "https://127.0.0.1:") {
		t.Fatalf("greeting: %s", greeting)
	}
	client := trusting()
	if status, body := get(t, client, url+"/"); status != http.StatusOK || !strings.Contains(body, "<title") {
		t.Errorf("landing page: %d %.100q", status, body)
	}

	// Does what the greeting says.
	i, j := strings.IndexByte(greeting, '{'), strings.LastIndexByte(greeting, '}')
	file := filepath.Join(p.Dir, "groups", "welcome.json")
	if !strings.Contains(greeting, filepath.Join("groups", "welcome.json")) || i < 0 || j < i {
		t.Fatalf("greeting: %s", greeting)
	}
	if status, _ := get(t, client, url+"/group/welcome/.status"); status != http.StatusNotFound {
		t.Errorf("status of a group that does not exist: %d", status)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(greeting[i:j+1]), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, client, url+"/group/welcome/.status"); status != http.StatusOK {
		t.Errorf("status of the new group: %d %s", status, body)
	}
	if status, body := get(t, client, url+"/group/welcome/"); status != http.StatusOK {
		t.Errorf("page of the new group: %d %.100q", status, body)
	}
	client.CloseIdleConnections()
	p.end(t)

	fi, err := os.Stat(filepath.Join(p.Dir, "data", "var", "self-signed.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && fi.Mode().Perm() != 0o600 {
		t.Errorf("mode of the certificate: %v", fi.Mode())
	}
	var made []string
	err = filepath.WalkDir(p.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == p.Dir || d.Name() == "groups" {
			return err
		}
		name, _ := filepath.Rel(p.Dir, path)
		made = append(made, filepath.ToSlash(name))
		if fi, err := d.Info(); runtime.GOOS != "windows" && (err != nil || d.IsDir() && fi.Mode().Perm() != 0o700) {
			t.Errorf("%s: %v, %v", name, fi.Mode(), err)
		}
		return nil
	})
	if want := "data data/var data/var/self-signed.pem groups/welcome.json"; err != nil || strings.Join(made, " ") != want {
		t.Errorf("made %q, want %q, %v", made, want, err)
	}
	if !strings.Contains(p.stderr.String(), "there is no groups directory") {
		t.Errorf("log: %s", p.stderr)
	}
}

// Acceptance check 7 of server-cli.md.
func TestUnixSocketIsRemoved_H3(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths do not start with a slash")
	}
	cmd := command(t, "-insecure", "-http")
	socket := filepath.Join(cmd.Dir, "socket")
	cmd.Args = append(cmd.Args, socket)
	p, greeting := begin(t, cmd)
	if !strings.Contains(greeting, socket) {
		t.Errorf("greeting: %s", greeting)
	}
	if _, err := os.Lstat(socket); err != nil {
		t.Error(err)
	}
	p.end(t)
	if _, err := os.Lstat(socket); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

// A second signal does not wait for whoever keeps the server from stopping
// (SW-3).
func TestSecondSignalEndsAtOnce_SW3(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no SIGTERM")
	}
	// A download that is not read on keeps the server busy.
	cmd := command(t, "-insecure", "-http", "127.0.0.1:0", "-static", ".")
	big := filepath.Join(cmd.Dir, "big")
	if err := os.WriteFile(big, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(big, 1<<30); err != nil {
		t.Fatal(err)
	}
	p, greeting := begin(t, cmd)
	host := strings.TrimPrefix(address.FindString(greeting), "http://")
	slow, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := io.WriteString(slow, "GET /big HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(slow, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for { // until the first signal has been seen
		c, err := net.Dial("tcp", host)
		if err != nil {
			break
		}
		c.Close()
		time.Sleep(time.Millisecond)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait()
	status, ok := p.ProcessState.Sys().(interface{ Signaled() bool })
	if !ok || !status.Signaled() {
		t.Errorf("it ended by itself: %v", p.ProcessState)
	}
}

// SIGHUP makes the server read everything again rather than die (SW-3).
func TestSIGHUP_SW3(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no SIGHUP")
	}
	p, greeting := begin(t, command(t, "-insecure", "-http", "127.0.0.1:0"))
	url := address.FindString(greeting)
	broken := filepath.Join(p.Dir, "groups", "broken.json")
	if err := os.MkdirAll(filepath.Dir(broken), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); !strings.Contains(p.stderr.String(), "read again"); {
		if time.Now().After(deadline) {
			t.Fatalf("log: %s", p.stderr)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if status, _ := get(t, http.DefaultClient, url+"/healthz"); status != http.StatusOK {
		t.Errorf("healthz: %d", status)
	}
	http.DefaultClient.CloseIdleConnections()
	p.end(t)
	if log := p.stderr.String(); !strings.Contains(log, "broken.json") {
		t.Errorf("log: %s", log)
	}
}

// The log is on standard error, a line per event, which begins with date and time (S-20).
func TestLogLines_S20(t *testing.T) {
	p, _ := begin(t, command(t, "-http", "127.0.0.1:0", "-turn", "nonsense"))
	p.end(t)
	line := regexp.MustCompile(`^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d (INFO|WARN|ERROR) \S`)
	lines := strings.Split(strings.TrimSuffix(p.stderr.String(), "\n"), "\n")
	for _, l := range lines {
		if !line.MatchString(l) {
			t.Errorf("line %q", l)
		}
	}
	if len(lines) < 3 || !strings.Contains(p.stderr.String(), "ERROR TURN: ") {
		t.Errorf("log: %q", lines)
	}
}

// Whoever lets the server open few files only is told (S-10).
func TestFileLimit_S10(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such limit")
	}
	for limit, want := range map[string]string{"1000": "File descriptor limit is 1000, please increase it!", "": ""} {
		cmd := command(t, "-insecure", "-http", "127.0.0.1:0")
		if limit != "" {
			cmd.Args = append([]string{"sh", "-c", "ulimit -n " + limit + ` && exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
			cmd.Path = "/bin/sh"
		}
		p, _ := begin(t, cmd)
		p.end(t)
		log := p.stderr.String()
		if want != "" && !strings.Contains(log, want) {
			t.Errorf("log: %s", log)
		}
	}
}

// The service unit gives the server no more than it needs, and enough to work with; its
// flags are flags of the server (SW-17).
func TestServiceUnit_SW17(t *testing.T) {
	unit, err := os.ReadFile("packaging/galene.service")
	if err != nil {
		t.Fatal(err)
	}
	settings := make(map[string]string)
	for line := range strings.Lines(string(unit)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && line[0] != '#' {
			if settings[key] != "" && key != "After" {
				t.Errorf("%s is there twice", key)
			}
			settings[key] = value
		}
	}
	for key, want := range map[string]string{
		"Type": "notify", "WatchdogSec": "60", "User": "galene", "UMask": "0077", "NoNewPrivileges": "yes", "CapabilityBoundingSet": "CAP_NET_BIND_SERVICE",
		"ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes",
		"ProtectKernelTunables": "yes", "MemoryDenyWriteExecute": "yes", "SystemCallFilter": "@system-service",
		"RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX AF_NETLINK", "LimitNOFILE": "65536", "StateDirectoryMode": "0700",
	} {
		if settings[key] != want {
			t.Errorf("%s is %q, want %q", key, settings[key], want)
		}
	}
	_, given, _ := strings.Cut(strings.Trim(settings["Environment"], `"`), "=")
	conf := server.DefaultConfig()
	flags := flag.NewFlagSet("galene", flag.ContinueOnError)
	conf.AddFlags(flags)
	if err := flags.Parse(strings.Fields(given)); err != nil || flags.NArg() > 0 || given == "" {
		t.Errorf("flags %q: %v", given, err)
	}
}

func TestProfiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no SIGTERM")
	}
	p, _ := begin(t, command(t, "-insecure", "-http", "127.0.0.1:0",
		"-cpuprofile", "cpu", "-memprofile", "mem", "-mutexprofile", "mutex"))
	p.end(t)
	for _, name := range []string{"cpu", "mem", "mutex"} {
		fi, err := os.Stat(filepath.Join(p.Dir, name))
		if err != nil || fi.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The program makes films of meetings: it says what is wrong, and has a help.
func TestCombine(t *testing.T) {
	cmd := command(t, "combine", "missing-session.json")
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 1 || !bytes.Contains(out, []byte("galene combine: ")) {
		t.Errorf("%v: %s", err, out)
	}
	cmd = command(t, "combine", "-h")
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("-layout")) {
		t.Errorf("%v: %s", err, out)
	}
}
