package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Times of tokens may be dates, in the zone of whoever asks (weak spot 7).
func TestTimesOfTokens_CW7(t *testing.T) {
	h := newHouse(t)
	h.now = time.Date(2100, 1, 2, 3, 4, 5, 0, time.FixedZone("", 2*3600))
	h.ok("", "create-group", "-group", "tea")
	for _, test := range []struct {
		args               string
		expires, notBefore string
	}{
		{"-expires 2100-02-01", "2100-01-31T22:00:00Z", ""},
		{"-expires 2100-02-01T10:30 -not-before 2100-01-03", "2100-02-01T08:30:00Z", "2100-01-02T22:00:00Z"},
		{"-expires 2100-02-01T10:30:07", "2100-02-01T08:30:07Z", ""},
		{"-expires 2100-02-01T10:30:00-05:00", "2100-02-01T15:30:00Z", ""},
		{"-duration 1w -not-before=", "2100-01-09T01:04:05Z", ""},
	} {
		args := append([]string{"create-token", "-group", "tea", "-json"}, strings.Fields(test.args)...)
		status, stdout, stderr := h.run(args...)
		var token struct{ Token, Expires, URL, Group string }
		if err := json.Unmarshal([]byte(stdout), &token); err != nil || status != 0 {
			t.Fatalf("%q: status %d, %s%s, %v", args, status, stdout, stderr, err)
		}
		want := h.server.URL + "/group/tea/?token=" + token.Token
		if token.Expires != test.expires || token.URL != want || token.Group != "tea" {
			t.Errorf("%q: got %+v", args, token)
		}
		_, stdout, _ = h.run("list-tokens", "-l", "-json", "-group", "tea")
		var tokens map[string]struct {
			NotBefore string `json:"not-before"`
		}
		if err := json.Unmarshal([]byte(stdout), &tokens); err != nil || tokens[token.Token].NotBefore != test.notBefore {
			t.Errorf("%q: got %s, %v", args, stdout, err)
		}
		// A change that empties it removes the start.
		h.ok("", "update-token", "-group", "tea", "-token", token.Token, "-not-before", "", "-expires", "2100-03-01 10:00")
		_, stdout, _ = h.run("list-tokens", "-l", "-json", "-group", "tea")
		if strings.Contains(stdout, "not-before") || !strings.Contains(stdout, "2100-03-01T08:00:00Z") {
			t.Errorf("%q: after the change, got %s", args, stdout)
		}
		h.ok("", "delete-token", "-group", "tea", "-token", token.Token)
	}
	for _, test := range []struct {
		status        int
		args, pattern string
	}{
		{1, "-expires 2100-02-01 -duration 3d", `^Options "-duration" and "-expires" exclude each other\n$`},
		{1, "-expires=", `^Option "-expires" needs a time`},
		{2, "-expires tomorrow", "2027-03-01"},
		{2, "-not-before 2100-13-01", "2027-03-01"},
	} {
		for _, command := range []string{"create-token", "update-token -token x"} {
			h.fails(test.status, test.pattern, strings.Fields(command+" -group tea "+test.args)...)
		}
	}
	h.fails(1, `^Option "-url" needs a group\n$`, "create-token", "-group", "", "-url")
}

// An invitation has the address that the server tells, which may be behind a proxy.
func TestInvitation_CW7(t *testing.T) {
	h := newHouse(t)
	h.ok("", "create-group", "-group", "a/b c")
	location := ""
	mux := http.NewServeMux()
	mux.Handle("/galene-api/", h.server.Config.Handler)
	mux.HandleFunc("/group/a/{name}/.status", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"location": %q}`, location)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	socket := filepath.Join(h.dir, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Skip(err)
	}
	onSocket := http.Server{Handler: mux}
	go onSocket.Serve(listener)
	defer onSocket.Close()
	for _, test := range []struct{ server, location, want string }{
		{server.URL + "/", "https://v.example/x/group/a/b%20c/", "https://v.example/x/group/a/b%20c/?token="},
		{server.URL, "", server.URL + "/group/a/b%20c/?token="},
		{server.URL, "nonsense", server.URL + "/group/a/b%20c/?token="},
		{"unix:" + socket, "https://v.example/group/a/b%20c/", "https://v.example/group/a/b%20c/?token="},
		{"unix:" + socket, "http://localhost/group/a/b%20c/", ""},
	} {
		location = test.location
		status, stdout, stderr := h.run("-server", test.server, "create-token", "-group", "a/b c", "-url")
		if test.want == "" {
			// The token is told all the same.
			if status != 1 || strings.Contains(stdout, "/") || len(stdout) < 10 || !strings.Contains(stderr, "reached by a socket") {
				t.Errorf("%+v: status %d, %q, %s", test, status, stdout, stderr)
			}
			continue
		}
		if status != 0 || !strings.HasPrefix(stdout, test.want) || len(stdout) < len(test.want)+10 {
			t.Errorf("%+v: status %d, %q, %s", test, status, stdout, stderr)
		}
	}
}

// Several entries are read at the same time, a few only, and listed in order (weak
// spot 11).
func TestListingInParallel_CW11(t *testing.T) {
	h := newHouse(t)
	const users = 3 * maxParallel
	var names []string
	for i := range users {
		names = append(names, fmt.Sprintf("u%02d", i))
	}
	here, proceed := make(chan bool, users), make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/.users/"):
			json.NewEncoder(w).Encode(names)
		case strings.HasSuffix(r.URL.Path, "/.wildcard-user"):
			w.WriteHeader(http.StatusNotFound)
		default:
			here <- true
			<-proceed
			io.WriteString(w, `{"permissions": "op"}`)
		}
	}))
	defer server.Close()
	done := make(chan string)
	go func() {
		_, stdout, _ := h.run("-server", server.URL, "list-users", "-l", "-group", "x")
		done <- stdout
	}()
	for range maxParallel {
		<-here // they do not wait for each other
	}
	close(proceed)
	want := ""
	for _, name := range names {
		want += name + "          op\n"
	}
	if got := <-done; got != want {
		t.Errorf("got %s", got)
	}
}
