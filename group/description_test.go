package group

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDescriptionFields_Section15(t *testing.T) {
	d, err := parseDescription("g.json", []byte(`{
		"displayName": "Name", "description": "Text", "contact": "me", "comment": "none",
		"public": true, "redirect": "https://x/", "max-clients": 7, "max-history-age": 60,
		"not-before": "2026-01-02T03:04:05Z", "expires": "2027-01-02T03:04:05+02:00",
		"allow-recording": true, "unrestricted-tokens": true, "auto-subgroups": true,
		"autolock": true, "autokick": true,
		"users": {"ada": {"password": "x", "permissions": "op"}, "bob": {}},
		"wildcard-user": {"password": {"type": "wildcard"}, "permissions": ["b", "a"]},
		"authKeys": [{"kty": "oct"}], "authServer": "https://s/", "authPortal": "https://p/",
		"codecs": ["vp9", "opus", "vp9", "mp3"]
	} and what follows is ignored`))
	if err != nil {
		t.Fatal(err)
	}
	if d.DisplayName != "Name" || d.Text != "Text" || d.Contact != "me" || d.Comment != "none" ||
		!d.Public || d.Redirect != "https://x/" || d.MaxClients != 7 || d.MaxHistoryAge != time.Minute ||
		!d.NotBefore.Equal(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)) ||
		!d.Expires.Equal(time.Date(2027, 1, 2, 1, 4, 5, 0, time.UTC)) ||
		!d.AllowRecording || !d.UnrestrictedTokens || !d.AutoSubgroups || !d.Autolock || !d.Autokick ||
		len(d.Users) != 2 || d.WildcardUser == nil || len(d.AuthKeys) != 1 ||
		d.AuthServer != "https://s/" || d.AuthPortal != "https://p/" {
		t.Errorf("got %+v", d)
	}
	if got := d.Users["ada"].permissions.expand(d); sorted(got) != "caption message op present record token" {
		t.Errorf("ada has %v", got.Strings())
	}
	if !slices.Equal(d.Codecs, []string{"vp9", "opus"}) {
		t.Errorf("codecs are %v", d.Codecs)
	}
	if len(d.warnings) != 2 || d.warnings[0].Line != 9 || !strings.Contains(d.warnings[0].Text, "authKeys") ||
		d.warnings[1].Line != 10 || !strings.Contains(d.warnings[1].Text, "mp3") {
		t.Errorf("warnings are %v", d.warnings)
	}
}

func TestDescriptionDefaults(t *testing.T) {
	for _, content := range []string{
		`{}`,
		`{"max-history-age": 0, "max-clients": -3, "codecs": []}`,
		`{"displayName": null, "users": null, "wildcard-user": null, "codecs": null, "expires": null,
		  "authKeys": null, "public": null, "max-clients": null, "op": null}`,
	} {
		d, err := parseDescription("g.json", []byte(content))
		if err != nil {
			t.Fatal(err)
		}
		if d.MaxHistoryAge != 4*time.Hour || d.MaxClients != 0 || !slices.Equal(d.Codecs, []string{"vp8", "opus"}) ||
			d.WildcardUser != nil || !d.Expires.IsZero() || d.Public {
			t.Errorf("%s gives %+v", content, d)
		}
	}
	d, err := parseDescription("g.json", []byte(`{"max-history-age": 9223372036854775807}`))
	if err != nil || d.MaxHistoryAge <= 0 {
		t.Errorf("a long age gives %v, %v", d.MaxHistoryAge, err)
	}
}

