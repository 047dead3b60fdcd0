package server

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/pion/transport/v5/stdnet"

	"galene/internal/lossynet"
	"galene/internal/testclient"
)

// soakTime is how long TestSoak holds its call; half an hour tells more:
//
//	go test ./server -run TestSoak -soak 30m -timeout 40m -v
func soakTime(t *testing.T) time.Duration {
	f := flag.Lookup("soak")
	d, err := time.ParseDuration(f.Value.String())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func init() { flag.Duration("soak", 5*time.Second, "how long TestSoak lasts") }

// Four people hold a call over a network that loses 2 % of the packets in each
// direction.  All of them receive sound and picture of all others all the time,
// and when they have left, nothing of it remains: no goroutine, no packet, no
// file descriptor.
func TestSoak(t *testing.T) {
	const people = 4
	r := start(t, configuration(t, files{
		"soak.json": `{"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}}`,
	}))
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(r.log.String())
		}
	})
	url := "ws://" + r.Addr().String() + "/ws"
	if !r.conf.Insecure {
		url = "wss://" + r.Addr().String() + "/ws"
	}

	// A first, short call allocates what stays for good.
	t.Run("first", func(t *testing.T) { hold(t, r, url, people, 0) })
	before := take(r)
	before.log(t, "before")
	t.Run("call", func(t *testing.T) { hold(t, r, url, people, soakTime(t)) })

	deadline := time.Now().Add(30 * time.Second)
	for {
		now := take(r)
		if now.goroutines <= before.goroutines && now.descriptors <= before.descriptors && now.packets == 0 {
			now.log(t, "after")
			return
		}
		if time.Now().After(deadline) {
			now.log(t, "after")
			buf := make([]byte, 1<<20)
			t.Fatalf("something is left behind\n%s", buf[:runtime.Stack(buf, true)])
		}
		time.Sleep(50 * time.Millisecond) // nothing tells when goroutines end
	}
}

// hold lets people meet, checks once a second that media goes on flowing to
// everybody from everybody, and lets them leave.
func hold(t *testing.T, r *running, url string, people int, duration time.Duration) {
	t.Helper()
	system, err := stdnet.NewNet()
	if err != nil {
		t.Fatal(err)
	}
	network := lossynet.New(system, 0.02, 1)

	clients := make([]*testclient.Client, people)
	ups := make([]*testclient.Up, people)
	for i := range clients {
		c := testclient.Join(t, url, "soak", fmt.Sprint("person ", i), "",
			testclient.WithMediaNetwork(network), testclient.WithTimeout(60*time.Second))
		c.Request(map[string][]string{"": {"audio", "video"}})
		ups[i] = c.Publish("camera", testclient.Tracks(testclient.NewVideo(t), testclient.NewAudio(t)))
		clients[i] = c
	}
	end := time.Now().Add(duration)
	last := end.Add(-duration)
	for round := 1; ; round++ {
		for i, c := range clients {
			for j, up := range ups {
				if i == j {
					continue
				}
				down := c.AwaitStream(up.ID)
				for _, kind := range []string{"video", "audio"} {
					down.AwaitPackets(kind, 5)
				}
			}
			c.Send(testclient.Message{Type: "pong"}) // or the server takes it for dead
			if err := c.Err(); err != nil {
				t.Fatalf("client %d: %v", i, err)
			}
		}
		if !time.Now().Before(end) {
			break
		}
		if time.Since(last) > time.Minute {
			last = time.Now()
			take(r).log(t, fmt.Sprintf("round %d", round))
		}
	}
	if network.Lost() == 0 && duration > 0 {
		t.Error("the network has lost nothing")
	}
	for _, c := range clients {
		c.Cut()
		<-c.Ended()
	}
}

// usage is what a server holds.
type usage struct {
	goroutines, descriptors int
	packets                 int64
	heap                    uint64
}

func take(r *running) usage {
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	return usage{
		goroutines:  runtime.NumGoroutine(),
		descriptors: openFiles(),
		packets:     r.engine.Pool().Outstanding(),
		heap:        memory.HeapAlloc,
	}
}

func (u usage) log(t *testing.T, when string) {
	t.Logf("%s: %d goroutines, %d file descriptors, %d packets, %d KiB of heap",
		when, u.goroutines, u.descriptors, u.packets, u.heap>>10)
}

// openFiles returns the number of open file descriptors, or 0 where that is not
// to be had.
func openFiles() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
