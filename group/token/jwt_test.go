package token

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var now = time.Date(2026, 7, 29, 12, 0, 0, 0, time.UTC)

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// oct makes a symmetric JWK.
func oct(alg, kid string, secret []byte) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"kty": "oct", "alg": %q, "kid": %q, "k": %q, "use": "sig"}`, alg, kid, b64(secret)))
}

// sign makes a token.
func sign(t *testing.T, method jwt.SigningMethod, key any, header map[string]any, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	for k, v := range header {
		token.Header[k] = v
	}
	s, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// claims are good ones, with changes; a value of nil deletes.
func claims(changes ...any) jwt.MapClaims {
	c := jwt.MapClaims{
		"sub": "ada", "aud": "https://example.org/group/maths/", "iss": "whoever",
		"exp": now.Add(time.Hour).Unix(), "permissions": []string{"present", "x"},
	}
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == nil {
			delete(c, changes[i].(string))
		} else {
			c[changes[i].(string)] = changes[i+1]
		}
	}
	return c
}

func verifier(keys ...json.RawMessage) Verifier {
	return Verifier{
		Keys: keys, Group: "maths", Now: func() time.Time { return now },
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// Every row of the table of JWT-4 (checklist 25).
func TestClaims_JWT4(t *testing.T) {
	secret := []byte(strings.Repeat("k", 32))
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	tests := []struct {
		name   string
		claims jwt.MapClaims
		ok     bool
	}{
		{"good", claims(), true},
		{"no exp", claims("exp", nil), false},
		{"exp of wrong type", claims("exp", "tomorrow"), false},
		{"expired", claims("exp", at(-6*time.Second)), false},
		{"expired within the leeway", claims("exp", at(-4*time.Second)), true},
		{"nbf past", claims("nbf", at(-time.Hour)), true},
		{"nbf future", claims("nbf", at(6*time.Second)), false},
		{"nbf within the leeway", claims("nbf", at(4*time.Second)), true},
		{"iat past", claims("iat", at(-time.Hour)), true},
		{"iat future", claims("iat", at(6*time.Second)), false},
		{"iat within the leeway", claims("iat", at(4*time.Second)), true},
		{"no iss", claims("iss", nil), true},
		{"sub of wrong type", claims("sub", 5), false},
		{"no aud", claims("aud", nil), false},
		{"aud of wrong type", claims("aud", 5), false},
		{"permissions of wrong type", claims("permissions", "op"), false},
		{"permissions with wrong element", claims("permissions", []any{"op", 1}), false},
		{"permissions object", claims("permissions", map[string]any{}), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			token := sign(t, jwt.SigningMethodHS256, secret, nil, test.claims)
			id, err := verifier(oct("HS256", "", secret)).Verify(token)
			if (err == nil) != test.ok || err != nil && !errors.Is(err, ErrUnusable) {
				t.Errorf("got %v, %v", id, err)
			}
			if test.ok && (id.Username != "ada" || !slices.Equal(id.Permissions, []string{"present", "x"})) {
				t.Errorf("got %+v", id)
			}
		})
	}
	token := sign(t, jwt.SigningMethodHS256, secret, nil, claims("sub", nil, "permissions", nil))
	if id, err := verifier(oct("HS256", "", secret)).Verify(token); err != nil || id.Username != "" || len(id.Permissions) != 0 {
		t.Errorf("without sub and permissions: %+v, %v", id, err)
	}
}

// Groups, subgroups and hosts (checklist 25).
func TestAudience_JWT5(t *testing.T) {
	tests := []struct {
		name, host, group string
		audience          any
		subgroups         any
		ok                bool
	}{
		{"exact", "", "maths", "https://any.example/group/maths/", nil, true},
		{"array", "", "maths", []string{"https://x/group/none/", "http://x/group/maths/"}, nil, true},
		{"no host", "", "maths", "/group/maths/", nil, true},
		{"no slash", "", "maths", "https://x/group/maths", nil, false},
		{"other group", "", "maths", "https://x/group/physics/", nil, false},
		{"parent", "", "maths/a", "https://x/group/maths/", nil, false},
		{"parent, subgroups", "", "maths/a", "https://x/group/maths/", true, true},
		{"same, subgroups", "", "maths", "https://x/group/maths/", true, true},
		{"grandparent, subgroups", "", "maths/a/b", "https://x/group/maths/", true, true},
		{"all, subgroups", "", "maths/a", "https://x/group/", true, true},
		{"all", "", "maths", "https://x/group/", nil, false},
		{"root, subgroups", "", "maths", "https://x/", true, false},
		{"prefix of a component", "", "maths2", "https://x/group/maths/", true, false},
		{"subgroups without slash", "", "maths/a", "https://x/group/maths", true, false},
		{"subgroups of wrong type", "", "maths/a", "https://x/group/maths/", "true", false},
		{"host", "example.org:8443", "maths", "https://EXAMPLE.org:8443/group/maths/", nil, true},
		{"other port", "example.org:8443", "maths", "https://example.org/group/maths/", nil, false},
		{"missing host", "example.org", "maths", "/group/maths/", nil, false},
		{"encoded", "", "a b", "https://x/group/a%20b/", nil, true},
		{"not a URL", "", "maths", "http://[::1/group/maths/", nil, false},
	}
	secret := []byte(strings.Repeat("k", 32))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := verifier(oct("HS256", "", secret))
			v.Host, v.Group = test.host, test.group
			token := sign(t, jwt.SigningMethodHS256, secret, nil,
				claims("aud", test.audience, "include-subgroups", test.subgroups))
			if _, err := v.Verify(token); (err == nil) != test.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Every algorithm, and which keys are tried (checklist 25).
func TestKeys_JWT2_JWT3_W9(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := ec.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	x, y := point[1:33], point[33:]
	ecKey := func(crv string, x, y []byte) json.RawMessage {
		return json.RawMessage(fmt.Sprintf(`{"kty": "EC", "alg": "ES256", "crv": %q, "x": %q, "y": %q}`, crv, b64(x), b64(y)))
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey := func(n, e *big.Int) json.RawMessage {
		return json.RawMessage(fmt.Sprintf(`{"kty": "RSA", "alg": "RS256", "n": %q, "e": %q}`, b64(n.Bytes()), b64(e.Bytes())))
	}
	goodRSA := rsaKey(rs.N, big.NewInt(int64(rs.E)))
	s32, s48, s64 := []byte(strings.Repeat("a", 32)), []byte(strings.Repeat("b", 48)), []byte(strings.Repeat("c", 64))
	other := []byte(strings.Repeat("z", 32))

	hs256 := sign(t, jwt.SigningMethodHS256, s32, nil, claims())
	hs256kid := sign(t, jwt.SigningMethodHS256, s32, map[string]any{"kid": "one"}, claims())
	es256 := sign(t, jwt.SigningMethodES256, ec, nil, claims())
	rs256 := sign(t, jwt.SigningMethodRS256, rs, nil, claims())
	none := sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil, claims())
	tests := []struct {
		name, token string
		keys        []json.RawMessage
		ok          bool
	}{
		{"HS256", hs256, []json.RawMessage{oct("HS256", "", s32)}, true},
		{"HS384", sign(t, jwt.SigningMethodHS384, s48, nil, claims()), []json.RawMessage{oct("HS384", "", s48)}, true},
		{"HS512", sign(t, jwt.SigningMethodHS512, s64, nil, claims()), []json.RawMessage{oct("HS512", "", s64)}, true},
		{"ES256", es256, []json.RawMessage{ecKey("P-256", x, y)}, true},
		{"RS256", rs256, []json.RawMessage{goodRSA}, true},
		{"unknown algorithm RS384", sign(t, jwt.SigningMethodRS384, rs, nil, claims()), []json.RawMessage{goodRSA}, false},
		{"none", none, []json.RawMessage{oct("HS256", "", s32)}, false},
		{"none, and a key of that name", none, []json.RawMessage{json.RawMessage(`{"kty": "oct", "alg": "none"}`)}, false},
		{"no keys", hs256, nil, false},
		{"wrong key", hs256, []json.RawMessage{oct("HS256", "", other)}, false},
		{"second key", hs256, []json.RawMessage{oct("HS256", "", other), oct("HS256", "", s32)}, true},
		{"key of another algorithm", hs256, []json.RawMessage{oct("HS384", "", s48)}, false},
		{"public key as secret", sign(t, jwt.SigningMethodHS256, point, nil, claims()), []json.RawMessage{ecKey("P-256", x, y)}, false},
		{"no alg", hs256, []json.RawMessage{json.RawMessage(`{"kty": "oct", "k": "` + b64(s32) + `"}`)}, false},
		{"kid matches", hs256kid, []json.RawMessage{oct("HS256", "one", s32)}, true},
		{"kid differs", hs256kid, []json.RawMessage{oct("HS256", "two", s32)}, false},
		{"kid absent in the key", hs256kid, []json.RawMessage{oct("HS256", "", s32)}, false},
		{"kid absent in the token", hs256, []json.RawMessage{oct("HS256", "two", s32)}, true},
		{"short secret", sign(t, jwt.SigningMethodHS256, s32[:31], nil, claims()), []json.RawMessage{oct("HS256", "", s32[:31])}, false},
		{"long secret", sign(t, jwt.SigningMethodHS256, s48, nil, claims()), []json.RawMessage{oct("HS256", "", s48)}, false},
		{"W-9: bad keys do no harm", hs256, []json.RawMessage{
			json.RawMessage(`{"kty": 5}`), oct("HS256", "", s32[:5]), json.RawMessage(`{"kty": "oct", "alg": "HS256", "k": "!"}`),
			oct("HS256", "", s32),
		}, true},
		{"other curve", es256, []json.RawMessage{ecKey("P-384", x, y)}, false},
		{"not on the curve", es256, []json.RawMessage{ecKey("P-256", x, x)}, false},
		{"long coordinate", es256, []json.RawMessage{ecKey("P-256", append([]byte{0}, x...), y)}, false},
		{"W-9: tiny exponent", rs256, []json.RawMessage{rsaKey(rs.N, big.NewInt(3))}, false},
		{"W-9: even exponent", rs256, []json.RawMessage{rsaKey(rs.N, big.NewInt(65538))}, false},
		{"huge exponent", rs256, []json.RawMessage{rsaKey(rs.N, new(big.Int).Lsh(big.NewInt(1), 80))}, false},
		{"W-9: small modulus", rs256, []json.RawMessage{rsaKey(new(big.Int).Rsh(rs.N, 1), big.NewInt(65537))}, false},
		{"critical extension", sign(t, jwt.SigningMethodHS256, s32, map[string]any{"crit": []string{"exp"}}, claims()),
			[]json.RawMessage{oct("HS256", "", s32)}, false},
		{"changed payload", tamper(hs256), []json.RawMessage{oct("HS256", "", s32)}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := verifier(test.keys...).Verify(test.token); (err == nil) != test.ok {
				t.Errorf("got %v", err)
			}
		})
	}
	if err := CheckKey(goodRSA); err != nil {
		t.Error(err)
	}
	if err := CheckKey(json.RawMessage(`{"kty": "oct", "alg": "HS256"}`)); err == nil {
		t.Error("a key without secret is usable")
	}
}

// tamper grants more than was signed.
func tamper(token string) string {
	parts := strings.Split(token, ".")
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	parts[1] = b64([]byte(strings.Replace(string(payload), "present", "op", 1)))
	return strings.Join(parts, ".")
}

func TestShaped_JWT1(t *testing.T) {
	object, text := b64([]byte(`{"a":1}`)), b64([]byte(`"a"`))
	tests := []struct {
		token string
		want  bool
	}{
		{object + "." + object + ".AAAA", true},
		{object + "." + object + ".", true},
		{object + "." + object, false},
		{object + "." + object + ".AAAA.AAAA", false},
		{object + "." + text + ".AAAA", false},
		{text + "." + object + ".AAAA", false},
		{b64([]byte("null")) + "." + object + ".AAAA", false},
		{object + "=." + object + ".AAAA", false},
		{object + "." + object + ".!!", false},
		{"Qm9vYmFyMTI", false},
		{"..", false},
		{"", false},
	}
	for _, test := range tests {
		if got := Shaped(test.token); got != test.want {
			t.Errorf("Shaped(%q) is %v", test.token, got)
		}
	}
}