func TestMalformedDescriptions(t *testing.T) {
	tests := []struct {
		name, content string
		line, column  int
		reason        string
	}{
		{"empty", ``, 1, 1, "unexpected end of file"},
		{"blank", "\n\n", 3, 1, "unexpected end of file"},
		{"array", "\n  []", 2, 3, "not an object"},
		{"null", "null", 1, 1, "not an object"},
		{"truncated", "{\n\"users\": {", 2, 11, "unexpected end of file"},
		{"comma", "{\n  \"public\": true,\n}", 3, 1, "invalid character '}'"},
		{"missing comma", "{\"public\": true\n \"autolock\": true}", 2, 2, "invalid character '\"'"},
		{"bad literal", "{\n\"public\": tru}", 2, 14, "invalid character '}'"},
		{"unknown key", "{\n  \"public\": true,\n  \"publik\": true}", 3, 3, `unknown key "publik"`},
		{"case", `{"Public": true}`, 1, 2, `unknown key "Public"`},
		{"wrong type", "{\n  \"public\": 1}", 2, 13, "unexpected number, want a boolean"},
		{"fraction", `{"max-clients": 1.5}`, 1, 17, "unexpected number 1.5, want an integer"},
		{"string for a number", `{"max-clients": "1"}`, 1, 17, "unexpected string, want an integer"},
		{"time", "{\"expires\":\n \"tomorrow\"}", 2, 2, `"tomorrow" is not an RFC 3339 time`},
		{"time of wrong type", `{"expires": 5}`, 1, 13, "unexpected number, want a string"},
		{"users of wrong type", `{"users": []}`, 1, 11, "not an object"},
		{"user of wrong type", `{"users": {"ada": "x"}}`, 1, 19, "not an object"},
		{"unknown key of user", "{\"users\": {\n \"ada\": {\n  \"pasword\": \"x\"}}}", 3, 3, `unknown key "pasword" in user entry`},
		{"unknown set", "{\"users\": {\n\"ada\": {\"permissions\": \"king\"}}}", 2, 24, `unknown permissions "king"`},
		{"permissions of wrong type", `{"users": {"ada": {"permissions": [1]}}}`, 1, 35, "unexpected number, want an array of strings"},
		{"password of wrong type", `{"wildcard-user": {"password": 5}}`, 1, 32, "password is neither a string nor an object"},
		{"codecs of wrong type", `{"codecs": "vp8"}`, 1, 12, "not an array"},
		{"codec of wrong type", `{"codecs": ["vp8", 5]}`, 1, 20, "unexpected number, want a string"},
		{"key of wrong type", `{"authKeys": ["x"]}`, 1, 15, "authKeys: not an object"},
		{"legacy of wrong type", `{"op": {}}`, 1, 8, "not an array"},
		{"unknown legacy key", `{"op": [{"user": "x"}]}`, 1, 10, `unknown key "user" in user entry`},
		{"encoding", "{\n\"displayName\": \"\xff\"}", 2, 17, "invalid UTF-8"},
		{"deep", strings.Repeat(`{"users":`, 20000), 1, 0, "depth"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseDescription("g.json", []byte(test.content))
			if err == nil {
				t.Fatal("accepted")
			}
			p := problemOf("g.json", []byte(test.content), err)
			if p.Line != test.line || p.Column != test.column && test.column != 0 || !strings.Contains(p.Text, test.reason) {
				t.Errorf("got %v, want %d:%d: %s", p, test.line, test.column, test.reason)
			}
		})
	}
}

func TestLegacyDescription(t *testing.T) {
	d, err := parseDescription("g.json", []byte(`{
		"op": [{"username": "ada", "password": "x"}, {"username": "ada", "password": "y"}],
		"presenter": [{"username": "bob"}, {}],
		"other": [{}, {"password": {"type": "wildcard"}}, {"username": "ada"}],
		"allow-subgroups": true, "auto-subgroups": false, "allow-anonymous": false,
		"users": {"eve": {"permissions": "observe"}}
	}`))
	if err != nil {
		t.Fatal(err)
	}
	if !d.AutoSubgroups || len(d.Users) != 3 || len(d.warnings) != 5 {
		t.Errorf("got %+v", d)
	}
	if ok, _ := d.Users["ada"].Password.match("x"); !ok || d.Users["ada"].permissions.name != "op" {
		t.Errorf("ada is %+v", d.Users["ada"])
	}
	if ok, _ := d.Users["bob"].Password.match("whatever"); !ok || d.Users["bob"].permissions.name != "present" {
		t.Errorf("bob is %+v", d.Users["bob"])
	}
	if d.WildcardUser.permissions.name != "present" {
		t.Errorf("the wildcard user is %+v", d.WildcardUser)
	}
	for i, line := range []int{2, 4, 4, 4, 5} {
		if d.warnings[i].Line != line {
			t.Errorf("warning %v, want line %d", d.warnings[i], line)
		}
	}
}

