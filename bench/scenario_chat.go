package main

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// chatStorm: one member writes as fast as it can, and everybody, itself included,
// must get every message, in order.
func chatStorm(r *run, s settings, res *result) error {
	list, err := r.joinAll("member", s.clients)
	if err != nil {
		return err
	}
	if err := seeEachOther(list); err != nil {
		return err
	}
	delays := new(histogram)
	done := make(chan struct{})
	var complete atomic.Int64
	for _, c := range list {
		next := 0
		c.mu.Lock()
		c.onChat = func(text string) {
			index, at, err := parseChat(text)
			if err != nil || index != next {
				r.fail(fmt.Errorf("%s: chat message %q, expected number %d", c.name, text, next))
				return
			}
			delays.add(time.Duration(sinceEpoch() - at))
			next++
			if next == s.messages && complete.Add(1) == int64(len(list)) {
				close(done)
			}
		}
		c.mu.Unlock()
	}
	before, err := r.target.process.usage()
	if err != nil {
		return err
	}
	began := time.Now()
	for i := range s.messages {
		list[0].send(message{Type: "chat", Source: list[0].id, Username: list[0].name,
			Value: fmt.Sprintf("%d %d", i, sinceEpoch())})
	}
	if err := r.wait("chat", done); err != nil {
		return err
	}
	after, err := r.target.process.usage()
	if err != nil {
		return err
	}
	copies := float64(s.messages * len(list))
	res.Seconds = time.Since(began).Seconds()
	res.Memory, res.Threads = after.rss, after.threads
	res.note("copies per second", copies/res.Seconds)
	res.note("processor time per copy, µs", float64((after.cpu-before.cpu).Microseconds())/copies)
	p := delays.percentiles(0.5, 0.99, 0.999)
	res.DelayP50, res.DelayP99, res.DelayP999 = milliseconds(p[0]), milliseconds(p[1]), milliseconds(p[2])
	return nil
}

// parseChat reads "NUMBER TIME".
func parseChat(text string) (index int, at int64, err error) {
	number, stamp, _ := strings.Cut(text, " ")
	if index, err = strconv.Atoi(number); err != nil {
		return 0, 0, err
	}
	at, err = strconv.ParseInt(stamp, 10, 64)
	return index, at, err
}

// churn: viewers join, see the stream, and leave, as fast as they can, a number
// of them at a time.
func churn(r *run, s settings, res *result) error {
	list, err := r.joinAll("lecturer", 1)
	if err != nil {
		return err
	}
	if _, err := list[0].publish(media{rate: s.rate, spread: s.spread}); err != nil {
		return err
	}
	visit := func(name string) error {
		c, err := join(r, name)
		if err != nil {
			return err
		}
		defer c.leave()
		c.request("audio", "video")
		return r.awaitStreams(c, 1, s.rate > 0)
	}
	if err := visit("first"); err != nil {
		return err
	}
	before, err := r.target.process.usage()
	if err != nil {
		return err
	}
	began := time.Now()
	var visits atomic.Int64
	ended := make(chan error, s.clients)
	for i := range s.clients {
		go func() {
			for n := 0; time.Since(began) < s.duration; n++ {
				if err := visit(fmt.Sprintf("visitor%d-%d", i, n)); err != nil {
					ended <- err
					return
				}
				visits.Add(1)
				r.progress.show("%d visits", visits.Load())
			}
			ended <- nil
		}()
	}
	for range s.clients {
		if e := <-ended; e != nil {
			err = e
		}
	}
	if err != nil {
		return err
	}
	res.Seconds = time.Since(began).Seconds()
	after, err := r.target.process.usage()
	if err != nil {
		return err
	}
	n := float64(visits.Load())
	res.Memory, res.Threads = after.rss, after.threads
	res.note("visits per second", n/res.Seconds)
	res.note("processor time per visit, ms", milliseconds(after.cpu-before.cpu)/n)
	res.note("memory grown by, kB", float64(after.rss-before.rss)/1e3)
	return nil
}
