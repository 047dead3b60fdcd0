package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"galene/adminapi"
	"galene/group"
)

// house is a server with an administrator, and a directory for the configuration
// of galenectl.
type house struct {
	t        *testing.T
	dir      string
	server   *httptest.Server
	now      time.Time
	input    string
	terminal *terminal
	env      map[string]string
	args     []string // global options for every run
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), now: time.Now(), env: make(map[string]string)}
	h.write("data/config.json", `{"writableGroups": true, "users": {"root": {"password": "x", "permissions": "admin"}}}`)
	api, err := adminapi.New(adminapi.Options{
		Registry: group.NewRegistry(group.Options{
			Directory: filepath.Join(h.dir, "groups"), DataDirectory: filepath.Join(h.dir, "data"),
			Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), PasswordCost: 4,
		}),
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	h.server = httptest.NewServer(api)
	t.Cleanup(h.server.Close)
	h.args = []string{"-server", h.server.URL, "-admin-username", "root", "-admin-password", "x"}
	return h
}

func (h *house) write(name, content string) {
	h.t.Helper()
	path := filepath.Join(h.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) read(name string) string {
	h.t.Helper()
	b, err := os.ReadFile(filepath.Join(h.dir, filepath.FromSlash(name)))
	if err != nil {
		h.t.Fatal(err)
	}
	return string(b)
}

// run runs galenectl.
func (h *house) run(args ...string) (status int, stdout, stderr string) {
	var out, diagnostics bytes.Buffer
	p := &program{
		stdin: strings.NewReader(h.input), stdout: &out, stderr: &diagnostics,
		terminal: h.terminal, now: func() time.Time { return h.now },
		getenv:    func(name string) string { return h.env[name] },
		configDir: func() (string, error) { return filepath.Join(h.dir, "config"), nil },
	}
	status = p.run(append(append([]string{}, h.args...), args...))
	return status, out.String(), diagnostics.String()
}

// ok runs galenectl, which must succeed and print exactly this.
func (h *house) ok(want string, args ...string) {
	h.t.Helper()
	status, stdout, stderr := h.run(args...)
	if status != 0 || stdout != want || stderr != "" {
		h.t.Errorf("%q: status %d, output %q, want %q, errors %s", args, status, stdout, want, stderr)
	}
}

// fails runs galenectl, which must fail, with errors that match.
func (h *house) fails(want int, pattern string, args ...string) {
	h.t.Helper()
	status, stdout, stderr := h.run(args...)
	if status != want || stdout != "" || !regexp.MustCompile(pattern).MatchString(stderr) {
		h.t.Errorf("%q: status %d, want %d, output %q, errors %q, want %q", args, status, want, stdout, stderr, pattern)
	}
}

// logged is how the errors of operations begin (C-15).
const logged = `^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d `

func TestInvocation_C1_C2_C3_C4_C5_C6_C7(t *testing.T) {
	h := newHouse(t)
	h.args = nil
	h.fails(1, "(?s)Usage.*Global options.*\n  create-group       Create a group\n.*COMMAND -help")
	h.fails(1, "(?s)Unknown command.*Usage", "nonsense")
	h.fails(0, "Usage", "-h")
	h.fails(0, "Usage", "--help")
	h.fails(0, "(?s)Usage.*create-group.*-group", "create-group", "-help")
	h.fails(2, "(?s)nonsense.*Usage", "-nonsense")
	h.fails(2, "(?s)nonsense.*Usage", "create-group", "-nonsense")
	h.fails(2, "", "create-token", "-duration", "soon")
	h.fails(2, "", "create-group", "-auto-subgroups=perhaps")
	h.fails(1, "Usage", "create-group", "-group", "x", "unexpected")
	h.fails(1, "Usage", "list-tokens", "-group", "x", "unexpected")
}

func TestConfiguration_C10_C20_C21_C25_CW3_CW17(t *testing.T) {
	h := newHouse(t)
	h.ok("", "create-group", "-group", "tea")
	h.args = nil
	h.write("config/galene/galenectl.json", `{"server": "`+h.server.URL+`/", "admin-username": "root", "admin-password": "x"}`)
	h.ok("tea\n", "list-groups")
	h.ok("tea\n", "-admin-password=", "list-groups") // an empty value does not count
	h.fails(1, logged+"List groups: HTTP error: 401 Unauthorized", "-admin-password", "y", "list-groups")
	h.fails(1, "401", "-admin-token", "y", "list-groups") // the token comes first
	h.env["GALENECTL_ADMIN_PASSWORD"] = "wrong"
	h.fails(1, "401", "list-groups")
	delete(h.env, "GALENECTL_ADMIN_PASSWORD")
	h.write("secret", "x\nmore")
	h.ok("tea\n", "-admin-password-file", filepath.Join(h.dir, "secret"), "list-groups")
	h.write("config/galene/galenectl.json", `{"server": "x", "typo": 1}`)
	h.fails(1, logged+"Failed to read configuration file: .*typo", "list-groups")
	h.fails(1, "401", "-config", filepath.Join(h.dir, "none"), "-server", h.server.URL, "list-groups")
	h.fails(1, logged+"Server x", "-config", filepath.Join(h.dir, "none"), "-server", "x", "list-groups")
	if status, _, _ := h.run("hash-password", "-type", "wildcard"); status != 0 {
		t.Error("a malformed configuration prevents what does not need it")
	}
}

func TestMissingOptions_C16(t *testing.T) {
	h := newHouse(t)
	for _, name := range []string{"create-group", "update-group", "delete-group", "list-users", "create-user", "list-tokens", "create-token", "set-password", "set-keys", "delete-keys"} {
		h.fails(1, `^Option "-group" is required\n$`, name)
	}
	h.fails(1, logged+`Option "-group" is required\n$`, "show-group")
	for _, name := range []string{"update-token", "revoke-token", "delete-token"} {
		h.fails(1, `^Options "-group" and "-token" are required\n$`, name, "-group", "x")
	}
	for _, name := range []string{"create-user", "update-user", "delete-user", "set-password", "delete-password"} {
		h.fails(1, `^Exactly one of "-user" and "-wildcard" is required\n$`, name, "-group", "x")
		h.fails(1, `^Exactly one of "-user" and "-wildcard" is required\n$`, name, "-group", "x", "-user", "u", "-wildcard")
	}
	h.fails(1, `^Could not parse "-permissions"\n$`, "create-user", "-group", "x", "-user", "u", "-permissions", " ")
	h.fails(1, `^Could not parse "-permissions"\n$`, "create-token", "-group", "x", "-permissions", "[1]")
	h.fails(1, `^Could not parse "-permissions"\n$`, "update-token", "-permissions", "nonsense") // C-62
	h.fails(1, `^Option "-admin-username" is required.\n$`, "-admin-username", "", "initial-setup")
}

// TestGroups checks the commands for groups; success says nothing (C-18), failure
// has the status and what the server says (C-15, C-17), and names are encoded (C-27).
func TestGroups_C28_C50_C51_CW1_CW8_CW9_CW10(t *testing.T) {
	h := newHouse(t)
	h.ok("", "create-group", "-group", "tea", "-auto-subgroups")
	h.fails(1, logged+`Create group: HTTP error: 412 Precondition Failed`, "create-group", "-group", "tea")
	h.input = `{"displayName": "<Tea>", "auto-subgroups": true, "comment": "c"}`
	h.ok("", "create-group", "-group", "a/b c%", "-json", "-auto-subgroups=false", "-unrestricted-tokens")
	h.ok("{\n    \"comment\": \"c\",\n    \"displayName\": \"<Tea>\",\n    \"unrestricted-tokens\": true\n}\n", "show-group", "-group", "a/b c%")
	h.input = `{"comment": null, "max-clients": 12}`
	h.ok("", "update-group", "-group", "a/b c%", "-json", "-public")
	h.ok("{\n    \"displayName\": \"<Tea>\",\n    \"max-clients\": 12,\n    \"public\": true,\n    \"unrestricted-tokens\": true\n}\n", "show-group", "-group", "a/b c%")
	h.ok("", "update-group", "-group", "tea")
	h.ok("", "update-group", "-group", "tea", "-display-name", "T", "-redirect", "/x", "-max-clients", "3")
	if got := strings.Join(strings.Fields(h.read("groups/tea.json")), ""); got != `{"displayName":"T","redirect":"/x","max-clients":3,"auto-subgroups":true}` {
		t.Errorf("group is %s", got)
	}
	for _, input := range []string{"", "{", "[]", "null", "1"} {
		h.input = input
		h.fails(1, logged+"Decode standard input: ", "create-group", "-group", "new", "-json")
	}
	h.input = `{"users": {}}`
	h.fails(1, "Create group: HTTP error: 400 Bad Request: .*users", "create-group", "-group", "new", "-json")
	for _, name := range []string{"..", "a/../b", ".x", "a//b", "/a"} {
		h.fails(1, logged+"Build URL: ", "delete-group", "-group", name)
	}
	h.ok("a/b c%\ntea\n", "list-groups")
	h.ok("tea\n", "list-groups", "t*", "[x-z]")
	h.ok("a/b c%\n", "list-groups", "a/*")
	h.ok("", "list-groups", "a*")
	h.ok("[\n    \"tea\"\n]\n", "list-groups", "-json", "tea")
	h.fails(1, logged+"Match: ", "list-groups", "[")
	h.ok("", "delete-group", "-group", "tea")
	h.fails(1, "Delete group: HTTP error: 404 Not Found", "delete-group", "-group", "tea")
	h.ok("[]\n", "stats")
	h.ok("[]\n", "relays")
}

func TestKeys_CW13(t *testing.T) {
	h := newHouse(t)
	h.ok("", "create-group", "-group", "tea")
	h.input = `{"keys": [{"kty": "oct", "alg": "HS256", "k": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"}]}`
	h.ok("", "set-keys", "-group", "tea")
	if !strings.Contains(h.read("groups/tea.json"), "authKeys") {
		t.Error("no keys")
	}
	h.ok("", "delete-keys", "-group", "tea")
	h.input = "{"
	h.fails(1, "Set keys: HTTP error: 400", "set-keys", "-group", "tea")
}

func TestUsers_C55_C56_CW5(t *testing.T) {
	h := newHouse(t)
	// A user whose name is empty is created at the end, with an option (C-57).
	h.ok("", "create-group", "-group", "tea")
	h.ok("", "create-user", "-group", "tea", "-user", "alice", "-permissions", "op")
	h.ok("", "create-user", "-group", "tea", "-user", "bob", "-permissions", ` ["present","token","message",""]`)
	h.ok("", "create-user", "-group", "tea", "-user", "a/b %")
	h.ok("", "create-user", "-group", "tea", "-wildcard", "-permissions", "observe")
	h.input = `{"permissions": "caption"}`
	h.ok("", "create-user", "-group", "tea", "-user", "carl", "-json")
	h.ok("", "create-user", "-group", "tea", "-user", "dora", "-json", "-permissions", "message")
	h.ok("a/b %        present\nalice        op\nbob          [?mpt]\ncarl         caption\ndora         message\n(wildcard)   observe\n",
		"list-users", "-l", "-group", "tea")
	h.ok("a/b %\n", "list-users", "-group", "tea", "a/*")
	h.ok("{\n    \"alice\": {\n        \"permissions\": \"op\"\n    }\n}\n", "list-users", "-l", "-json", "-group", "tea", "alice")
	h.fails(1, "Create user: HTTP error: 400 Bad Request: unknown permission", "create-user", "-group", "tea", "-user", "x", "-permissions", "nonsense")
	h.fails(1, "Create user: HTTP error: 412", "create-user", "-group", "tea", "-user", "bob")
	h.input = `{"password": "x"}`
	h.fails(1, "Create user: HTTP error: 400", "create-user", "-group", "tea", "-user", "x", "-json")
	h.ok("", "update-user", "-group", "tea", "-user", "bob", "-permissions", "admin")
	h.input = `{"permissions": null}`
	h.ok("", "update-user", "-group", "tea", "-user", "carl", "-json")
	h.ok("bob          admin\ncarl         \n", "list-users", "-l", "-group", "tea", "[bc]*")
	h.ok("", "delete-user", "-group", "tea", "-user", "bob")
	h.fails(1, "Delete user: HTTP error: 404", "delete-user", "-group", "tea", "-user", "bob")
	h.ok("", "delete-user", "-group", "tea", "-wildcard")
	h.ok("", "create-user", "-group", "tea", "-empty")
	h.ok("(empty)      present\n", "list-users", "-l", "-group", "tea", "")
}

func TestPasswords_C35_C36_C37_CW4(t *testing.T) {
	h := newHouse(t)
	h.ok("", "create-group", "-group", "tea")
	h.ok("", "create-user", "-group", "tea", "-user", "ada", "-permissions", "admin")
	h.ok("", "set-password", "-group", "tea", "-user", "ada", "-password", "secret", "-cost", "4")
	if file := h.read("groups/tea.json"); strings.Contains(file, "secret") || !strings.Contains(file, "$2a$04$") {
		t.Errorf("file is %s", file)
	}
	global := h.args
	h.args = []string{"-server", h.server.URL, "-admin-username", "ada", "-admin-password", "secret"}
	h.ok("ada\n", "list-users", "-group", "tea")
	h.ok("", "set-password", "-group", "tea", "-user", "ada", "-type", "pbkdf2", "-password", "other", "-iterations", "10")
	h.fails(1, "401", "list-users", "-group", "tea")
	h.args = global
	h.ok("", "delete-password", "-group", "tea", "-user", "ada")
	h.ok("", "set-password", "-group", "tea", "-user", "ada", "-type", "wildcard")

	h.input = ""
	h.fails(1, logged+"ReadPassword: ", "set-password", "-group", "tea", "-user", "ada")
	h.input = "from a pipe\n"
	h.ok("", "set-password", "-group", "tea", "-user", "ada", "-cost", "4")
	var prompts []string
	answers := []string{"typed", "typed", "one", "other"}
	h.terminal = &terminal{
		prompt: func(text string) { prompts = append(prompts, text) },
		read: func() ([]byte, error) {
			if len(answers) == 0 {
				return nil, errors.New("no more")
			}
			answer := answers[0]
			answers = answers[1:]
			return []byte(answer), nil
		},
	}
	h.ok("\n\n", "set-password", "-group", "tea", "-user", "ada", "-cost", "4")
	if prompts[0] != "New password: " {
		t.Errorf("prompts are %q", prompts)
	}
	if status, _, stderr := h.run("set-password", "-group", "tea", "-user", "ada"); status != 1 || !strings.Contains(stderr, "differ") {
		t.Errorf("status %d, %s", status, stderr)
	}
	if status, _, _ := h.run("set-password", "-group", "tea", "-user", "ada"); status != 1 {
		t.Errorf("status %d", status)
	}
}

func TestHashPassword(t *testing.T) {
	h := newHouse(t)
	_, stdout, _ := h.run("hash-password", "-password", "x", "-type", "pbkdf2", "-iterations", "10", "-salt", "4", "-key", "16")
	if !regexp.MustCompile(`^\{"type":"pbkdf2","hash":"sha-256","key":"[0-9a-f]{32}","salt":"[0-9a-f]{8}","iterations":10\}\n$`).MatchString(stdout) {
		t.Errorf("output is %s", stdout)
	}
	_, stdout, _ = h.run("hash-password", "-password", "x")
	var entry password
	if err := json.Unmarshal([]byte(stdout), &entry); err != nil || !strings.HasPrefix(entry.Key, "$2a$08$") ||
		bcrypt.CompareHashAndPassword([]byte(entry.Key), []byte("x")) != nil {
		t.Errorf("output is %s, %v", stdout, err)
	}
	h.ok("{\"type\":\"wildcard\"}\n", "hash-password", "-type", "wildcard")
	h.fails(1, "wildcard", "hash-password", "-type", "wildcard", "-password", "x")
	h.fails(1, "Make password: unknown password type", "hash-password", "-type", "md5", "-password", "x")
	h.fails(1, "Make password: ", "hash-password", "-password", "x", "-cost", "32")
	h.fails(1, "Make password: ", "hash-password", "-password", "x", "-type", "pbkdf2", "-key", "0")
}

func TestTokens_C60_C61_C62_C63(t *testing.T) {
	h := newHouse(t)
	h.now = time.Date(2100, 1, 2, 3, 4, 5, 0, time.UTC)
	h.ok("", "create-group", "-group", "tea")
	create := func(args ...string) string {
		t.Helper()
		status, stdout, stderr := h.run(append([]string{"create-token"}, args...)...)
		if status != 0 || !strings.HasSuffix(stdout, "\n") {
			t.Fatalf("%q: %d %q %s", args, status, stdout, stderr)
		}
		return strings.TrimSuffix(stdout, "\n")
	}
	long := func(name string) string {
		t.Helper()
		_, stdout, _ := h.run("list-tokens", "-l", "-group", "tea")
		for line := range strings.Lines(stdout) {
			if strings.HasPrefix(line, name) {
				return strings.TrimPrefix(line, name)
			}
		}
		return ""
	}
	a := create("-group", "tea", "-user", "carol")
	if got := long(a); got != " carol                mp   2100-01-03 03:04:05 \n" {
		t.Errorf("token is listed as %q", got)
	}
	b := create("-group", "tea", "-include-subgroups", "-duration", "2w", "-permissions", "op")
	if got := long(b); got != "                      Hcmopt 2100-01-16 03:04:05 \n" {
		t.Errorf("token is listed as %q", got)
	}
	h.ok("", "update-token", "-group", "tea", "-token", a, "-permissions", `["caption"]`)
	h.ok("", "revoke-token", "-group", "tea", "-token", a)
	if got := long(a); got != " carol                c    (expired)           \n" {
		t.Errorf("token is listed as %q", got)
	}
	h.ok("", "update-token", "-group", "tea", "-token", a, "-duration", "90m", "-user", "dave")
	if got := long(a); got != " dave                 c    2100-01-02 04:34:05 \n" {
		t.Errorf("token is listed as %q", got)
	}
	h.ok("", "delete-token", "-group", "tea", "-token", b)
	h.fails(1, "Delete token: HTTP error: 404", "delete-token", "-group", "tea", "-token", b)
	h.ok(a+"\n", "list-tokens", "-group", "tea")
	root := create("-group", "", "-include-subgroups", "-permissions", "admin")
	h.ok(root+"\n", "list-tokens", "-group", "")
	h.args = []string{"-server", h.server.URL, "-admin-token", root}
	h.ok("tea\n", "list-groups")
}

// TestEntriesThatFail checks that a listing goes on after an error.
func TestEntriesThatFail(t *testing.T) {
	h := newHouse(t)
	h.write("groups/tea.json", `{"users": {".x": {}, "y": {"permissions": "op"}}}`)
	h.ok(".x           (ERROR=Build URL: \".x\" cannot be addressed)\ny            op\n",
		"list-users", "-l", "-group", "tea")
}

func TestUpdateIsTriedAgain_CW15(t *testing.T) {
	h := newHouse(t)
	conflicts := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "GET" {
			w.Header().Set("ETag", `"x"`)
			io.WriteString(w, `{}`)
		} else if conflicts--; conflicts >= 0 {
			w.WriteHeader(http.StatusPreconditionFailed)
		}
	}))
	defer server.Close()
	conflicts = maxUpdates - 1
	h.ok("", "-server", server.URL, "update-group", "-group", "x")
	conflicts = maxUpdates
	h.fails(1, "Update group: HTTP error: 412", "-server", server.URL, "update-group", "-group", "x")
}

