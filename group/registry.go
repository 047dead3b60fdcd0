package group

import (
	"context"
	"log/slog"
	"time"
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
	// Without it, nothing can be recorded.
	StartRecording func(g *Group, requester Member) error
	// Limits are bounds on what members may store.
	Limits Limits
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
}

// Registry holds the groups of one server.  Its methods may be called
// concurrently.
type Registry struct{}

// NewRegistry makes a registry.  Nothing is read yet.
func NewRegistry(o Options) *Registry { return &Registry{} }

// Run scans the groups directory at once and then periodically: it reloads
// descriptions that changed, finds public groups and unloads idle groups.  It
// returns when ctx ends.
func (r *Registry) Run(ctx context.Context) { <-ctx.Done() }

// Check reads every file, and returns all defects found, those of the
// configuration first, then by file name and line.
func (r *Registry) Check() []Problem { return nil }

// Join makes c a member of the named group, after all the checks of spec 6.2.
// Before it returns, c has been delivered the events of 6.4.
//
// It blocks while a password is verified and, after some failures, to slow
// guessing down (JOIN-6, W-23); ctx ends that early.  The error is a *Redirect, an *Error to be reported
// as the failure of the join, or the context's.
func (r *Registry) Join(ctx context.Context, name string, c Client, cred Credentials, data Data) (*Membership, error) {
	return nil, &Error{Text: "not yet"}
}

// Status returns what anybody may see of a group; it does not load the group
// (W-25).  The error is ErrIllegalName, ErrNoGroup, ErrDescription or ErrConfig, wrapped.
func (r *Registry) Status(name string) (Status, error) { return Status{}, ErrNoGroup }

// Describe returns the current description of a group; it does not load the
// group.  The error is ErrIllegalName, ErrNoGroup or ErrDescription, wrapped.
func (r *Registry) Describe(name string) (*Description, error) { return nil, ErrNoGroup }

// Public returns the status of the public groups, sorted by name.  The error is ErrConfig, wrapped.
func (r *Registry) Public() ([]Status, error) { return nil, nil }

// Config returns the current content of config.json.  If the file is malformed
// it is the last good one (W-8); without one, the error is ErrConfig, wrapped.
func (r *Registry) Config() (*Config, error) { return &Config{}, nil }

// Shutdown locks every group and kicks every member with the given message,
// and refuses whoever wants to join afterwards (GRP-14).
func (r *Registry) Shutdown(message string) {}
