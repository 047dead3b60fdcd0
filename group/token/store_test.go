package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// at makes a time.
func at(d time.Duration) *time.Time {
	t := now.Add(d)
	return &t
}

func newStore(t *testing.T, change ...func(*Options)) *Store {
	t.Helper()
	o := Options{
		Path:   filepath.Join(t.TempDir(), "var", "tokens.jsonl"),
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now:    func() time.Time { return now },
	}
	for _, f := range change {
		f(&o)
	}
	return NewStore(o)
}

// content returns the token file, or "none".
func (s *Store) content(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(s.options.Path)
	if errors.Is(err, os.ErrNotExist) {
		return "none"
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (s *Store) write(t *testing.T, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(s.options.Path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.options.Path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// list names the tokens of group g.
func (s *Store) list(t *testing.T) string {
	t.Helper()
	tokens, _, err := s.List("g")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, token := range tokens {
		names = append(names, token.Token)
	}
	return strings.Join(names, " ")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestStore_STK7_TOK8(t *testing.T) {
	s := newStore(t)
	if got := s.list(t); got != "" {
		t.Errorf("got %s", got)
	}
	if _, _, err := s.Get("a"); !errors.Is(err, ErrNotExist) {
		t.Errorf("got %v", err)
	}
	must(t, s.Add(&Token{Token: "c", Group: "g", Expires: at(time.Hour)}))
	must(t, s.Add(&Token{Token: "b", Group: "g", Expires: at(-time.Hour)}))
	must(t, s.Add(&Token{Token: "a", Group: "g"}))
	must(t, s.Add(&Token{Token: "x", Group: "g/sub", Expires: at(0)}))
	if err := s.Add(&Token{Token: "a", Group: "other"}); !errors.Is(err, ErrTagMismatch) {
		t.Errorf("STK-9: %v", err)
	}
	if got := s.list(t); got != "a b c" {
		t.Errorf("got %s", got)
	}
	if n := strings.Count(s.content(t), "\n"); n != 4 || !strings.HasPrefix(s.content(t), `{"token":"c","group":"g","permissions":null,"expires":"2026-07-29T13:00:00Z"}`) {
		t.Errorf("the file is %s", s.content(t))
	}
	token, tag, err := s.Get("b")
	must(t, err)
	token.Permissions = []string{"present"}
	must(t, s.Update(token, tag))
	if got := strings.Split(s.content(t), "\n"); !strings.Contains(got[0], `"a"`) || !strings.Contains(got[1], `["present"]`) || len(got) != 5 {
		t.Errorf("the file is %s", s.content(t))
	}
	for _, name := range []string{"a", "b", "c", "x"} {
		_, tag, err := s.Get(name)
		must(t, err)
		must(t, s.Delete(name, tag))
	}
	if got := s.content(t); got != "none" {
		t.Errorf("the file is %s", got)
	}
	if err := s.Delete("a", ""); !errors.Is(err, ErrNotExist) {
		t.Errorf("got %v", err)
	}
	entries, err := os.ReadDir(filepath.Dir(s.options.Path))
	if err != nil || len(entries) > 1 || len(entries) == 1 && entries[0].Name() != ".tokens.jsonl.lock" {
		t.Errorf("left behind: %v", entries)
	}
}

func TestTags_STK9(t *testing.T) {
	s := newStore(t)
	must(t, s.Add(&Token{Token: "a", Group: "g", Permissions: []string{"1"}}))
	must(t, s.Add(&Token{Token: "b", Group: "g"}))
	a, tag, err := s.Get("a")
	must(t, err)
	a.Permissions = []string{"2"}
	must(t, s.Update(a, tag))
	for name, err := range map[string]error{
		"update":       s.Update(a, tag), // the same size, at the same time
		"delete":       s.Delete("a", tag),
		"delete other": s.Delete("b", tag),
		"no tag":       s.Delete("a", ""),
	} {
		if !errors.Is(err, ErrTagMismatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
	info, err := os.Stat(s.options.Path)
	must(t, err)
	_, tag, err = s.Get("a")
	if want := fmt.Sprintf(`"%d-%d"`, info.Size(), info.ModTime().UnixNano()); err != nil || tag != want {
		t.Errorf("tag is %s, want %s", tag, want)
	}
}

func TestEditedWhileRunning_STK5_STK6_W10(t *testing.T) {
	s := newStore(t)
	s.write(t, "{\"token\": \"a\", \"group\": \"g\", \"extra\": 1}\n{\"token\":\n \"b\", \"group\": \"g\"} {\"token\": \"a\", \"group\": \"g\", \"username\": \"\"}")
	if got := s.list(t); got != "a b" {
		t.Errorf("got %s", got)
	}
	if a, _, err := s.Get("a"); err != nil || a.Username == nil || *a.Username != "" {
		t.Errorf("the last one counts: %+v, %v", a, err)
	}
	// Appending works without a final line feed.
	must(t, s.Add(&Token{Token: "c", Group: "g"}))
	if got := s.list(t); got != "a b c" {
		t.Errorf("got %s", got)
	}
	// Bad lines.
	s.write(t, `{"token": "ok", "group": "g"}
{"token": 5}
{"token": "x"
[]
{}

{"token": "ok2", "group": "g"}
{"token"`)
	if got := s.list(t); got != "ok ok2" {
		t.Errorf("got %s", got)
	}
	problems, err := s.Problems()
	must(t, err)
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Line)
	}
	if fmt.Sprint(lines) != "[2 3 4 5 8]" {
		t.Errorf("problems are %v", problems)
	}
	before := s.content(t)
	_, tag, err := s.Get("ok")
	must(t, err)
	if err := s.Delete("ok", tag); !errors.Is(err, ErrMalformed) {
		t.Errorf("rewritten with malformed lines: %v", err)
	}
	if s.content(t) != before {
		t.Error("the file has changed")
	}
	must(t, s.Add(&Token{Token: "new", Group: "g"}))
	if got := s.list(t); got != "new ok ok2" {
		t.Errorf("got %s", got)
	}
	must(t, os.Remove(s.options.Path))
	if got := s.list(t); got != "" {
		t.Errorf("STK-6: no file, but %s", got)
	}
}

// The file changes on disk between the decision and the renaming.
func TestChangeDuringRewrite_W10(t *testing.T) {
	s := newStore(t)
	must(t, s.Add(&Token{Token: "a", Group: "g"}))
	s.mu.Lock()
	must(t, s.load())
	s.write(t, `{"token": "b", "group": "g"}`)
	err := s.rewrite(map[string]*Token{"c": {Token: "c"}})
	s.mu.Unlock()
	if !errors.Is(err, ErrTagMismatch) {
		t.Errorf("got %v", err)
	}
	if got := s.list(t); got != "b" {
		t.Errorf("got %s", got)
	}
}

func TestExpire_STK8(t *testing.T) {
	s := newStore(t)
	must(t, s.Expire())
	week := 7 * 24 * time.Hour
	must(t, s.Add(&Token{Token: "never", Group: "g"}))
	must(t, s.Add(&Token{Token: "old", Group: "g", Expires: at(-week - time.Second)}))
	must(t, s.Add(&Token{Token: "recent", Group: "g", Expires: at(-week + time.Second)}))
	must(t, s.Expire())
	if got := s.list(t); got != "never recent" {
		t.Errorf("got %s", got)
	}
}

func TestLimit_W22(t *testing.T) {
	s := newStore(t, func(o *Options) { o.MaxPerGroup = 2 })
	must(t, s.Add(&Token{Token: "a", Group: "g"}))
	must(t, s.Add(&Token{Token: "b", Group: "g"}))
	if err := s.Add(&Token{Token: "c", Group: "g"}); !errors.Is(err, ErrTooMany) {
		t.Errorf("got %v", err)
	}
	must(t, s.Add(&Token{Token: "c", Group: "h"}))
}

func TestUnusableFile(t *testing.T) {
	s := newStore(t)
	must(t, os.MkdirAll(s.options.Path, 0o700))
	if _, _, err := s.Get("a"); err == nil || errors.Is(err, ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if err := s.Add(&Token{Token: "a"}); err == nil {
		t.Error("stored in a directory")
	}
}

func TestConcurrentAdds(t *testing.T) {
	s := newStore(t)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			token := &Token{Token: fmt.Sprint(i), Group: "g"}
			if err := s.Add(token); err != nil {
				t.Error(err)
			}
			for {
				_, tag, err := s.Get(token.Token)
				if err != nil {
					t.Error(err)
					return
				}
				err = s.Update(token, tag)
				if err == nil {
					return
				}
				if !errors.Is(err, ErrTagMismatch) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := len(strings.Fields(s.list(t))); n != 20 {
		t.Errorf("%d tokens", n)
	}
}

func TestCheck_STK1_STK2(t *testing.T) {
	tests := []struct {
		name  string
		token Token
		group string
		ok    bool
	}{
		{"equal", Token{Group: "g", Expires: at(1)}, "g", true},
		{"other", Token{Group: "g", Expires: at(1)}, "h", false},
		{"below", Token{Group: "g", Expires: at(1)}, "g/a", false},
		{"below, subgroups", Token{Group: "g", IncludeSubgroups: true, Expires: at(1)}, "g/a/b", true},
		{"equal, subgroups", Token{Group: "g", IncludeSubgroups: true, Expires: at(1)}, "g", true},
		{"above, subgroups", Token{Group: "g/a", IncludeSubgroups: true, Expires: at(1)}, "g", false},
		{"prefix, subgroups", Token{Group: "g", IncludeSubgroups: true, Expires: at(1)}, "gh", false},
		{"global", Token{IncludeSubgroups: true, Expires: at(1)}, "g", true},
		{"empty", Token{Expires: at(1)}, "g", false},
		{"no expiry", Token{Group: "g"}, "g", false},
		{"expired", Token{Group: "g", Expires: at(-1)}, "g", false},
		{"expires now", Token{Group: "g", Expires: at(0)}, "g", false},
		{"too early", Token{Group: "g", Expires: at(2), NotBefore: at(1)}, "g", false},
		{"just in time", Token{Group: "g", Expires: at(2), NotBefore: at(0)}, "g", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := test.token.Check(test.group, now); (err == nil) != test.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzTokenFile(f *testing.F) {
	f.Add([]byte("{\"token\": \"a\", \"group\": \"g\", \"expires\": \"2026-07-29T13:00:00Z\"}\n{\"token\":\n\"b\"}"))
	f.Add([]byte("{\n[1]\n\"x\" 5 {\"token\": \"\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		tokens, problems := parse(data)
		for _, p := range problems {
			if p.Line < 1 || p.Reason == "" {
				t.Errorf("bad problem %+v", p)
			}
		}
		// What can be read can be written and read again.
		list := sortedTokens(tokens, func(*Token) bool { return true })
		encoded, err := encode(list)
		if err != nil {
			return // times out of range
		}
		again, problems := parse(encoded)
		if len(problems) > 0 || len(again) != len(tokens) {
			t.Errorf("written as %q: %v", encoded, problems)
		}
		for name, token := range tokens {
			a, _ := json.Marshal(token)
			b, _ := json.Marshal(again[name])
			if string(a) != string(b) {
				t.Errorf("%s became %s", a, b)
			}
		}
	})
}
