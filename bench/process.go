package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a server whose cost can be seen.
type process struct {
	pid     int
	cmd     *exec.Cmd // nil if somebody else has started it
	dir     string
	output  lockedBuffer
	stopped chan error
}

// usage is what a process has used so far.
type usage struct {
	cpu     time.Duration
	wakeups uint64 // times that a thread has slept
	rss     int64  // bytes, now
	threads int
}

// benchGroup is the group of servers that are started.
const benchGroup = "bench"

const benchDescription = `{"auto-subgroups": true, "public": true, "codecs": ["vp8", "opus"], "wildcard-user":
	{"password": {"type": "wildcard"}, "permissions": "present"}}`

// benchAdmin is the administrator of servers that are started, and adminPassword the
// password.
const (
	benchAdmin    = "bench"
	adminPassword = "bench password"
	benchConfig   = `{"users": {"` + benchAdmin + `": {"password": "` + adminPassword + `", "permissions": "admin"}}}`
)

// lockedBuffer may be written while it is read.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// startServer starts "[NAME=]BINARY FLAGS…" on a processor, -1 is any.
func startServer(command string, cpu int, timeout time.Duration) (*target, error) {
	words := strings.Fields(command)
	if len(words) == 0 {
		return nil, errors.New("no server named")
	}
	name, binary, ok := strings.Cut(words[0], "=")
	if !ok {
		name, binary = filepath.Base(words[0]), words[0]
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	p := &process{dir: dir, stopped: make(chan error, 1)}
	t := &target{name: name, group: benchGroup, process: p}
	if err := p.start(t, binary, words[1:], cpu); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	if err := t.awaitUp(timeout); err != nil {
		p.stop()
		return nil, fmt.Errorf("%s: %w\n%s", name, err, p.output.String())
	}
	return t, nil
}

func (p *process) start(t *target, binary string, flags []string, cpu int) error {
	groups := filepath.Join(p.dir, "groups")
	if err := os.Mkdir(groups, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(groups, benchGroup+".json"), []byte(benchDescription), 0o600); err != nil {
		return err
	}
	data := filepath.Join(p.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(data, "config.json"), []byte(benchConfig), 0o600); err != nil {
		return err
	}
	t.admin = adminPassword
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := l.Addr().String()
	_ = l.Close()
	t.url = "ws://" + address + "/ws"
	args := append([]string{"-http", address, "-insecure", "-turn", "", "-groups", groups,
		"-data", data, "-recordings", filepath.Join(p.dir, "recordings")}, flags...)
	p.cmd = exec.Command(binary, args...)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	if err := onProcessor(cpu, p.cmd.Start); err != nil {
		return err
	}
	p.pid = p.cmd.Process.Pid
	go func() { p.stopped <- p.cmd.Wait() }()
	return nil
}

// awaitUp waits until the server accepts connections.
func (t *target) awaitUp(timeout time.Duration) error {
	address := strings.TrimSuffix(strings.TrimPrefix(t.url, "ws://"), "/ws")
	for deadline := time.Now().Add(timeout); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			return c.Close()
		}
		select {
		case err := <-t.process.stopped:
			t.process.stopped <- err
			return fmt.Errorf("the server has ended: %w", err)
		default:
		}
		if time.Now().After(deadline) {
			return err
		}
	}
}

// stop ends a server that was started here, in an orderly way.
func (p *process) stop() {
	if p == nil || p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.stopped:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.stopped
	}
	_ = os.RemoveAll(p.dir)
}

// goroutines ends a server that was started here by making it print its
// goroutines, and returns how many there were.
func (p *process) goroutines() int {
	if p == nil || p.cmd == nil {
		return 0
	}
	_ = p.cmd.Process.Signal(syscall.SIGQUIT)
	select {
	case err := <-p.stopped:
		p.stopped <- err
	case <-time.After(10 * time.Second):
	}
	return strings.Count(p.output.String(), "\ngoroutine ")
}
