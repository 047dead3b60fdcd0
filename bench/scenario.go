package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// settings are what a scenario may be told.
type settings struct {
	clients  int           // viewers, or participants
	rate     int           // of video, bit/s
	spread   float64       // see media
	duration time.Duration // of measuring
	messages int           // of a chat storm
	requests int           // per second, of visitors
}

// scenario is a kind of load.
type scenario struct {
	name, what string
	defaults   settings
	run        func(r *run, s settings, res *result) error
}

// scenarios are all kinds of load.
var scenarios = []scenario{
	{"lecture", "one sends to many", settings{clients: 50, rate: 1_200_000}, lecture},
	{"meeting", "everybody sends to everybody", settings{clients: 8, rate: 400_000}, meeting},
	{"audio", "everybody speaks to everybody", settings{clients: 20}, meeting},
	{"saturation", "a lecture whose rate is raised until it breaks", settings{clients: 100, rate: 4_000_000}, saturation},
	{"idle", "members that do nothing", settings{clients: 200}, idle},
	{"join-storm", "connected clients join at once", settings{clients: 100}, joinStorm},
	{"view-storm", "all ask for one stream at once", settings{clients: 50, rate: 200_000}, viewStorm},
	{"chat-storm", "one writes as fast as it can", settings{clients: 100, messages: 100}, chatStorm},
	{"web", "idle members in groups of 20, and visitors of pages and the administrative interface", settings{clients: 2000, requests: 200}, web},
	{"churn", "viewers come and go", settings{clients: 10, rate: 400_000}, churn},
}

func findScenario(name string) (scenario, error) {
	for _, s := range scenarios {
		if s.name == name {
			return s, nil
		}
	}
	return scenario{}, fmt.Errorf("no scenario is called %q", name)
}

// parseRate reads a bit rate: a number, perhaps with k or M.
func parseRate(text string) (int, error) {
	factor := 1.0
	switch {
	case strings.HasSuffix(text, "k"):
		factor = 1e3
	case strings.HasSuffix(text, "M"):
		factor = 1e6
	}
	x, err := strconv.ParseFloat(strings.TrimRight(text, "kM"), 64)
	if err != nil || x < 0 || x*factor > 1e9 {
		return 0, fmt.Errorf("%q is not a bit rate", text)
	}
	return int(x * factor), nil
}

// lecture: one sends, the others watch.
func lecture(r *run, s settings, res *result) error {
	if err := prepareLecture(r, s); err != nil {
		return err
	}
	return r.measure(s.duration, s.clients, res)
}

// prepareLecture returns when every viewer sees the lecturer.
func prepareLecture(r *run, s settings) error {
	list, err := r.joinAll("lecturer", 1)
	if err != nil {
		return err
	}
	if _, err := list[0].publish(media{rate: s.rate, spread: s.spread}); err != nil {
		return err
	}
	viewers, err := r.joinAll("viewer", s.clients)
	if err != nil {
		return err
	}
	for _, v := range viewers {
		v.request("audio", "video")
		// One after the other, so that the start is not what is measured.
		if err := r.awaitStreams(v, 1, s.rate > 0); err != nil {
			return err
		}
	}
	return nil
}

// awaitStreams waits until a client receives n streams.
func (r *run) awaitStreams(c *client, n int, video bool) error {
	for deadline := time.Now().Add(r.timeout); ; {
		c.mu.Lock()
		var list []*viewer
		for _, v := range c.viewers {
			list = append(list, v)
		}
		c.mu.Unlock()
		if len(list) >= n {
			for _, v := range list {
				if err := r.wait(c.name+" hears", v.first[0]); err != nil {
					return err
				}
				if !video {
					continue
				}
				if err := r.wait(c.name+" sees", v.first[1]); err != nil {
					return err
				}
			}
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s is offered %d streams of %d", c.name, len(list), n)
		}
		if err := r.pause(5 * time.Millisecond); err != nil {
			return err
		}
	}
}

