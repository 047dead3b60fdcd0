package group

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
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

func TestWriteDescription_DESC1_DESC2(t *testing.T) {
	h := newHouse(t)
	if _, err := h.WriteDescription("new", []byte(`{}`), ""); !errors.Is(err, ErrReadOnly) {
		t.Errorf("not writable: %v", err)
	}
	h.writeFile("data/config.json", `{"writableGroups": true}`)
	c, m := h.op("op")
	_, tag, err := h.ReadDescription("test")
	if err != nil || !strings.HasPrefix(tag, `"`) {
		t.Fatalf("tag is %s, %v", tag, err)
	}
	next, err := h.WriteDescription("test", []byte(`{"displayName": "One"}`), tag)
	if err != nil {
		t.Fatal(err)
	}
	if joined := find[Joined](t, c.take()); joined.Status.DisplayName != "One" {
		t.Errorf("members are told %+v", joined)
	}
	// The same size, at once: another tag all the same.
	last, err := h.WriteDescription("test", []byte(`{"displayName": "Two"}`), next)
	if err != nil || last == next {
		t.Errorf("tag is %s, %v", last, err)
	}
	for name, err := range map[string]error{
		"outdated": second(h.WriteDescription("test", []byte(`{}`), next)),
		"create":   second(h.WriteDescription("test", []byte(`{}`), "")),
		"none":     second(h.WriteDescription("other", []byte(`{}`), next)),
		"delete":   h.DeleteDescription("test", next),
	} {
		if !errors.Is(err, ErrTagMismatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, want := range map[string]error{"../x": ErrIllegalName, "a/.b": ErrIllegalName} {
		if _, err := h.WriteDescription(name, []byte(`{}`), ""); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.WriteDescription("test", []byte("{\n\"x\": 1}"), last); !errors.Is(err, ErrDescription) || !strings.Contains(err.Error(), "2:1") {
		t.Errorf("malformed: %v", err)
	}
	if _, err := h.WriteDescription("deep/er", []byte(`{"public": true}`), ""); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(filepath.Join(h.dir, "groups", "deep", "er.json")); err != nil ||
		info.Mode().Perm() != 0o600 && os.PathSeparator == '/' {
		t.Errorf("mode is %v, %v", info.Mode(), err)
	}
	if public, err := h.Public(); err != nil || len(public) != 1 {
		t.Errorf("public groups are %v, %v", public, err)
	}
	if err := h.DeleteDescription("test", last); err != nil {
		t.Error(err)
	}
	if err := h.DeleteDescription("test", last); !errors.Is(err, ErrNoGroup) {
		t.Errorf("deleted twice: %v", err)
	}
	wantError(t, m.Chat(ChatRequest{}), "") // GRP-8
	if _, _, err := h.ReadDescription("test"); !errors.Is(err, ErrNoGroup) {
		t.Errorf("deleted: %v", err)
	}
}

func second[A any](_ A, err error) error { return err }
