package token

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"sync"
	"time"

	"galene/internal/atomicfile"
)

// keepExpired is how long tokens are kept after their expiry (STK-8).
const keepExpired = 7 * 24 * time.Hour

// maxFile is the greatest size of a token file, in bytes.
const maxFile = 16 << 20

// Options are the settings of a Store.  Only Path is required.
type Options struct {
	// Path is the token file, usually var/tokens.jsonl.
	Path string
	// Logger defaults to slog.Default.
	Logger *slog.Logger
	// Now is the wall clock; it defaults to time.Now.
	Now func() time.Time
	// MaxPerGroup is how many tokens one group may have; 0 is no limit.
	MaxPerGroup int
}

// Store is a file of stateful tokens, which may be edited while it is in use
// (STK-6).  Its methods may be called concurrently.
type Store struct {
	options Options

	mu       sync.Mutex // held while the file is read or written
	stamp    atomicfile.Stamp
	data     []byte
	tag      string
	tokens   map[string]*Token
	problems []Problem
}

// NewStore makes a store.  Nothing is read yet.
func NewStore(o Options) *Store {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Store{options: o}
}

// Get returns a token, and the tag of the set of tokens.  The error wraps
// ErrNotExist if there is no such token.
func (s *Store) Get(token string) (t *Token, tag string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(); err != nil {
		return nil, "", err
	}
	t = s.tokens[token]
	if t == nil {
		return nil, "", ErrNotExist
	}
	return t.Clone(), s.tag, nil
}

// List returns the tokens whose group is exactly this one, sorted by expiry, those
// that never expire first (TOK-8), and the tag of the set of tokens.
func (s *Store) List(group string) ([]*Token, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(); err != nil {
		return nil, "", err
	}
	list := sortedTokens(s.tokens, func(t *Token) bool { return t.Group == group })
	for i, t := range list {
		list[i] = t.Clone()
	}
	return list, s.tag, nil
}

// Add stores a new token.  The error wraps ErrTagMismatch if it exists already,
// and ErrTooMany if its group has too many.
func (s *Store) Add(t *Token) error {
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.load(); err != nil {
		return err
	}
	if s.tokens[t.Token] != nil {
		return ErrTagMismatch
	}
	if s.full(t.Group) {
		return ErrTooMany
	}
	if len(s.problems) > 0 && s.damage() == nil {
		// The file ends within a token: do not make it a line of its own.
		tokens := maps.Clone(s.tokens)
		tokens[t.Token] = t.Clone()
		return s.rewrite(tokens)
	}
	line, err := encode([]*Token{t})
	if err != nil {
		return err
	}
	if n := len(s.data); n > 0 && s.data[n-1] != '\n' {
		line = append([]byte{'\n'}, line...)
	}
	if err := atomicfile.Append(s.options.Path, line); err != nil {
		return fmt.Errorf("store token: %w", err)
	}
	return s.load()
}

// full says whether a group has as many tokens as it may have.
func (s *Store) full(group string) bool {
	count := 0
	for _, t := range s.tokens {
		if t.Group == group {
			count++
		}
	}
	return s.options.MaxPerGroup > 0 && count >= s.options.MaxPerGroup
}

// Update replaces a token.  The tag is the one under which it was read; the error
// wraps ErrTagMismatch if any token has changed since (STK-9), and ErrNotExist if
// the token does not exist.
func (s *Store) Update(t *Token, tag string) error {
	return s.change(t.Token, tag, func(tokens map[string]*Token) {
		tokens[t.Token] = t.Clone()
	})
}

// Delete removes a token, under the same conditions as Update.
func (s *Store) Delete(token, tag string) error {
	return s.change(token, tag, func(tokens map[string]*Token) {
		delete(tokens, token)
	})
}

// change rewrites the file after a change to one token.
func (s *Store) change(token, tag string, edit func(map[string]*Token)) error {
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.load(); err != nil {
		return err
	}
	if s.tokens[token] == nil {
		return ErrNotExist
	}
	if tag != s.tag {
		return ErrTagMismatch
	}
	tokens := maps.Clone(s.tokens)
	edit(tokens)
	return s.rewrite(tokens)
}

