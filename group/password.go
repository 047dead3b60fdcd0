package group

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// ErrPassword means that a password entry cannot be used (PW-1), which is a
// fault of the file and not a mismatch.
var ErrPassword = errors.New("unusable password entry")

// minPBKDF2Key is the shortest acceptable PBKDF2 key, in bytes (W-7).
const minPBKDF2Key = 16

// Password is the password of a user entry (spec 16.2).  The zero value accepts
// nothing.  It is immutable.
type Password struct {
	kind       string // "", "plain", "wildcard", "pbkdf2", "bcrypt", or unknown
	hash       string
	key        *string
	salt       string
	iterations int
}

// rawPassword is the form of a Password in a file.
type rawPassword struct {
	Type       string  `json:"type,omitempty"`
	Hash       string  `json:"hash,omitempty"`
	Key        *string `json:"key,omitempty"`
	Salt       string  `json:"salt,omitempty"`
	Iterations int     `json:"iterations,omitempty"`
}

// parsePassword reads a password; null is none (W-7).
func parsePassword(v jsonValue) (Password, error) {
	if v.null() {
		return Password{}, nil
	}
	if v.raw[0] == '"' {
		var key string
		if err := v.decode(&key); err != nil {
			return Password{}, err
		}
		return Password{kind: "plain", key: &key}, nil
	}
	if v.raw[0] != '{' {
		return Password{}, errorAt(v.offset, "password is neither a string nor an object")
	}
	var p Password
	err := v.members(func(key string, _ int, value jsonValue) error {
		switch key {
		case "type":
			return value.decode(&p.kind)
		case "hash":
			return value.decode(&p.hash)
		case "key":
			if value.null() {
				return nil
			}
			p.key = new(string)
			return value.decode(p.key)
		case "salt":
			return value.decode(&p.salt)
		case "iterations":
			return value.decode(&p.iterations)
		}
		return nil
	})
	return p, err
}

// MarshalJSON encodes the password as PW-4 says.
func (p Password) MarshalJSON() ([]byte, error) {
	if p.kind == "plain" && p.key != nil && p.hash == "" && p.salt == "" && p.iterations == 0 {
		return json.Marshal(*p.key)
	}
	return json.Marshal(rawPassword{p.kind, p.hash, p.key, p.salt, p.iterations})
}

// IsZero says whether there is no password.
func (p Password) IsZero() bool { return p == Password{} }

// expensive says whether checking the password takes a long computation.
func (p Password) expensive() bool { return p.kind == "pbkdf2" || p.kind == "bcrypt" }

// check returns an error wrapping ErrPassword if the entry is unusable.
func (p Password) check() error {
	switch p.kind {
	case "", "wildcard":
		return nil
	case "plain", "pbkdf2", "bcrypt":
	default:
		return fmt.Errorf("%w: unknown type %q", ErrPassword, p.kind)
	}
	if p.kind == "pbkdf2" && p.hash != "sha-256" {
		return fmt.Errorf("%w: unknown hash %q", ErrPassword, p.hash)
	}
	if p.key == nil {
		return fmt.Errorf("%w: %s without key", ErrPassword, p.kind)
	}
	switch p.kind {
	case "pbkdf2":
		_, _, err := p.pbkdf2()
		return err
	case "bcrypt":
		if _, err := bcrypt.Cost([]byte(*p.key)); err != nil {
			return fmt.Errorf("%w: %w", ErrPassword, err)
		}
		if !bcryptShaped(*p.key) {
			return fmt.Errorf("%w: malformed bcrypt hash", ErrPassword)
		}
	}
	return nil
}

// bcryptShaped says whether the end of a hash is as long as it has to be, and of the
// right digits, at which package bcrypt does not look before it needs them.
func bcryptShaped(hash string) bool {
	const length = 22 + 31 // of salt and hash
	end := hash[strings.LastIndexByte(hash, '$')+1:]
	return len(end) == length && !strings.ContainsFunc(end, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '.' || r == '/')
	})
}

// pbkdf2 decodes the key, which is there, and the salt, after all other checks.
func (p Password) pbkdf2() (key, salt []byte, err error) {
	key, err = hex.DecodeString(*p.key)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: key: %w", ErrPassword, err)
	}
	salt, err = hex.DecodeString(p.salt)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: salt: %w", ErrPassword, err)
	}
	if len(key) < minPBKDF2Key {
		return nil, nil, fmt.Errorf("%w: key shorter than %d bytes", ErrPassword, minPBKDF2Key)
	}
	if p.iterations < 1 {
		return nil, nil, fmt.Errorf("%w: %d iterations", ErrPassword, p.iterations)
	}
	return key, salt, nil
}

// match says whether the password accepts s.  It may take long; see hasher.
func (p Password) match(s string) (bool, error) {
	if err := p.check(); err != nil {
		return false, err
	}
	switch p.kind {
	case "wildcard":
		return true, nil
	case "plain":
		// Hashing first hides the length as well.
		a, b := sha256.Sum256([]byte(*p.key)), sha256.Sum256([]byte(s))
		return subtle.ConstantTimeCompare(a[:], b[:]) == 1, nil
	case "pbkdf2":
		key, salt, err := p.pbkdf2()
		if err != nil {
			return false, err
		}
		got, err := pbkdf2.Key(sha256.New, s, salt, p.iterations, len(key))
		if err != nil {
			return false, fmt.Errorf("%w: %w", ErrPassword, err)
		}
		return subtle.ConstantTimeCompare(key, got) == 1, nil
	case "bcrypt":
		err := bcrypt.CompareHashAndPassword([]byte(*p.key), []byte(s))
		if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("%w: %w", ErrPassword, err)
		}
		return true, nil
	}
	return false, nil
}
