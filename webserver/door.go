package webserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// limits bound what a client may take of a connection.  They end when it becomes a
// WebSocket.
type limits struct {
	readHeader  time.Duration // until the header is complete
	read        time.Duration // until header and body are
	write       time.Duration // until a piece of the answer is gone
	idle        time.Duration // between requests
	headerBytes int
}

// usualLimits are those of every door (H-8, weak spot 17).
func usualLimits() limits {
	return limits{
		readHeader:  60 * time.Second,
		read:        120 * time.Second,
		write:       120 * time.Second,
		idle:        120 * time.Second,
		headerBytes: 1 << 20,
	}
}

// DoorOptions configures a Door.
type DoorOptions struct {
	// Address is host:port, or the path of a Unix socket if it starts with
	// a slash (H-2).
	Address string
	// SocketMode is the mode of the file of a Unix socket, of which only the permissions
	// count; 0 leaves it to the umask (weak spot 14).
	SocketMode fs.FileMode
	// Listener, if there is one, is used instead of the address; the door closes it.
	Listener net.Listener
	// GetCertificate chooses the certificate of a TLS connection; nil is
	// clear text.
	GetCertificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// NextProtos are protocols that TLS offers besides those of HTTP.
	NextProtos []string
	// Handler answers the requests.
	Handler http.Handler
	// Logger is where faults go; nil is slog.Default().
	Logger *slog.Logger
}

// A Door is a listener together with the HTTP server behind it.
type Door struct {
	listener net.Listener
	server   *http.Server
	secure   bool
	done     chan struct{} // closed when no more connections are accepted
	err      error         // why, readable after that
	once     sync.Once
}

// Open binds the address, unless there is a listener, and starts to answer requests.  The caller must call
// Shutdown.
func Open(o DoorOptions) (*Door, error) {
	listener := o.Listener
	if listener == nil {
		var err error
		if listener, err = listen(o.Address, o.SocketMode); err != nil {
			return nil, err
		}
	}
	return open(o, listener, usualLimits()), nil
}

// open starts to answer requests that come by listener.
func open(o DoorOptions, listener net.Listener, limits limits) *Door {
	log := o.Logger
	if log == nil {
		log = slog.Default()
	}
	d := &Door{
		listener: listener,
		secure:   o.GetCertificate != nil,
		done:     make(chan struct{}),
		server: &http.Server{
			Handler:           steadily(o.Handler, limits.write),
			ReadHeaderTimeout: limits.readHeader,
			ReadTimeout:       limits.read,
			WriteTimeout:      limits.write,
			IdleTimeout:       limits.idle,
			MaxHeaderBytes:    limits.headerBytes,
			HTTP2:             &http.HTTP2Config{WriteByteTimeout: limits.write},
			ErrorLog:          newErrorLog(log),
		},
	}
	if d.secure {
		d.server.TLSConfig = &tls.Config{
			MinVersion:     tls.VersionTLS12,
			GetCertificate: o.GetCertificate,
			// WebSockets need HTTP/1.1, which browsers ask for
			// on a connection of its own.
			NextProtos: append([]string{"h2", "http/1.1"}, o.NextProtos...),
		}
	}
	go d.serve()
	return d
}

func (d *Door) serve() {
	defer close(d.done)
	var err error
	if d.secure {
		err = d.server.ServeTLS(d.listener, "", "")
	} else {
		err = d.server.Serve(d.listener)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		d.err = fmt.Errorf("web listener: %w", err)
	}
}

// Addr returns the address that is listened on.
func (d *Door) Addr() net.Addr {
	return d.listener.Addr()
}

// Interrupt closes the listener as if it had failed.
func (d *Door) Interrupt() error {
	return d.listener.Close()
}

// Done is closed when the door no longer accepts connections; it never is if there is no
// door.
func (d *Door) Done() <-chan struct{} {
	if d == nil {
		return nil
	}
	return d.done
}

// Err returns why the door stopped accepting connections, once Done is
// closed; nil after Shutdown, and if there is no door.
func (d *Door) Err() error {
	if d == nil {
		return nil
	}
	<-d.done
	return d.err
}

// Shutdown stops accepting connections, and waits for the requests being
// served until ctx is done, when it closes their connections.  WebSockets are
// not waited for.
func (d *Door) Shutdown(ctx context.Context) error {
	var err error
	d.once.Do(func() {
		err = d.server.Shutdown(ctx)
		if err != nil {
			err = errors.Join(err, d.server.Close())
		}
		<-d.done
	})
	return err
}
