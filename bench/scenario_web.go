package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// webGroup is how many members each group of the scenario web has.  Everybody is
	// told of everybody else in a group, so that one group of all would measure that.
	webGroup = 20
	// webStats is how often statistics are asked for: one request in so many.
	webStats = 100
)

// web: members that do nothing, each group below the one that is named, while pages,
// states of groups and the administrative interface are asked for at a given rate.
func web(r *run, s settings, res *result) error {
	before, err := r.target.process.usage()
	if err != nil {
		return err
	}
	for i := range s.clients {
		group := fmt.Sprintf("%s/%d", r.target.group, i/webGroup)
		c, err := joinGroup(r, fmt.Sprintf("member%d", i), group)
		if err != nil {
			return err
		}
		r.keep(c)
		r.progress.show("%d of %d members", i, s.clients)
	}
	joined, err := r.target.process.usage()
	if err != nil {
		return err
	}
	v := newVisitors(r)
	defer v.client.CloseIdleConnections()
	began := time.Now()
	if err := v.visit(s.requests, s.duration); err != nil {
		return err
	}
	res.Seconds = time.Since(began).Seconds()
	after, err := r.target.process.usage()
	if err != nil {
		return err
	}
	n := float64(v.answers.Load())
	res.CPU = (after.cpu - joined.cpu).Seconds() / res.Seconds
	res.Wakeups = float64(after.wakeups-joined.wakeups) / res.Seconds
	res.Memory, res.Threads = after.rss, after.threads
	p := v.delays.percentiles(0.5, 0.99, 0.999)
	res.DelayP50, res.DelayP99, res.DelayP999 = milliseconds(p[0]), milliseconds(p[1]), milliseconds(p[2])
	res.note("answers per second", n/res.Seconds)
	res.note("processor time per answer, µs", float64((after.cpu-joined.cpu).Microseconds())/n)
	res.note("memory per member, kB", float64(joined.rss-before.rss)/1e3/float64(s.clients))
	res.note("longest delay of an answer, ms", milliseconds(time.Duration(v.longest.Load())))
	res.note("longest delay of a request, by this program, ms", milliseconds(time.Duration(v.late.Load())))
	return nil
}

// visitors ask for pages.
type visitors struct {
	run     *run
	client  *http.Client
	base    string // URL without a path
	paths   []string
	delays  histogram
	answers atomic.Int64
	longest atomic.Int64 // delay, ns
	late    atomic.Int64 // greatest delay with which a request was made, ns
}

func newVisitors(r *run) *visitors {
	v := &visitors{run: r, base: strings.TrimSuffix("http"+strings.TrimPrefix(r.target.url, "ws"), "/ws")}
	group := "/group/" + r.target.group + "/"
	v.paths = []string{"/", group, "/protocol.js", group + ".status", "/galene.html", "/public-groups.json"}
	if r.target.admin != "" {
		v.paths = append(v.paths, "/galene-api/v0/.groups/", "/galene-api/v0/.groups/"+r.target.group)
	}
	v.client = &http.Client{
		Timeout:   r.timeout,
		Transport: &http.Transport{MaxIdleConnsPerHost: 1000, DisableCompression: true},
	}
	return v
}

// visit makes so many requests per second for a time.  They are made when they are due,
// answered or not, and what is measured is how long after that the answer is complete: a
// server that stalls does not make its visitors wait with their next request.
func (v *visitors) visit(perSecond int, d time.Duration) error {
	began := time.Now()
	total := int(d.Seconds() * float64(perSecond))
	var under sync.WaitGroup
	for i := range total {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
		if err := v.run.pause(time.Until(due)); err != nil {
			return err
		}
		atomicMax(&v.late, time.Since(due))
		path := v.paths[i%len(v.paths)]
		if v.run.target.admin != "" && i%webStats == webStats-1 {
			path = "/galene-api/v0/.stats"
		}
		under.Go(func() {
			if err := v.ask(path); err != nil {
				v.run.fail(err)
				return
			}
			delay := time.Since(due)
			v.delays.add(delay)
			atomicMax(&v.longest, delay)
			v.answers.Add(1)
		})
		v.run.progress.show("%d requests of %d", i, total)
	}
	under.Wait()
	return nil
}

// atomicMax raises a number of nanoseconds to that of d.
func atomicMax(n *atomic.Int64, d time.Duration) {
	for old := n.Load(); int64(d) > old && !n.CompareAndSwap(old, int64(d)); old = n.Load() {
	}
}

// ask makes one request, and reads the answer to its end.
func (v *visitors) ask(path string) error {
	request, err := http.NewRequest(http.MethodGet, v.base+path, nil)
	if err != nil {
		return err
	}
	if strings.HasPrefix(path, "/galene-api/") {
		request.SetBasicAuth(benchAdmin, v.run.target.admin)
	}
	answer, err := v.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, answer.Status)
	}
	return nil
}
