package server

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"galene/internal/testclient"
)

// watched is a server with all listeners for those who watch.
func watched(t *testing.T) *running {
	conf := configuration(t, files{"tea.json": open})
	conf.Metrics = "127.0.0.1:0"
	conf.PProf = "localhost:0"
	return start(t, conf)
}

// SW-2 and HW-19: who is there shows in the metrics, which the web server
// does not give to everybody.
func TestMetrics(t *testing.T) {
	r := watched(t)
	c := client()
	defer c.CloseIdleConnections()
	url := "http://" + r.metrics.Addr().String()
	testclient.Join(t, r.url("wss")+"/ws", "tea", "ada", "")
	status, body := fetch(t, c, url+"/metrics")
	for _, line := range []string{
		"galene_sessions 1\n", "galene_clients 1\n", "galene_groups 1\n", "galene_ready 1\n",
		"galene_certificate_expiry_timestamp_seconds ", "go_goroutines ",
	} {
		if status != http.StatusOK || !strings.Contains(body, "\n"+line) {
			t.Errorf("%d, no %q in %s", status, line, body)
		}
	}
	for url, want := range map[string]int{
		url + "/readyz":                  http.StatusOK,
		url + "/healthz":                 http.StatusOK,
		url + "/debug/pprof/":            http.StatusNotFound,
		r.url("https") + "/readyz":       http.StatusOK,
		r.url("https") + "/metrics":      http.StatusNotFound,
		r.url("https") + "/debug/pprof/": http.StatusNotFound,
		"http://" + r.profiles.Addr().String() + "/debug/pprof/heap?debug=1": http.StatusOK,
	} {
		if status, _ := fetch(t, c, url); status != want {
			t.Errorf("%s: %d, want %d", url, status, want)
		}
	}
}

// HW-19 and SW-2: a server without a certificate, and one that is stopping, says
// why it is not ready.
func TestReadiness(t *testing.T) {
	r := watched(t)
	c := client()
	defer c.CloseIdleConnections()
	url := "http://" + r.metrics.Addr().String()
	cert := filepath.Join(r.conf.Data, "cert.pem")
	writeFile(t, cert, "not a certificate")
	status, body := fetch(t, c, url+"/readyz")
	if status != http.StatusServiceUnavailable || !strings.Contains(body, "key.pem") {
		t.Errorf("without a certificate: %d %s", status, body)
	}
	if status, _ := fetch(t, c, url+"/healthz"); status != http.StatusOK {
		t.Errorf("healthz: %d", status)
	}
	if _, body := fetch(t, c, url+"/metrics"); !strings.Contains(body, "\ngalene_ready 0\n") {
		t.Error("it is ready in the metrics")
	}
	r.stopping.Store(true)
	if status, body := fetch(t, c, url+"/readyz"); status != http.StatusServiceUnavailable ||
		!strings.Contains(body, "stopping") {
		t.Errorf("while stopping: %d %s", status, body)
	}
}

func TestProfilesNeedLoopback(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:6060":      "127.0.0.1:6060",
		"localhost:6060":      "127.0.0.1:6060",
		"[::1]:6060":          "[::1]:6060",
		"127.9.9.9:1":         "127.9.9.9:1",
		":6060":               "",
		"0.0.0.0:6060":        "",
		"[::]:6060":           "",
		"192.0.2.1:6060":      "",
		"example.org:6060":    "",
		"127.0.0.1":           "",
		"/run/galene/profile": "",
		"":                    "",
	} {
		got, err := loopback(address)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", address, got, err)
		}
	}
	conf := configuration(t, nil)
	conf.PProf = "0.0.0.0:0"
	if _, err := New(conf); err == nil {
		t.Error("a server shows profiles to everybody")
	}
}

// A listener that fails ends the server (SW-4).
func TestFailureOfMetricsEndsTheServer(t *testing.T) {
	r := watched(t)
	if err := r.metrics.Interrupt(); err != nil {
		t.Fatal(err)
	}
	if err := <-r.done; err == nil {
		t.Error("no error")
	}
	r.cancel()
	r.cancel = nil
}

// The test of the TURN servers at start shows in the metrics and for the administrator
// (SW-12).
func TestRelayResults_SW12(t *testing.T) {
	conf := configuration(t, nil)
	conf.Metrics = "127.0.0.1:0"
	conf.TURN = freeAddress(t)
	writeFile(t, filepath.Join(conf.Data, "config.json"), `{"users": {"root": {"password": "x", "permissions": "admin"}}}`)
	r := start(t, conf)
	c := client()
	defer c.CloseIdleConnections()
	url := "turn:" + conf.TURN + "?transport=tcp"
	await(t, "a result", func() bool {
		_, body := fetch(t, c, "http://"+r.metrics.Addr().String()+"/metrics")
		return strings.Contains(body, `galene_relay_up{url="`+url+`"} 1`)
	})
	request, err := http.NewRequestWithContext(t.Context(), "GET", r.url("https")+"/galene-api/v0/.relays", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("root", "x")
	response, err := c.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var relays []struct {
		URL string
		OK  bool
	}
	if err := json.NewDecoder(response.Body).Decode(&relays); err != nil {
		t.Fatal(err)
	}
	for _, relay := range relays {
		if relay.URL == url && relay.OK {
			return
		}
	}
	t.Errorf("got %+v", relays)
}
