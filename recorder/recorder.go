package recorder

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"galene/group"
	"galene/recorder/archive"
	"galene/recorder/matroska"
	"galene/shard"
)

var (
	// ErrClosed means that the recorder has been closed.
	ErrClosed = errors.New("the recorder is closed")
	// ErrSpace means that the disk is too full to begin a recording.
	ErrSpace = errors.New("not enough free space for recordings")
	// ErrQuota means that the group's recordings are too large to begin
	// another one.
	ErrQuota = errors.New("the group has too many recordings")
	// ErrEncrypted means that what is sent in the group cannot be read here
	// .  Its text is what whoever asked for the recording is told.
	ErrEncrypted = &group.Error{Text: "this meeting is encrypted end to end and cannot be recorded"}
)

// retryInterval is the time after an error until a new file is tried.
const retryInterval = 10 * time.Second

// Limits bound what recordings take.  A zero is replaced by the default
// where there is one.
type Limits struct {
	// FreeSpace is what has to be free on the disk for a recording to begin,
	// in bytes; default 1 GiB, negative is no limit.
	FreeSpace int64
	// LowSpace is the free space below which operators are warned, in bytes;
	// default 5 GiB, negative is never.
	LowSpace int64
	// GroupQuota bounds the size of the recordings of one group, in bytes;
	// default none.
	GroupQuota int64
	// FileDuration is after how long a new file begins; default 4 hours.
	FileDuration time.Duration
	// Alone is how long a recording goes on when everybody has left;
	// default 60 s.
	Alone time.Duration
}

func (l Limits) withDefaults() Limits {
	if l.FreeSpace == 0 {
		l.FreeSpace = 1 << 30
	}
	if l.LowSpace == 0 {
		l.LowSpace = 5 << 30
	}
	if l.FileDuration <= 0 {
		l.FileDuration = 4 * time.Hour
	}
	if l.Alone <= 0 {
		l.Alone = time.Minute
	}
	return l
}

// Options configures a Recorder.
type Options struct {
	// Archive is where recordings go.
	Archive *archive.Archive
	// Limits bound what they take.
	Limits Limits
	// RotateOnResize begins a new file when the size of the picture changes,
	// for players that cannot cope with that.
	RotateOnResize bool
	// Logger defaults to slog.Default.
	Logger *slog.Logger
}

// Recorder records groups.  Its methods may be called concurrently.
type Recorder struct {
	archive *archive.Archive
	limits  Limits
	rotate  bool
	log     *slog.Logger
	clock   clock
	// wrap changes the files that are written, in tests.
	wrap func(matroska.File) matroska.File
	// retry is the time after an error until a new file is tried.
	retry time.Duration

	ctx      context.Context // ends with Close
	cancel   context.CancelFunc
	sessions sync.WaitGroup

	mu     sync.Mutex
	closed bool
	shard  *shard.Shard // made when it is first needed
}

// New returns a Recorder.
func New(o Options) *Recorder {
	r := &Recorder{
		archive: o.Archive,
		limits:  o.Limits.withDefaults(),
		rotate:  o.RotateOnResize,
		log:     o.Logger,
		clock:   newClock(time.Now),
		retry:   retryInterval,
	}
	if r.log == nil {
		r.log = slog.Default()
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// Recover completes what a crash has left in the archive before the Recorder was
// made.  There must not be another server that records into the same directory.
func (r *Recorder) Recover() {
	err := r.archive.Recover(r.clock.start, func(name string, err error) {
		if err != nil {
			r.log.Warn("cannot complete an interrupted recording", "file", name, "error", err)
			return
		}
		r.log.Info("completed an interrupted recording", "file", name)
	})
	if err != nil {
		r.log.Error("cannot read the recordings", "directory", r.archive.Path(), "error", err)
	}
}

// Start begins to record a group: the recorder becomes a member.  It is the
// StartRecording of a group.Registry.
func (r *Recorder) Start(g *group.Group, requester group.Member) error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return ErrClosed
	}
	if r.shard == nil {
		r.shard = shard.New(shard.Options{Logger: r.log})
	}
	r.sessions.Add(1) // before Close can wait
	r.mu.Unlock()

	s, err := r.begin(g, requester)
	if err != nil {
		r.sessions.Done()
		if errors.Is(err, ErrSpace) || errors.Is(err, ErrQuota) {
			g.WarnOperators("Cannot record: " + err.Error() + ".")
		}
		return err
	}
	go func() {
		defer r.sessions.Done()
		s.run(r.ctx)
	}()
	return nil
}

// begin makes a session that has joined its group.
func (r *Recorder) begin(g *group.Group, requester group.Member) (*session, error) {
	if encrypted(g.Sources()) {
		return nil, ErrEncrypted
	}
	dir, err := r.archive.Create(g.Name())
	if err != nil {
		return nil, fmt.Errorf("directory for recordings: %w", err)
	}
	s := newSession(r, g, dir, requester.Username)
	err = s.checkSpace()
	if err == nil {
		err = s.writeIndex()
	}
	if err == nil {
		err = s.join()
	}
	if err != nil {
		s.discard()
		return nil, err
	}
	return s, nil
}

// Close ends all recordings, and returns when their files are complete.
func (r *Recorder) Close() {
	r.mu.Lock()
	r.closed = true
	sh := r.shard
	r.mu.Unlock()
	r.cancel()
	r.sessions.Wait()
	if sh != nil {
		sh.Close()
	}
}

// newID returns the identifier of a recorder as a member (USR-5).
func newID() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
