package group

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestDescriptionIsWrittenBack_DESC3(t *testing.T) {
	tests := []struct{ content, want string }{
		{`{}`, `{}`},
		{`{"public": false, "max-history-age": 14400, "codecs": ["vp8", "opus"], "displayName": "", "users": {}}`, `{}`},
		{
			`{"op": [{"username": "ada", "password": "x"}], "other": [{}], "allow-subgroups": true}`,
			`{"auto-subgroups":true,"users":{"ada":{"password":"x","permissions":"op"}},` +
				`"wildcard-user":{"password":{"type":"wildcard"},"permissions":"message"}}`,
		},
		{
			`{"expires": "2026-01-02T03:04:05Z", "codecs": ["vp9"], "max-history-age": 5, "authKeys": [{"kty": "oct"}]}`,
			`{"max-history-age":5,"expires":"2026-01-02T03:04:05Z","authKeys":[{"kty":"oct"}],"codecs":["vp9"]}`,
		},
	}
	for _, test := range tests {
		d, err := parseDescription("g.json", []byte(test.content))
		if err != nil {
			t.Fatal(err)
		}
		written := encode(t, d)
		if written != test.want {
			t.Errorf("%s\nis written as %s\nwant %s", test.content, written, test.want)
		}
		if again, err := parseDescription("g.json", []byte(written)); err != nil || encode(t, again) != written {
			t.Errorf("%s cannot be read again: %v", written, err)
		}
	}
}

// replacing is the edit that replaces a description by the given content.
func replacing(content string) func(*Description) (*Description, error) {
	return func(*Description) (*Description, error) {
		return parseDescription("", []byte(content))
	}
}

func TestEditDescription_DESC1(t *testing.T) {
	h := newHouse(t)
	edit := func(name, content string) error {
		_, err := h.EditDescription(name, replacing(content))
		return err
	}
	agree := func(*Description) error { return nil }
	if err := edit("new", `{}`); !errors.Is(err, ErrReadOnly) {
		t.Errorf("not writable: %v", err)
	}
	if err := h.DeleteDescription("test", agree); !errors.Is(err, ErrReadOnly) {
		t.Errorf("delete, not writable: %v", err)
	}
	h.writeFile("data/config.json", `{"writableGroups": true}`)
	c, m := h.op("op")
	for _, name := range []string{"One", "Two"} { // the same size, at once
		if err := edit("test", `{"displayName": "`+name+`"}`); err != nil {
			t.Fatal(err)
		}
		if joined := find[Joined](t, c.take()); joined.Status.DisplayName != name {
			t.Errorf("members are told %+v", joined)
		}
	}
	for _, name := range []string{"../x", "a/.b", "x.json/y", ""} {
		if err := edit(name, `{}`); !errors.Is(err, ErrIllegalName) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused := errors.New("refused")
	if _, err := h.EditDescription("test", func(*Description) (*Description, error) { return nil, refused }); err != refused {
		t.Errorf("refused: %v", err)
	}
	if err := edit("deep/er", `{"public": true}`); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(filepath.Join(h.dir, "groups", "deep", "er.json")); err != nil ||
		info.Mode().Perm() != 0o600 && os.PathSeparator == '/' {
		t.Errorf("mode is %v, %v", info.Mode(), err)
	}
	if public, err := h.Public(); err != nil || len(public) != 1 {
		t.Errorf("public groups are %v, %v", public, err)
	}
	if err := h.DeleteDescription("test", func(*Description) error { return refused }); err != refused {
		t.Errorf("deletion refused: %v", err)
	}
	if err := h.DeleteDescription("test", agree); err != nil {
		t.Error(err)
	}
	if err := h.DeleteDescription("test", agree); !errors.Is(err, ErrNoGroup) {
		t.Errorf("deleted twice: %v", err)
	}
	wantError(t, m.Chat(ChatRequest{}), "") // GRP-8
	if _, err := h.DescriptionFile("test"); !errors.Is(err, ErrNoGroup) {
		t.Errorf("deleted: %v", err)
	}
}

// TestMalformedDescription checks that a file that somebody is repairing is not
// overwritten, though it may be removed.
func TestMalformedDescription_A64(t *testing.T) {
	h := newHouse(t)
	h.writeFile("data/config.json", `{"writableGroups": true}`)
	h.op("op") // the good version is known
	h.write("test", "{\n\"x\": 1}")
	_, err := h.EditDescription("test", replacing(`{}`))
	if !errors.Is(err, ErrDescription) || !strings.Contains(err.Error(), "2:1") {
		t.Errorf("edit: %v", err)
	}
	if _, err := h.DescriptionFile("test"); !errors.Is(err, ErrDescription) {
		t.Errorf("read: %v", err)
	}
	err = h.DeleteDescription("test", func(old *Description) error {
		if old != nil {
			t.Error("content is known")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestEditsAreNotLost checks edits at the same time, and changes by other means.
func TestEditsAreNotLost_DESC2(t *testing.T) {
	h := newHouse(t)
	h.writeFile("data/config.json", `{"writableGroups": true}`)
	const writers, edits = 8, 5
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for e := range edits {
				_, err := h.EditDescription("test", func(old *Description) (*Description, error) {
					return old.WithUser(fmt.Sprintf("u%d-%d", w, e), &UserEntry{}), nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	d, err := h.DescriptionFile("test")
	if err != nil || len(d.Users) != 5+writers*edits {
		t.Errorf("%d users, %v", len(d.Users), err)
	}

	calls := 0
	d, err = h.EditDescription("test", func(old *Description) (*Description, error) {
		if calls++; calls == 1 {
			h.write("test", `{"comment": "by hand"}`)
		}
		return old.WithUser("late", &UserEntry{}), nil
	})
	if err != nil || calls != 2 || d.Comment != "by hand" {
		t.Errorf("after a change by hand: %+v, %d calls, %v", d, calls, err)
	}
	_, err = h.EditDescription("test", func(old *Description) (*Description, error) {
		calls++
		h.write("test", fmt.Sprintf(`{"comment": "%d"}`, calls))
		return old, nil
	})
	if !errors.Is(err, ErrConflict) {
		t.Errorf("changed again and again: %v", err)
	}
}
