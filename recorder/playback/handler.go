package playback

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"galene/group"
	"galene/recorder/archive"
)

// Prefix is where the Handler belongs in the tree of URLs.
const Prefix = "/recordings/"

// Groups tells what users may do; a *group.Registry.
type Groups interface {
	// CheckPassword returns the permissions of a user in a group.
	CheckPassword(ctx context.Context, name, username, password, address string) (group.Permissions, error)
}

// Options configures a Handler.
type Options struct {
	Archive *archive.Archive
	Groups  Groups
	// Logger is where faults go; nil is slog.Default().
	Logger *slog.Logger
	// Now is the wall clock; nil is time.Now.
	Now func() time.Time
}

// Handler serves recordings.
type Handler struct {
	archive *archive.Archive
	groups  Groups
	log     *slog.Logger
	now     func() time.Time
	origin  *http.CrossOriginProtection
}

// New returns a Handler.
func New(o Options) *Handler {
	h := &Handler{
		archive: o.Archive, groups: o.Groups, log: o.Logger, now: o.Now,
		origin: http.NewCrossOriginProtection(),
	}
	if h.log == nil {
		h.log = slog.Default()
	}
	if h.now == nil {
		h.now = time.Now
	}
	return h
}

// policy is the content security policy of everything that is served.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cache-Control", "no-cache")

	target, ok := parse(r.URL.Path)
	if !ok {
		http.Error(w, "Bad group name", http.StatusBadRequest)
		return
	}
	if target.redirect {
		u := url.URL{Path: r.URL.Path + "/"}
		header.Set("Location", u.EscapedPath())
		w.WriteHeader(http.StatusPermanentRedirect)
		return
	}
	if !h.authorised(w, r, target.group) {
		return
	}
	switch {
	case r.Method == http.MethodOptions:
		header.Set("Allow", target.allow())
		w.WriteHeader(http.StatusNoContent)
	case target.file == "" && r.Method == http.MethodPost:
		h.act(w, r, target.group)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		header.Set("Allow", target.allow())
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	case target.file == "":
		h.list(w, r, target.group)
	default:
		h.serveFile(w, r, target.group, target.file)
	}
}

// target is what a URL asks for.
type target struct {
	group    string
	file     string // empty for the list
	redirect bool   // a slash is missing
}

// allow returns the methods that can be used.
func (t target) allow() string {
	if t.file == "" {
		return "OPTIONS, HEAD, GET, POST"
	}
	return "OPTIONS, HEAD, GET"
}

// parse splits the path of a URL, without a look at what exists.  A last
// component without a period is the name of a group whose slash is missing.
func parse(p string) (t target, ok bool) {
	rest, ok := strings.CutPrefix(p, Prefix)
	if !ok || rest == "" {
		return t, false
	}
	if name, dir := strings.CutSuffix(rest, "/"); dir {
		return target{group: name}, group.ValidName(name)
	}
	dir, file := path.Split(rest)
	if archive.CheckName(file) != nil {
		return t, false
	}
	if dir == "" || !strings.Contains(file, ".") {
		return target{redirect: true}, group.ValidName(rest)
	}
	t = target{group: strings.TrimSuffix(dir, "/"), file: file}
	return t, group.ValidName(t.group)
}

// authorised says whether the request comes from somebody who may record in the
// group (H-90), and answers it if not: always in the same way.
func (h *Handler) authorised(w http.ResponseWriter, r *http.Request, name string) bool {
	username, password, given := r.BasicAuth()
	if given {
		permissions, err := h.groups.CheckPassword(r.Context(), name, username, password, r.RemoteAddr)
		if err == nil && permissions.Has(group.PermRecord) {
			return true
		}
		var refused *group.Error
		if errors.As(err, &refused) && refused.ID == "busy" {
			w.Header().Set("Retry-After", "10")
			http.Error(w, "Too many requests", http.StatusTooManyRequests)
			return false
		}
		if r.Context().Err() != nil {
			panic(http.ErrAbortHandler) // the client has gone: there is no answer
		}
		h.log.Info("access to recordings refused", "group", name, "address", r.RemoteAddr)
	}
	w.Header().Set("WWW-Authenticate", `basic realm=`+quote("recordings/"+name)+`, charset="UTF-8"`)
	http.Error(w, "Haha!", http.StatusUnauthorized)
	return false
}

