package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// maxListed is how many groups, and how many problems, are listed at start.
const maxListed = 20

// firstGroup is the name of the group that whoever has none is told to make.
const firstGroup = "welcome"

// example is a definition that is enough to begin with.
const example = `    {
      "public": true,
      "users": {
        "ada": {"password": "a password of your choice", "permissions": "op"}
      },
      "wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}
    }
`

// greet prints which files are wrong, and what to open in a browser or, if
// there is no group, how to make one.
func (s *Server) greet() {
	if s.conf.Output == nil {
		return
	}
	problems := s.groups.Check()
	names, err := groupNames(s.conf.Groups)
	if errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("there is no groups directory", "directory", s.conf.Groups)
	} else if err != nil {
		s.log.Error("cannot read the groups directory", "error", err)
	}
	var usable []string
	for _, name := range names {
		if _, err := s.groups.Describe(name); err == nil {
			usable = append(usable, name)
		}
	}

	var b strings.Builder
	for _, p := range problems[:min(len(problems), maxListed)] {
		fmt.Fprintln(&b, p)
	}
	if n := len(problems) - maxListed; n > 0 {
		fmt.Fprintf(&b, "…and %d more problems with files.\n", n)
	}
	if path, ok := strings.CutPrefix(s.Addr().String(), "/"); ok {
		fmt.Fprintf(&b, "Listening on the socket /%s\n", path)
	}
	if len(usable) == 0 {
		fmt.Fprintf(&b, "There is no group yet.  To make one, write a file %s such as\n\n%s\n",
			filepath.Join(s.conf.Groups, firstGroup+".json"), example)
		fmt.Fprintf(&b, "Then open %s in a browser; there is no need to restart.\n",
			s.groupURL(firstGroup))
	} else {
		fmt.Fprintf(&b, "Open %s in a browser.\n", s.groupURL(s.favourite(usable)))
		fmt.Fprintf(&b, "Groups: %s\n", list(usable))
	}
	if s.certs != nil && s.certs.SelfSigned() {
		b.WriteString("The certificate is self-signed: the browser will warn, once.\n")
	}
	_, _ = fmt.Fprint(s.conf.Output, b.String())
}

// favourite returns the group to be opened first: a public one if there is one.
func (s *Server) favourite(names []string) string {
	if public, err := s.groups.Public(); err == nil {
		for _, status := range public {
			if slices.Contains(names, status.Name) {
				return status.Name
			}
		}
	}
	return names[0]
}

// groupURL returns the address of a group's page.
func (s *Server) groupURL(name string) string {
	u := url.URL{Scheme: "https", Host: s.publicHost(), Path: "/group/" + name + "/"}
	if s.conf.Insecure {
		u.Scheme = "http"
	}
	if conf, err := s.groups.Config(); err == nil {
		if conf.CanonicalHost != "" {
			u.Scheme, u.Host = "https", conf.CanonicalHost
		}
		if proxy, err := url.Parse(conf.ProxyURL); err == nil && proxy.Host != "" {
			u.Host = proxy.Host
			if proxy.Scheme != "" {
				u.Scheme = proxy.Scheme
			}
			u.Path = strings.TrimSuffix(proxy.Path, "/") + u.Path
		}
	}
	return u.String()
}

// publicHost returns host and port that a browser on this machine can use.
func (s *Server) publicHost() string {
	addr, ok := s.Addr().(*net.TCPAddr)
	if !ok {
		return "localhost"
	}
	host := "localhost"
	if _, ok := isHandedOver(s.conf.HTTP); ok {
		if !addr.IP.IsUnspecified() {
			host = addr.IP.String()
		}
	} else if h, _, err := net.SplitHostPort(s.conf.HTTP); err == nil && h != "" {
		if ip := net.ParseIP(h); ip == nil || !ip.IsUnspecified() {
			host = h
		}
	}
	return net.JoinHostPort(host, fmt.Sprint(addr.Port))
}

// list joins names, but not too many of them.
func list(names []string) string {
	if len(names) <= maxListed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more",
		strings.Join(names[:maxListed], ", "), len(names)-maxListed)
}

// groupNames returns the names that the files in a directory stand for (GRP-9),
// sorted.
func groupNames(dir string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if path == dir {
				return err
			}
			return nil // Check reports it
		}
		if path != dir && strings.HasPrefix(d.Name(), ".") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		stem, ok := strings.CutSuffix(path, ".json")
		if d.IsDir() || !ok {
			return nil
		}
		name, err := filepath.Rel(dir, stem)
		if err == nil {
			names = append(names, filepath.ToSlash(name))
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}
