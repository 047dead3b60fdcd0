package group

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// They share the description and nothing else, and go when they are empty (checklist 26).
// Looking at an automatic subgroup makes none, which is better than H-75 (HW-18); it is not
// public even if its parent is (H-81).
func TestAutomaticSubgroups_GRP4_GRP5_W25(t *testing.T) {
	h := newHouse(t)
	h.write("parent", `{"auto-subgroups": true, "public": true, "description": "text", "displayName": "P", `+
		testGroup[len(`{
	"displayName": "Test",`):])
	h.write("parent/real", testGroup)
	status, err := h.Status("parent/a/b")
	if err != nil || status.Description != "" || status.DisplayName != "P" || status.ClientCount != nil {
		t.Errorf("status is %+v, %v", status, err)
	}
	if n := len(h.loaded()); n != 0 {
		t.Errorf("W-25: %d groups are loaded", n)
	}
	if _, err := h.Status("parent/real/c"); !errors.Is(err, ErrNoGroup) {
		t.Errorf("the nearest file decides: %v", err)
	}
	_, m := h.join("parent/a/b", "1", with("ada", "secret"))
	_, sibling := h.join("parent/a", "1", with("ada", "secret"))
	wantError(t, sibling.Chat(ChatRequest{Value: raw("1")}), "")
	m.Leave()
	if n := len(h.loaded()); n != 1 {
		t.Errorf("W-25: %d groups are loaded", n)
	}
	sibling.Leave() // leaves its history behind
	if n := len(h.loaded()); n != 1 {
		t.Errorf("%d groups are loaded", n)
	}
	public, err := h.Public()
	if err != nil || len(public) != 1 || public[0].Name != "parent" || *public[0].ClientCount != 0 {
		t.Errorf("public groups are %+v, %v", public, err)
	}
}

// The list of subgroups (checklist 26).
func TestSubgroupsAction_GA9(t *testing.T) {
	h := newHouse(t)
	h.write("test", `{"auto-subgroups": true, `+testGroup[1:])
	c, op := h.op("op")
	wantError(t, op.GroupAction("subgroups", nil), "")
	c.want(t, `chat:""`)
	h.join("test/b", "1", with("ada", "secret"))
	h.join("test/a/x", "1", with("ada", "secret"))
	h.join("test/a/x", "2", with("ada", "secret"))
	wantError(t, op.GroupAction("subgroups", nil), "")
	chat := find[Chat](t, c.take())
	if chat.Value != "test/a/x (2 clients)\ntest/b (1 client)\n" || chat.Username != "Server" ||
		chat.Dest != "op" || chat.Source != "" || chat.ID != "" || chat.Time.IsZero() {
		t.Errorf("got %+v", chat)
	}
}

// A description that is edited, broken, removed and restored while there are members
// (JOIN-14, checklist 27).
func TestReload_GRP7_GRP8_W30(t *testing.T) {
	h := newHouse(t)
	c, m := h.ada("1")
	reference := func() error {
		_, err := h.Status("test")
		return err
	}
	if err := reference(); err != nil {
		t.Fatal(err)
	}
	c.want(t, "") // JOIN-14

	// Same size, same instant: found all the same.
	h.write("test", `{"displayName": "Tost"`+testGroup[len(`{
	"displayName": "Test"`):])
	if err := reference(); err != nil {
		t.Fatal(err)
	}
	if joined := find[Joined](t, c.take()); joined.Kind != JoinedChange || joined.Status.DisplayName != "Tost" ||
		sorted(joined.Permissions) != "message present" {
		t.Errorf("got %+v", joined)
	}

	// Malformed: the last good version is kept.
	h.write("test", `{"displayName": "Bad",`)
	if err := reference(); err != nil {
		t.Errorf("W-30: %v", err)
	}
	h.join("test", "2", with("ada", "secret"))
	c.want(t, "user/add:2")
	if problems := h.Check(); len(problems) != 1 || problems[0].Line != 1 {
		t.Errorf("problems are %v", problems)
	}

	// Mended.
	h.write("test", testGroup)
	if err := reference(); err != nil {
		t.Fatal(err)
	}
	c.want(t, "joined/change")

	// Gone: nobody new, but those present go on.
	h.remove("groups/test.json")
	if err := reference(); !errors.Is(err, ErrNoGroup) {
		t.Errorf("gone: %v", err)
	}
	_, _, err := h.try("test", "3", with("ada", "secret"))
	wantError(t, err, "group does not exist")
	wantError(t, m.Chat(ChatRequest{Value: raw("1")}), "")
	c.want(t, "chat:1")

	// Back, and the history is there.
	h.write("test", testGroup)
	third, _ := h.join("test", "3", with("ada", "secret"))
	third.want(t, "joined/join history:1 user/add:3 user/add:1 user/add:2")
}

// With its description an empty group loses its history (CHAT-12, GRP-8).
func TestUnloadedWhenGone_GRP8(t *testing.T) {
	h := newHouse(t)
	_, m := h.ada("1")
	wantError(t, m.Chat(ChatRequest{Value: raw("1")}), "")
	m.Leave()
	h.remove("groups/test.json")
	if _, err := h.Status("test"); !errors.Is(err, ErrNoGroup) {
		t.Errorf("got %v", err)
	}
	h.write("test", testGroup)
	c, _ := h.join("test", "1", with("ada", "secret"))
	c.want(t, "joined/join user/add:1")
}

