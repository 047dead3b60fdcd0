package group

import (
	"context"
	"errors"
	"runtime"
	"time"
)

// errBusy means that no processor was free for a password in time.
var errBusy = errors.New("too many passwords are being verified")

// hashTimeout is how long a password waits for its turn (W-23).
const hashTimeout = 5 * time.Second

// hasher verifies and makes passwords, at most as many at a time as there are
// processors (PW-2).
type hasher struct {
	slots chan struct{}
}

func newHasher() *hasher {
	return &hasher{slots: make(chan struct{}, runtime.NumCPU())}
}

// match says whether p accepts s.  The error is errBusy, the context's, or wraps
// ErrPassword.
func (h *hasher) match(ctx context.Context, p Password, s string) (bool, error) {
	if !p.expensive() {
		return p.match(s)
	}
	var ok bool
	err := h.run(ctx, func() (err error) {
		ok, err = p.match(s)
		return err
	})
	return ok, err
}

// run calls f when a processor is free.  The error is that of f, errBusy, or the
// context's.
func (h *hasher) run(ctx context.Context, f func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, hashTimeout, errBusy)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-h.slots }()
	return f()
}
