package rtpconn

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
)

// peerSocket is a socket that a peer names in a candidate.
func peerSocket(t *testing.T) *net.UDPConn {
	t.Helper()
	s, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// hasPackets says whether something has come to a socket.
func hasPackets(s *net.UDPConn) bool {
	_ = s.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := s.Read(make([]byte, 1500))
	return err == nil
}

// TestComponents: candidates of a peer that are for RTCP on a port of its own are not
// used, whether they come one by one or in a description.  Firefox offers them, answers
// checks there, and takes no RTCP: it would not hear requests for keyframes, nor reports.
func TestComponents(t *testing.T) {
	for _, trickled := range []bool{true, false} {
		t.Run(fmt.Sprintf("trickled %v", trickled), func(t *testing.T) {
			e := newTestEngine(t, Options{})
			up := must(e.NewUp(UpParams{Codecs: testCodecs()}))
			defer up.Close()
			pc := newPeer(t, peerOptions{})
			must(pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo))
			offer := must(pc.CreateOffer(nil)).SDP
			var sockets []*net.UDPConn
			var candidates []string
			// The last one is checked after the others.
			for i, component := range []int{2, 2, 1} {
				s := peerSocket(t)
				sockets = append(sockets, s)
				candidates = append(candidates, fmt.Sprintf("candidate:%d %d UDP %d 127.0.0.1 %d typ host",
					i, component, 2122252543-i, s.LocalAddr().(*net.UDPAddr).Port))
			}
			if !trickled {
				offer = strings.TrimSuffix(offer, "\r\n") + "\r\n"
				for _, c := range candidates {
					offer += "a=" + c + "\r\n"
				}
			}
			must(up.Offer(offer))
			for _, c := range candidates {
				if !trickled {
					break
				}
				if err := up.AddCandidate(webrtc.ICECandidateInit{Candidate: c, SDPMid: new("0")}); err != nil {
					t.Fatal(err)
				}
			}
			last := len(sockets) - 1
			for range 3 { // rounds of checks
				if !eventually(func() bool { return hasPackets(sockets[last]) }) {
					t.Fatal("no check of the candidate for RTP")
				}
			}
			for _, s := range sockets[:last] {
				if hasPackets(s) {
					t.Error("a candidate for RTCP is checked")
				}
			}
		})
	}
}
