package adminapi

import (
	"strings"
	"testing"
)

// H-40 to H-44: the origins that are accepted, and what the others miss.
func TestOrigins_A90(t *testing.T) {
	h := newHouse(t)
	for origin, accepted := range map[string]bool{
		"":                           false,
		"https://v.example":          true,
		"http://V.example":           true,
		"https://admin.example":      true,
		"https://ADMIN.example":      true,
		"http://admin.example":       false,
		"https://admin.example.evil": false,
		"https://evil.example":       false,
		"null":                       false,
		"*":                          false,
	} {
		want := ""
		if accepted {
			want = origin
		}
		for _, authorization := range []string{"", basic("root", "rootpw")} {
			a := h.do("GET", "/.groups/", "", "Origin", origin, "Authorization", authorization)
			if a.header.Get("Access-Control-Allow-Origin") != want || a.header.Get("Vary") != "Origin" {
				t.Errorf("%s: %v", origin, a.header)
			}
		}
		// A refused origin loses the header only.
		h.put(204, "/.groups/tea", `{"auto-subgroups": true}`, "Origin", origin)
	}
	h.want(404, "GET", "/.groups/none", "", "Origin", "https://admin.example")
}

// Credentials of browsers are never allowed (H-45); what was found out may be kept a while.
func TestPreflight_A13_A91_W12(t *testing.T) {
	h := newHouse(t)
	for origin, want := range map[string]string{"https://admin.example": "https://admin.example", "https://evil.example": ""} {
		a := h.want(200, "OPTIONS", "/.groups/tea", "", "Authorization", "", "Origin", origin)
		if a.body != "" || a.header.Get("Access-Control-Allow-Origin") != want ||
			a.header.Get("Access-Control-Allow-Methods") != "OPTIONS, HEAD, GET, PUT, DELETE, PATCH" ||
			!strings.HasPrefix(a.header.Get("Access-Control-Allow-Headers"), "Authorization, Content-Type") ||
			!strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "If-Match, If-None-Match") ||
			a.header.Get("Access-Control-Max-Age") == "" || a.header.Get("Vary") != "Origin" ||
			a.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %v", origin, a.header)
		}
	}
	a := h.want(200, "GET", "/.groups/tea", "", "Origin", "https://admin.example")
	if !strings.Contains(a.header.Get("Access-Control-Expose-Headers"), "ETag, Location") {
		t.Errorf("exposed: %v", a.header)
	}
	h.want(200, "OPTIONS", "/.groups/none/.users/none", "", "Authorization", "")
}
