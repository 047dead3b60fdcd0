package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"
)

// soakDirectory is the environment variable that makes the test binary the server
// of TestSoak, in the directory that it names.
const soakDirectory = "GALENE_TEST_SOAK_DIRECTORY"

func TestMain(m *testing.M) {
	if dir := os.Getenv(soakDirectory); dir != "" {
		if err := soakServer(dir, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// usage is what a server holds.
type usage struct {
	Goroutines, Descriptors int
	Packets                 int64
	Heap                    uint64 // bytes in use after a garbage collection
	Memory                  uint64 // bytes that the runtime has from the system
}

func (u usage) String() string {
	return fmt.Sprintf("%d goroutines, %d file descriptors, %d packets, %d KiB of heap, %d KiB of memory",
		u.Goroutines, u.Descriptors, u.Packets, u.Heap>>10, u.Memory>>10)
}

// soakServer runs a server in a process of its own, so that what it holds can be
// told from what its clients do.  It writes its address, and answers the commands
// "usage", with a usage in JSON, "streams", with the statistics of all members, and
// "profile FILE", with an empty line when a heap profile is in the file.  It ends
// with its input.
func soakServer(dir string, input io.Reader, output io.Writer) error {
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	conf := DefaultConfig()
	conf.HTTP, conf.Insecure, conf.Loopback = "127.0.0.1:0", true, true
	conf.Data, conf.Groups = filepath.Join(dir, "data"), filepath.Join(dir, "groups")
	conf.Output = io.Discard
	conf.Logger = slog.New(slog.NewTextHandler(log, nil))
	s, err := New(conf)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	fmt.Fprintln(output, s.Addr())

	for lines := bufio.NewScanner(input); lines.Scan(); {
		switch command, file, _ := strings.Cut(lines.Text(), " "); command {
		case "usage":
			if err := json.NewEncoder(output).Encode(take(s)); err != nil {
				return err
			}
		case "streams":
			clients := statistics{s.sessions, s.streams}.Stats(ctx)
			if err := json.NewEncoder(output).Encode(clients); err != nil {
				return err
			}
		case "profile":
			if err := writeHeap(file); err != nil {
				return err
			}
			fmt.Fprintln(output)
		}
	}
	cancel()
	return <-done
}

func take(s *Server) usage {
	runtime.GC()
	runtime.GC() // what pools keep survives one collection
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return usage{
		Goroutines:  runtime.NumGoroutine(),
		Descriptors: openFiles(),
		Packets:     s.engine.Pool().Outstanding(),
		Heap:        memory.HeapAlloc,
		Memory:      memory.Sys - memory.HeapReleased,
	}
}

func writeHeap(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	runtime.GC()
	if err := pprof.Lookup("heap").WriteTo(f, 0); err != nil {
		return err
	}
	return f.Close()
}

// openFiles returns the number of open file descriptors, or 0 where that is not
// to be had.
func openFiles() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

// remote is a server in another process.
type remote struct {
	t       *testing.T
	address string

	mu     sync.Mutex // a command has its answer before the next one
	input  io.WriteCloser
	output *bufio.Reader
}

// startRemote runs a server until the test ends.
func startRemote(t *testing.T, groups files) *remote {
	t.Helper()
	dir := t.TempDir()
	for name, text := range groups {
		writeFile(t, filepath.Join(dir, "groups", name), text)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), soakDirectory+"="+dir)
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := &remote{t: t, input: input, output: bufio.NewReader(output)}
	t.Cleanup(func() {
		input.Close()
		kill := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server: %v", err)
		}
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Logf("log of the server:\n%s", log[max(0, len(log)-1<<16):])
		}
	})
	r.address = r.line()
	return r
}

func (r *remote) line() string {
	r.t.Helper()
	line, err := r.output.ReadString('\n')
	if err != nil {
		r.t.Fatalf("the server has ended: %v", err)
	}
	return strings.TrimSpace(line)
}

func (r *remote) command(text string) string {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := fmt.Fprintln(r.input, text); err != nil {
		r.t.Fatal(err)
	}
	return r.line()
}

func (r *remote) usage() usage {
	r.t.Helper()
	var u usage
	if err := json.Unmarshal([]byte(r.command("usage")), &u); err != nil {
		r.t.Fatal(err)
	}
	return u
}
