package adminapi

import (
	"strings"
	"testing"

	"galene/group"
)

func TestUsers_A70_A71_A72_A73(t *testing.T) {
	h := newHouse(t)
	for path, want := range map[string]string{
		"/.groups/tea/.users/bob":     `{"permissions":"present"}`,
		"/.groups/tea/.users/dora":    `{"permissions":["present","x"]}`,
		"/.groups/tea/.empty-user":    `{}`,
		"/.groups/tea/.wildcard-user": `{"permissions":"admin"}`,
		"/.groups/tea/sub/.users/bob": `{"permissions":"present"}`,
		"/.groups/tea/sub/.users/":    `["","ada","bob","carl","dora","eve"]`,
	} {
		a := h.want(200, "GET", path, "")
		if a.body != want+"\n" || a.tag() == "" {
			t.Errorf("%s: %s, %s", path, a.body, a.tag())
		}
	}
	for _, path := range []string{"/.groups/tea/.users/x", "/.groups/none/.users/bob", "/.groups/none/.users/", "/.groups/other/sub/.users/"} {
		h.want(404, "GET", path, "")
	}
	h.put(201, "/.groups/tea/.users/u", `{"permissions": "present"}`)
	username := "u"
	_, err := h.registry.Join(t.Context(), "tea", &client{}, group.Credentials{Username: &username}, nil)
	if err == nil {
		t.Error("joined without a password")
	}
	h.put(204, "/.groups/tea/.users/u/.password", `"pw"`)
	h.put(204, "/.groups/tea/.users/u", `{"permissions": ["record"], "password": {}}`)
	if got := h.want(200, "GET", "/.groups/tea/.users/u", "").body; got != `{"permissions":["record"]}`+"\n" {
		t.Errorf("user is %s", got)
	}
	if !strings.Contains(h.read("groups/tea.json"), `"pw"`) {
		t.Error("the password is lost")
	}
	for _, password := range []string{`"x"`, `""`, `{"type": "wildcard"}`, `{"key": "x"}`, `1`} {
		h.put(400, "/.groups/tea/.users/u", `{"password": `+password+`}`)
	}
	h.put(404, "/.groups/none/.users/u", `{}`)
	h.want(204, "DELETE", "/.groups/tea/.users/u", "")
	h.want(404, "DELETE", "/.groups/tea/.users/u", "")
	h.want(404, "DELETE", "/.groups/none/.users/u", "")
}

func TestUserNames_A74(t *testing.T) {
	h := newHouse(t)
	h.put(201, "/.groups/tea/.users/a/b", `{}`)
	h.put(201, "/.groups/tea/.users/%C3%A9%20%3F", `{}`)
	if got := h.want(200, "GET", "/.groups/tea/.users/?limit=2&after=a", "").body; got != `["a/b","ada"]`+"\n" {
		t.Errorf("users are %s", got)
	}
	h.want(200, "GET", "/.groups/tea/.users/é%20%3f", "")
	for _, name := range []string{"a/", "a%00", "%e2%80%ae", strings.Repeat("x", 300)} {
		h.put(400, "/.groups/tea/.users/"+name, `{}`)
		h.want(404, "GET", "/.groups/tea/.users/"+name, "")
	}
	h.write("groups/odd.json", `{"users": {"a/": {}}}`)
	h.want(200, "GET", "/.groups/odd/.users/a/", "")
	h.put(204, "/.groups/odd/.users/a/", `{"permissions": "op"}`)
}

func TestPatchUser_W17(t *testing.T) {
	h := newHouse(t)
	patch := func(status int, path, body string) {
		t.Helper()
		h.want(status, "PATCH", path, body, "Content-Type", mediaPatch)
	}
	patch(204, "/.groups/tea/.users/bob", `{"permissions": "op"}`)
	if got := h.want(200, "GET", "/.groups/tea/.users/bob", "").body; got != `{"permissions":"op"}`+"\n" {
		t.Errorf("user is %s", got)
	}
	patch(204, "/.groups/tea/.users/bob", `{"permissions": null, "password": null}`)
	if got := h.want(200, "GET", "/.groups/tea/.users/bob", "").body; got != "{}\n" {
		t.Errorf("user is %s", got)
	}
	patch(400, "/.groups/tea/.users/bob", `{"password": "x"}`)
	patch(404, "/.groups/tea/.users/x", `{}`)
	patch(404, "/.groups/none/.users/x", `{}`)
	if !strings.Contains(h.read("groups/tea.json"), "bobpw") {
		t.Error("the password is lost")
	}
}

