package webserver

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"

	"galene/group"
	"galene/signalling"
)

// serveStatus serves what anybody may see of a group (spec http.md 7).
func (s *Server) serveStatus(w http.ResponseWriter, r *http.Request, name string) {
	conf, err := s.groups.Config()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if s.readOnly(w, r, conf) {
		return
	}
	status, err := s.groups.Status(name)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if status, err = locate(r, conf, status); err != nil {
		s.fail(w, r, err)
		return
	}
	s.serveJSON(w, r, status)
}

// servePublicGroups serves the list of public groups (spec http.md 8).
func (s *Server) servePublicGroups(w http.ResponseWriter, r *http.Request) {
	conf, err := s.groups.Config()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if s.readOnly(w, r, conf) {
		return
	}
	public, err := s.groups.Public()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	list := make([]group.Status, 0, len(public))
	for _, status := range public {
		if status, err = locate(r, conf, status); err != nil {
			s.fail(w, r, err)
			return
		}
		list = append(list, status)
	}
	s.serveJSON(w, r, list)
}

// locate fills in where the group is, unless it redirects elsewhere.
func locate(r *http.Request, conf *group.Config, status group.Status) (group.Status, error) {
	if status.Redirect != "" {
		return status, nil
	}
	base, err := baseURL(r, conf.ProxyURL)
	if err != nil {
		return group.Status{}, err
	}
	status.Location = groupURL(base, status.Name)
	status.Endpoint = endpointURL(base)
	return status, nil
}

// serveJSON serves v, followed by a newline.
func (s *Server) serveJSON(w http.ResponseWriter, r *http.Request, v any) {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(v); err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-cache")
	if r.Method != http.MethodHead {
		_, _ = w.Write(body.Bytes())
	}
}

// readOnly says who may read one of the two documents about groups: pages of
// the origins that may open a WebSocket, so that a frontend may live elsewhere;
// here "*" stands for all origins.  It reports whether it has answered the
// request, because of its method.
func (s *Server) readOnly(w http.ResponseWriter, r *http.Request, conf *group.Config) bool {
	w.Header().Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); origin != "" {
		origins := signalling.Origins{
			Allow:         conf.AllowOrigin,
			ProxyURL:      conf.ProxyURL,
			CanonicalHost: conf.CanonicalHost,
		}
		if slices.Contains(conf.AllowOrigin, "*") || origins.Accept(r) {
			w.Header().Set("Access-Control-Allow-Origin", origin)
		}
	}
	if r.Method == http.MethodOptions {
		w.Header().Set("Access-Control-Allow-Methods", "GET, HEAD")
	}
	done := true
	methods(http.MethodGet, http.MethodHead)(http.HandlerFunc(
		func(http.ResponseWriter, *http.Request) { done = false },
	)).ServeHTTP(w, r)
	return done
}
