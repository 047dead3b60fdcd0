package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// want fails the test unless the file has this content and is alone in its
// directory.
func want(t *testing.T, path, content string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil || string(b) != content {
		t.Errorf("content is %q, %v, want %q", b, err, content)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("files are left behind: %v, %v", entries, err)
	}
}

func TestWrite_DESC1(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "file")
	for _, content := range []string{"one", "two, longer", ""} {
		if err := Write(path, text(content), nil); err != nil {
			t.Fatal(err)
		}
		want(t, path, content)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != fileMode && os.PathSeparator == '/' {
		t.Errorf("mode is %v, %v", info.Mode(), err)
	}
}

func TestWriteFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := Write(path, text("old"), nil); err != nil {
		t.Fatal(err)
	}
	failure := errors.New("failure")
	if err := Write(path, func(w io.Writer) error { return failure }, nil); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	want(t, path, "old")
	err := Write(path, text("new"), func(temporary string) error {
		if b, err := os.ReadFile(temporary); err != nil || string(b) != "new" {
			t.Errorf("temporary file has %q, %v", b, err)
		}
		return failure
	})
	if err != failure {
		t.Errorf("got %v", err)
	}
	want(t, path, "old")
	if err := Write(filepath.Join(path, "x"), text("x"), nil); err == nil {
		t.Error("a file served as a directory")
	}
}

func TestAppend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "file")
	for range 2 {
		if err := Append(path, []byte("x\n")); err != nil {
			t.Fatal(err)
		}
	}
	want(t, path, "x\nx\n")
}

func TestStamp_W30(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	stat := func() os.FileInfo {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	if err := Write(path, text("one"), nil); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Hour)
	before := stat()
	if (Stamp{}).Matches(before) {
		t.Error("the zero stamp matches")
	}
	if NewStamp(before, time.Now()).Matches(before) {
		t.Error("a file that was modified just now matches")
	}
	stamp := NewStamp(before, later)
	if !stamp.Matches(stat()) {
		t.Error("the same file does not match")
	}
	// Same size, same time, but another file.
	if err := Write(path, text("two"), nil); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, before.ModTime(), before.ModTime()); err != nil {
		t.Fatal(err)
	}
	if stamp.Matches(stat()) {
		t.Error("another file matches")
	}
	stamp = NewStamp(stat(), later)
	if err := os.WriteFile(path, []byte("longer"), 0o600); err != nil {
		t.Fatal(err)
	}
	if stamp.Matches(stat()) {
		t.Error("a longer file matches")
	}
}

// What a crash has left behind goes with the next write, but not what another
// process is writing.
func TestSweep(t *testing.T) {
	directory := t.TempDir()
	old, young := filepath.Join(directory, temporary+"1"), filepath.Join(directory, temporary+"2")
	for _, path := range []string{old, young} {
		if err := os.WriteFile(path, nil, fileMode); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now().Add(-abandoned - time.Minute)
	if err := os.Chtimes(old, before, before); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(directory, "file"), text("x"), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old one: %v", err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Error(err)
	}
}
