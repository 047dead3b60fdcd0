package server

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"galene/internal/systemd"
	"galene/webserver"
)

// handedOver is the address of a socket that systemd hands over: the first one that is
// left, or, after a colon, the one of that name.
const handedOver = "systemd"

var (
	errNoSocket   = errors.New("systemd has handed over no such socket")
	errSocketMode = errors.New("not of the form 0660")
)

// isHandedOver says whether an address is that of a socket which systemd hands over, and
// returns its name, empty for the first one that is left.
func isHandedOver(address string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(address, handedOver)
	if !ok || rest == "" {
		return "", ok
	}
	return strings.CutPrefix(rest, ":")
}

// WantsSockets says whether any listener is to be one that systemd hands over, in
// Sockets.
func (c *Config) WantsSockets() bool {
	for _, address := range []string{c.HTTP, c.Redirect, c.Metrics} {
		if _, ok := isHandedOver(address); ok {
			return true
		}
	}
	return false
}

// socket returns where in Sockets the one for such an address is, -1 if it is not there.
func (c *Config) socket(name string) int {
	return slices.IndexFunc(c.Sockets, func(s systemd.Socket) bool { return name == "" || s.Name == name })
}

// openDoor opens a door at the address in o, by a socket that was handed over if the
// address says so.
func (s *Server) openDoor(o webserver.DoorOptions) (*webserver.Door, error) {
	if name, ok := isHandedOver(o.Address); ok {
		i := s.conf.socket(name)
		if i < 0 {
			return nil, fmt.Errorf("%s: %w", o.Address, errNoSocket)
		}
		o.Listener = s.conf.Sockets[i].Listener
		s.conf.Sockets = slices.Concat(s.conf.Sockets[:i], s.conf.Sockets[i+1:])
	}
	o.SocketMode = s.conf.SocketMode
	o.Logger = s.log
	return webserver.Open(o)
}

// closeSockets closes the sockets that were handed over and not used.
func (s *Server) closeSockets() {
	for _, left := range s.conf.Sockets {
		s.log.Warn("systemd has handed over a socket that nothing uses",
			"name", left.Name, "address", left.Listener.Addr())
		_ = left.Listener.Close()
	}
	s.conf.Sockets = nil
}

// modeValue is the value of a flag that is the mode of a file, in octal.
type modeValue struct{ mode *fs.FileMode }

// String returns the mode, nothing if there is none.
func (v modeValue) String() string {
	if v.mode == nil || *v.mode == 0 {
		return ""
	}
	return fmt.Sprintf("%04o", *v.mode)
}

// Set sets the mode.
func (v modeValue) Set(s string) error {
	mode, err := strconv.ParseUint(s, 8, 9)
	if err != nil || mode == 0 {
		return errSocketMode
	}
	*v.mode = fs.FileMode(mode)
	return nil
}
