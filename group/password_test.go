package group

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

func TestPasswords_PW1_PW3_W7(t *testing.T) {
	key, err := pbkdf2.Key(sha256.New, "pw", []byte("salt"), 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	good := hex.EncodeToString(key)
	salt := hex.EncodeToString([]byte("salt"))
	crypted, err := bcrypt.GenerateFromPassword([]byte("pw"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	p := func(hash, key, salt string, iterations int) string {
		return fmt.Sprintf(`{"type": "pbkdf2", "hash": %q, "key": %q, "salt": %q, "iterations": %d}`,
			hash, key, salt, iterations)
	}
	tests := []struct {
		name, entry, password string
		ok, unusable          bool
	}{
		{"string", `"pw"`, "pw", true, false},
		{"string, wrong", `"pw"`, "pW", false, false},
		{"string, prefix", `"pw"`, "p", false, false},
		{"empty string", `""`, "", true, false},
		{"empty string, wrong", `""`, "x", false, false},
		{"null", `null`, "", false, false},
		{"no type", `{"key": "pw"}`, "pw", false, false},
		{"empty type", `{"type": "", "key": "pw"}`, "pw", false, false},
		{"plain", `{"type": "plain", "key": "pw", "more": 1}`, "pw", true, false},
		{"plain without key", `{"type": "plain"}`, "", false, true},
		{"plain with null key", `{"type": "plain", "key": null}`, "", false, true},
		{"wildcard", `{"type": "wildcard"}`, "anything", true, false},
		{"wildcard, empty", `{"type": "wildcard"}`, "", true, false},
		{"pbkdf2", p("sha-256", good, salt, 10), "pw", true, false},
		{"pbkdf2, wrong", p("sha-256", good, salt, 10), "px", false, false},
		{"pbkdf2, other count", p("sha-256", good, salt, 11), "pw", false, false},
		{"pbkdf2, other hash", p("sha-1", good, salt, 10), "pw", false, true},
		{"pbkdf2, bad key", p("sha-256", "xyz", salt, 10), "pw", false, true},
		{"pbkdf2, bad salt", p("sha-256", good, "x", 10), "pw", false, true},
		{"pbkdf2, empty key", p("sha-256", "", salt, 10), "", false, true},
		{"pbkdf2, short key", p("sha-256", good[:30], salt, 10), "pw", false, true},
		{"pbkdf2, shortest key", p("sha-256", good[:32], salt, 10), "pw", true, false},
		{"pbkdf2, no iterations", p("sha-256", good, salt, 0), "pw", false, true},
		{"pbkdf2, negative iterations", p("sha-256", good, salt, -1), "pw", false, true},
		{"pbkdf2, no key", `{"type": "pbkdf2", "hash": "sha-256", "salt": "00", "iterations": 1}`, "", false, true},
		{"bcrypt", `{"type": "bcrypt", "key": "` + string(crypted) + `"}`, "pw", true, false},
		{"bcrypt, too short", `{"type": "bcrypt", "key": "` + string(crypted[:59]) + `"}`, "pw", false, true},
		{"bcrypt, too long", `{"type": "bcrypt", "key": "` + string(crypted) + `."}`, "pw", false, true},
		{"bcrypt, bad digit", `{"type": "bcrypt", "key": "` + string(crypted[:59]) + `="}`, "pw", false, true},
		{"bcrypt, wrong", `{"type": "bcrypt", "key": "` + string(crypted) + `"}`, "pW", false, false},
		{"bcrypt, malformed", `{"type": "bcrypt", "key": "$2a$1"}`, "pw", false, true},
		{"bcrypt, truncated", `{"type": "bcrypt", "key": "` + string(crypted[:40]) + `"}`, "pw", false, true},
		{"bcrypt, no key", `{"type": "bcrypt"}`, "", false, true},
		{"unknown type", `{"type": "scrypt", "key": "x"}`, "x", false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			password, err := parsePassword(jsonValue{raw: []byte(test.entry)})
			if err != nil {
				t.Fatal(err)
			}
			ok, err := password.match(test.password)
			if ok != test.ok || errors.Is(err, ErrPassword) != test.unusable {
				t.Errorf("got %v, %v", ok, err)
			}
		})
	}
	for _, entry := range []string{`5`, `true`, `[]`, `{"type": 5}`, `{"type": "plain", "key": 5}`, `{"iterations": 1.5}`} {
		if _, err := parsePassword(jsonValue{raw: []byte(entry)}); err == nil {
			t.Errorf("%s is accepted", entry)
		}
	}
}

func TestPasswordsAreWrittenBack_PW4(t *testing.T) {
	tests := []struct{ entry, want string }{
		{`{"password": "x"}`, `{"password":"x"}`},
		{`{"password": {"type": "plain", "key": "x"}, "permissions": "op"}`, `{"password":"x","permissions":"op"}`},
		{`{"password": null, "permissions": []}`, `{}`},
		{`{"password": {"type": "wildcard"}, "permissions": ["op", "x"]}`, `{"password":{"type":"wildcard"},"permissions":["op","x"]}`},
		{
			`{"password": {"type": "pbkdf2", "hash": "sha-256", "key": "00", "salt": "01", "iterations": 2}}`,
			`{"password":{"type":"pbkdf2","hash":"sha-256","key":"00","salt":"01","iterations":2}}`,
		},
	}
	for _, test := range tests {
		user, err := parseUserEntry(jsonValue{raw: []byte(test.entry)})
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(user)
		if err != nil || string(got) != test.want {
			t.Errorf("%s is written as %s, %v", test.entry, got, err)
		}
	}
}

// PW-5 to PW-7.
func TestWhichEntryDecides_PW5_PW6_PW7(t *testing.T) {
	h := newHouse(t)
	h.write("empty", `{"users": {"": {"password": "x"}}, "wildcard-user": {"password": {"type": "wildcard"}}}`)
	h.write("wild", `{"wildcard-user": {"password": "w", "permissions": "observe"}}`)
	tests := []struct {
		group, username, password, text string
	}{
		{"test", "ada", "", "not authorised"}, // no fallback to the wildcard
		{"test", "eve", "", ""},
		{"test", "", "", ""},
		{"empty", "", "", "not authorised"},
		{"empty", "", "x", ""},
		{"wild", "", "w", ""},
		{"wild", "eve", "w", ""},
		{"wild", "eve", "v", "not authorised"},
	}
	for i, test := range tests {
		_, _, err := h.try(test.group, fmt.Sprint(i), with(test.username, test.password))
		wantError(t, err, test.text)
	}
}