// Expire removes the tokens that expired more than 7 days ago (STK-8).
func (s *Store) Expire() error {
	if s.absent() {
		return nil
	}
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.load(); err != nil {
		return err
	}
	limit := s.options.Now().Add(-keepExpired)
	tokens := maps.Clone(s.tokens)
	maps.DeleteFunc(tokens, func(_ string, t *Token) bool {
		return t.Expires != nil && t.Expires.Before(limit)
	})
	if len(tokens) == len(s.tokens) {
		return nil
	}
	return s.rewrite(tokens)
}

// lock locks the store for a change, and the file for other servers that use it.
func (s *Store) lock() (unlock func(), err error) {
	s.mu.Lock()
	release, err := atomicfile.Lock(s.options.Path)
	if err != nil {
		s.mu.Unlock()
		return nil, fmt.Errorf("change tokens: %w", err)
	}
	return func() {
		release()
		s.mu.Unlock()
	}, nil
}

// absent says whether there is no file, so that there is nothing to remove, nor to
// make a directory for.
func (s *Store) absent() bool {
	_, err := os.Stat(s.options.Path)
	return errors.Is(err, fs.ErrNotExist)
}

// Problems reads the file and returns what is wrong with it.
func (s *Store) Problems() ([]Problem, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.load()
	return s.problems, err
}

// load reads the file if it has changed.  It is called with the store locked.
func (s *Store) load() error {
	info, err := os.Stat(s.options.Path)
	if errors.Is(err, fs.ErrNotExist) {
		s.stamp, s.data, s.tag, s.tokens, s.problems = atomicfile.Stamp{}, nil, "", nil, nil
		return nil
	}
	if err != nil {
		return fmt.Errorf("read tokens: %w", err)
	}
	if s.stamp.Matches(info) {
		return nil
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("read tokens: %s is not a regular file", s.options.Path)
	}
	stamp := atomicfile.NewStamp(info, s.options.Now())
	data, err := readFile(s.options.Path)
	if err != nil {
		return fmt.Errorf("read tokens: %w", err)
	}
	same := s.data != nil && bytes.Equal(data, s.data)
	s.stamp, s.tag = stamp, tagOf(info)
	if same {
		return nil
	}
	s.data = data
	s.tokens, s.problems = parse(data)
	for _, p := range s.problems {
		s.options.Logger.Error("malformed token is ignored",
			"file", s.options.Path, "line", p.Line, "reason", p.Reason)
	}
	return nil
}

// rewrite replaces the file (STK-7).  It is called with the store locked, after
// load.
func (s *Store) rewrite(tokens map[string]*Token) error {
	if p := s.damage(); p != nil {
		return fmt.Errorf("%w: line %d: %s", ErrMalformed, p.Line, p.Reason)
	}
	data, err := encode(sortedTokens(tokens, func(*Token) bool { return true }))
	if err != nil {
		return err
	}
	if len(tokens) == 0 {
		if err := s.unchanged(); err != nil {
			return err
		}
		if err := os.Remove(s.options.Path); err != nil {
			return fmt.Errorf("remove token file: %w", err)
		}
		return s.load()
	}
	err = atomicfile.Write(s.options.Path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}, func(temporary string) error {
		if err := s.unchanged(); err != nil {
			return err
		}
		return atomicfile.Outdate(temporary, s.options.Path)
	})
	if err != nil {
		return fmt.Errorf("rewrite tokens: %w", err)
	}
	return s.load()
}

// damage returns a problem because of which the file must not be rewritten, or
// nil: a person has to look at malformed lines (W-10), but not at a token that was
// never stored completely.
func (s *Store) damage() *Problem {
	for i := range s.problems {
		if !s.problems[i].torn {
			return &s.problems[i]
		}
	}
	return nil
}

// unchanged returns ErrTagMismatch if the file is not the one that was read (W-10).
func (s *Store) unchanged() error {
	data, err := readFile(s.options.Path)
	if err != nil {
		return err
	}
	if !bytes.Equal(data, s.data) {
		return ErrTagMismatch
	}
	return nil
}

// tagOf is the tag of the set of tokens (STK-9).
func tagOf(info fs.FileInfo) string {
	return fmt.Sprintf("\"%d-%d\"", info.Size(), info.ModTime().UnixNano())
}

// readFile reads a whole file of reasonable size.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("file is larger than %d bytes", maxFile)
	}
	return data, nil
}