// meeting: everybody sends to everybody else.
func meeting(r *run, s settings, res *result) error {
	if s.clients < 2 {
		return errors.New("a meeting needs two")
	}
	list, err := r.joinAll("person", s.clients)
	if err != nil {
		return err
	}
	for _, c := range list {
		c.request("audio", "video")
	}
	for i, c := range list {
		if _, err := c.publish(media{rate: s.rate, spread: s.spread}); err != nil {
			return err
		}
		for k, other := range list {
			n := i + 1
			if k <= i {
				n = i
			}
			if err := r.awaitStreams(other, n, s.rate > 0); err != nil {
				return err
			}
		}
	}
	return r.measure(s.duration, s.clients-1, res)
}

// measure lets media flow for a time.  Every publisher has a number of viewers.
func (r *run) measure(duration time.Duration, viewers int, res *result) error {
	if err := r.pause(time.Second); err != nil { // replays and probing end
		return err
	}
	start := r.begin()
	before, err := r.target.process.usage()
	if err != nil {
		return err
	}
	began := time.Now()
	for elapsed := time.Duration(0); elapsed < duration; elapsed = time.Since(began) {
		if err := r.pause(min(time.Second, duration-elapsed)); err != nil {
			return err
		}
		r.progress.show("%v of %v, %d packets forwarded",
			time.Since(began).Round(time.Second), duration, r.received.Load())
	}
	after, err := r.target.process.usage()
	if err != nil {
		return err
	}
	seconds := time.Since(began).Seconds()
	for _, p := range r.publishers {
		p.quiet()
	}
	if err := r.drain(); err != nil {
		return err
	}
	sent := r.sent(start)
	res.Streams = len(r.allViewers())
	res.fill(r, before, after, seconds, sent, sent*uint64(viewers))
	return nil
}

