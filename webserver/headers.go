package webserver

import (
	"net/http"
	"net/url"
	"strings"
)

// policy is a content security policy, without its first directive,
// connect-src, which depends on the group.
type policy string

const (
	// strictPolicy suffices for our own frontend, which has neither inline
	// styles nor code made from strings.
	strictPolicy policy = "default-src 'self'; script-src 'self'; style-src 'self'; " +
		"img-src 'self' blob:; media-src 'self' blob:; worker-src 'self'; " +
		"object-src 'none'; base-uri 'none'; form-action 'self'; " +
		"frame-ancestors 'self'; require-trusted-types-for 'script'"

	// permissivePolicy is for other frontends, which may rely on what the
	// specification allows them (http.md 4.4): WebAssembly, notably.
	permissivePolicy policy = "img-src 'self' blob:; media-src blob: 'self'; " +
		"script-src 'wasm-unsafe-eval' 'self'; default-src 'self'; " +
		"object-src 'none'; base-uri 'none'; frame-ancestors 'self'"

	// segmentationPolicy is for the worker that finds people in pictures, with a
	// library that administrators may add: workers have the policy that they come
	// with (ui-design.md 8.4).
	segmentationPolicy policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; " +
		"require-trusted-types-for 'script'"
)

// segmentation is the file with that worker.
const segmentation = "js/media/blur-worker.js"

// set sets the security headers (H-50).  Extra is one more origin that the
// page may connect to, or empty.
func (p policy) set(h http.Header, extra string) {
	if extra != "" {
		extra += " "
	}
	h.Set("Content-Security-Policy", "connect-src "+extra+"ws: wss: 'self'; "+string(p))
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Permissions-Policy", "geolocation=(), payment=(), usb=()")
}

// secure is a middleware that adds the security headers to every response.
func (s *Server) secure(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.policy.set(w.Header(), "")
		h.ServeHTTP(w, r)
	})
}

// originOf reduces a URL to its origin, in a form that is safe within a
// content security policy.  It returns an empty string if there is none.
func originOf(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return ""
	}
	for _, c := range u.Host {
		if c <= ' ' || c >= 0x7f || strings.ContainsRune(";,'\"*\\", c) {
			return ""
		}
	}
	return u.Scheme + "://" + u.Host
}
