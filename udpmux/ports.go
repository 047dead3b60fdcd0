package udpmux

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrRange is wrapped by the errors for ports that are numbers but cannot be
// used as a range.
var ErrRange = errors.New("UDP range")

// ErrPort is wrapped by the errors for text that is not a port, and for ports
// that cannot be opened.
var ErrPort = errors.New("UDP")

// Ports says which local UDP ports may be used, both ends included.  The zero
// value leaves the choice to the system.
type Ports struct {
	Min, Max uint16
}

// Any says that the system chooses the ports.
func (p Ports) Any() bool { return p == Ports{} }

// Single says that all media shares one port.
func (p Ports) Single() bool { return p.Min != 0 && p.Min == p.Max }

// String returns the form that Parse accepts.
func (p Ports) String() string {
	switch {
	case p.Any():
		return ""
	case p.Single():
		return strconv.Itoa(int(p.Min))
	default:
		return fmt.Sprintf("%d-%d", p.Min, p.Max)
	}
}

// Parse reads the value of the -udp-range flag: empty, "P" or "A-B", decimal
// numbers in 1…65535 with A ≤ B, and nothing else (spec S-30, S-31).
func Parse(s string) (Ports, error) {
	if s == "" {
		return Ports{}, nil
	}
	first, last, isRange := strings.Cut(s, "-")
	lo, err := parsePort(first)
	if err != nil {
		return Ports{}, err
	}
	if !isRange {
		return Ports{Min: lo, Max: lo}, nil
	}
	hi, err := parsePort(last)
	if err != nil {
		return Ports{}, err
	}
	if lo > hi {
		return Ports{}, fmt.Errorf("%w: %d-%d: first port is above the last one", ErrRange, lo, hi)
	}
	return Ports{Min: lo, Max: hi}, nil
}

// parsePort reads one decimal port.  Unlike strconv it takes no sign and no
// underscores.
func parsePort(s string) (uint16, error) {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("%w: %q is not a port number", ErrPort, s)
		}
	}
	n, err := strconv.ParseUint(s, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) || err == nil && (n == 0 || n > 65535):
		return 0, fmt.Errorf("%w: port %s is not in 1…65535", ErrRange, s)
	case err != nil:
		return 0, fmt.Errorf("%w: %q is not a port number", ErrPort, s)
	}
	return uint16(n), nil
}
