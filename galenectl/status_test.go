package main

import (
	"strings"
	"testing"
)

// Causes have statuses of their own if that is asked for (weak spot 2); else they are
// 1 (spec 1.2).
func TestDetailedStatus_CW1_CW2(t *testing.T) {
	h := newHouse(t)
	h.ok("", "create-group", "-group", "tea")
	for _, test := range []struct {
		status     int
		args, hint string
	}{
		{3, "-admin-password wrong list-groups", "401"},
		{4, "show-group -group none", "404"},
		{5, "create-group -group tea", "exists already"},
		{6, "-server http://127.0.0.1:0 list-groups", "127.0.0.1"},
		{1, "create-user -group tea -user x -permissions nonsense", "400"},
		{1, "show-group", "required"},
		{1, "list-groups [", "Match"},
		{1, "nonsense", "Usage"},
		{2, "list-groups -nonsense", "Usage"},
		{0, "list-groups -help", "Usage"},
	} {
		plain := test.status
		if plain > 2 {
			plain = 1
		}
		h.fails(plain, test.hint, strings.Fields(test.args)...)
		h.fails(test.status, test.hint, append([]string{"-detailed-status"}, strings.Fields(test.args)...)...)
	}
	h.write("data/config.json", `{"users": {"root": {"password": "x", "permissions": "admin"}}}`)
	h.fails(3, "writableGroups is not set", "-detailed-status", "delete-group", "-group", "tea")
	h.args = h.args[:2]
	h.fails(3, "no credentials are known: see -admin-username", "-detailed-status", "list-groups")
}

func TestPing_CW14_CW16(t *testing.T) {
	h := newHouse(t)
	h.ok("", "create-group", "-group", "tea")
	h.ok(h.server.URL+" answers in 0s\n", "ping") // the clock of tests stands still
	h.ok(h.server.URL+" answers in 0s\n", "ping", "-group", "tea")
	h.fails(1, logged+"Ping: HTTP error: 404", "ping", "-group", "none")
	h.fails(1, logged+"Build URL: ", "ping", "-group", ".none")
	h.fails(1, logged+"Ping: HTTP error: 401", "-admin-password", "wrong", "ping")
	status, stdout, stderr := h.run("version")
	if status != 0 || !strings.HasPrefix(stdout, "galenectl ") || !strings.Contains(stdout, "(go1.") || stderr != "" {
		t.Errorf("%d %s %s", status, stdout, stderr)
	}
}

// -password-stdin reads standard input even if there is a terminal (weak spot 4).
func TestPasswordFromInput_CW4(t *testing.T) {
	h := newHouse(t)
	h.terminal = &terminal{
		prompt: func(string) { t.Error("it asks") },
		read:   func() ([]byte, error) { return nil, nil },
	}
	h.ok("", "create-group", "-group", "tea")
	h.ok("", "create-user", "-group", "tea", "-user", "ada", "-permissions", "admin")
	h.input = "a secret\r\nmore\n"
	h.ok("", "set-password", "-group", "tea", "-user", "ada", "-cost", "4", "-password-stdin")
	h.ok("ada\n", "-admin-username", "ada", "-admin-password", "a secret", "list-users", "-group", "tea")
	h.fails(1, `^Options "-password" and "-password-stdin" exclude each other\n$`, "hash-password", "-password", "x", "-password-stdin")
	h.fails(1, "wildcard", "hash-password", "-type", "wildcard", "-password-stdin")
	h.input = "\n"
	h.fails(1, "ReadPassword: the password is empty", "hash-password", "-password-stdin")
}
