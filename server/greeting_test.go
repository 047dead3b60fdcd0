package server

import (
	"path/filepath"
	"strings"
	"testing"
)

// The server says at start what there is (SW-1; it is not as quiet as S-11 has it).
func TestGreetingNamesTheGroups_S11_SW1(t *testing.T) {
	r := start(t, configuration(t, files{
		"a-private.json": `{"users": {"ada": {"password": "x", "permissions": "op"}}}`,
		"tea.json":       open,
		"tea/green.json": open,
		"broken.json":    `{"nosuch": true}`,
		".hidden.json":   open,
		".dir/x.json":    open,
		"README":         "no group",
	}))
	await(t, "greeting", func() bool { return strings.Contains(r.output.String(), "Groups:") })
	got := r.output.String()
	for _, want := range []string{
		"Open " + r.url("https") + "/group/tea/ in a browser.\n",
		"Groups: a-private, tea, tea/green\n",
		"self-signed",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

func TestGreetingSaysHowToMakeAGroup(t *testing.T) {
	conf := configuration(t, nil)
	conf.Insecure = true
	r := start(t, conf)
	await(t, "greeting", func() bool { return strings.Contains(r.output.String(), "restart") })
	got := r.output.String()
	for _, want := range []string{
		filepath.Join(conf.Groups, "welcome.json"),
		r.url("http") + "/group/welcome/",
		`"wildcard-user"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

func TestGreetingShowsThePublicAddress(t *testing.T) {
	for text, want := range map[string]string{
		`{"canonicalHost": "v.example:8443"}`:       "https://v.example:8443/group/tea/",
		`{"proxyURL": "https://front.example/sub"}`: "https://front.example/sub/group/tea/",
	} {
		conf := configuration(t, files{"tea.json": open})
		conf.Insecure = true
		writeFile(t, filepath.Join(conf.Data, "config.json"), text)
		r := start(t, conf)
		await(t, "greeting", func() bool { return strings.Contains(r.output.String(), "Open") })
		if got := r.output.String(); !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

// Acceptance check 10 of server-cli.md, and SW-18: wrong files are reported with file,
// line and reason, and do not keep the others from working.
func TestWrongFilesAreReported(t *testing.T) {
	conf := configuration(t, files{
		"broken.json": "{\n  \"public\": true,\n  \"nosuch\": true\n}",
		"tea.json":    open,
	})
	r := start(t, conf)
	await(t, "greeting", func() bool { return strings.Contains(r.output.String(), "Open") })
	want := filepath.Join(conf.Groups, "broken.json") + ":3:3: unknown key \"nosuch\"\n"
	if got := r.output.String(); !strings.HasPrefix(got, want) {
		t.Errorf("no %q in %s", want, got)
	}
	if got := r.log.String(); !strings.Contains(got, "broken.json") || !strings.Contains(got, "line=3") {
		t.Errorf("not logged: %s", got)
	}
	c := client()
	defer c.CloseIdleConnections()
	if status, body := fetch(t, c, r.url("https")+"/group/tea/.status"); status != 200 {
		t.Errorf("%d %s", status, body)
	}
}