// quote makes a quoted string for a header; what is not ASCII is escaped as in
// URLs.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c >= 0x7f:
			b.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c)|0x100, 16)[1:]))
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// open opens the directory of a group, or answers the request.
func (h *Handler) open(w http.ResponseWriter, r *http.Request, name string) (*archive.Dir, bool) {
	dir, err := h.archive.Open(name)
	if err != nil {
		h.fail(w, r, err)
		return nil, false
	}
	return dir, true
}

// fail answers a request that cannot be served.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, archive.ErrName) {
		h.notFound(w, r)
		return
	}
	h.log.Error("cannot serve recordings", "method", r.Method, "path", r.URL.Path, "error", err)
	http.Error(w, "Internal server error", http.StatusInternalServerError)
}

// recentTime is the age up to which a file counts as still being written (H-94).
const recentTime = time.Minute

// serveFile serves a file, with ranges and conditional requests; a file that is
// being written is served as far as it is there (H-95).
func (h *Handler) serveFile(w http.ResponseWriter, r *http.Request, name, file string) {
	dir, ok := h.open(w, r, name)
	if !ok {
		return
	}
	defer dir.Close()
	f, err := dir.OpenFile(file)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		h.fail(w, r, err)
		return
	}
	header := w.Header()
	header.Set("Content-Type", archive.ContentType(file))
	header.Set("ETag", `"`+strconv.FormatInt(fi.Size(), 10)+"-"+strconv.FormatInt(fi.ModTime().UnixNano(), 10)+`"`)
	if h.now().Sub(fi.ModTime()) >= recentTime {
		header.Set("Cache-Control", "private, max-age=1800")
	}
	http.ServeContent(w, r, "", fi.ModTime(), f)
}

// maxForm bounds the body of a form, in bytes.
const maxForm = 64 << 10

// act does what a form asks for (H-93).
func (h *Handler) act(w http.ResponseWriter, r *http.Request, name string) {
	if err := h.origin.Check(r); err != nil {
		http.Error(w, "Forbidden: this form belongs to another site", http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "Bad form", http.StatusBadRequest)
		return
	}
	if r.Form.Get("q") != "delete" {
		http.Error(w, "Unknown query", http.StatusBadRequest)
		return
	}
	file := r.Form.Get("filename")
	if file == "" {
		http.Error(w, "No filename provided", http.StatusBadRequest)
		return
	}
	if archive.CheckName(file) != nil {
		http.Error(w, "Bad character in filename", http.StatusBadRequest)
		return
	}
	dir, ok := h.open(w, r, name)
	if !ok {
		return
	}
	defer dir.Close()
	if h.beingWritten(dir, file) {
		http.Error(w, "This is still being recorded: end the recording first.", http.StatusConflict)
		return
	}
	if err := dir.Remove(file); err != nil {
		h.fail(w, r, err)
		return
	}
	username, _, _ := r.BasicAuth()
	h.log.Info("recording deleted", "group", name, "file", file, "username", username)
	if err := dir.Prune(); err != nil {
		h.log.Warn("cannot remove indices without recordings", "group", name, "error", err)
	}
	u := url.URL{Path: Prefix + name + "/"}
	w.Header().Set("Location", u.EscapedPath())
	w.WriteHeader(http.StatusSeeOther)
}

// beingWritten says whether a file is not complete, and has been written to
// lately.
func (h *Handler) beingWritten(dir *archive.Dir, file string) bool {
	list, err := dir.List()
	if err != nil {
		return false
	}
	for _, e := range list {
		if e.Name == file {
			return e.Partial() && h.now().Sub(e.Modified) < recentTime
		}
	}
	return false
}
