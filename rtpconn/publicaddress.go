package rtpconn

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/pion/webrtc/v4"

	"galene/internal/nat"
)

// publicAddresses announces host candidates a second time, with the public addresses
// that a NAT forwards to them.  It is immutable; its methods may be called from any
// goroutine.
//
// Pion can do that, too, but would make a second candidate of its own that reads from
// the same shared socket, so that two goroutines would take turns in reading media, and
// mix up its order.  The peer alone needs to know of the address: what it sends there
// arrives at the host candidate.
type publicAddresses struct {
	list []netip.Addr
	dial func(network, address string) (net.Conn, error)
}

// newPublicAddresses says in the log what will be announced.
func newPublicAddresses(opts Options, logger *slog.Logger) *publicAddresses {
	p := &publicAddresses{list: opts.PublicAddresses, dial: net.Dial}
	if opts.Net != nil {
		p.dial = opts.Net.Dial
	}
	for _, public := range p.list {
		base, err := nat.Base(p.dial, public)
		if err != nil {
			logger.Warn("a public address cannot be announced now", "address", public, "err", err)
			continue
		}
		logger.Info("media is announced at a public address", "address", public, "local", base)
	}
	return p
}

// preferenceStep is the step between the local preferences of candidates (RFC 8445,
// 5.1.2.1).
const preferenceStep = 1 << 8

// also returns the candidates to be announced besides a candidate, in the form in which
// that is, "candidate:…".  Whoever is on the same network should rather use the
// candidate itself: the others have lower priority.
func (p *publicAddresses) also(candidate string) (list []string) {
	if len(p.list) == 0 {
		return nil
	}
	const (
		foundation, protocol, priority, address, kind = 0, 2, 3, 4, 7
		least                                         = 8
	)
	fields := strings.Fields(candidate)
	if len(fields) < least || !strings.EqualFold(fields[protocol], "udp") || fields[kind] != "host" {
		return nil
	}
	local, err := netip.ParseAddr(fields[address])
	if err != nil {
		return nil // a name, of multicast DNS
	}
	value, err := strconv.ParseUint(fields[priority], 10, 32)
	if err != nil {
		return nil
	}
	name := fields[foundation]
	for i, public := range p.list {
		base, err := nat.Base(p.dial, public)
		if err != nil || base != local.Unmap() || base == public {
			continue
		}
		value = max(value, preferenceStep) - preferenceStep
		// Another foundation, or the peer would wait with these until others
		// have succeeded.
		fields[foundation] = fmt.Sprintf("%sp%d", name, i)
		fields[priority] = strconv.FormatUint(max(value, 1), 10)
		fields[address] = public.String()
		list = append(list, strings.Join(fields, " "))
	}
	return list
}

// candidates is also for candidates that are sent one by one.
func (p *publicAddresses) candidates(c webrtc.ICECandidateInit) []webrtc.ICECandidateInit {
	all := []webrtc.ICECandidateInit{c}
	for _, text := range p.also(c.Candidate) {
		other := c
		other.Candidate = text
		all = append(all, other)
	}
	return all
}

// describe is also for the candidates in a description.
func (p *publicAddresses) describe(description string) string {
	if len(p.list) == 0 {
		return description
	}
	var b strings.Builder
	for line := range strings.Lines(description) {
		b.WriteString(line)
		text := strings.TrimRight(line, "\r\n")
		candidate, ok := strings.CutPrefix(text, "a=")
		if !ok || !strings.HasPrefix(candidate, "candidate:") {
			continue
		}
		for _, other := range p.also(candidate) {
			b.WriteString("a=" + other + line[len(text):])
		}
	}
	return b.String()
}