func TestTLS_C11_C26(t *testing.T) {
	h := newHouse(t)
	server := httptest.NewTLSServer(h.server.Config.Handler)
	defer server.Close()
	h.fails(1, "List groups: .*certificate.*-insecure", "-server", server.URL, "list-groups")
	h.ok("", "-server", server.URL, "-insecure", "list-groups")
}

func TestInitialSetup_C40_C41_C42_C43_C44_C45_C46_C47(t *testing.T) {
	h := newHouse(t)
	h.args = []string{"-admin-username", "ada", "-server", "https://v.example/"}
	config := filepath.Join(h.dir, "server.json")
	h.input = "secret\n"
	status, stdout, stderr := h.run("initial-setup", "-config", config)
	if status != 0 || strings.Count(stdout, "\n") != 2 || !strings.Contains(stdout, config) || !strings.Contains(stdout, "galenectl.json") {
		t.Fatalf("%d %s %s", status, stdout, stderr)
	}
	server, own := h.read("server.json"), h.read("config/galene/galenectl.json")
	if !strings.Contains(server, "    \"writableGroups\": true") || !strings.Contains(server, "$2a$12$") || !strings.Contains(server, `"permissions": "admin"`) {
		t.Errorf("server's file is %s", server)
	}
	if own != "{\n    \"server\": \"https://v.example/\",\n    \"admin-username\": \"ada\",\n    \"admin-password\": \"secret\"\n}\n" {
		t.Errorf("galenectl's file is %s", own)
	}
	for _, name := range []string{config, filepath.Join(h.dir, "config", "galene", "galenectl.json")} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 && os.PathSeparator == '/' {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	h.args = []string{"-admin-username", "ada", "-admin-token", "t"} // there is nothing to hash
	h.fails(1, logged+"Create .*server.json", "initial-setup", "-config", config)
	other := filepath.Join(h.dir, "other.json")
	h.fails(1, logged+"Create .*galenectl.json", "initial-setup", "-config", other)
	if _, err := os.Stat(other); !os.IsNotExist(err) {
		t.Errorf("a file is left: %v", err)
	}
	if h.read("server.json") != server || h.read("config/galene/galenectl.json") != own {
		t.Error("a file has changed")
	}
}

func TestCompletion_CW16(t *testing.T) {
	h := newHouse(t)
	for _, shell := range []string{"bash", "zsh", "fish"} {
		_, stdout, _ := h.run("completion", shell)
		for _, want := range []string{"create-group", "auto-subgroups", "include-subgroups"} {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s lacks %s", shell, want)
			}
		}
	}
	h.fails(1, "bash, zsh or fish", "completion")
}
