package token

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// Several servers share a token file: what any of them has acknowledged stays, however
// their changes interleave (STK-9, W-10).
func TestSharedFile_STK9_W10(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no advisory locks here")
	}
	path := filepath.Join(t.TempDir(), "var", "tokens.jsonl")
	const servers, rounds = 4, 25
	var running sync.WaitGroup
	for server := range servers {
		store := newStore(t, func(o *Options) { o.Path = path })
		running.Go(func() {
			for round := range rounds {
				name := fmt.Sprintf("%d-%d", server, round)
				if err := store.Add(&Token{Token: name, Group: "g"}); err != nil {
					t.Errorf("add %s: %v", name, err)
				}
				for {
					token, tag, err := store.Get(name)
					if err != nil {
						t.Errorf("%s is lost: %v", name, err)
						return
					}
					token.Expires = at(1)
					err = store.Update(token, tag)
					if errors.Is(err, ErrTagMismatch) {
						continue // another server was faster
					}
					if err != nil {
						t.Errorf("update %s: %v", name, err)
					}
					break
				}
			}
		})
	}
	running.Wait()
	tokens, _, err := newStore(t, func(o *Options) { o.Path = path }).List("g")
	must(t, err)
	updated := 0
	for _, token := range tokens {
		if token.Expires != nil {
			updated++
		}
	}
	if len(tokens) != servers*rounds || updated != len(tokens) {
		t.Errorf("%d tokens, %d of them updated, want %d", len(tokens), updated, servers*rounds)
	}
}
