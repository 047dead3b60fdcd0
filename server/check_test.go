package server

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"galene/internal/certs"
	"galene/internal/problem"
)

// operated is a group with an operator.
const operated = `{"users": {"ada": {"password": "x", "permissions": "op"}}}`

// checked returns what Check says, in the form PLACE: SEVERITY: TEXT.
func checked(conf Config) (list []string) {
	dir := filepath.Dir(conf.Data) + string(filepath.Separator)
	for _, p := range Check(conf) {
		list = append(list, filepath.ToSlash(strings.ReplaceAll(p.Place(), dir, ""))+": "+p.Severity.String()+": "+p.Text)
	}
	return list
}

func TestCheck_SW14(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*Config)
		// write are files, relative to the directory with data/ and groups/.
		write files
		want  []string // each a prefix
	}{
		{"good", func(*Config) {}, nil, nil},
		{"flags", func(c *Config) {
			c.HTTP, c.UDPRange, c.PProf, c.Metrics, c.TURN, c.Static =
				"8443", "9-5", ":6060", "x", ":x", "nowhere"
		}, nil, []string{
			"-http: error: address 8443: missing port",
			"-udp-range: error: UDP range: 9-5",
			"-metrics: error: address x: missing port",
			"-pprof: error: -pprof needs a loopback address",
			"-static: error: static files:",
			"-turn: error: TURN: bad address",
		}},
		{"insecure", func(c *Config) { c.Insecure, c.Redirect = true, ":80" }, files{"data/cert.pem": "not looked at"},
			[]string{"-insecure: error: -acme and -redirect need HTTPS"}},
		{"all sorts of files", func(*Config) {}, files{
			"data/config.json":      `{"x": 1}`,
			"data/ice-servers.json": `[5]`,
			"data/var/tokens.jsonl": `x`,
			"data/cert.pem":         `x`,
			"groups/a/b.json":       `{"public": "yes"}`,
		}, []string{
			`data/config.json:1:2: error: unknown key "x"`,
			"groups/a/b.json:1:12: error: unexpected string",
			"data/var/tokens.jsonl:1:1: error: invalid character",
			"data/ice-servers.json:1:2: error: entry 1 is ignored",
			"data/cert.pem: error: certificate and key must both exist",
		}},
		{"names", func(c *Config) { c.ACME = certs.ACME{Hosts: []string{"a.example"}} },
			files{"data/config.json": `{"canonicalHost": "b.example:8443"}`},
			[]string{`-acme: warning: does not name "b.example"`}},
		{"recordings that nobody makes", func(*Config) {}, files{"recordings": ""},
			[]string{"recordings: warning: "}},
		{"recordings", func(*Config) {}, files{"recordings": "", "groups/r.json": `{"allow-recording": true,` + operated[1:]},
			[]string{"recordings: error: "}},
		{"no place for tokens", func(c *Config) { c.Insecure = true }, files{"data/var": ""},
			[]string{"data/var/tokens.jsonl: error: ", "data/var: warning: "}},
		{"groups that are to be written", func(c *Config) {}, files{"data/config.json": `{"writableGroups": true}`}, nil},
		{"public address", func(c *Config) { c.PublicAddresses = []string{"video.example.org"} }, nil,
			[]string{"-public-address: error: public address: \"video.example.org\" is no IP address"}},
		{"public address that is not", func(c *Config) { c.PublicAddresses = []string{"8.8.4.4", "10.0.0.5"} }, nil,
			[]string{"-public-address: warning: 10.0.0.5 is not public"}},
		{"public address and multicast DNS", func(c *Config) { c.PublicAddresses, c.MulticastDNS = []string{"8.8.4.4"}, true }, nil,
			[]string{"-public-address: error: -public-address does not go with -mdns"}},
		{"proxies", func(c *Config) { c.TrustedProxies = []string{"proxy.example"} }, nil,
			[]string{"-trusted-proxy: error: trusted proxy: \"proxy.example\" is no IP address"}},
		{"header of proxies", func(c *Config) { c.ProxyHeader = "Via" }, nil, []string{"-trusted-proxy: error: \"Via\""}},
		{"added files", func(c *Config) { c.Static = filepath.Join(filepath.Dir(c.Data), "more") },
			files{"more/third-party/tasks-vision/vision_bundle.mjs": ""}, nil},
		{"pages of the index only", func(c *Config) { c.Static = filepath.Join(filepath.Dir(c.Data), "other") },
			files{"other/index.html": ""}, []string{"-static: error: no pages of groups: "}},
		{"pages", func(c *Config) { c.Static = filepath.Dir(c.Data) }, nil, []string{"-static: error: no pages of groups"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := configuration(t, files{"tea.json": operated})
			base := filepath.Dir(conf.Data)
			conf.Recordings = filepath.Join(base, "recordings")
			c.set(&conf)
			for name, text := range c.write {
				writeFile(t, filepath.Join(base, name), text)
			}
			before := tree(t, base)
			got := checked(conf)
			if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			if after := tree(t, base); after != before {
				t.Errorf("the check has changed files:\n%s\nbefore:\n%s", after, before)
			}
		})
	}
}

// tree describes all files below a directory.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(&b, path, info.Size(), info.Mode(), info.ModTime())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The files of a server that has run are in order, also while it runs: the check needs
// no port.
func TestCheckOfARunningServer(t *testing.T) {
	conf := configuration(t, files{"tea.json": operated})
	conf.Recordings = filepath.Join(filepath.Dir(conf.Data), "recordings")
	r := start(t, conf)
	await(t, "greeting", func() bool { return strings.Contains(r.output.String(), "Open") })
	conf.HTTP = r.Addr().String()
	for _, p := range Check(conf) {
		if p.Severity == problem.Error {
			t.Errorf("%v", p)
		}
	}
}
