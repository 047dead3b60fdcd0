package group

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"sync"
	"time"
)

// How long, and how many, verified passwords are remembered.
const (
	verifiedTime = 2 * time.Minute
	maxVerified  = 1000
)

// verified remembers which passwords were right lately, so that a program that
// makes many requests does not pay for each.  It holds neither passwords nor
// plain hashes of them, but codes under a key that ends with the process, which
// cover the entry: whoever gets another password has to prove it.  Its methods
// may be called concurrently.
type verified struct {
	now func() time.Time
	key []byte

	mu    sync.Mutex
	codes map[[sha256.Size]byte]time.Time // until when
}

func newVerified(now func() time.Time) *verified {
	v := &verified{now: now, key: make([]byte, sha256.Size), codes: make(map[[sha256.Size]byte]time.Time)}
	rand.Read(v.key) // never fails
	return v
}

// code is what is remembered of an entry and its password.
func (v *verified) code(p Password, s string) (code [sha256.Size]byte, ok bool) {
	// An array keeps the two apart.
	b, err := json.Marshal([]any{p, []byte(s)})
	if err != nil {
		return code, false
	}
	mac := hmac.New(sha256.New, v.key)
	mac.Write(b)
	mac.Sum(code[:0])
	return code, true
}

// knows says whether p has accepted s lately.
func (v *verified) knows(p Password, s string) bool {
	code, ok := v.code(p, s)
	v.mu.Lock()
	defer v.mu.Unlock()
	until, found := v.codes[code]
	return ok && found && v.now().Before(until)
}

// remember notes that p accepts s.
func (v *verified) remember(p Password, s string) {
	code, ok := v.code(p, s)
	if !ok {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	if len(v.codes) >= maxVerified {
		for other, until := range v.codes {
			if !now.Before(until) || len(v.codes) >= maxVerified {
				delete(v.codes, other)
			}
		}
	}
	v.codes[code] = now.Add(verifiedTime)
}
