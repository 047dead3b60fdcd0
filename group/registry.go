package group

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"galene/group/token"
	"galene/internal/problem"
)

// Options are the settings of a Registry.  Only Directory and DataDirectory are
// required.
type Options struct {
	// Directory holds the group descriptions.
	Directory string
	// DataDirectory holds config.json and var/tokens.jsonl.
	DataDirectory string
	// Logger defaults to slog.Default.
	Logger *slog.Logger
	// Now is the wall clock; it defaults to time.Now.
	Now func() time.Time
	// Rand fills a slice with random bytes for identifiers; it defaults to
	// crypto/rand.
	Rand func([]byte)
	// ScanInterval is how often Run looks at the files; it defaults to one
	// minute.
	ScanInterval time.Duration
	// StartRecording starts a recorder that joins g with Group.JoinSystem.
	// Whoever asked for it is told an error that is an Error, and of others
	// only that there was one.  Without it, nothing can be recorded.
	StartRecording func(g *Group, requester Member) error
	// WithdrawRights takes all permissions from members whose entry in the
	// description goes away while they are present (W-30).  Otherwise they
	// keep them until they leave, as PERM-2 says.
	WithdrawRights bool
	// Limits are bounds on what members may store.
	Limits Limits
	// PasswordCost is the cost of the bcrypt hashes that are made; it
	// defaults to 10.
	PasswordCost int
}

// Limits are bounds on what members may store and send, in bytes where nothing
// else is said (W-22).  A zero is replaced by the default.
type Limits struct {
	BroadcastChat int // value of a message to everybody; default 64 KiB
	PrivateChat   int // value of a message to one member; default 256 KiB
	UserData      int // default 16 KiB
	GroupData     int // default 64 KiB
	History       int // chat history of a group; default 1 MiB
	UpStreams     int // streams of one member; default 16
	Tokens        int // stateful tokens of one group; default 1000
}

// withDefaults replaces zeros.
func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = func(b []byte) { rand.Read(b) } // never fails
	}
	if o.ScanInterval <= 0 {
		o.ScanInterval = time.Minute
	}
	if o.PasswordCost <= 0 {
		o.PasswordCost = defaultCost
	}
	for _, limit := range []struct {
		value    *int
		fallback int
	}{
		{&o.Limits.BroadcastChat, 64 << 10},
		{&o.Limits.PrivateChat, 256 << 10},
		{&o.Limits.UserData, 16 << 10},
		{&o.Limits.GroupData, 64 << 10},
		{&o.Limits.History, 1 << 20},
		{&o.Limits.UpStreams, 16},
		{&o.Limits.Tokens, 1000},
	} {
		if *limit.value <= 0 {
			*limit.value = limit.fallback
		}
	}
	return o
}

// Registry holds the groups of one server.  Its methods may be called
// concurrently.
type Registry struct {
	options  Options
	log      *slog.Logger
	library  *library
	config   *watchedFile[Config]
	tokens   *token.Store
	hasher   *hasher
	throttle *throttle
	verified *verified

	// lastConfig is the newest configuration that anybody has looked at, for
	// those who cannot look because they hold a lock.
	lastConfig atomic.Pointer[Config]

	mu     sync.Mutex
	groups map[string]*Group
	closed string // the message of Shutdown
}

// NewRegistry makes a registry.  Nothing is read yet.
func NewRegistry(o Options) *Registry {
	o = o.withDefaults()
	r := &Registry{
		options: o,
		log:     o.Logger,
		library: newLibrary(o.Directory, o.Now, o.Logger),
		tokens: token.NewStore(token.Options{
			Path:   filepath.Join(o.DataDirectory, "var", "tokens.jsonl"),
			Logger: o.Logger, Now: o.Now, MaxPerGroup: o.Limits.Tokens,
		}),
		hasher:   newHasher(),
		throttle: newThrottle(o.Now),
		verified: newVerified(o.Now),
		groups:   make(map[string]*Group),
	}
	r.config = &watchedFile[Config]{
		path: filepath.Join(o.DataDirectory, "config.json"), parse: parseConfig, now: o.Now,
		failed: func(p problem.Problem, kept bool) {
			r.log.Error("unusable configuration", "file", p.File, "line", p.Line,
				"column", p.Column, "reason", p.Text, "previous version kept", kept)
		},
		loaded: func(c *Config) {
			for _, p := range c.warnings {
				r.log.Warn("configuration", "file", p.File, "line", p.Line,
					"column", p.Column, "reason", p.Text)
			}
		},
	}
	r.lastConfig.Store(&Config{})
	return r
}

