package webserver

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"galene/group"
)

func TestStatus_H80(t *testing.T) {
	groups := teaGroups()
	s := newTestServer(t, func(o *Options) { o.Groups = groups })
	w := get(t, s, "https://v.example:8443/group/tea/.status")
	wantStatus(t, w, http.StatusOK)
	wantHeader(t, w, "Content-Type", "application/json")
	wantHeader(t, w, "Cache-Control", "no-cache")
	wantHeader(t, w, "Access-Control-Allow-Origin", "")
	want := `{"name":"tea","location":"https://v.example:8443/group/tea/",` +
		`"endpoint":"wss://v.example:8443/ws","displayName":"Tea","clientCount":0}` + "\n"
	if w.Body.String() != want {
		t.Errorf("got %s want %s", w.Body, want)
	}

	w = get(t, s, "/group/moved/.status")
	if want := `{"name":"moved","redirect":"https://elsewhere.example/group/moved/"}` + "\n"; w.Body.String() != want {
		t.Errorf("got %s want %s", w.Body, want)
	}

	// Acceptance check 10.
	var status map[string]any
	w = get(t, s, "/group/private/.status")
	if err := json.Unmarshal(w.Body.Bytes(), &status); err != nil {
		t.Fatal(err)
	}
	if _, ok := status["clientCount"]; ok {
		t.Error("a private group shows its number of clients")
	}
}

func TestBaseURL_H35(t *testing.T) {
	for _, c := range []struct{ proxy, target, location, endpoint string }{
		{"", "https://v.example:8443", "https://v.example:8443/group/tea/", "wss://v.example:8443/ws"},
		{"", "http://v.example", "http://v.example/group/tea/", "ws://v.example/ws"},
		{"/conf", "https://v.example", "https://v.example/conf/group/tea/", "wss://v.example/conf/ws"},
		{"https:", "http://v.example", "https://v.example/group/tea/", "wss://v.example/ws"},
		{"http:/conf", "https://v.example", "http://v.example/conf/group/tea/", "ws://v.example/conf/ws"},
		{"https://front.example/", "http://v.example", "https://front.example/group/tea/", "wss://front.example/ws"},
		{"https://front.example/v", "http://v.example", "https://front.example/v/group/tea/", "wss://front.example/v/ws"},
	} {
		groups := teaGroups()
		groups.conf = &group.Config{ProxyURL: c.proxy}
		s := newTestServer(t, func(o *Options) { o.Groups = groups })
		w := get(t, s, c.target+"/group/tea/.status")
		var status group.Status
		if err := json.Unmarshal(w.Body.Bytes(), &status); err != nil {
			t.Fatal(err)
		}
		if status.Location != c.location || status.Endpoint != c.endpoint {
			t.Errorf("%q, %s: %s, %s", c.proxy, c.target, status.Location, status.Endpoint)
		}
	}
}

func TestStatusEncodesNames_H35(t *testing.T) {
	s := newTestServer(t, nil)
	w := get(t, s, "/group/sp%20ace%3f/.status")
	var status group.Status
	if err := json.Unmarshal(w.Body.Bytes(), &status); err != nil {
		t.Fatal(err)
	}
	if want := "http://example.com/group/sp%20ace%3F/"; status.Location != want {
		t.Errorf("location %q, want %q", status.Location, want)
	}
}

func TestBadProxyURL_H36(t *testing.T) {
	groups := teaGroups()
	groups.conf = &group.Config{ProxyURL: "http://[bad"}
	s := newTestServer(t, func(o *Options) { o.Groups = groups })
	wantStatus(t, get(t, s, "/group/tea/.status"), http.StatusInternalServerError)
	wantStatus(t, get(t, s, "/public-groups.json"), http.StatusInternalServerError)
	wantStatus(t, get(t, s, "/group/tea/"), http.StatusOK)
}

func TestPublicGroupsSection8(t *testing.T) {
	groups := teaGroups()
	groups.groups["coffee"] = &group.Description{Public: true}
	s := newTestServer(t, func(o *Options) { o.Groups = groups })
	w := get(t, s, "https://v.example/public-groups.json")
	wantStatus(t, w, http.StatusOK)
	wantHeader(t, w, "Cache-Control", "no-cache")
	want := `[{"name":"coffee","location":"https://v.example/group/coffee/","endpoint":"wss://v.example/ws","clientCount":0},` +
		`{"name":"tea","location":"https://v.example/group/tea/","endpoint":"wss://v.example/ws","displayName":"Tea","clientCount":0}]` + "\n"
	if w.Body.String() != want {
		t.Errorf("got %s want %s", w.Body, want)
	}
	s = newTestServer(t, func(o *Options) { o.Groups = &fakeGroups{} })
	if w := get(t, s, "/public-groups.json"); w.Body.String() != "[]\n" {
		t.Errorf("no groups: %q", w.Body)
	}
}

func TestInvalidConfiguration_H27(t *testing.T) {
	groups := teaGroups()
	groups.confErr = errors.New("bad")
	s := newTestServer(t, func(o *Options) { o.Groups = groups })
	for target, status := range map[string]int{
		"/group/tea/.status":  http.StatusInternalServerError,
		"/public-groups.json": http.StatusInternalServerError,
		"/group/tea/":         http.StatusOK,
		"/":                   http.StatusOK,
	} {
		wantStatus(t, get(t, s, target), status)
	}
}

func TestCrossOriginStatus_HW21(t *testing.T) {
	groups := teaGroups()
	groups.conf = &group.Config{AllowOrigin: []string{"https://front.example"}}
	s := newTestServer(t, func(o *Options) { o.Groups = groups })
	for _, target := range []string{"/group/tea/.status", "/public-groups.json"} {
		w := get(t, s, target, "Origin", "https://FRONT.example")
		wantHeader(t, w, "Access-Control-Allow-Origin", "https://FRONT.example")
		wantHeader(t, w, "Vary", "Origin")
		w = get(t, s, target, "Origin", "https://evil.example")
		wantStatus(t, w, http.StatusOK)
		wantHeader(t, w, "Access-Control-Allow-Origin", "")
		w = get(t, s, target, "Origin", "http://example.com")
		wantHeader(t, w, "Access-Control-Allow-Origin", "http://example.com")
	}
	groups.conf = &group.Config{AllowOrigin: []string{"*"}}
	w := get(t, s, "/public-groups.json", "Origin", "https://anybody.example")
	wantHeader(t, w, "Access-Control-Allow-Origin", "https://anybody.example")
}
