package server

import (
	"flag"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/pion/transport/v5/stdnet"

	"galene/internal/lossynet"
	"galene/internal/testclient"
)

// These say how long TestSoak holds its call; an hour tells more:
//
//	go test ./server -run TestSoak -soak 1h -timeout 70m -v
//
// With -soak-profile NAME the server writes heap profiles to NAME-1 after a sixth
// of that time, and to NAME-2 at the end.
var (
	soakTime    = flag.Duration("soak", 5*time.Second, "how long TestSoak lasts")
	soakProfile = flag.String("soak-profile", "", "where heap profiles go")
)

const (
	// soakLoss is the share of packets lost in each direction.
	soakLoss = 0.02
	// soakSlope is how fast memory may grow after warming up, in bytes per
	// hour, and soakFit how long one must look to tell.
	soakSlope = 1e6
	soakFit   = 20 * time.Minute
	// soakSample is the time between looks.
	soakSample = 10 * time.Second
	// soakPace is the time from one visitor's joining to the next one's, soakStay how
	// long each stays at least, and soakVisitors how many there may be at once, if
	// the machine is too slow for them to have been seen by everybody in that time.
	soakPace     = 2 * time.Second
	soakStay     = time.Second
	soakVisitors = 4
	// soakPatience is how long anything may take, where the machine is very busy.
	soakPatience = 3 * time.Minute
)

// Three people hold a call over a network that loses 2 % of the packets in each
// direction.  Two of them send simulcast.  Every other second somebody joins,
// sends and receives sound and pictures, and leaves a second later, or when everybody
// has seen it; with each of them the layers change that the others want.  All of them receive sound and pictures of all
// others all the time, memory does not grow, and when they have left, nothing of
// it remains: no goroutine, no packet, no file descriptor (spec media.md 10.6).
func TestSoak(t *testing.T) {
	r := startRemote(t, files{
		"soak.json": `{"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}}`,
	})
	// A first, short call allocates what stays for good.
	t.Run("first", func(t *testing.T) { hold(t, r, 0) })
	before := r.usage()
	t.Logf("before: %v", before)
	t.Run("call", func(t *testing.T) { hold(t, r, *soakTime) })

	deadline := time.Now().Add(time.Minute)
	for {
		now := r.usage()
		if now.Goroutines <= before.Goroutines && now.Descriptors <= before.Descriptors && now.Packets == 0 {
			t.Logf("after: %v", now)
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("something is left behind: %v", now)
		}
		time.Sleep(100 * time.Millisecond) // nothing tells when goroutines end
	}
}

// soak is a call with its people.
type soak struct {
	r       *remote
	network *lossynet.Net
	clients []*testclient.Client
	ups     []*testclient.Up
	syncing sync.Mutex // held by who reads the clients' messages
}

// hold lets people meet, others come and go, and all of them leave.
func hold(t *testing.T, r *remote, duration time.Duration) {
	t.Helper()
	system, err := stdnet.NewNet()
	if err != nil {
		t.Fatal(err)
	}
	s := &soak{r: r, network: lossynet.New(system, soakLoss, 1)}
	for i := range 3 {
		video := testclient.NewVideo(t)
		if i > 0 {
			video = testclient.NewSimulcast(t)
		}
		c, up := s.join(t, fmt.Sprint("person ", i), "", "camera", video)
		s.clients, s.ups = append(s.clients, c), append(s.ups, up)
	}
	start := time.Now()
	pace := time.NewTicker(soakPace)
	defer pace.Stop()
	var visitors sync.WaitGroup
	defer visitors.Wait()
	places := make(chan struct{}, soakVisitors)
	var curve growth
	profiled := false
	for n := 0; ; n++ {
		places <- struct{}{}
		visitors.Go(func() {
			defer func() { <-places }()
			t.Run("visitor", func(t *testing.T) { s.visit(t, n) })
		})
		<-pace.C
		if t.Failed() {
			return
		}
		elapsed := time.Since(start)
		if elapsed > duration/6 && !profiled {
			profiled = true
			s.profile(1)
		}
		if elapsed > duration/6 {
			curve.sample(r, elapsed)
		}
		if n%30 == 29 {
			t.Logf("%v, %d visitors: %v", elapsed.Round(time.Second), n+1, r.usage())
		}
		if elapsed >= duration {
			t.Logf("%d visitors in %v, %.2f joins or leaves per second, %d packets lost",
				n+1, elapsed.Round(time.Second), 2*float64(n+1)/elapsed.Seconds(), s.network.Lost())
			break
		}
	}
	visitors.Wait()
	if duration > 0 {
		s.profile(2)
		curve.judge(t, duration)
		if s.network.Lost() == 0 {
			t.Error("the network has lost nothing")
		}
	}
	for _, c := range s.clients {
		c.Cut()
		<-c.Ended()
	}
}

