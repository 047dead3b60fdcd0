package webserver

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// unixProxy is what stands for whoever connects to a Unix socket.
const unixProxy = "unix"

var errProxyHeader = errors.New("neither X-Forwarded-For nor Forwarded")

// Proxies says whose word is taken for where requests come from (http.md, weak spot 15).
// The zero value trusts nobody.  It is immutable.
type Proxies struct {
	networks  []netip.Prefix
	unix      bool // whoever connects to a Unix socket
	forwarded bool // Forwarded (RFC 7239) instead of X-Forwarded-For and X-Forwarded-Proto
}

// ParseProxies makes a Proxies from IP addresses, networks such as 10.0.0.0/8, and
// "unix".  Header is what these set: "X-Forwarded-For", which is also meant by an empty
// string and has X-Forwarded-Proto with it, or "Forwarded".  Only one is read, since a
// proxy hands on the other one as it came, from anybody.
func ParseProxies(list []string, header string) (Proxies, error) {
	var p Proxies
	switch {
	case strings.EqualFold(header, "Forwarded"):
		p.forwarded = true
	case header != "" && !strings.EqualFold(header, "X-Forwarded-For"):
		return Proxies{}, fmt.Errorf("%q: %w", header, errProxyHeader)
	}
	for _, s := range list {
		if s == unixProxy {
			p.unix = true
			continue
		}
		network, err := parseNetwork(s)
		if err != nil {
			return Proxies{}, fmt.Errorf("trusted proxy: %q is no IP address, no network and not %q", s, unixProxy)
		}
		p.networks = append(p.networks, network)
	}
	return p, nil
}

// parseNetwork parses an address, which is a network of one, or a network.
func parseNetwork(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		addr = addr.Unmap().WithZone("")
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	network, err := netip.ParsePrefix(s)
	return network.Masked(), err
}

// Wrap returns a handler that hands requests on to h.  To h, those of trusted proxies
// come from where the proxy says that they do, in RemoteAddr with port 0 if it says none.
func (p Proxies) Wrap(h http.Handler) http.Handler {
	if !p.unix && len(p.networks) == 0 {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err == nil && !p.trusts(peer.Addr()) || err != nil && !p.unix {
			h.ServeHTTP(w, r)
			return
		}
		client, scheme := p.origin(r.Header)
		ctx := r.Context()
		if scheme != "" {
			ctx = context.WithValue(ctx, schemeKey{}, scheme)
		}
		r = r.WithContext(ctx) // a copy
		if client.IsValid() {
			r.RemoteAddr = client.String()
		}
		h.ServeHTTP(w, r)
	})
}

// trusts says whether addr is that of a trusted proxy.
func (p Proxies) trusts(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for _, n := range p.networks {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}

// A hop is what one proxy says about who asked it.
type hop struct {
	addr   netip.AddrPort // invalid if it does not say
	scheme string         // "http" or "https", empty if it does not say
}

// origin returns where a request of a trusted proxy comes from, and by which scheme it
// came.  The hops are read from the last one, which that proxy wrote, back to the first
// that is no trusted proxy: what is before that is hearsay.  An invalid address means
// that nothing is known; an empty scheme, too.
func (p Proxies) origin(h http.Header) (client netip.AddrPort, scheme string) {
	name, parse := "X-Forwarded-For", parseForwardedFor
	if p.forwarded {
		name, parse = "Forwarded", parseForwarded
	} else {
		for last := range backwards(h.Values("X-Forwarded-Proto")) {
			scheme = parseScheme(last)
			break
		}
	}
	for element := range backwards(h.Values(name)) {
		hop := parse(element)
		if hop.scheme != "" {
			scheme = hop.scheme
		}
		if !hop.addr.IsValid() {
			break
		}
		client = hop.addr
		if !p.trusts(client.Addr()) {
			break
		}
	}
	return client, scheme
}

// backwards returns the elements of a list in a header, the last one first, which do not
// depend on what is before them: that may come from anybody.  Commas in quoted strings
// separate nothing.
func backwards(values []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, value := range slices.Backward(values) {
			end, quoted := len(value), false
			for i := len(value) - 1; i >= 0; i-- {
				switch {
				case value[i] == '"':
					quoted = !quoted
				case value[i] == ',' && !quoted:
					if !yield(strings.TrimSpace(value[i+1 : end])) {
						return
					}
					end = i
				}
			}
			if !yield(strings.TrimSpace(value[:end])) {
				return
			}
		}
	}
}

// parseForwardedFor parses an element of X-Forwarded-For.
func parseForwardedFor(element string) hop {
	return hop{addr: parseNode(element)}
}

// parseScheme returns "http" or "https", empty for anything else.
func parseScheme(s string) string {
	if s = strings.ToLower(s); s == "http" || s == "https" {
		return s
	}
	return ""
}

// parseNode parses an address with or without a port, IPv6 with or without brackets.
// Anything else gives an invalid address.
func parseNode(s string) netip.AddrPort {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		host, port = s, "0"
		if inner, ok := strings.CutPrefix(s, "["); ok {
			if host, ok = strings.CutSuffix(inner, "]"); !ok {
				return netip.AddrPort{}
			}
		}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.AddrPort{}
	}
	at, err := netip.ParseAddrPort(net.JoinHostPort(addr.Unmap().WithZone("").String(), port))
	if err != nil { // the port is obfuscated, "_x"
		return netip.AddrPortFrom(addr.Unmap().WithZone(""), 0)
	}
	return at
}

type schemeKey struct{}

// requestScheme returns by which scheme the client came, as far as is known: "https" or
// "http".
func requestScheme(r *http.Request) string {
	if scheme, ok := r.Context().Value(schemeKey{}).(string); ok {
		return scheme
	}
	if r.TLS != nil {
		return "https"
	}
	return "http"
}
