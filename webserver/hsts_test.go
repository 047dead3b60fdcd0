package webserver

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// HTTPS is asked for where it is there already, also by a trusted proxy (HW-13).
func TestStrictTransport_HW13(t *testing.T) {
	proxies, err := ParseProxies([]string{"192.0.2.1"}, "") // where httptest is
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		secure     bool
		proto      string
		age        time.Duration
		want, path string
	}{
		{true, "", 8760 * time.Hour, "max-age=31536000", "/"},
		{true, "", 90*time.Second + time.Millisecond, "max-age=90", "/nowhere"},
		{true, "http", time.Hour, "", "/"},
		{false, "https", time.Hour, "max-age=3600", "/group/tea/"},
		{false, "", time.Hour, "", "/"},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://x"+c.path, nil)
		if c.secure {
			r.TLS = &tls.ConnectionState{}
		}
		if c.proto != "" {
			r.Header.Set("X-Forwarded-Proto", c.proto)
		}
		w := httptest.NewRecorder()
		proxies.Wrap(StrictTransport(newTestServer(t, nil), c.age)).ServeHTTP(w, r)
		wantHeader(t, w, "Strict-Transport-Security", c.want)
	}
}