// join makes somebody join, ask for what has the label wanted, or everything if that is
// empty, and publish a stream with the label given.
func (s *soak) join(t *testing.T, name, wanted, label string, video *testclient.Source) (*testclient.Client, *testclient.Up) {
	t.Helper()
	c := testclient.Join(t, "ws://"+s.r.address+"/ws", "soak", name, "",
		testclient.WithMediaNetwork(s.network), testclient.WithTimeout(soakPatience), testclient.WithUpkeep())
	c.Request(map[string][]string{wanted: {"audio", "video"}})
	return c, c.Publish(label, testclient.Tracks(video, testclient.NewAudio(t)))
}

// visit lets somebody join, see and be seen, and leave a second after it came.
// Meanwhile the others ask for other layers.  Visits may overlap; visitors do not see
// each other, so that they take no longer then.
func (s *soak) visit(t *testing.T, n int) {
	t.Helper()
	done := false
	defer func() { // one of the others may have failed, and not t
		if !done {
			t.Logf("visitor %d, streams of the server: %s", n, s.r.command("streams"))
		}
	}()
	stay := time.After(soakStay)
	c, up := s.join(t, fmt.Sprint("visitor ", n), "camera", "visit", testclient.NewVideo(t))
	wanted := []string{"audio", "video"}
	if n%2 == 0 {
		wanted[1] = "video-low"
	}
	for i, other := range s.clients {
		if i == n%len(s.clients) {
			other.Request(map[string][]string{"": wanted})
			continue
		}
		stream := s.ups[(i+1)%len(s.ups)]
		other.Send(testclient.Message{Type: "requestStream", ID: stream.ID, Request: wanted})
	}
	waiting := s.flows()
	for i, other := range s.clients {
		waiting = append(waiting, flow(c, s.ups[i]), flow(other, up))
	}
	for _, wait := range waiting {
		wait()
	}
	s.alive(t)
	<-stay
	if n%3 == 0 {
		c.Leave()
	}
	c.Cut()
	done = true
}

// flow returns a function that waits until sound and pictures of a stream have come
// since flow was called, so that many streams can be waited for at once.
func flow(c *testclient.Client, up *testclient.Up) (wait func()) {
	const packets = 5
	down := c.AwaitStream(up.ID)
	video, audio := down.Packets("video")+packets, down.Packets("audio")+packets
	return func() {
		down.AwaitPackets("video", video-down.Packets("video"))
		down.AwaitPackets("audio", audio-down.Packets("audio"))
	}
}

// flows returns what waits for media from each of the people to each other.
func (s *soak) flows() (waiting []func()) {
	for i, c := range s.clients {
		for j, up := range s.ups {
			if i != j {
				waiting = append(waiting, flow(c, up))
			}
		}
	}
	return waiting
}

// alive checks that nobody has been thrown out, and shows the server that nobody
// has gone.
func (s *soak) alive(t *testing.T) {
	t.Helper()
	s.syncing.Lock()
	defer s.syncing.Unlock()
	for i, c := range s.clients {
		c.Sync()
		if err := c.Err(); err != nil {
			t.Fatalf("client %d: %v", i, err)
		}
	}
}

func (s *soak) profile(n int) {
	if *soakProfile != "" {
		s.r.command(fmt.Sprintf("profile %s-%d", *soakProfile, n))
	}
}

// growth fits a line to the memory in use over time, by least squares.
type growth struct {
	last                    time.Duration
	n                       int
	sx, sy, sxx, sxy        float64 // sums over hours and bytes
	lowest, highest         uint64  // bytes
	goroutines, descriptors int     // most
}

// sample takes a point, now and then.
func (g *growth) sample(r *remote, elapsed time.Duration) {
	if g.n > 0 && elapsed-g.last < soakSample {
		return
	}
	u := r.usage()
	g.last = elapsed
	x, y := elapsed.Hours(), float64(u.Heap)
	g.sx, g.sy, g.sxx, g.sxy = g.sx+x, g.sy+y, g.sxx+x*x, g.sxy+x*y
	if g.n == 0 || u.Heap < g.lowest {
		g.lowest = u.Heap
	}
	g.highest = max(g.highest, u.Heap)
	g.goroutines = max(g.goroutines, u.Goroutines)
	g.descriptors = max(g.descriptors, u.Descriptors)
	g.n++
}

// slope returns the growth in bytes per hour.
func (g *growth) slope() float64 {
	n := float64(g.n)
	d := n*g.sxx - g.sx*g.sx
	if d == 0 {
		return 0
	}
	return (n*g.sxy - g.sx*g.sy) / d
}

func (g *growth) judge(t *testing.T, duration time.Duration) {
	t.Helper()
	t.Logf("%d samples: %d to %d KiB of heap, %.0f kB per hour; up to %d goroutines, %d descriptors",
		g.n, g.lowest>>10, g.highest>>10, g.slope()/1000, g.goroutines, g.descriptors)
	if duration >= soakFit && g.slope() > soakSlope {
		t.Errorf("memory grows by %.1f MB per hour", g.slope()/1e6)
	}
}