// fill computes what is reported.
func (res *result) fill(r *run, before, after usage, seconds float64, sent, expected uint64) {
	got := r.received.Load()
	res.Seconds = seconds
	res.PacketsIn = float64(sent) / seconds
	res.PacketsOut = float64(got) / seconds
	res.Expected = expected
	res.Lost = int64(expected) - int64(got)
	res.Disordered = r.disordered.Load()
	res.Unsent = r.failures.Load()
	res.CPU = (after.cpu - before.cpu).Seconds() / seconds
	if got > 0 {
		res.MicrosPerPacket = float64((after.cpu - before.cpu).Nanoseconds()) / 1e3 / float64(got)
	}
	res.Wakeups = float64(after.wakeups-before.wakeups) / seconds
	res.Memory = after.rss
	res.Threads = after.threads
	p := r.delays.Load().percentiles(0.5, 0.99, 0.999)
	res.DelayP50, res.DelayP99, res.DelayP999 = milliseconds(p[0]), milliseconds(p[1]), milliseconds(p[2])
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// What ends a saturation.
const (
	saturationStep  = 1.25
	saturationTime  = 3 * time.Second
	saturationLoss  = 0.005
	saturationDelay = 50.0 // ms, of 99 %
	saturationSteps = 24
)

// saturation raises the rate until packets are lost or late, and reports the last
// rate at which they were not.
func saturation(r *run, s settings, res *result) error {
	if err := prepareLecture(r, s); err != nil {
		return err
	}
	p := r.publishers[0]
	for range saturationSteps {
		step := *res
		if err := r.pause(500 * time.Millisecond); err != nil {
			return err
		}
		start := r.begin()
		before, err := r.target.process.usage()
		if err != nil {
			return err
		}
		began := time.Now()
		if err := r.pause(saturationTime); err != nil {
			return err
		}
		// What is on its way is not lost; at these rates it is little.
		sent, got := r.sent(start), r.received.Load()
		after, err := r.target.process.usage()
		if err != nil {
			return err
		}
		step.fill(r, before, after, time.Since(began).Seconds(), sent, sent*uint64(s.clients))
		step.Rate = int(p.rate.Load())
		step.Streams = s.clients
		r.progress.show("%.1f Mbit/s: %.0f packets/s, %.2f ms", float64(step.Rate)/1e6, step.PacketsOut, step.DelayP99)
		if float64(got) < float64(sent)*float64(s.clients)*(1-saturationLoss) || step.DelayP99 > saturationDelay {
			return nil
		}
		*res = step
		p.rate.Store(int64(float64(step.Rate) * saturationStep))
	}
	return nil
}

// idle: members that do nothing.
func idle(r *run, s settings, res *result) error {
	before, err := r.target.process.usage()
	if err != nil {
		return err
	}
	list, err := r.joinAll("member", s.clients)
	if err != nil {
		return err
	}
	if err := seeEachOther(list); err != nil {
		return err
	}
	if err := r.pause(s.duration); err != nil {
		return err
	}
	after, err := r.target.process.usage()
	if err != nil {
		return err
	}
	res.Memory, res.Threads = after.rss, after.threads
	res.note("memory per member, kB", float64(after.rss-before.rss)/1e3/float64(s.clients))
	res.note("processor time per member, ms", milliseconds(after.cpu-before.cpu)/float64(s.clients))
	return nil
}

// seeEachOther waits until everybody has seen everybody.
func seeEachOther(list []*client) error {
	for _, c := range list {
		if err := c.sees(len(list)); err != nil {
			return err
		}
	}
	return nil
}

// joinStorm: clients that are connected join at once.
func joinStorm(r *run, s settings, res *result) error {
	var list []*client
	for i := range s.clients {
		c, err := dial(r, fmt.Sprintf("member%d", i))
		if err != nil {
			return err
		}
		r.keep(c)
		list = append(list, c)
	}
	before, err := r.target.process.usage()
	if err != nil {
		return err
	}
	began := time.Now()
	for _, c := range list {
		c.sendJoin()
	}
	for _, c := range list {
		if err := r.wait("join", c.joined); err != nil {
			return err
		}
	}
	joined, err := r.target.process.usage()
	if err != nil {
		return err
	}
	res.note("all joined, ms", milliseconds(time.Since(began)))
	res.note("all joined, ms of processor time", milliseconds(joined.cpu-before.cpu))
	if err := seeEachOther(list); err != nil {
		return err
	}
	after, err := r.target.process.usage()
	if err != nil {
		return err
	}
	res.note("all see all, ms", milliseconds(time.Since(began)))
	res.note("all see all, ms of processor time", milliseconds(after.cpu-before.cpu))
	res.Memory, res.Threads = after.rss, after.threads
	return nil
}

// viewStorm: members ask for the one stream at once.
func viewStorm(r *run, s settings, res *result) error {
	list, err := r.joinAll("lecturer", 1)
	if err != nil {
		return err
	}
	if _, err := list[0].publish(media{rate: s.rate, spread: s.spread}); err != nil {
		return err
	}
	viewers, err := r.joinAll("viewer", s.clients)
	if err != nil {
		return err
	}
	before, err := r.target.process.usage()
	if err != nil {
		return err
	}
	began := time.Now()
	for _, v := range viewers {
		v.request("audio", "video")
	}
	for _, v := range viewers {
		if err := r.awaitStreams(v, 1, s.rate > 0); err != nil {
			return err
		}
	}
	after, err := r.target.process.usage()
	if err != nil {
		return err
	}
	n := float64(s.clients)
	res.note("all see the stream, ms", milliseconds(time.Since(began)))
	res.note("processor time per viewer, ms", milliseconds(after.cpu-before.cpu)/n)
	if err := r.pause(s.duration); err != nil {
		return err
	}
	after, err = r.target.process.usage()
	if err != nil {
		return err
	}
	res.Memory, res.Threads, res.Streams = after.rss, after.threads, s.clients
	res.note("memory per viewer, kB", float64(after.rss-before.rss)/1e3/n)
	return nil
}
