package token

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// Whatever comes as a token, and whatever is a key, is refused or makes sense; it
// never admits unless the signature is right (JWT-1 to JWT-5).
func FuzzJWT(f *testing.F) {
	secret := []byte(strings.Repeat("k", 32))
	key := oct("HS256", "", secret)
	good, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims()).SignedString(secret)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, []byte(key))
	f.Add(strings.Join(strings.Split(good, ".")[:2], ".")+".", []byte(key))
	f.Add("", []byte(`{"kty": "EC", "alg": "ES256", "crv": "P-256", "x": "AA", "y": "AA"}`))
	f.Add(good+"A", []byte(`{"kty": "RSA", "alg": "RS256", "n": "AQ", "e": "AQAB"}`))
	f.Add(b64([]byte(`{"alg":"none"}`))+"."+b64([]byte(`{"exp":1e99,"aud":[1]}`))+".", []byte(`{"alg":"none"}`))
	f.Add(b64([]byte(`{"alg":"HS256","kid":5,"crit":[]}`))+"."+b64([]byte(`{}`))+".AAAA", []byte(`5`))
	f.Fuzz(func(t *testing.T, token string, raw []byte) {
		shaped := Shaped(token)
		if json.Valid(raw) {
			id, err := verifier(json.RawMessage(raw)).Verify(token)
			if err != nil && !errors.Is(err, ErrUnusable) {
				t.Errorf("error %v", err)
			}
			if err == nil && !shaped {
				t.Errorf("%q admits %+v, but is not shaped", token, id)
			}
			if err == nil && CheckKey(json.RawMessage(raw)) != nil {
				t.Errorf("%q admits with an unusable key", token)
			}
		}
		// Nobody else has this key.  The last character of a signature has bits
		// that do not matter.
		if _, err := verifier(key).Verify(token); err == nil && !strings.HasPrefix(token, good[:len(good)-1]) {
			t.Errorf("%q admits", token)
		}
	})
}
