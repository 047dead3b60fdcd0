package rtpconn

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"
)

// mdnsSockets counts the sockets of this process that listen for multicast DNS.
func mdnsSockets(t *testing.T) int {
	t.Helper()
	own := make(map[string]bool)
	descriptors, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range descriptors {
		if link, err := os.Readlink(d); err == nil && strings.HasPrefix(link, "socket:[") {
			own[strings.TrimSuffix(strings.TrimPrefix(link, "socket:["), "]")] = true
		}
	}
	n := 0
	for _, file := range []string{"/proc/self/net/udp", "/proc/self/net/udp6"} {
		table, err := os.ReadFile(file)
		if err != nil {
			continue // no IPv6
		}
		for line := range strings.Lines(string(table)) {
			fields := strings.Fields(line)
			const port = ":14E9" // 5353
			if len(fields) > 9 && strings.HasSuffix(fields[1], port) && own[fields[9]] {
				n++
			}
		}
	}
	return n
}

// Without -mdns nothing listens for multicast DNS, so that nobody's .local candidates are
// resolved (S-34).
func TestMulticastDNS_S34(t *testing.T) {
	sockets := func(on bool) int {
		e := newTestEngine(t, Options{MulticastDNS: on})
		up := must(e.NewUp(UpParams{Codecs: testCodecs()}))
		defer up.Close()
		pc := newPeer(t, peerOptions{})
		must(pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo))
		offer := must(pc.CreateOffer(nil)).SDP
		clients := mdnsSockets(t)
		must(up.Offer(offer))
		return mdnsSockets(t) - clients
	}
	if n := sockets(false); n != 0 {
		t.Errorf("%d sockets listen", n)
	}
	if n := sockets(true); n == 0 {
		t.Skip("there is no multicast on this machine")
	}
}
