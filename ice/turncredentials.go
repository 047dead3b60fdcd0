package ice

import (
	"crypto/rand"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pion/turn/v5"
)

const (
	turnRealm = "galene.org"
	// turnUser is the name that credentials are issued to.
	turnUser = "galene"

	// maxAllocations bounds the relays of the server, and maxPerAddress
	// those of one client address, behind which there may be a school.
	maxAllocations = 4000
	maxPerAddress  = 400
)

// turnCredentials issues and checks the credentials of the built-in TURN server:
// time-limited ones, by a secret that never leaves the process.
type turnCredentials struct {
	secret string
	now    func() time.Time
}

func newTURNCredentials(now func() time.Time) turnCredentials {
	return turnCredentials{secret: rand.Text(), now: now}
}

// issue returns a user name and a password that are valid from now on.
func (c turnCredentials) issue() (username, password string) {
	return timeLimited(turnUser, c.secret, c.now())
}

// check is called for each request of a TURN client; it returns the key that
// the request must be signed with.
func (c turnCredentials) check(r *turn.RequestAttributes) (user string, key []byte, ok bool) {
	expiry, user, found := strings.Cut(r.Username, ":")
	seconds, err := strconv.ParseInt(expiry, 10, 64)
	if !found || err != nil || user != turnUser || seconds < c.now().Unix() {
		return "", nil, false
	}
	return r.Username, turn.GenerateAuthKey(r.Username, r.Realm, signature(c.secret, r.Username)), true
}

// quota counts the relays of each client address.
type quota struct {
	mu    sync.Mutex
	total int
	count map[netip.Addr]int
}

// admits says whether a client may have another relay.
func (q *quota) admits(_, _ string, client net.Addr) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.total < maxAllocations && q.count[clientIP(client)] < maxPerAddress
}

func (q *quota) created(client, _ net.Addr, _, _, _ string, _ net.Addr, _ int) {
	q.add(client, 1)
}

func (q *quota) deleted(client, _ net.Addr, _, _, _ string) {
	q.add(client, -1)
}

func (q *quota) add(client net.Addr, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	ip := clientIP(client)
	q.total += n
	q.count[ip] += n
	if q.count[ip] <= 0 {
		delete(q.count, ip)
	}
}

// clientIP returns the address of a client, without its port.
func clientIP(client net.Addr) netip.Addr {
	switch a := client.(type) {
	case *net.UDPAddr:
		return a.AddrPort().Addr().Unmap()
	case *net.TCPAddr:
		return a.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}
