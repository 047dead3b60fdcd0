package webserver

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

var errNotRegular = errors.New("not a regular file")

// files is a tree of files to be served.
//
// Its files are either those of a directory, which may be edited at any time, or
// immutable, as embedded files are: these have no modification time, and so
// get entity tags that are made of their contents.
type files struct {
	fs    fs.FS
	built time.Time
	tags  map[string]string // entity tags of immutable files
}

// newFiles returns the tree root.  Built is the modification time of files
// that do not have one.
func newFiles(root fs.FS, built time.Time) (*files, error) {
	fi, err := fs.Stat(root, ".")
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	f := &files{fs: root, built: built, tags: make(map[string]string)}
	if !fi.ModTime().IsZero() {
		return f, nil
	}
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		f.tags[name] = `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	return f, nil
}

// tag returns the entity tag of a file (H-55).
func (f *files) tag(name string, fi fs.FileInfo) string {
	if tag, ok := f.tags[name]; ok && fi.ModTime().IsZero() {
		return tag
	}
	return fmt.Sprintf(`"%d-%d"`, fi.Size(), fi.ModTime().UnixNano())
}

// modified returns the modification time of a file.
func (f *files) modified(fi fs.FileInfo) time.Time {
	if fi.ModTime().IsZero() {
		return f.built
	}
	return fi.ModTime()
}

// serveStatic serves a file or a directory's index.html (spec http.md 5).
func (s *Server) serveStatic(w http.ResponseWriter, r *http.Request) {
	name := strings.Trim(r.URL.Path, "/")
	if name == "" {
		name = "."
	}
	// This refuses what would leave the root; fs.FS does the same for
	// symbolic links.
	if !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00") {
		s.notFound(w, r)
		return
	}
	fi, err := fs.Stat(s.static.fs, name)
	if err != nil {
		s.staticError(w, r, err)
		return
	}
	slash := strings.HasSuffix(r.URL.Path, "/")
	switch {
	case fi.IsDir() && !slash:
		redirectPath(w, r, name+"/")
		return
	case !fi.IsDir() && slash:
		s.notFound(w, r)
		return
	case fi.IsDir():
		name = path.Join(name, "index.html")
		if _, err := fs.Stat(s.static.fs, name); errors.Is(err, fs.ErrNotExist) {
			http.Error(w, "Forbidden", http.StatusForbidden)
			return
		}
	}
	s.serveFile(w, r, name)
}

// staticError answers a request for a file that cannot be had.  Why not is
// nobody's business: a link that leaves the root looks like no file at all.
func (s *Server) staticError(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, fs.ErrPermission) {
		s.log.Warn("cannot read static file", "path", r.URL.Path, "error", err)
	}
	s.notFound(w, r)
}

// serveFile serves a regular file of the static tree, with conditional
// requests and ranges (H-55 to H-59).
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, name string) {
	// Opening a named pipe, say, would wait for ever.
	fi, err := fs.Stat(s.static.fs, name)
	if err == nil && !fi.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		s.staticError(w, r, err)
		return
	}
	f, err := s.static.fs.Open(name)
	if err != nil {
		s.staticError(w, r, err)
		return
	}
	defer f.Close()
	fi, err = f.Stat()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	content, ok := f.(io.ReadSeeker)
	if !ok {
		s.fail(w, r, errNotRegular)
		return
	}
	h := w.Header()
	if t := contentType(name); t != "" {
		h.Set("Content-Type", t)
	}
	if name == segmentation && s.policy == strictPolicy {
		segmentationPolicy.set(h, "")
	}
	h.Set("Cache-Control", cacheControl(name))
	h.Set("ETag", s.static.tag(name, fi))
	http.ServeContent(w, r, path.Base(name), s.static.modified(fi), content)
}

// cacheControl says how long a file may be kept without asking.  Pages and
// modules of different versions must not mix, so these are asked for each
// time, which the entity tag makes cheap; vendored files hardly ever change.
func cacheControl(name string) string {
	if strings.HasPrefix(name, "third-party/") {
		return "max-age=86400"
	}
	switch path.Ext(name) {
	case ".html", ".css", ".js", ".mjs", ".json", ".map", ".svg":
		return "no-cache"
	}
	return "max-age=1800"
}

// contentType returns the media type of files that the frontend consists of,
// which must not depend on the tables of the host; it is empty for others.
func contentType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".wasm":
		return "application/wasm"
	case ".webmanifest":
		return "application/manifest+json"
	case ".txt", ".md":
		return "text/plain; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	}
	return ""
}
