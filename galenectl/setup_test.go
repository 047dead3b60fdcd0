package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// With -data, the files of the server are where they belong, and an administrator who has
// a token is one at once (weak spot 14).
func TestSetupInPlace_CW14(t *testing.T) {
	h := newHouse(t)
	h.args = nil
	data := filepath.Join(h.dir, "data")
	h.fails(1, logged+"Create .*config.json", "-admin-username", "ada", "-admin-token", "t-o-k-e-n", "initial-setup", "-data", data)
	if _, err := os.Stat(filepath.Join(data, "var", "tokens.jsonl")); !os.IsNotExist(err) {
		t.Errorf("a file is left: %v", err)
	}
	if err := os.Remove(filepath.Join(data, "config.json")); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := h.run("-admin-username", "ada", "-admin-token", "t-o-k-e-n", "-server", h.server.URL, "initial-setup", "-data", data)
	if status != 0 || strings.Count(stdout, "\n") != 2 || strings.Contains(stdout, "move it") || stderr != "" {
		t.Fatalf("%d %s %s", status, stdout, stderr)
	}
	h.ok("", "create-group", "-group", "tea")
	h.fails(1, "exclude each other", "-admin-username", "ada", "initial-setup", "-data", data, "-config", "x")
	// Elsewhere, the server cannot know the token.
	status, _, stderr = h.run("-config", filepath.Join(h.dir, "own.json"), "-admin-username", "ada", "-admin-token", "t",
		"initial-setup", "-config", filepath.Join(h.dir, "server.json"))
	if status != 0 || !strings.Contains(stderr, "does not know the token") {
		t.Errorf("%d %s", status, stderr)
	}
}
