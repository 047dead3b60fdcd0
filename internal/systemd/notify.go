// Package systemd speaks with the service manager of that name, as far as a server needs:
// it tells when the service is ready (sd_notify(3)), and takes sockets that were opened
// for it (sd_listen_fds(3)).  Without systemd it does nothing.
package systemd

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// sendTimeout bounds the time until the service manager takes a message.
const sendTimeout = time.Second

var errNotifySocket = errors.New("neither a path nor an abstract name")

// A Notifier tells the service manager how the service does.  All methods of a nil one do
// nothing.  Its methods may be called concurrently.
type Notifier struct {
	conn     *net.UnixConn
	watchdog time.Duration
}

// NewNotifier returns a Notifier for the service manager that the environment names, nil
// if it names none.  It removes what it has read from the environment, which is not meant
// for other programs.
func NewNotifier() (*Notifier, error) {
	address := take("NOTIFY_SOCKET")
	usec, pid := take("WATCHDOG_USEC"), take("WATCHDOG_PID")
	if address == "" {
		return nil, nil
	}
	if address[0] != '/' && address[0] != '@' {
		return nil, fmt.Errorf("NOTIFY_SOCKET is %q, %w", address, errNotifySocket)
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	n := &Notifier{conn: conn}
	if pid == "" || pid == strconv.Itoa(os.Getpid()) {
		if us, err := strconv.ParseUint(usec, 10, 40); err == nil {
			n.watchdog = time.Duration(us) * time.Microsecond
		}
	}
	return n, nil
}

// take returns a variable of the environment, and removes it.
func take(name string) string {
	value := os.Getenv(name)
	_ = os.Unsetenv(name)
	return value
}

// Watchdog returns after what time without a call to Alive the service counts as stuck; 0
// if that is not watched.
func (n *Notifier) Watchdog() time.Duration {
	if n == nil {
		return 0
	}
	return n.watchdog
}

// Ready tells that the service has started, or has read its files again.
func (n *Notifier) Ready() error { return n.send("READY=1") }

// Reloading tells that the service reads its files again; Ready must follow.
func (n *Notifier) Reloading() error {
	if at := monotonic(); at > 0 {
		return n.send("RELOADING=1", fmt.Sprintf("MONOTONIC_USEC=%d", at.Microseconds()))
	}
	return n.send("RELOADING=1")
}

// Stopping tells that the service is about to end.
func (n *Notifier) Stopping() error { return n.send("STOPPING=1") }

// Alive tells that the service is not stuck.
func (n *Notifier) Alive() error { return n.send("WATCHDOG=1") }

// Close closes the connection.
func (n *Notifier) Close() error {
	if n == nil {
		return nil
	}
	return n.conn.Close()
}

func (n *Notifier) send(lines ...string) error {
	if n == nil {
		return nil
	}
	_ = n.conn.SetWriteDeadline(time.Now().Add(sendTimeout))
	_, err := n.conn.Write([]byte(strings.Join(lines, "\n")))
	return err
}
