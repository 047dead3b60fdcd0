package certs

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"galene/internal/problem"
)

// soon is how long before the end of a certificate Check warns.
const soon = 14 * 24 * time.Hour

// Check returns what is wrong with the certificates that a Store made from o would use,
// and with the way in which it would get them.  It makes no certificate, asks no
// authority and changes nothing.
func Check(o Options) []problem.Problem {
	s := New(o)
	var problems []problem.Problem
	add := func(list ...problem.Problem) { problems = append(problems, list...) }
	if err := o.ACME.Check(); err != nil {
		add(problem.Of("-acme", problem.Error, "%v", err))
	}
	if d := o.ACME.Directory; d != "" {
		if u, err := url.Parse(d); err != nil || u.Scheme != "https" || u.Host == "" {
			add(problem.Of("-acme-directory", problem.Error, "not an https URL: %q", d))
		}
	}
	v, err := s.look()
	switch {
	case err != nil:
		add(problem.Of(s.path(CertFile), problem.Error, "%v", err))
	case v.cert.exists && !v.key.exists:
		add(problem.Of(s.path(CertFile), problem.Error, "%v: there is no %s", ErrIncomplete, KeyFile))
	case !v.cert.exists && v.key.exists:
		add(problem.Of(s.path(KeyFile), problem.Error, "%v: there is no %s", ErrIncomplete, CertFile))
		add(problem.Secret(s.path(KeyFile))...)
	case v.cert.exists:
		if s.auto != nil {
			add(problem.Of(s.path(CertFile), problem.Warning, "while this file is there, -acme gets no certificate"))
		}
		add(s.checkPair()...)
		add(problem.Secret(s.path(KeyFile))...)
	case s.auto != nil:
		add(s.checkAutomatic()...)
	default:
		add(s.checkSelfSigned()...)
	}
	return problems
}

// checkPair checks the two files.
func (s *Store) checkPair() []problem.Problem {
	file := s.path(CertFile)
	data, err := os.ReadFile(file)
	if err != nil {
		return []problem.Problem{problem.Of(file, problem.Error, "%v", err)}
	}
	problems, usable := s.checkChain(file, data)
	if !usable {
		return problems
	}
	// What else the server finds is the fault of the key.
	if _, err := tls.LoadX509KeyPair(file, s.path(KeyFile)); err != nil {
		problems = append(problems, problem.Of(s.path(KeyFile), problem.Error, "%v", err))
	}
	return problems
}

// checkChain checks a file of certificates, the first of which is the server's.  It says
// whether they can be read.
func (s *Store) checkChain(file string, data []byte) (problems []problem.Problem, usable bool) {
	report := func(offset int, severity problem.Severity, format string, args ...any) {
		problems = append(problems, problem.At(file, data, offset, severity, format, args...))
	}
	var issued *x509.Certificate // the certificate before
	for rest := data; ; {
		block, after := pem.Decode(rest)
		if block == nil {
			break
		}
		offset := len(data) - len(rest)
		if i := bytes.Index(rest, []byte("-----BEGIN "+block.Type)); i > 0 {
			offset += i
		}
		rest = after
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			report(offset, problem.Error, "%v", err)
			return problems, false
		}
		s.checkTimes(cert, func(severity problem.Severity, format string, args ...any) {
			report(offset, severity, format, args...)
		})
		if issued == nil {
			s.checkNames(cert, func(format string, args ...any) {
				report(offset, problem.Warning, format, args...)
			})
		} else if issued.CheckSignatureFrom(cert) != nil {
			report(offset, problem.Warning, "this certificate has not signed the one before it")
		}
		issued = cert
	}
	if issued == nil {
		report(0, problem.Error, "there is no certificate in this file")
	}
	return problems, issued != nil
}

// checkTimes reports whether a certificate is valid now.
func (s *Store) checkTimes(cert *x509.Certificate, report func(problem.Severity, string, ...any)) {
	now, end := s.now(), cert.NotAfter.Format(time.RFC3339)
	switch {
	case now.After(cert.NotAfter):
		report(problem.Error, "%v on %s", ErrExpired, end)
	case now.Before(cert.NotBefore):
		report(problem.Error, "%v before %s", ErrEarly, cert.NotBefore.Format(time.RFC3339))
	case now.Add(soon).After(cert.NotAfter):
		report(problem.Warning, "the certificate expires on %s", end)
	}
}

// checkNames reports for which names of the server a certificate is not valid.
func (s *Store) checkNames(cert *x509.Certificate, report func(string, ...any)) {
	if s.hosts == nil {
		return
	}
	for _, h := range s.hosts() {
		if err := cert.VerifyHostname(h); err != nil {
			report("browsers that come to %q refuse the certificate: %v", h, err)
		}
	}
}

// checkAutomatic checks what an authority has given in an earlier run.
func (s *Store) checkAutomatic() []problem.Problem {
	var problems []problem.Problem
	account, certificate := s.auto.file(s.dir, accountFile), s.auto.file(s.dir, certificateFile)
	if _, err := loadAccountKey(account); err != nil && !errors.Is(err, fs.ErrNotExist) {
		problems = append(problems, problem.Of(account, problem.Error, "%v", err))
	}
	if _, err := loadPEM(certificate); err != nil && !errors.Is(err, fs.ErrNotExist) {
		problems = append(problems, problem.Of(certificate, problem.Warning, "is replaced by another one: %v", err))
	}
	problems = append(problems, problem.Secret(account)...)
	problems = append(problems, problem.Secret(certificate)...)
	return append(problems, problem.Writable(filepath.Dir(account), problem.Error)...)
}

// checkSelfSigned checks what is needed for a self-signed certificate.
func (s *Store) checkSelfSigned() []problem.Problem {
	file := s.path(SelfSignedFile)
	var problems []problem.Problem
	if _, err := loadPEM(file); err == nil {
		problems = problem.Secret(file)
	} else if !errors.Is(err, fs.ErrNotExist) {
		problems = append(problems, problem.Of(file, problem.Warning, "is replaced by another one: %v", err))
	}
	return append(problems, problem.Writable(filepath.Dir(file), problem.Warning)...)
}
