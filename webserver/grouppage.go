package webserver

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// groupPath is a decoded URL path below /group/, split at the first component
// that starts with a dot (H-70).
type groupPath struct {
	path string // with the prefix
	kind string // with the dot, or empty
	rest string // after kind, with its slash
}

func splitGroupPath(p string) groupPath {
	i := strings.Index(p, "/.")
	if i < 0 {
		return groupPath{path: p}
	}
	kind, rest := p[i+1:], ""
	if j := strings.IndexByte(kind, '/'); j >= 0 {
		kind, rest = kind[:j], kind[j:]
	}
	return groupPath{path: p[:i], kind: kind, rest: rest}
}

// name returns the name of the group, or an empty string if there is none
// (spec http.md 6.2).
func (p groupPath) name() string {
	rest, ok := strings.CutPrefix(p.path, "/group/")
	if !ok || strings.ContainsAny(rest, "\\\x00") {
		return ""
	}
	name := strings.TrimPrefix(path.Clean("/"+rest), "/")
	if strings.HasPrefix(name, ".") {
		return ""
	}
	return name
}

// serveGroup serves everything below /group/.
func (s *Server) serveGroup(w http.ResponseWriter, r *http.Request) {
	p := splitGroupPath(r.URL.Path)
	name := p.name()
	switch {
	case name == "":
		s.notFound(w, r)
		return
	case s.streams != nil && s.streams(w, r, name, p.kind, p.rest):
		return
	case p.rest != "":
		s.notFound(w, r)
		return
	}
	switch p.kind {
	case "":
		methods(http.MethodGet, http.MethodHead)(http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) {
				s.serveGroupPage(w, r, name)
			},
		)).ServeHTTP(w, r)
	case ".status":
		s.serveStatus(w, r, name)
	case ".status.json":
		redirectPath(w, r, p.path+"/.status")
	default:
		s.notFound(w, r)
	}
}

// serveGroupPage serves the page of a group, which is the same for all (spec
// http.md 6.3).
func (s *Server) serveGroupPage(w http.ResponseWriter, r *http.Request, name string) {
	desc, err := s.groups.Describe(name)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if page := "/group/" + name + "/"; r.URL.Path != page {
		redirectPath(w, r, page)
		return
	}
	if desc.Redirect != "" {
		s.redirectGroup(w, r, desc.Redirect)
		return
	}
	s.policy.set(w.Header(), originOf(desc.AuthServer))
	s.serveFile(w, r, "galene.html")
}

// redirectGroup leads to where the group is instead.  The query string may
// hold an invitation, so it goes along, unless the target has one.
func (s *Server) redirectGroup(w http.ResponseWriter, r *http.Request, target string) {
	u, err := url.Parse(target)
	if err != nil || !redirectable(u) {
		s.log.Error("group redirects to what is neither an http or https URL nor a path",
			"path", r.URL.Path, "redirect", target)
		http.Error(w, "Internal server error", http.StatusInternalServerError)
		return
	}
	if u.RawQuery == "" {
		u.RawQuery = r.URL.RawQuery
	}
	redirect(w, u.String(), http.StatusTemporaryRedirect)
}

// redirectable reports whether u is an http or https URL, or an absolute path.
func redirectable(u *url.URL) bool {
	switch u.Scheme {
	case "http", "https":
		return u.Host != ""
	case "":
		return u.Host == "" && strings.HasPrefix(u.Path, "/") && !strings.HasPrefix(u.Path, "//")
	}
	return false
}
