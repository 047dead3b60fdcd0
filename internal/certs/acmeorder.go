package certs

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"galene/internal/atomicfile"

	"golang.org/x/crypto/acme"
)

// Files of an authority, below var/acme/ in the data directory.
const (
	accountFile     = "account.pem"
	certificateFile = "certificate.pem" // with its key and chain
)

// file returns the name of a file that belongs to the authority: what one has
// given is of no use to another one, such as its own rehearsal.
func (a *automatic) file(dir, name string) string {
	authority := "other"
	if u, err := url.Parse(a.Directory); err == nil && u.Host != "" {
		authority = strings.NewReplacer(":", "-", "..", "-").Replace(u.Host)
	}
	return filepath.Join(dir, "var", "acme", filepath.Base(authority), name)
}

// obtain gets one certificate for all hosts, and keeps it.
func (s *Store) obtain(ctx context.Context, method string) (*tls.Certificate, error) {
	client, err := s.account(ctx)
	if err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	order, err := client.AuthorizeOrder(ctx, acme.DomainIDs(s.auto.Hosts...))
	if err != nil {
		return nil, fmt.Errorf("order: %w", err)
	}
	for _, u := range order.AuthzURLs {
		if err := s.authorise(ctx, client, u, method); err != nil {
			return nil, err
		}
	}
	if order, err = client.WaitOrder(ctx, order.URI); err != nil {
		return nil, fmt.Errorf("order: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: s.auto.Hosts}, key)
	if err != nil {
		return nil, err
	}
	chain, _, err := client.CreateCertFromOrder(ctx, order, request, true)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return s.keep(chain, key)
}

// authorise shows the authority that one of the hosts is ours.
func (s *Store) authorise(ctx context.Context, client *acme.Client, authorization, method string) error {
	z, err := client.GetAuthorization(ctx, authorization)
	if err != nil {
		return fmt.Errorf("authorization: %w", err)
	}
	if z.Status == acme.StatusValid {
		return nil
	}
	host := z.Identifier.Value
	var challenge *acme.Challenge
	for _, c := range z.Challenges {
		if c.Type == method {
			challenge = c
		}
	}
	if challenge == nil {
		return fmt.Errorf("the authority does not offer %s for %s", method, host)
	}
	withdraw, err := s.auto.challenges.present(client, challenge, host)
	if err != nil {
		return err
	}
	defer withdraw()
	if _, err := client.Accept(ctx, challenge); err != nil {
		return fmt.Errorf("%s: %w", host, err)
	}
	if _, err := client.WaitAuthorization(ctx, z.URI); err != nil {
		return fmt.Errorf("%s: %w", host, err)
	}
	return nil
}

// account returns a client with an account, which is made if need be.
func (s *Store) account(ctx context.Context) (*acme.Client, error) {
	key, err := s.accountKey()
	if err != nil {
		return nil, err
	}
	client := &acme.Client{
		Key:          key,
		DirectoryURL: s.auto.Directory,
		HTTPClient:   s.auto.Client,
		UserAgent:    "galene",
	}
	account := &acme.Account{}
	if s.auto.Email != "" {
		account.Contact = []string{"mailto:" + s.auto.Email}
	}
	_, err = client.Register(ctx, account, acme.AcceptTOS)
	if errors.Is(err, acme.ErrAccountAlreadyExists) {
		return client, nil
	}
	return client, err
}

// accountKey returns the key of the account, which is made if need be.
func (s *Store) accountKey() (crypto.Signer, error) {
	file := s.auto.file(s.dir, accountFile)
	signer, err := loadAccountKey(file)
	if err == nil {
		return signer, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writePEM(file, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// loadAccountKey reads the key of an account.
func loadAccountKey(file string) (crypto.Signer, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("no key")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("unusable key")
	}
	return signer, nil
}

// keep writes a new certificate to disk.  That this fails is no reason not to use
// it, but is logged: after a restart another one has to be asked for, and
// authorities limit how often.
func (s *Store) keep(chain [][]byte, key *ecdsa.PrivateKey) (*tls.Certificate, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	blocks := []*pem.Block{{Type: "PRIVATE KEY", Bytes: der}}
	for _, c := range chain {
		blocks = append(blocks, &pem.Block{Type: "CERTIFICATE", Bytes: c})
	}
	var encoded bytes.Buffer
	for _, b := range blocks {
		if err := pem.Encode(&encoded, b); err != nil {
			return nil, err
		}
	}
	cert, err := tls.X509KeyPair(encoded.Bytes(), encoded.Bytes())
	if err != nil {
		return nil, err
	}
	if !covers(cert.Leaf, s.auto.Hosts) {
		return nil, errors.New("the certificate is not for the hosts that were asked for")
	}
	if err := writePEM(s.auto.file(s.dir, certificateFile), blocks...); err != nil {
		s.log.Error("cannot keep the certificate: another one has to be asked for after a restart", "error", err)
	}
	return &cert, nil
}

// writePEM replaces a file.
func writePEM(file string, blocks ...*pem.Block) error {
	return atomicfile.Write(file, func(w io.Writer) error {
		for _, b := range blocks {
			if err := pem.Encode(w, b); err != nil {
				return err
			}
		}
		return nil
	}, nil)
}
