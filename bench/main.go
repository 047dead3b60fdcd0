package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

func main() {
	if err := command(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	servers        serverList
	url            string
	group          string
	password       string
	pid            int
	rounds         int
	clients        int
	rate           string
	spread         float64
	duration       time.Duration
	messages       int
	requests       int
	timeout        time.Duration
	serverCPU, cpu int
	goroutines     bool
	out            string
	quiet          bool
}

// serverList is a flag that may be repeated.
type serverList []string

func (l *serverList) String() string     { return strings.Join(*l, ", ") }
func (l *serverList) Set(s string) error { *l = append(*l, s); return nil }

func (o *options) flags(stderr io.Writer) *flag.FlagSet {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Var(&o.servers, "server", "server to start: `[NAME=]BINARY [FLAG...]`; may be repeated, the first is what others are compared with")
	f.StringVar(&o.url, "url", "", "WebSocket `URL` of a server that runs, instead of -server")
	f.StringVar(&o.group, "group", benchGroup, "`name` of its group, in which everybody may present")
	f.StringVar(&o.password, "password", "", "`password` of the group")
	f.IntVar(&o.pid, "pid", 0, "its process, if it runs on this machine")
	f.IntVar(&o.rounds, "rounds", 1, "how many times everything is measured; the best counts")
	f.IntVar(&o.clients, "clients", 0, "viewers or participants (default: depends)")
	f.StringVar(&o.rate, "rate", "", "bit rate of video, for instance 1.2M (default: depends)")
	f.Float64Var(&o.spread, "spread", 0, "`share` of the time of a frame over which its packets are spread; 0 is back to back")
	f.DurationVar(&o.duration, "duration", 6*time.Second, "how long to measure")
	f.IntVar(&o.messages, "messages", 0, "messages of a chat storm (default: depends)")
	f.IntVar(&o.requests, "requests", 0, "requests per second of visitors (default: depends)")
	f.DurationVar(&o.timeout, "timeout", 30*time.Second, "how long to wait for anything")
	f.IntVar(&o.serverCPU, "server-cpu", 0, "`processor` that started servers run on, -1 is any")
	f.IntVar(&o.cpu, "cpu", 1, "`processor` that this program runs on, -1 is any")
	f.BoolVar(&o.goroutines, "goroutines", false, "count the goroutines of started servers, which ends them with SIGQUIT")
	f.StringVar(&o.out, "json", "", "write the results to a `file`, as JSON")
	f.BoolVar(&o.quiet, "quiet", false, "show no progress")
	f.Usage = func() {
		fmt.Fprintln(stderr, "usage: bench [flags] SCENARIO...\n\nscenarios:")
		for _, s := range scenarios {
			fmt.Fprintf(stderr, "  %-11s %s\n", s.name, s.what)
		}
		fmt.Fprintln(stderr, "  table       the goals of docs/performance.md\n\nflags:")
		f.PrintDefaults()
	}
	return f
}

// job is a scenario with its settings.
type job struct {
	scenario
	settings
}

// command runs the program.
func command(args []string, stdout, stderr io.Writer) error {
	var o options
	flags := o.flags(stderr)
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	jobs, err := o.jobs(flags.Args())
	if err != nil {
		return err
	}
	switch {
	case len(jobs) == 0:
		flags.Usage()
		return flag.ErrHelp
	case (o.url == "") == (len(o.servers) == 0):
		return errors.New("either -server or -url is needed")
	}
	if o.cpu >= 0 {
		if err := pinSelf(o.cpu); err != nil {
			fmt.Fprintln(stderr, "bench: running on any processor:", err)
		}
	}
	p := &progress{}
	if !o.quiet {
		p.w = stderr
	}
	results, err := o.all(jobs, p)
	if err != nil {
		return err
	}
	if o.out != "" {
		b, err := json.MarshalIndent(results, "", "\t")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.out, append(b, '\n'), 0o666); err != nil {
			return err
		}
	}
	if err := writeTable(stdout, results); err != nil {
		return err
	}
	if slices.ContainsFunc(results, func(res result) bool { return res.Error != "" }) {
		return errors.New("not everything could be measured")
	}
	return nil
}

// jobs returns what is to be measured.
func (o *options) jobs(names []string) ([]job, error) {
	var list []job
	for _, name := range names {
		if name == "table" {
			list = append(list, goals(o.duration)...)
			continue
		}
		s, err := findScenario(name)
		if err != nil {
			return nil, err
		}
		j := job{s, s.defaults}
		j.duration = o.duration
		if o.clients > 0 {
			j.clients = o.clients
		}
		if o.rate != "" {
			if j.rate, err = parseRate(o.rate); err != nil {
				return nil, err
			}
		}
		if o.messages > 0 {
			j.messages = o.messages
		}
		if o.requests > 0 {
			j.requests = o.requests
		}
		if o.spread < 0 || o.spread > 1 {
			return nil, errors.New("-spread is a share between 0 and 1")
		}
		j.spread = o.spread
		list = append(list, j)
	}
	return list, nil
}

// goals are the loads of the table of goals.
func goals(duration time.Duration) []job {
	var list []job
	add := func(name string, clients, rate int, spreads ...float64) {
		s, err := findScenario(name)
		if err != nil {
			panic(err)
		}
		for _, spread := range spreads {
			list = append(list, job{s, settings{clients: clients, rate: rate, spread: spread, duration: duration}})
		}
	}
	add("lecture", 10, 1_200_000, 0, 0.4)
	add("lecture", 50, 1_200_000, 0, 0.4)
	add("meeting", 8, 400_000, 0, 0.4)
	add("audio", 20, 0, 0)
	add("lecture", 100, 4_000_000, 0, 1)
	return list
}

// all measures every job with every server, as many times as asked for.
func (o *options) all(jobs []job, p *progress) ([]result, error) {
	id, err := newIdentity()
	if err != nil {
		return nil, err
	}
	servers := []string(o.servers)
	if o.url != "" {
		servers = []string{""}
	}
	var results []result
	for round := range o.rounds {
		for _, j := range jobs {
			for _, server := range servers {
				res, err := o.one(j, server, id, p)
				if err != nil {
					res.Error = err.Error()
				}
				res.Round = round
				results = append(results, res)
			}
		}
	}
	return results, nil
}

// one measures a job with a server.
func (o *options) one(j job, server string, id *identity, p *progress) (result, error) {
	res := result{Scenario: j.name, Server: o.url, Clients: j.clients, Rate: j.rate, Spread: j.spread}
	t := &target{name: o.url, url: o.url, group: o.group, password: o.password}
	if o.pid > 0 {
		t.process = &process{pid: o.pid}
	}
	if server != "" {
		name, _, _ := strings.Cut(strings.Fields(server + " -")[0], "=")
		res.Server = name
		var err error
		if t, err = startServer(server, o.serverCPU, o.timeout); err != nil {
			return res, err
		}
		defer t.process.stop()
		res.Server = t.name
	}
	p.begin(res.label() + ", " + res.Server)
	p.show("begins")
	r, err := newRun(t, id, p, o.timeout)
	if err != nil {
		return res, err
	}
	defer r.end()
	if err := j.run(r, j.settings, &res); err != nil {
		return res, err
	}
	select {
	case err := <-r.failure:
		return res, err
	default:
	}
	if o.goroutines {
		r.closing()
		res.Goroutines = t.process.goroutines()
	}
	return res, nil
}
