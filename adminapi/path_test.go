package adminapi

import (
	"net/http"
	"strings"
	"testing"
)

func TestParsePath_A1(t *testing.T) {
	for _, test := range []struct {
		path, resource string
		target         target
	}{
		{"/.stats", pathStats, target{}},
		{"/.relays", pathRelays, target{}},
		{"/.groups", pathGroups, target{}},
		{"/.groups/", pathGroups, target{}},
		{"/.groups/x", pathGroup, target{group: "x"}},
		{"/.groups/x/", pathGroup, target{group: "x"}},
		{"/.groups/x/y z", pathGroup, target{group: "x/y z"}},
		{"/.groups/x/y/.keys", pathKeys, target{group: "x/y"}},
		{"/.groups/x/.users/", pathUsers, target{group: "x"}},
		{"/.groups/x/.users/u", pathUser, target{group: "x", user: "u"}},
		{"/.groups/x/.users/a/b", pathUser, target{group: "x", user: "a/b"}},
		{"/.groups/x/.users/a/", pathUser, target{group: "x", user: "a/"}},
		{"/.groups/x/.users/a/b/.password", pathPassword, target{group: "x", user: "a/b"}},
		{"/.groups/x/.empty-user", pathEmptyUser, target{group: "x"}},
		{"/.groups/x/.empty-user/.password", pathEmptyPassword, target{group: "x"}},
		{"/.groups/x/.wildcard-user", pathWildcardUser, target{group: "x"}},
		{"/.groups/x/.wildcard-user/.password", pathWildcardPassword, target{group: "x"}},
		{"/.groups/x/.tokens/", pathTokens, target{group: "x"}},
		{"/.groups/x/.tokens/t", pathToken, target{group: "x", token: "t"}},
		{"/.groups/.tokens/", pathRootTokens, target{}},
		{"/.groups/.tokens/t", pathRootToken, target{token: "t"}},
		{"/openapi.json", pathOpenAPI, target{}},
		{"/.groups/x/.unknown", "", target{group: "x"}},
		{"/.groups/x/.users/u/.unknown", "", target{group: "x", user: "u"}},
	} {
		resource, target, ok := parsePath("/galene-api/v0" + test.path)
		if !ok || resource != test.resource || target != test.target {
			t.Errorf("%s: got %q, %+v, %v", test.path, resource, target, ok)
		}
	}
}

func TestPathsWithoutResource_A4_A5(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{
		"/.groups/tea/.users", "/.groups/tea/.tokens", "/.groups/.tokens",
		"/.groups/tea/.keys/", "/.groups/tea/.wildcard-user/", "/.groups/tea/.empty-user/x",
		"/.groups/tea/.users/bob/.password/", "/.groups/tea/.users/.password",
		"/.groups/.users/", "/.groups/.unknown", "/.unknown", "/.stats/", "/", "", "/x", "/x/.groups/",
	} {
		for _, method := range []string{"GET", "PUT", "OPTIONS"} {
			a := h.want(404, method, path, "", "Authorization", "", "Origin", "https://admin.example")
			if a.body != "404 page not found\n" || a.header.Get("Vary") != "" {
				t.Errorf("%s %s: %q, %v", method, path, a.body, a.header)
			}
		}
	}
	for _, path := range []string{"/galene-api/", "/galene-api/v1/.groups/", "/galene-api/v0x/.stats"} {
		r := h.request("GET", "", "")
		r.URL.Path = path
		if a := h.send(r); a.status != 404 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

func TestUnknownKindBelowGroup_A5(t *testing.T) {
	h := newHouse(t)
	for _, method := range []string{"GET", "OPTIONS"} {
		h.want(401, method, "/.groups/tea/.unknown", "", "Authorization", "")
		a := h.want(404, method, "/.groups/tea/.unknown", "", "Origin", "https://admin.example")
		if a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Error("CORS headers")
		}
	}
}

func TestNamesWithDots_A2_W20(t *testing.T) {
	h := newHouse(t)
	h.want(404, "PUT", "/.groups/x/.y", `{}`, "Content-Type", jsonType)
	h.want(404, "GET", "/.groups/tea/.users/.x", "")
	for _, path := range []string{
		"/.groups/..", "/.groups/tea/..%2f..%2fx", "/.groups/%2e%2e/x", "/.groups/a%5cb",
		"/.groups/a%00b", "/.groups/a//b", "/.groups/x.json/y", "/.groups/%ff",
		"/.groups/" + strings.Repeat("x", 300),
	} {
		a := h.do("PUT", path, `{}`, "Content-Type", jsonType)
		if a.status != 400 && a.status != 404 {
			t.Errorf("%s: %d", path, a.status)
		}
		if a = h.do("GET", path, ""); a.status != 404 {
			t.Errorf("GET %s: %d", path, a.status)
		}
	}
	if names := h.want(200, "GET", "/.groups/", "").body; names != "[\"other\",\"tea\"]\n" {
		t.Errorf("groups are %s", names)
	}
}

func TestEmptyUser_A3(t *testing.T) {
	h := newHouse(t)
	h.want(200, "GET", "/.groups/tea/.empty-user", "")
	h.want(404, "GET", "/.groups/tea/.users/.password", "")
	h.want(204, "DELETE", "/.groups/tea/.empty-user/.password", "")
	if strings.Contains(h.read("groups/tea.json"), "emptypw") {
		t.Error("password remains")
	}
	h.want(204, "DELETE", "/.groups/tea/.wildcard-user", "")
	h.want(404, "GET", "/.groups/tea/.wildcard-user", "")
	h.put(201, "/.groups/tea/.wildcard-user", `{"permissions": "observe"}`)
	h.put(204, "/.groups/tea/.wildcard-user/.password", `{"type": "wildcard"}`)
}

func TestTrailingSlash_A7(t *testing.T) {
	h := newHouse(t)
	for _, authorization := range []string{basic("root", "rootpw"), basic("ada", "adapw"), "Bearer adminnamed"} {
		h.want(200, "GET", "/.groups/tea/", "", "Authorization", authorization)
	}
}

func TestNoCanonicalHost_A6(t *testing.T) {
	h := newHouse(t)
	h.write("data/config.json", strings.Replace(testConfig, "{", `{"canonicalHost": "elsewhere.example",`, 1))
	h.want(http.StatusOK, "GET", "/.groups/", "")
}
