package group

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"galene/group/token"
)

// writerVariable is set, to a directory, in the process that is to be killed, and
// killsVariable says how often that is done.
const (
	writerVariable = "GALENE_TEST_WRITER"
	killsVariable  = "GALENE_TEST_KILLS"
)

func TestMain(m *testing.M) {
	if directory := os.Getenv(writerVariable); directory != "" {
		if err := writeForever(directory); err != nil {
			fmt.Println("error", err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func writerRegistry(directory string) *Registry {
	return NewRegistry(Options{
		Directory:     filepath.Join(directory, "groups"),
		DataDirectory: filepath.Join(directory, "data"),
		Logger:        slog.New(slog.DiscardHandler),
	})
}

// stored is what is on disk: the version of each token and description, by "t3"
// or "g2".
type stored map[string]int

// epoch is the expiry of version 0 of a token.
var epoch = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// readStored reads everything, and fails if anything is unreadable.
func readStored(r *Registry) (stored, error) {
	state := make(stored)
	if problems := r.Check(); len(problems) > 0 {
		return nil, fmt.Errorf("unreadable: %v", problems)
	}
	tokens, _, err := r.Tokens().List("g")
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		state[t.Token] = int(t.Expires.Sub(epoch) / time.Second)
	}
	for i := range 5 {
		name := fmt.Sprint("g", i)
		desc, err := r.DescriptionFile(name)
		if errors.Is(err, ErrNoGroup) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if state[name], err = strconv.Atoi(desc.DisplayName); err != nil {
			return nil, err
		}
	}
	return state, nil
}

// apply makes a change, of which "0" deletes.
func (s stored) apply(name string, version int) stored {
	changed := maps.Clone(s)
	if version == 0 {
		delete(changed, name)
	} else {
		changed[name] = version
	}
	return changed
}

// writeForever makes random changes, and says before each "begin NAME VERSION" and
// after it "done".
func writeForever(directory string) error {
	r := writerRegistry(directory)
	state, err := readStored(r)
	if err != nil {
		return err
	}
	version := 1
	for _, v := range state {
		version = max(version, v+1)
	}
	for ; ; version++ {
		name, v := fmt.Sprint("t", rand.IntN(20)), version
		if rand.IntN(2) == 0 {
			name = fmt.Sprint("g", rand.IntN(5))
		}
		if state[name] != 0 && rand.IntN(4) == 0 {
			v = 0
		}
		fmt.Fprintf(os.Stdout, "begin %s %d\n", name, v)
		if name[0] == 't' {
			err = writeToken(r, name, v, state[name] != 0)
		} else {
			err = writeGroup(r, name, v)
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(os.Stdout, "done")
		state = state.apply(name, v)
	}
}

func writeToken(r *Registry, name string, version int, exists bool) error {
	expires := epoch.Add(time.Duration(version) * time.Second)
	if !exists {
		return r.Tokens().Add(&token.Token{Token: name, Group: "g", Expires: &expires})
	}
	t, tag, err := r.Tokens().Get(name)
	if err != nil {
		return err
	}
	if version == 0 {
		return r.Tokens().Delete(name, tag)
	}
	t.Expires = &expires
	return r.Tokens().Update(t, tag)
}

func writeGroup(r *Registry, name string, version int) error {
	if version == 0 {
		return r.DeleteDescription(name, func(*Description) error { return nil })
	}
	_, err := r.EditDescription(name, func(*Description) (*Description, error) {
		return parseDescription(name, fmt.Appendf(nil, `{"displayName": "%d", "comment": %q}`,
			version, strings.Repeat("x", version%5000)))
	})
	return err
}

// A process that writes tokens and group files is killed again and again.  Every
// acknowledged change is there afterwards, the one under way entirely or not at all,
// and every file can be read (W-10, STK-7, DESC-1).
func TestKilledWhileWriting_W10(t *testing.T) {
	kills := 150
	if s := os.Getenv(killsVariable); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	directory := t.TempDir()
	if err := os.MkdirAll(filepath.Join(directory, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(directory, "data", "config.json")
	if err := os.WriteFile(config, []byte(`{"writableGroups": true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	state, changes := make(stored), 0
	for kill := range kills {
		before, after := killWriter(t, directory)
		changes += len(before)
		for _, change := range before {
			state = state.apply(change.name, change.version)
		}
		got, err := readStored(writerRegistry(directory))
		if err != nil {
			t.Fatalf("kill %d: %v", kill, err)
		}
		switch {
		case maps.Equal(got, state):
		case after != nil && maps.Equal(got, state.apply(after.name, after.version)):
			state = got
		default:
			t.Fatalf("kill %d: there is %v, but %v was acknowledged, and %v begun", kill, got, state, after)
		}
	}
	t.Logf("%d kills, %d changes", kills, changes)
	if changes == 0 {
		t.Error("nothing was ever changed")
	}
}

// change is one change that the writer has announced.
type change struct {
	name    string
	version int
}

// killWriter runs the writer for a random time.  It returns the acknowledged
// changes and the one that had begun.
func killWriter(t *testing.T, directory string) (done []change, begun *change) {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(executable)
	cmd.Env = append(os.Environ(), writerVariable+"="+directory)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// The delay begins with the first word of the process, as its start takes
	// much longer than a change.
	lines := bufio.NewScanner(stdout)
	kill := func() { cmd.Process.Kill() }
	for started := false; lines.Scan(); {
		if !started {
			started = true
			defer time.AfterFunc(time.Duration(rand.Int64N(int64(20*time.Millisecond))), kill).Stop()
		}
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) == 3 && fields[0] == "begin":
			version, err := strconv.Atoi(fields[2])
			if err != nil {
				t.Fatal(err)
			}
			begun = &change{fields[1], version}
		case len(fields) == 1 && fields[0] == "done":
			done = append(done, *begun)
			begun = nil
		case fields[0] == "error":
			t.Errorf("the writer failed: %s", lines.Text())
		}
	}
	cmd.Wait() // it was killed
	return done, begun
}