func TestCheck(t *testing.T) {
	h := newHouse(t)
	h.writeFile("data/config.json", "{\n\"canonicalHost\": 5}")
	h.write("a/b", "{\n\n\"x\": 1}")
	h.write("pw", "{\n\"users\": {\"ada\": {\"password\":\n {\"type\": \"bcrypt\"}}}}")
	h.write(".hidden", "{")
	h.write(".git/x", "{")
	h.write(`back\slash`, "{}")
	h.writeFile("groups/README", "not a group")
	if err := os.Mkdir(filepath.Join(h.dir, "groups", "dir.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range h.Check() {
		relative, err := filepath.Rel(h.dir, p.File)
		if err != nil {
			t.Fatal(err)
		}
		p.File = filepath.ToSlash(relative)
		got = append(got, p.String())
	}
	want := []string{
		"data/config.json:2:18: unexpected number, want a string",
		"groups/a/b.json:3:1: unknown key \"x\"",
		`groups/back\slash.json: illegal group name`,
		"groups/pw.json:3:2: user \"ada\": unusable password entry: bcrypt without key",
		"groups/test.json:7:23: user \"bad\": unusable password entry: plain without key",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// The others work.
	h.join("test", "1", with("ada", "secret"))
}

func TestCheckWithoutFiles(t *testing.T) {
	r := NewRegistry(Options{Directory: filepath.Join(t.TempDir(), "none"), DataDirectory: t.TempDir()})
	if p := r.Check(); len(p) != 0 {
		t.Errorf("got %v", p)
	}
	if status, err := r.Public(); err != nil || status == nil || len(status) != 0 {
		t.Errorf("got %v, %v", status, err)
	}
}

func FuzzDescription(f *testing.F) {
	f.Add([]byte(testGroup))
	f.Add([]byte(`{"op": [{"username": "ada", "password": {"type": "pbkdf2", "key": "00"}}], "codecs": ["vp8"]}`))
	f.Add([]byte(`{"expires": "2026-01-02T03:04:05Z", "authKeys": [{}], "max-history-age": 1e3}`))
	f.Add([]byte("{\"users\": {\"\\u0061\" : {\"permissions\" : [ \"a\" , \"b\" ] } } } x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := parseDescription("g.json", data)
		if err != nil {
			p := problemOf("g.json", data, err)
			if p.Line < 1 || p.Column < 1 || p.Text == "" {
				t.Errorf("no place: %v", p)
			}
			return
		}
		if d.MaxHistoryAge <= 0 || len(d.Codecs) == 0 || d.MaxClients < 0 || d.sub.Public {
			t.Errorf("got %+v", d)
		}
		for _, user := range d.Users {
			user.Password.check()
			user.permissions.expand(d)
		}
	})
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(`{"canonicalHost": "x:1", "allowOrigin": ["a"], "allowAdminOrigin": [], "proxyURL": "",
		"writableGroups": true, "users": {"root": {"password": "x", "permissions": "admin"}}, "admin": [1]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := parseConfig("config.json", data); err != nil {
			if p := problemOf("config.json", data, err); p.Line < 1 || p.Column < 1 {
				t.Errorf("no place: %v", p)
			}
		}
	})
}
