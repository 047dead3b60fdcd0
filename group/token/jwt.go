package token

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// leeway is how far clocks may differ (JWT-4).
const leeway = 5 * time.Second

// algorithms are those that a token may be signed with (JWT-2).
var algorithms = []string{"HS256", "HS384", "HS512", "ES256", "RS256"}

// Shaped says whether s looks like a JWT: three parts in base64url separated by
// dots, of which the first two are JSON objects (JWT-1).
func Shaped(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return false
	}
	for i, part := range parts {
		b, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return false
		}
		var object map[string]json.RawMessage
		if i < 2 && (json.Unmarshal(b, &object) != nil || object == nil) {
			return false
		}
	}
	return true
}

// Verifier checks the JWTs of one group.
type Verifier struct {
	// Keys are the group's authKeys, JWKs.
	Keys []json.RawMessage
	// Host is the canonicalHost, host[:port], or empty.
	Host string
	// Group is the name of the group.
	Group string
	// Logger defaults to slog.Default.
	Logger *slog.Logger
	// Now is the wall clock; it defaults to time.Now.
	Now func() time.Time
}

// Identity is what a JWT says about whoever presents it.
type Identity struct {
	Username    string // may be empty
	Permissions []string
}

// Verify checks a JWT (spec 18.2).  The error wraps ErrUnusable.
func (v Verifier) Verify(token string) (Identity, error) {
	if v.Now == nil {
		v.Now = time.Now
	}
	if v.Logger == nil {
		v.Logger = slog.Default()
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods(algorithms),
		jwt.WithLeeway(leeway),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithTimeFunc(v.Now),
	)
	var claims jwt.MapClaims
	if _, err := parser.ParseWithClaims(token, &claims, v.candidates); err != nil {
		return Identity{}, unusable("%w", err)
	}
	identity, err := v.read(claims)
	if err != nil {
		return Identity{}, unusable("%w", err)
	}
	return identity, nil
}

// candidates returns the keys that may have signed the token (JWT-3).  Unusable
// ones are skipped (W-9).
func (v Verifier) candidates(t *jwt.Token) (any, error) {
	if _, ok := t.Header["crit"]; ok {
		return nil, errors.New("unknown critical extension") // RFC 7515, 4.1.11
	}
	kid, _ := t.Header["kid"].(string)
	var keys jwt.VerificationKeySet
	for i, raw := range v.Keys {
		k, err := parseKey(raw)
		if err == nil && (k.Algorithm != t.Method.Alg() || kid != "" && k.ID != kid) {
			continue
		}
		var public any
		if err == nil {
			public, err = k.public()
		}
		if err != nil {
			v.Logger.Warn("unusable key in authKeys", "group", v.Group, "index", i, "reason", err)
			continue
		}
		keys.Keys = append(keys.Keys, public)
	}
	if len(keys.Keys) == 0 {
		return nil, errors.New("no key for this token")
	}
	return keys, nil
}

// read makes an identity from claims whose times are valid (JWT-4).
func (v Verifier) read(claims jwt.MapClaims) (Identity, error) {
	var identity Identity
	var err error
	if identity.Username, err = claims.GetSubject(); err != nil {
		return Identity{}, fmt.Errorf("sub: %w", err)
	}
	audience, err := claims.GetAudience()
	if err != nil {
		return Identity{}, fmt.Errorf("aud: %w", err)
	}
	subgroups, _ := claims["include-subgroups"].(bool)
	if !v.admits(audience, subgroups) {
		return Identity{}, errors.New("token is for another group or host")
	}
	if identity.Permissions, err = stringList(claims["permissions"]); err != nil {
		return Identity{}, fmt.Errorf("permissions: %w", err)
	}
	return identity, nil
}

// admits says whether an audience is this group (JWT-5).
func (v Verifier) admits(audience []string, subgroups bool) bool {
	path := "/group/" + v.Group + "/"
	for _, a := range audience {
		u, err := url.Parse(a)
		if err != nil || v.Host != "" && !strings.EqualFold(u.Host, v.Host) {
			continue
		}
		if u.Path == path {
			return true
		}
		if subgroups && strings.HasPrefix(u.Path, "/group/") && strings.HasSuffix(u.Path, "/") &&
			strings.HasPrefix(path, u.Path) {
			return true
		}
	}
	return false
}

// stringList converts a decoded JSON array of strings; nil is the empty one.
func stringList(v any) ([]string, error) {
	if v == nil {
		return nil, nil
	}
	values, ok := v.([]any)
	if !ok {
		return nil, errors.New("not an array")
	}
	list := make([]string, 0, len(values))
	for _, value := range values {
		s, ok := value.(string)
		if !ok {
			return nil, errors.New("not an array of strings")
		}
		list = append(list, s)
	}
	return list, nil
}