// TestPasswords checks each way to set a password by joining with it.
func TestPasswords_A75_A76(t *testing.T) {
	h := newHouse(t)
	joins := func(password string) bool {
		username := "bob"
		c := &client{}
		m, err := h.registry.Join(t.Context(), "tea", c, group.Credentials{Username: &username, Password: password}, nil)
		if err == nil {
			m.Leave()
		}
		return err == nil
	}
	const path = "/.groups/tea/.users/bob/.password"
	for _, test := range []struct {
		body, password string
		right          bool
	}{
		{`"text"`, "text", true},
		{`"text"`, "Text", false},
		{`{"type": "plain", "key": "text"}`, "text", true},
		{`{"type": "bcrypt", "key": "$2a$04$Vju.ZV6CO0IvAwKbkAiMSuy2Xnx.8q74GrTAMqnLGW1b8oT4ZrnxO"}`, "wrong", false},
		{`{"type":"pbkdf2","hash":"sha-256","key":"120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b","salt":"73616c74","iterations":1}`, "password", true},
		{`{"type": "wildcard"}`, "whatever", true},
		{`{}`, "", false},
		{`null`, "", false},
		{`{"type": "new", "key": "x"}`, "x", false},
		{`{"type": "pbkdf2", "hash": "new", "key": "x"}`, "x", false},
	} {
		h.put(204, path, test.body)
		if got := joins(test.password); got != test.right {
			t.Errorf("%s: joined with %q: %v", test.body, test.password, got)
		}
	}
	post := func(status int, password string) {
		t.Helper()
		h.want(status, "POST", path, password, "Content-Type", "text/plain")
	}
	post(204, "päss\n")
	if stored := h.read("groups/tea.json"); !strings.Contains(stored, `"type": "bcrypt"`) || !strings.Contains(stored, "$2a$04$") {
		t.Errorf("file is %s", stored)
	}
	if !joins("päss\n") || joins("päss") {
		t.Error("the password is not taken byte for byte")
	}
	post(204, strings.Repeat("x", 72))
	for _, password := range []string{"", strings.Repeat("x", 73), "\xff"} {
		post(400, password)
	}
	h.want(204, "DELETE", path, "")
	if joins(strings.Repeat("x", 72)) {
		t.Error("the password has not been removed")
	}
	h.want(405, "GET", path, "")
	for _, method := range []string{"PUT", "DELETE"} {
		h.want(404, method, "/.groups/tea/.users/x/.password", `"x"`, "Content-Type", jsonType)
		h.want(404, method, "/.groups/tea/sub/.users/bob/.password", `"x"`, "Content-Type", jsonType)
		h.want(404, method, "/.groups/other/.wildcard-user/.password", `"x"`, "Content-Type", jsonType)
	}
}

// TestHashedAdministrator checks that an administrator with a hashed password is
// recognised, again and again, until the password changes.
func TestHashedAdministrator(t *testing.T) {
	h := newHouse(t)
	h.want(204, "POST", "/.groups/tea/.users/ada/.password", "one", "Content-Type", "text/plain")
	for range 3 {
		h.want(200, "GET", "/.groups/tea", "", "Authorization", basic("ada", "one"))
		h.want(401, "GET", "/.groups/tea", "", "Authorization", basic("ada", "two"))
	}
	h.want(204, "POST", "/.groups/tea/.users/ada/.password", "two", "Content-Type", "text/plain")
	h.want(401, "GET", "/.groups/tea", "", "Authorization", basic("ada", "one"))
	h.want(200, "GET", "/.groups/tea", "", "Authorization", basic("ada", "two"))
}
