package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// onProcessor calls f, so that processes that it starts run on one processor
// only; -1 is any.
func onProcessor(cpu int, f func() error) error {
	if cpu < 0 {
		return f()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	set.Set(cpu)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("processor %d: %w", cpu, err)
	}
	defer func() { _ = unix.SchedSetaffinity(0, &before) }()
	return f()
}

// pinSelf makes this process run on one processor only.
func pinSelf(cpu int) error {
	var set unix.CPUSet
	set.Set(cpu)
	tasks, err := filepath.Glob("/proc/self/task/*")
	if err != nil {
		return err
	}
	for _, task := range tasks {
		id, err := strconv.Atoi(filepath.Base(task))
		if err != nil {
			continue
		}
		if err := unix.SchedSetaffinity(id, &set); err != nil {
			return err
		}
	}
	runtime.GOMAXPROCS(1)
	return nil
}

// usage returns what the process has used so far.
func (p *process) usage() (usage, error) {
	var u usage
	if p == nil {
		return u, nil
	}
	// The clock of another process (clock_getcpuclockid(3)).
	var t unix.Timespec
	if err := unix.ClockGettime(^int32(p.pid)<<3|2, &t); err != nil {
		return u, fmt.Errorf("processor time of process %d: %w", p.pid, err)
	}
	u.cpu = time.Duration(t.Nano())
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", p.pid))
	if err != nil {
		return u, err
	}
	u.threads = len(tasks)
	for _, task := range tasks {
		b, err := os.ReadFile(task)
		if err != nil {
			continue // it has just ended
		}
		u.wakeups += field(b, "voluntary_ctxt_switches:")
		u.rss = int64(field(b, "VmRSS:")) << 10
	}
	return u, nil
}

// field returns a number from a file of /proc.
func field(b []byte, name string) uint64 {
	_, rest, ok := bytes.Cut(b, []byte("\n"+name))
	if !ok {
		return 0
	}
	words := bytes.Fields(rest)
	if len(words) == 0 {
		return 0
	}
	n, _ := strconv.ParseUint(string(words[0]), 10, 64)
	return n
}