// Config returns the current content of config.json.  If the file is malformed
// it is the last good one (W-8); without one, the error is ErrConfig, wrapped.
func (r *Registry) Config() (*Config, error) {
	c, err := r.config.load()
	if missing(err) {
		c, err = &Config{}, nil
	}
	if err != nil {
		r.lastConfig.Store(&Config{})
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	r.lastConfig.Store(c)
	return c, nil
}

// Tokens returns the store of stateful tokens.
func (r *Registry) Tokens() *token.Store { return r.tokens }

// Check reads every file, and returns all defects found: those of the
// configuration, those of the tokens, then by file name and line.
func (r *Registry) Check() []problem.Problem {
	r.Config()
	problems := r.config.problems(func(c *Config) []problem.Problem { return c.warnings })
	return slices.Concat(problems, r.checkTokens(), r.library.check())
}

// checkTokens returns what is wrong with the token file.
func (r *Registry) checkTokens() []problem.Problem {
	path := filepath.Join(r.options.DataDirectory, "var", "tokens.jsonl")
	found, err := r.tokens.Problems()
	if err != nil {
		return []problem.Problem{{File: path, Text: err.Error()}}
	}
	var problems []problem.Problem
	for _, p := range found {
		problems = append(problems, problem.Problem{File: path, Line: p.Line, Column: 1, Text: p.Reason})
	}
	return problems
}

// Describe returns the current description of a group; it does not load the
// group.  The error is ErrIllegalName, ErrNoGroup or ErrDescription, wrapped.
func (r *Registry) Describe(name string) (*Description, error) {
	desc, g, err := r.reference(name)
	if g != nil {
		r.release(g)
	}
	return desc, err
}

// Status returns what anybody may see of a group; it does not load the group
// (W-25).  The error is ErrIllegalName, ErrNoGroup, ErrDescription or ErrConfig,
// wrapped.
func (r *Registry) Status(name string) (Status, error) {
	if _, err := r.Config(); err != nil {
		return Status{}, err
	}
	desc, g, err := r.reference(name)
	if err != nil {
		return Status{}, err
	}
	if g == nil {
		return desc.status(name, groupState{locked: desc.Autolock}, false), nil
	}
	defer r.release(g)
	return g.publicStatus(), nil
}

// Public returns the status of the public groups, sorted by name.  The error is
// ErrConfig, wrapped.
func (r *Registry) Public() ([]Status, error) {
	if _, err := r.Config(); err != nil {
		return nil, err
	}
	statuses := []Status{}
	for _, name := range r.library.publicNames() {
		status, err := r.Status(name)
		if err == nil {
			statuses = append(statuses, status)
		}
	}
	return statuses, nil
}

// reference finds the description of a group.  If the group is loaded, it makes
// it follow that description, applies autolock and autokick (14.7), and returns
// it pinned; the caller releases it.
func (r *Registry) reference(name string) (*Description, *Group, error) {
	r.mu.Lock()
	g := r.groups[name]
	if g != nil {
		g.pins++
	}
	r.mu.Unlock()
	if g == nil {
		desc, err := r.library.find(name)
		return desc, nil, err
	}
	desc, err := g.refresh()
	if err != nil {
		r.release(g)
		// Without a description, only its members keep it (GRP-8).
		r.mu.Lock()
		r.unload(g, func() bool { return true })
		r.mu.Unlock()
		return nil, nil, err
	}
	return desc, g, nil
}

// open loads a group, and returns it pinned.
func (r *Registry) open(name string) (*Description, *Group, error) {
	desc, g, err := r.reference(name)
	if err != nil || g != nil {
		return desc, g, err
	}
	r.mu.Lock()
	if r.closed != "" {
		r.mu.Unlock()
		return nil, nil, lockedError(r.closed)
	}
	g = r.groups[name]
	if g == nil {
		g = newGroup(r, name, desc)
		r.groups[name] = g
	}
	g.pins++
	r.mu.Unlock()
	// Somebody else may have loaded it, with another description.
	desc, err = g.refresh()
	if err != nil {
		r.release(g)
		return nil, nil, err
	}
	return desc, g, nil
}

// release undoes the pinning of a group.
func (r *Registry) release(g *Group) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g.pins--
	r.unload(g, g.disposable)
}

// tidy unloads a group that somebody left, if nothing worth keeping remains.
func (r *Registry) tidy(g *Group) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unload(g, g.disposable)
}

// unload unloads a group that is not pinned, provided that it is idle.  It is
// called with the registry locked; idle, with the group locked as well.
func (r *Registry) unload(g *Group, idle func() bool) {
	if g.pins > 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.unloaded || len(g.members) > 0 || !idle() {
		return
	}
	g.unloaded = true
	delete(r.groups, g.name)
}

// loaded returns the loaded groups.
func (r *Registry) loaded() []*Group {
	r.mu.Lock()
	defer r.mu.Unlock()
	groups := make([]*Group, 0, len(r.groups))
	for _, g := range r.groups {
		groups = append(groups, g)
	}
	return groups
}

// tokenInterval is how often expired tokens are removed (STK-8).
const tokenInterval = 15 * time.Minute

// Run scans the groups directory at once and then periodically: it reloads
// descriptions that changed, finds public groups, unloads idle groups, and removes
// tokens that expired long ago.  It returns when ctx ends.
func (r *Registry) Run(ctx context.Context) {
	scan := time.NewTicker(r.options.ScanInterval)
	defer scan.Stop()
	expire := time.NewTicker(tokenInterval)
	defer expire.Stop()
	r.scan()
	r.expireTokens()
	for {
		select {
		case <-scan.C:
			r.scan()
		case <-expire.C:
			r.expireTokens()
		case <-ctx.Done():
			return
		}
	}
}

// Scan does at once what Run does periodically about files.
func (r *Registry) Scan() { r.scan() }

func (r *Registry) expireTokens() {
	if err := r.tokens.Expire(); err != nil {
		r.log.Error("cannot remove expired tokens", "error", err)
	}
}

// scan does the periodic work (GRP-7 to GRP-10).
func (r *Registry) scan() {
	r.Config()
	r.library.scan()
	for _, g := range r.loaded() {
		if _, pinned, err := r.reference(g.name); err == nil && pinned != nil {
			r.release(pinned)
		}
		g.stopLonelySystem()
		r.mu.Lock()
		r.unload(g, func() bool { return g.disposable() || g.expired() })
		r.mu.Unlock()
	}
}

// Shutdown locks every group and kicks every member with the given message,
// and refuses whoever wants to join afterwards (GRP-14).
func (r *Registry) Shutdown(message string) {
	r.mu.Lock()
	r.closed = message
	r.mu.Unlock()
	for _, g := range r.loaded() {
		g.shutdown(message)
		r.tidy(g)
	}
}
