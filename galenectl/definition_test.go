package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Any member of a definition can be set and removed (weak spot 6); what the server
// passes over is an error.
func TestSet_CW6(t *testing.T) {
	h := newHouse(t)
	file := func() string {
		return strings.Join(strings.Fields(h.read("groups/tea.json")), "")
	}
	for _, step := range []struct {
		args   []string
		input  string
		want   string // content of the file, or part of the error in brackets
		status int
	}{
		{args: []string{"create-group", "-set", "max-history-age=60", "-set", "contact=Ada", "-set", "autolock=true", "-codecs", "vp9, opus", "-description", "Tea"},
			want: `{"description":"Tea","contact":"Ada","max-history-age":60,"autolock":true,"codecs":["vp9","opus"]}`},
		{args: []string{"update-group", "-unset", "max-history-age", "-unset", "autolock", "-set", "contact=\"7\"", "-codecs", "", "-set", "description="},
			want: `{"contact":"7"}`},
		{args: []string{"update-group", "-json", "-set", "contact=a=b", "-max-clients", "3", "-set", "max-clients=2"}, input: `{"contact":"x","comment":"y"}`,
			want: `{"contact":"a=b","comment":"y","max-clients":3}`},
		{args: []string{"update-group", "-set", "contact=", "-set", "codecs=[]", "-set", "public=false", "-set", "max-clients=0", "-set", "comment=null"},
			want: `{}`},
		{args: []string{"update-group", "-set", "kontakt=x"}, want: `[Check members: the server knows no "kontakt" in groups]`, status: 1},
		{args: []string{"update-group", "-set", `codecs=["vp8","opus"]`, "-set", "max-history-age=14400", "-unset", "kontakt"},
			want: `{}`}, // the defaults, which are not stored
		{args: []string{"update-group", "-set", "contact=7"}, want: "[Update group: HTTP error: 400 Bad Request: ]", status: 1},
		{args: []string{"update-group", "-set", "contact"}, want: "[MEMBER=VALUE]", status: 2},
		{args: []string{"update-group", "-set", "=x"}, want: "[MEMBER=VALUE]", status: 2},
		{args: []string{"create-group", "-unset", "contact"}, want: "[not defined: -unset]", status: 2},
	} {
		h.input = step.input
		args := append([]string{step.args[0], "-group", "tea"}, step.args[1:]...)
		status, stdout, stderr := h.run(args...)
		if status != step.status || stdout != "" {
			t.Errorf("%q: status %d, output %q, errors %s", args, status, stdout, stderr)
		}
		if reason, ok := strings.CutPrefix(step.want, "["); ok {
			if !strings.Contains(stderr, strings.TrimSuffix(reason, "]")) {
				t.Errorf("%q: errors %q, want %q", args, stderr, step.want)
			}
		} else if got := file(); got != step.want {
			t.Errorf("%q: group is %s, want %s", args, got, step.want)
		}
	}
}

// Servers that do not describe themselves are trusted to know what is set.
func TestSetUnchecked_CW6(t *testing.T) {
	h := newHouse(t)
	for _, description := range []string{"", "{}"} {
		got := ""
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == "PUT":
				b, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				got = string(b)
			case description == "" || !strings.HasSuffix(r.URL.Path, "/openapi.json"):
				w.WriteHeader(http.StatusNotFound)
			default:
				io.WriteString(w, description)
			}
		}))
		h.ok("", "-server", server.URL, "create-group", "-group", "x", "-set", "new=1")
		server.Close()
		if got != `{"new":1}` {
			t.Errorf("%q: the server got %s", description, got)
		}
	}
}
