package udpmux

import (
	"fmt"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/transport/v5/stdnet"
	"github.com/pion/webrtc/v4"
	"golang.org/x/sys/unix"
)

// measure calls round b.N times on a thread of its own and reports the CPU time
// of that thread per packet, of which a round sends n.
func measure(b *testing.B, n int, round func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for range 20 {
		round()
	}
	b.ReportAllocs()
	b.ResetTimer()
	before := threadTime(b)
	for range b.N {
		round()
	}
	used := threadTime(b) - before
	b.StopTimer()
	b.ReportMetric(float64(used)/float64(b.N)/float64(n), "cpu-ns/packet")
}

// threadTime returns the CPU time of this thread.
func threadTime(b *testing.B) time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		b.Fatal(err)
	}
	return time.Duration(ts.Nano())
}

// BenchmarkSend sends bursts of packets of 1180 bytes to 20 sockets that are
// drained, a number of packets for each, without peer connections.
func BenchmarkSend(b *testing.B) {
	const receivers = 20
	for _, mode := range modes {
		for _, n := range []int{1, 4, 10} {
			b.Run(fmt.Sprintf("%v/P=%d", mode, n), func(b *testing.B) {
				m := openTest(b, Options{Batching: mode})
				batch := m.NewBatch()
				var handles []*handle
				var clients []*net.UDPConn
				for i := range receivers {
					name := string(rune('a' + i))
					h := getConn(b, m, batch, name)
					c := dial(b, h)
					connect(b, h, c, name)
					go func() {
						for b := make([]byte, 1500); ; {
							if _, _, err := c.ReadFromUDPAddrPort(b); err != nil {
								return
							}
						}
					}()
					handles, clients = append(handles, h), append(clients, c)
				}
				p := media(1, 1180)
				measure(b, receivers*n, func() {
					batch.Begin()
					for i, h := range handles {
						to := addrOf(clients[i])
						for range n {
							_, _ = h.WriteToAddrPort(p, to)
						}
					}
					batch.End()
				})
				for _, c := range clients {
					_ = c.Close()
				}
			})
		}
	}
}

// BenchmarkPeerConnections sends the same through real peer connections, and
// compares with the sockets that come with pion.
func BenchmarkPeerConnections(b *testing.B) {
	for _, kind := range []string{"pion", "off", "messages", "auto"} {
		b.Run(kind, func(b *testing.B) {
			const receivers = 20
			var configure func(*webrtc.SettingEngine)
			batch := &Batch{}
			if kind == "pion" {
				c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
				if err != nil {
					b.Fatal(err)
				}
				mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: c})
				b.Cleanup(func() { _ = mux.Close() })
				configure = func(s *webrtc.SettingEngine) { s.SetICEUDPMux(mux) }
			} else {
				var mode Batching
				if err := mode.UnmarshalText([]byte(kind)); err != nil {
					b.Fatal(err)
				}
				m := openTest(b, Options{Batching: mode})
				batch = m.NewBatch()
				configure = func(s *webrtc.SettingEngine) {
					if err := m.ConfigureBatch(s, batch); err != nil {
						b.Error(err)
					}
				}
			}
			var muted atomic.Bool
			system, err := stdnet.NewNet()
			if err != nil {
				b.Fatal(err)
			}
			network := &quietNet{Net: system, muted: muted.Load}
			var all []*peers
			for range receivers {
				all = append(all, newPeers(b, configure, network, func([]byte) {}))
			}
			muted.Store(true)
			p := media(1, 1152) // 1180 bytes with header and SRTP tag
			for _, n := range []int{1, 4, 10} {
				b.Run(fmt.Sprintf("P=%d", n), func(b *testing.B) {
					measure(b, receivers*n, func() {
						batch.Begin()
						for _, k := range all {
							for range n {
								_ = k.track.write(p)
							}
						}
						batch.End()
					})
				})
			}
			for _, k := range all {
				_, _ = k.ours.GracefulClose(), k.client.GracefulClose()
			}
		})
	}
}