func TestUnloading_GRP10(t *testing.T) {
	c := &clock{now: time.Now()}
	h := newHouse(t, func(o *Options) { o.Now = c.Now })
	h.write("public", `{"public": true, `+testGroup[1:])
	for _, name := range []string{"test", "public"} {
		_, m := h.join(name, "1", with("ada", "secret"))
		wantError(t, m.Chat(ChatRequest{Value: raw("1")}), "")
		m.Leave()
	}
	loaded := func() (names []string) {
		h.scan()
		for _, g := range h.loaded() {
			names = append(names, g.name)
		}
		slices.Sort(names)
		return names
	}
	c.add(4*time.Hour - time.Minute)
	if got := loaded(); !slices.Equal(got, []string{"public", "test"}) {
		t.Errorf("loaded: %v", got)
	}
	c.add(2 * time.Minute)
	if got := loaded(); !slices.Equal(got, []string{"public"}) {
		t.Errorf("loaded: %v", got)
	}
	d, m := h.join("public", "2", with("ada", "secret"))
	d.want(t, "joined/join user/add:2") // CHAT-10
	c.add(24 * time.Hour)
	loaded()
	wantError(t, m.Chat(ChatRequest{Value: raw("1")}), "")
}

// Public groups of the directory are listed, loaded or not (H-85).
func TestPublic_GRP9(t *testing.T) {
	h := newHouse(t)
	h.write("b", `{"public": true}`)
	h.write("a/x", `{"public": true, "autolock": true}`)
	h.write("r", `{"public": true, "redirect": "https://x/", "authServer": "https://y/"}`)
	h.write("bad", `{"public": true`)
	h.scan()
	names := func() (names []string) {
		public, err := h.Public()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range public {
			names = append(names, s.Name)
		}
		return names
	}
	if got := names(); !slices.Equal(got, []string{"a/x", "b", "r"}) {
		t.Errorf("public: %v", got)
	}
	public, _ := h.Public()
	if !public[0].Locked || *public[0].ClientCount != 0 {
		t.Errorf("GRP-12: status is %+v", public[0])
	}
	if public[2] != (Status{Name: "r", Redirect: "https://x/"}) {
		t.Errorf("status is %+v", public[2])
	}
	h.write("b", `{}`)
	h.remove("groups/a/x.json")
	if got := names(); !slices.Equal(got, []string{"r"}) {
		t.Errorf("public: %v", got)
	}
	if len(h.loaded()) != 0 {
		t.Error("groups were loaded")
	}
}

// A file that vanishes takes its administrators with it (H-26, HW-6).
func TestConfig_CONF1_CONF2_CONF3_W8(t *testing.T) {
	h := newHouse(t)
	config, err := h.Config()
	if err != nil || config.CanonicalHost != "" {
		t.Errorf("no file: %v, %v", config, err)
	}
	// Never good.
	h.writeFile("data/config.json", `{"canonicalhost": "x"}`)
	if _, err := h.Config(); !errors.Is(err, ErrConfig) {
		t.Errorf("got %v", err)
	}
	if _, err := h.Status("test"); !errors.Is(err, ErrConfig) {
		t.Errorf("got %v", err)
	}
	c, op := h.join("test", "1", with("op", "op"))
	if joined := find[Joined](t, c.take()); joined.Status.CanChangePassword {
		t.Error("canChangePassword with a bad configuration")
	}
	// Mended.
	h.writeFile("data/config.json", `{"canonicalHost": "x:1", "allowOrigin": ["a"], "writableGroups": true,
		"users": {"root": {"password": "x", "permissions": "admin"}}, "admin": []}`)
	config, err = h.Config()
	if err != nil || config.CanonicalHost != "x:1" || !config.Users["root"].Permissions().Has(PermAdmin) {
		t.Errorf("got %+v, %v", config, err)
	}
	wantError(t, op.GroupAction("unlock", nil), "")
	if joined := find[Joined](t, c.take()); !joined.Status.CanChangePassword {
		t.Error("no canChangePassword")
	}
	if status, err := h.Status("test"); err != nil || status.CanChangePassword {
		t.Errorf("status is %+v, %v", status, err)
	}
	// Broken again: the last good one.
	h.writeFile("data/config.json", `{`)
	if config, err = h.Config(); err != nil || config.CanonicalHost != "x:1" {
		t.Errorf("W-8: %+v, %v", config, err)
	}
	// Gone.
	h.remove("data/config.json")
	if config, err = h.Config(); err != nil || config.CanonicalHost != "" {
		t.Errorf("CONF-2: %+v, %v", config, err)
	}
}

func TestUnreadableDescription(t *testing.T) {
	h := newHouse(t)
	if err := os.Mkdir(filepath.Join(h.dir, "groups", "dir.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Describe("dir"); !errors.Is(err, ErrDescription) {
		t.Errorf("got %v", err)
	}
	if err := os.Symlink("loop.json", filepath.Join(h.dir, "groups", "loop.json")); err != nil {
		t.Skip("no symbolic links here")
	}
	if _, err := h.Describe("loop"); !errors.Is(err, ErrDescription) {
		t.Errorf("got %v", err)
	}
	// A file where a directory would have to be.
	if _, err := h.Describe("test.json/x"); !errors.Is(err, ErrNoGroup) {
		t.Errorf("got %v", err)
	}
}
