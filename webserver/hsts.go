package webserver

import (
	"net/http"
	"strconv"
	"time"
)

// StrictTransport returns a handler that hands requests on to h, and has browsers that
// came by HTTPS come by nothing else for some time, counted in whole seconds (HSTS, RFC
// 6797; http.md, weak spot 13).
func StrictTransport(h http.Handler, age time.Duration) http.Handler {
	value := "max-age=" + strconv.FormatInt(int64(age/time.Second), 10)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requestScheme(r) == "https" {
			w.Header().Set("Strict-Transport-Security", value)
		}
		h.ServeHTTP(w, r)
	})
}
