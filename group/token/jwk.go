package token

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
)

// Bounds on RSA keys (W-9).
const (
	minRSABits     = 2048
	maxRSABits     = 16384
	minRSAExponent = 65537
)

// key is a JSON Web Key with the members that matter (JWT-2).
type key struct {
	KeyType   string `json:"kty"`
	Algorithm string `json:"alg"`
	ID        string `json:"kid"`
	K         string `json:"k"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	Y         string `json:"y"`
	N         string `json:"n"`
	E         string `json:"e"`
}

// parseKey reads a JWK, as far as is needed to know whether it is a candidate.
func parseKey(raw json.RawMessage) (key, error) {
	var k key
	if err := json.Unmarshal(raw, &k); err != nil {
		return key{}, fmt.Errorf("malformed key: %w", err)
	}
	return k, nil
}

// CheckKey returns what makes a JWK unusable, or nil.
func CheckKey(raw json.RawMessage) error {
	k, err := parseKey(raw)
	if err != nil {
		return err
	}
	_, err = k.public()
	return err
}

// HasPrivateHalf says whether a JWK is one that can sign, where one that can verify
// would do.
func HasPrivateHalf(raw json.RawMessage) bool {
	var k struct {
		D json.RawMessage `json:"d"`
	}
	return json.Unmarshal(raw, &k) == nil && k.D != nil
}

// IsSecret says whether a JWK must not become known.
func IsSecret(raw json.RawMessage) bool {
	k, err := parseKey(raw)
	return err == nil && k.K != "" || HasPrivateHalf(raw)
}

// public returns the key in the form that its algorithm needs.
func (k key) public() (any, error) {
	switch k.KeyType + " " + k.Algorithm {
	case "oct HS256":
		return k.secret(32)
	case "oct HS384":
		return k.secret(48)
	case "oct HS512":
		return k.secret(64)
	case "EC ES256":
		return k.ecdsa()
	case "RSA RS256":
		return k.rsa()
	}
	return nil, fmt.Errorf("unknown key type %q or algorithm %q", k.KeyType, k.Algorithm)
}

// secret returns a symmetric key of the given length in bytes.
func (k key) secret(length int) ([]byte, error) {
	b, err := base64.RawURLEncoding.DecodeString(k.K)
	if err != nil {
		return nil, fmt.Errorf("k: %w", err)
	}
	if len(b) != length {
		return nil, fmt.Errorf("k has %d bytes, %s needs %d", len(b), k.Algorithm, length)
	}
	return b, nil
}

// ecdsa returns a point on P-256.
func (k key) ecdsa() (*ecdsa.PublicKey, error) {
	if k.Curve != "P-256" {
		return nil, fmt.Errorf("unknown curve %q", k.Curve)
	}
	const size = 32
	point := make([]byte, 1+2*size)
	point[0] = 4 // uncompressed
	for i, coordinate := range []string{k.X, k.Y} {
		b, err := base64.RawURLEncoding.DecodeString(coordinate)
		if err != nil {
			return nil, fmt.Errorf("coordinate: %w", err)
		}
		if len(b) == 0 || len(b) > size {
			return nil, fmt.Errorf("coordinate has %d bytes", len(b))
		}
		end := 1 + (i+1)*size
		copy(point[end-len(b):end], b)
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
}

// rsa returns an RSA key of reasonable size.
func (k key) rsa() (*rsa.PublicKey, error) {
	n, err := base64.RawURLEncoding.DecodeString(k.N)
	if err != nil {
		return nil, fmt.Errorf("n: %w", err)
	}
	e, err := base64.RawURLEncoding.DecodeString(k.E)
	if err != nil {
		return nil, fmt.Errorf("e: %w", err)
	}
	if len(e) > 8 {
		return nil, errors.New("e is longer than 8 bytes")
	}
	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	if bits := modulus.BitLen(); bits < minRSABits || bits > maxRSABits {
		return nil, fmt.Errorf("the modulus has %d bits", bits)
	}
	if modulus.Bit(0) == 0 {
		return nil, errors.New("the modulus is even")
	}
	if !exponent.IsInt64() || exponent.Int64() < minRSAExponent || exponent.Int64() > math.MaxInt32 ||
		exponent.Bit(0) == 0 {
		return nil, fmt.Errorf("bad exponent %v", exponent)
	}
	return &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}, nil
}
