package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// maxAnswer is the greatest size of an answer, in bytes.
const maxAnswer = 64 << 20

// client makes requests to the administrative interface (spec 3).
type client struct {
	http *http.Client
	base string // URL without a final slash
	// socket says that the server is reached by a socket, so that base is of no use
	// to anybody else.
	socket bool
	configuration
}

// connect returns a client for the server that the options name.
func (p *program) connect() (*client, error) {
	conf, err := p.effective()
	if err != nil {
		return nil, err
	}
	base, socket, err := parseServer(conf.Server)
	if err != nil {
		return nil, failed("Server "+conf.Server, err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if socket != "" {
		transport.Proxy = nil
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}
	}
	if transport.TLSClientConfig, err = trust(conf, p.options.insecure); err != nil {
		return nil, err
	}
	return &client{
		http:          &http.Client{Transport: transport, Timeout: p.options.timeout},
		base:          base,
		socket:        socket != "",
		configuration: conf,
	}, nil
}

// parseServer returns the URL of a server without a final slash, and the path of its
// socket if it is unix:PATH.
func parseServer(s string) (base, socket string, err error) {
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		if path == "" {
			return "", "", errors.New("a socket needs a path, as in unix:/run/galene.socket")
		}
		return "http://localhost", path, nil
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", "", err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", "", errors.New("not an http or https URL")
	}
	u.RawQuery, u.Fragment = "", ""
	return strings.TrimSuffix(u.String(), "/"), "", nil
}

// httpError is an answer other than success (C-15, C-17).
type httpError struct {
	status int
	detail string
	hint   string
}

func (e *httpError) Error() string {
	s := fmt.Sprintf("HTTP error: %d %s", e.status, http.StatusText(e.status))
	if e.detail != "" {
		s += ": " + e.detail
	}
	if e.hint != "" {
		s += " (" + e.hint + ")"
	}
	return s
}

// answer is a successful response.
type answer struct {
	header http.Header
	body   []byte
}

// errNoLocation means that only a socket of the server is known.
var errNoLocation = errors.New("the server has not told its address, and is reached by a socket")

// do makes a request to a path of the interface.  Headers are alternately names
// and values.
func (c *client) do(method, path string, body []byte, headers ...string) (answer, error) {
	r, err := http.NewRequest(method, c.base+"/galene-api/v0/"+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, failed("Build URL", err)
	}
	switch { // C-25
	case c.Token != "":
		r.Header.Set("Authorization", "Bearer "+c.Token)
	case c.Username != "":
		r.SetBasicAuth(c.Username, c.Password)
	}
	r.Header.Set("Accept", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := c.http.Do(r)
	if err != nil {
		var unknown x509.UnknownAuthorityError
		var name x509.HostnameError
		if errors.As(err, &unknown) || errors.As(err, &name) {
			err = fmt.Errorf("%w (for a self-signed certificate, see -fingerprint, -cacert and -insecure)", err)
		}
		return answer{}, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return answer{}, err
	}
	if response.StatusCode >= 300 {
		return answer{}, c.explain(response, data)
	}
	return answer{response.Header, data}, nil
}

// explain makes an error of an answer: with what a problem document (RFC 9457) or
// the first line of a text says.
func (c *client) explain(response *http.Response, data []byte) error {
	e := &httpError{status: response.StatusCode}
	kind := response.Header.Get("Content-Type")
	var problem struct{ Detail string }
	switch {
	case strings.HasPrefix(kind, "application/problem+json") && json.Unmarshal(data, &problem) == nil:
		e.detail = problem.Detail
	case strings.HasPrefix(kind, "text/plain"):
		e.detail, _, _ = strings.Cut(strings.TrimSpace(string(data)), "\n")
	}
	switch {
	case e.status == http.StatusPreconditionFailed:
		e.hint = "it exists already, or somebody else has changed it"
	case e.status == http.StatusUnauthorized && c.Token == "" && c.Username == "":
		e.hint = "no credentials are known: see -admin-username and -admin-token"
	}
	return e
}

// get reads an object, and returns its entity tag.
func (c *client) get(path string, v any) (tag string, err error) {
	a, err := c.do(http.MethodGet, path, nil)
	if err != nil {
		return "", err
	}
	d := json.NewDecoder(bytes.NewReader(a.body))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return "", failed("Decode answer", err)
	}
	return a.header.Get("ETag"), nil
}

// fetch reads an object outside of the interface, for which no credentials are needed.
func (c *client) fetch(url string, v any) error {
	response, err := c.http.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return &httpError{status: response.StatusCode}
	}
	return json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(v)
}

// create makes an object that must not exist (C-28).
func (c *client) create(path string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = c.do(http.MethodPut, path, body, "Content-Type", "application/json", "If-None-Match", "*")
	return err
}

// maxUpdates is how often an update is tried if somebody else is quicker.
const maxUpdates = 5

// update reads an object, changes it and writes it back, unless it has changed
// meanwhile (C-28).
func (c *client) update(path string, change func(object map[string]any) error) error {
	for try := 1; ; try++ {
		object := make(map[string]any)
		tag, err := c.get(path, &object)
		if err != nil {
			return err
		}
		if tag == "" {
			return errors.New("the server has sent no entity tag")
		}
		if err := change(object); err != nil {
			return err
		}
		body, err := json.Marshal(object)
		if err != nil {
			return err
		}
		_, err = c.do(http.MethodPut, path, body, "Content-Type", "application/json", "If-Match", tag)
		var failed *httpError
		if errors.As(err, &failed) && failed.status == http.StatusPreconditionFailed && try < maxUpdates {
			continue
		}
		return err
	}
}

// delete deletes an object.
func (c *client) delete(path string) error {
	_, err := c.do(http.MethodDelete, path, nil)
	return err
}

// groupPath returns the path of a group.
func groupPath(group string) (string, error) {
	escaped, err := escape(group)
	return ".groups/" + escaped, err
}

// escape encodes a name for a path, of which slashes remain.  It refuses names
// that cannot be addressed.
func escape(name string) (string, error) {
	components := strings.Split(name, "/")
	for i, component := range components {
		if component == "" || component[0] == '.' {
			return "", failed("Build URL", fmt.Errorf("%q cannot be addressed", name))
		}
		components[i] = url.PathEscape(component)
	}
	return strings.Join(components, "/"), nil
}
