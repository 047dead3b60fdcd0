// Package ice knows the ICE servers: those that clients are told to use, and
// those that this server's own connections use.
//
// They are read from ice-servers.json in the data directory (spec
// server-cli.md 4, protocol.md 17.2).  The file is looked at again while the
// server runs, so that neither a restart nor a signal is needed.
// Time-limited credentials (the scheme that coturn calls use-auth-secret) are
// computed afresh at each refresh.
//
// Whoever asks for a configuration that is out of date refreshes it, and
// whoever asks meanwhile waits for that.  Goroutines of the package are those
// of the built-in TURN server (RFC 8656), for people behind firewalls that let
// no UDP through, which belongs to a Config, and Config.Close ends it; and those
// of Config.RunRelayTests, while it runs.
package ice

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
)

// FileName is the name of the configuration file in the data directory.
const FileName = "ice-servers.json"

const (
	// maxAge is how old a configuration gets before it is computed again,
	// so that time-limited credentials are fresh (CONF-7).
	maxAge = 2 * time.Minute

	// statInterval bounds how often the file is looked at.
	statInterval = time.Second

	// maxFileSize bounds how much of the file is read.
	maxFileSize = 1 << 20
)

// Options says where a Config comes from.
type Options struct {
	// DataDir is the data directory, which holds FileName.
	DataDir string
	// RelayOnly restricts clients and ourselves to relayed candidates.
	RelayOnly bool
	// TURN is the built-in TURN server; it runs while the Config is not
	// closed, from when the configuration is first asked for.
	TURN TURNOptions
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Logger is where problems with the file go; nil is slog.Default().
	Logger *slog.Logger
}

// A Config gives the current ICE configuration.  Its methods may be called
// from any goroutine.
type Config struct {
	file      string
	relayOnly bool
	now       func() time.Time
	log       *slog.Logger

	mu       sync.Mutex
	entries  []entry  // the last good ones
	servers  []Server // those of the file
	turn     *turnServer
	own      []Server // the built-in one, if it runs
	relays   []RelayResult
	closed   bool
	present  bool
	stamp    stamp     // of the file, when it was last read
	checked  time.Time // when the file was last looked at
	computed time.Time // when servers was last computed
}

// stamp tells versions of the file apart.
type stamp struct {
	size  int64
	mtime time.Time
}

// New returns a Config.  The file is first read when the configuration is
// first asked for.
func New(o Options) *Config {
	c := &Config{
		file:      filepath.Join(o.DataDir, FileName),
		relayOnly: o.RelayOnly,
		now:       o.Now,
		log:       o.Logger,
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.log == nil {
		c.log = slog.Default()
	}
	c.turn = newTURNServer(o.TURN, c.now, c.log)
	return c
}

// Close stops the built-in TURN server.
func (c *Config) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.own = nil
	if c.turn != nil {
		c.turn.stop()
	}
}

// Client returns the configuration to be given to clients.  The caller must
// not modify it.
func (c *Config) Client() RTCConfiguration {
	external, own := c.current()
	conf := RTCConfiguration{ICEServers: append(external[:len(external):len(external)], own...)}
	if c.relayOnly {
		conf.ICETransportPolicy = "relay"
	}
	return conf
}

// Server returns the configuration for this server's own peer connections.
// The built-in TURN server is part of it only if everything must be relayed:
// else its relays would lead to where we are already.  The caller must not
// modify the slices in it.
func (c *Config) Server() webrtc.Configuration {
	var conf webrtc.Configuration
	servers, own := c.current()
	if c.relayOnly {
		servers = append(servers[:len(servers):len(servers)], own...)
	}
	for _, s := range servers {
		w := webrtc.ICEServer{URLs: s.URLs, Username: s.Username}
		if s.Credential != "" {
			w.Credential = s.Credential
			w.CredentialType = webrtc.ICECredentialTypePassword
		}
		conf.ICEServers = append(conf.ICEServers, w)
	}
	if c.relayOnly {
		conf.ICETransportPolicy = webrtc.ICETransportPolicyRelay
	}
	return conf
}

// Present reports whether the file exists, well-formed or not (S-40).
func (c *Config) Present() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refresh()
	return c.present
}

// Reload reads the file at once if it has changed, computes new credentials, and tries
// what has failed again.
func (c *Config) Reload() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checked, c.computed = time.Time{}, time.Time{}
	c.refresh()
}

// current returns the servers of the file, and the built-in one.
func (c *Config) current() (external, own []Server) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refresh()
	return c.servers, c.own
}

// refresh brings the configuration up to date.  Called locked.
func (c *Config) refresh() {
	now := c.now()
	changed := false
	if age := now.Sub(c.checked); c.checked.IsZero() || age < 0 || age >= statInterval {
		changed = c.reload()
		c.checked = now
	}
	age := now.Sub(c.computed)
	if !changed && !c.computed.IsZero() && age >= 0 && age < maxAge {
		return
	}
	servers := make([]Server, 0, len(c.entries))
	for _, e := range c.entries {
		servers = append(servers, e.server(now))
	}
	c.servers = servers
	c.computed = now
	c.refreshTURN()
}

// refreshTURN brings the built-in server up to date.  Called locked.
func (c *Config) refreshTURN() {
	c.own = nil
	if c.turn == nil || c.closed {
		return
	}
	c.turn.refresh(c.present)
	if server, ok := c.turn.server(); ok {
		c.own = []Server{server}
	}
}

// reload reads the file if it has changed, and reports whether the entries
// may be different.  An unreadable or malformed file leaves the last good
// entries in force; a vanished one is no servers at all.  Called locked.
func (c *Config) reload() bool {
	fi, err := os.Stat(c.file)
	if errors.Is(err, fs.ErrNotExist) {
		changed := c.present
		c.present = false
		c.entries = nil
		c.stamp = stamp{}
		return changed
	}
	if err != nil {
		c.problem(stamp{size: -1}, err)
		return false
	}
	now := stamp{size: fi.Size(), mtime: fi.ModTime()}
	if c.present && now == c.stamp {
		return false
	}
	data, err := readFile(c.file)
	var entries []entry
	var bad []badEntry
	if err == nil {
		entries, bad, err = parse(data)
	}
	if err != nil {
		c.problem(now, err)
		return false
	}
	for _, b := range bad {
		c.log.Warn("ICE server ignored", "file", c.file, "error", fmt.Errorf("entry %d: %w", b.number, b.err))
	}
	c.present = true
	c.stamp = now
	c.entries = entries
	return true
}

// problem logs that the file cannot be used, once for each of its versions.
func (c *Config) problem(now stamp, err error) {
	if !c.present || c.stamp != now {
		c.log.Error("cannot read ICE servers, keeping the previous ones",
			"file", c.file, "error", err)
	}
	c.present = true
	c.stamp = now
}
