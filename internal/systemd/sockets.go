package systemd

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// firstDescriptor is the number of the first file that is handed over (SD_LISTEN_FDS_START).
const firstDescriptor = 3

var (
	errNoSockets = errors.New("systemd has handed over no socket")
	errBadCount  = errors.New("LISTEN_FDS is no number of sockets")
)

// A Socket is one that the service manager has opened for this process.
type Socket struct {
	// Name is that of the unit, such as galene.socket, unless the unit says otherwise
	// (FileDescriptorName=).
	Name     string
	Listener net.Listener
}

// Sockets takes all sockets that the service manager has handed over, in their order.  It
// succeeds once, as it removes what it has read from the environment, and fails if there
// are none.  The caller must close the listeners; the files of Unix sockets stay.
func Sockets() ([]Socket, error) {
	pid, count, names := take("LISTEN_PID"), take("LISTEN_FDS"), take("LISTEN_FDNAMES")
	if count == "" || pid != strconv.Itoa(os.Getpid()) {
		return nil, errNoSockets // those of another process
	}
	n, err := strconv.ParseUint(count, 10, 16)
	if err != nil || n == 0 {
		return nil, fmt.Errorf("%w: %q", errBadCount, count)
	}
	files := make([]*os.File, n)
	for i := range files {
		files[i] = os.NewFile(uintptr(firstDescriptor+i), fmt.Sprintf("socket %d of systemd", i+1))
	}
	return listeners(files, strings.Split(names, ":"))
}

// listeners makes listeners of files, which it closes, with those names that there are.
func listeners(files []*os.File, names []string) (sockets []Socket, err error) {
	defer func() {
		for _, f := range files {
			_ = f.Close() // a listener has a copy, which no child inherits
		}
		if err != nil {
			for _, s := range sockets {
				_ = s.Listener.Close()
			}
			sockets = nil
		}
	}()
	for i, f := range files {
		l, err := net.FileListener(f)
		if err != nil {
			return sockets, fmt.Errorf("%s: %w", f.Name(), err)
		}
		s := Socket{Listener: l}
		if i < len(names) {
			s.Name = names[i]
		}
		sockets = append(sockets, s)
	}
	return sockets, nil
}
