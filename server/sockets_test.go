package server

import (
	"flag"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"galene/internal/systemd"
)

// sockets makes listeners such as systemd hands over.
func sockets(t *testing.T, names ...string) []systemd.Socket {
	t.Helper()
	var list []systemd.Socket
	for _, name := range names {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		list = append(list, systemd.Socket{Name: name, Listener: l})
	}
	return list
}

// Listeners can be those that systemd has opened: by name, or in their order.  Media has
// the same port, and those that nothing uses are closed (HW-14).
func TestSocketsOfSystemd_HW14(t *testing.T) {
	for _, c := range []struct {
		names                   string
		http, redirect, metrics string
		want                    []int // which socket each one has got
	}{
		{"galene.socket", "systemd", "", "", []int{0}},
		{"a a a", "systemd", "systemd", "systemd", []int{0, 1, 2}},
		{"a b", "systemd:b", "systemd:a", "", []int{1, 0}},
		{"a b c", "systemd:b", "systemd", "", []int{1, 0}},
	} {
		conf := configuration(t, files{"tea.json": open})
		conf.Sockets = sockets(t, strings.Fields(c.names)...)
		given := conf.Sockets
		conf.HTTP, conf.Redirect, conf.Metrics = c.http, c.redirect, c.metrics
		r := start(t, conf)
		used := make(map[int]bool)
		for i, want := range c.want {
			used[want] = true
			address := given[want].Listener.Addr().String()
			url := []string{"https", "http", "http"}[i] + "://" + address + []string{"/healthz", "/", "/metrics"}[i]
			if status, to := location(t, withoutRedirects(t), url); status != []int{200, 308, 200}[i] || i == 1 && !strings.Contains(to, r.Addr().String()) {
				t.Errorf("%+v: %s: %d, %q", c, url, status, to)
			}
		}
		if media := r.engine.Addresses(); len(media) == 0 || !strings.HasSuffix(fmt.Sprint(media[0]), ":"+r.port()) {
			t.Errorf("%+v: media has %v", c, media)
		}
		if _, greeting, ok := strings.Cut(r.output.String(), "Open "); ok && !strings.HasPrefix(greeting, r.url("https")+"/group/tea/") {
			t.Errorf("%+v: greeting %s", c, greeting)
		}
		for i, s := range given {
			if warned := strings.Contains(r.log.String(), "nothing uses\" name="+s.Name); warned == used[i] {
				t.Errorf("%+v: socket %d: log %s", c, i, r.log.String())
			}
			conn, err := net.Dial("tcp", s.Listener.Addr().String())
			if err == nil {
				conn.Close()
			}
			if (err == nil) != used[i] {
				t.Errorf("%+v: socket %d: %v", c, i, err)
			}
		}
		r.stop()
	}
}

// A socket that is not there is an error, in the order of the flags.
func TestMissingSockets(t *testing.T) {
	for _, c := range []struct{ http, redirect, want string }{
		{"systemd:b", "", "systemd:b: systemd has handed over no such socket"},
		{"systemd", "systemd", "systemd: systemd has handed over no such socket"},
		{"systemdx", "", "missing port"},
	} {
		conf := configuration(t, nil)
		conf.HTTP, conf.Redirect, conf.Sockets = c.http, c.redirect, sockets(t, "a")
		if want := c.http != "systemdx"; conf.WantsSockets() != want {
			t.Errorf("%q wants sockets: %v", c.http, !want)
		}
		if _, err := New(conf); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestSocketModeFlag(t *testing.T) {
	for text, want := range map[string]string{"0660": "0660", "600": "0600", "0": "", "1777": "", "0680": "", "rw": ""} {
		conf := DefaultConfig()
		flags := flag.NewFlagSet("galene", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		conf.AddFlags(flags)
		err := flags.Parse([]string{"-socket-mode", text})
		if got := (modeValue{&conf.SocketMode}).String(); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
