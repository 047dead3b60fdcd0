package adminapi

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/crypto/bcrypt"

	"galene/group"
)

func TestCredentials_A10_A11(t *testing.T) {
	for header, want := range map[string]group.AdminCredentials{
		basic("u", "p:q"):      {Username: "u", Password: "p:q"},
		"Bearer abc":           {Token: "abc"},
		"bEARER abc":           {Token: "abc"},
		"Digest x,  Bearer y ": {Token: "y"},
		"Bearer a b, Bearer c": {Token: "c"},
	} {
		r, _ := http.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", header)
		if cred, ok := credentials(r); !ok || cred != want {
			t.Errorf("%s: %+v, %v", header, cred, ok)
		}
	}
	for _, header := range []string{"", "Bearer", "Bearer ", "Bearer a b", "Bearer  a", "Basic !", "a b"} {
		r, _ := http.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", header)
		if cred, ok := credentials(r); ok {
			t.Errorf("%s: %+v", header, cred)
		}
	}
}

func TestChallenge_A12(t *testing.T) {
	h := newHouse(t)
	for _, authorization := range []string{"", basic("root", "wrong"), basic("nobody", ""), "Bearer x", "x"} {
		a := h.want(401, "GET", "/.groups/", "", "Authorization", authorization)
		if a.header.Get("WWW-Authenticate") != `basic realm="/galene-api/"` || a.body != "Haha!\n" {
			t.Errorf("%v, %q", a.header, a.body)
		}
	}
	a := h.want(401, "GET", "/.groups/", "", "Authorization", "", "Accept", jsonType)
	if !strings.Contains(a.body, "credentials") {
		t.Errorf("problem is %s", a.body)
	}
}

func TestAuthenticationComesFirst_A14(t *testing.T) {
	h := newHouse(t)
	h.want(401, "DELETE", "/.stats", "", "Authorization", "")
	h.want(405, "DELETE", "/.stats", "")
	h.want(401, "PUT", "/.groups/none", "{", "Authorization", basic("ada", "adapw"))
}

// TestServerAdministrators checks who may access resources of the server.
func TestServerAdministrators_A20_A26(t *testing.T) {
	h := newHouse(t)
	for authorization, status := range map[string]int{
		basic("root", "rootpw"): 200,
		basic("list", "listpw"): 200,
		basic("any", "thing"):   200,
		basic("any", ""):        200,
		basic("none", ""):       401,
		basic("op", "oppw"):     401,
		basic("ada", "adapw"):   401,
		basic("", ""):           401,
		"Bearer roottoken":      200,
		"Bearer rootflat":       401,
		"Bearer rootop":         401,
		"Bearer adminnamed":     401,
	} {
		for _, path := range []string{"/.groups/", "/.stats", "/.groups/.tokens/"} {
			h.want(status, "GET", path, "", "Authorization", authorization)
		}
		put := 401
		if status == 200 {
			put = 201 // A-20, and weak spot 7 for root tokens
		}
		h.put(put, "/.groups/new", `{}`, "Authorization", authorization, "If-None-Match", "*")
		h.do("DELETE", "/.groups/new", "")
	}
}

// TestGroupAdministrators checks who may access resources of a group.
func TestGroupAdministrators_A21_A23(t *testing.T) {
	h := newHouse(t)
	for authorization, status := range map[string]int{
		basic("root", "rootpw"):     200,
		basic("ada", "adapw"):       200,
		basic("stranger", "wildpw"): 200, // the wildcard user
		basic("ada", "wildpw"):      401,
		basic("bob", "bobpw"):       401,
		basic("eve", ""):            401,
		basic("olga", "olgapw"):     401,
		"Bearer adminnamed":         200,
		"Bearer adminnameless":      200, // weak spot 7
		"Bearer roottoken":          200,
		"Bearer teatoken":           401,
		"Bearer othertoken":         401,
		"Bearer noexpiry":           401, // spec api.md 2.2
		"Bearer expired":            401,
		"Bearer later":              401,
		"Bearer rootflat":           401,
	} {
		h.want(status, "GET", "/.groups/tea", "", "Authorization", authorization)
		h.want(status, "GET", "/.groups/tea/.users/", "", "Authorization", authorization)
		h.want(status, "GET", "/.groups/tea/.tokens/", "", "Authorization", authorization)
	}
	// Automatic subgroups follow the parent until they have a definition.
	for _, authorization := range []string{basic("ada", "adapw"), "Bearer adminnamed"} {
		h.want(200, "GET", "/.groups/tea/sub/.users/", "", "Authorization", authorization)
	}
	h.want(401, "GET", "/.groups/tea/sub/.users/", "", "Authorization", "Bearer adminnameless")
	h.put(201, "/.groups/tea/sub", `{}`, "Authorization", basic("ada", "adapw"))
	h.want(401, "GET", "/.groups/tea/sub", "", "Authorization", basic("ada", "adapw"))
	h.put(401, "/.groups/tea/sub", `{}`, "Authorization", basic("ada", "adapw"))
	h.put(401, "/.groups/top", `{}`, "Authorization", basic("ada", "adapw"))
}

func TestJWT_A22(t *testing.T) {
	h := newHouse(t)
	sign := func(change func(jwt.MapClaims)) string {
		claims := jwt.MapClaims{
			"aud": "https://v.example/group/tea/", "permissions": []string{"admin"},
			"exp": start.Add(time.Hour).Unix(), "iat": start.Add(3 * time.Second).Unix(),
		}
		if change != nil {
			change(claims)
		}
		s, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("01234567890123456789012345678901"))
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + s
	}
	good := sign(nil)
	h.want(200, "GET", "/.groups/tea", "", "Authorization", good)
	h.want(401, "GET", "/.groups/other", "", "Authorization", good)
	h.want(401, "GET", "/.groups/", "", "Authorization", good)
	for name, change := range map[string]func(jwt.MapClaims){
		"expired":    func(c jwt.MapClaims) { c["exp"] = start.Add(-time.Minute).Unix() },
		"no expiry":  func(c jwt.MapClaims) { delete(c, "exp") },
		"op":         func(c jwt.MapClaims) { c["permissions"] = []string{"op"} },
		"a set":      func(c jwt.MapClaims) { c["permissions"] = "admin" },
		"no slash":   func(c jwt.MapClaims) { c["aud"] = "https://v.example/group/tea" },
		"elsewhere":  func(c jwt.MapClaims) { c["aud"] = "https://v.example/group/other/" },
		"not before": func(c jwt.MapClaims) { c["nbf"] = start.Add(time.Minute).Unix() },
	} {
		if a := h.do("GET", "/.groups/tea", "", "Authorization", sign(change)); a.status != 401 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	h.want(200, "GET", "/.groups/tea/sub/.users/", "", "Authorization", sign(func(c jwt.MapClaims) {
		c["include-subgroups"] = true
	}))
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{
		"aud": "https://v.example/group/tea/", "permissions": []string{"admin"}, "exp": start.Add(time.Hour).Unix(),
	}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	h.want(401, "GET", "/.groups/tea", "", "Authorization", "Bearer "+none)
}

// TestSelfService covers the security holes of weak spots 1 and 2, too.
func TestSelfService_A24_A77_A78(t *testing.T) {
	h := newHouse(t)
	change := func(status int, user, authorization string) {
		t.Helper()
		h.want(status, "POST", "/.groups/tea/.users/"+user+"/.password", "new secret",
			"Content-Type", "text/plain; charset=utf-8", "Authorization", authorization)
	}
	change(401, "bob", "")
	change(401, "bob", basic("bob", ""))
	change(401, "bob", basic("bob", "wrong"))
	change(401, "bob", basic("carl", "bobpw")) // weak spot 2
	change(401, "bob", basic("", "bobpw"))
	change(401, "carl", "") // weak spot 1
	change(401, "carl", basic("carl", "anything"))
	change(401, "dora", basic("dora", ""))
	change(401, "eve", basic("eve", ""))
	change(401, "eve", basic("bob", "bobpw"))
	change(204, "bob", basic("bob", "bobpw"))
	change(401, "bob", basic("bob", "bobpw"))
	change(204, "bob", basic("bob", "new secret"))
	h.want(401, "GET", "/.groups/tea/.users/bob", "", "Authorization", basic("bob", "new secret"))
	h.want(401, "POST", "/.groups/tea/.empty-user/.password", "x", "Content-Type", "text/plain",
		"Authorization", basic("", "emptypw"))
	h.want(401, "POST", "/.groups/tea/.wildcard-user/.password", "x", "Content-Type", "text/plain",
		"Authorization", basic("bob", "new secret"))
}

// TestForgery checks that a page elsewhere cannot change the password of a user
// whose browser remembers it.
func TestForgery(t *testing.T) {
	h := newHouse(t)
	for _, test := range []struct {
		status       int
		name, header string
	}{
		{204, "Origin", "https://v.example"},
		{204, "Origin", "https://admin.example"},
		{204, "Sec-Fetch-Site", "same-origin"},
		{204, "Sec-Fetch-Site", "none"},
		{403, "Origin", "https://evil.example"},
		{403, "Origin", "null"},
		{403, "Sec-Fetch-Site", "cross-site"},
		{403, "Sec-Fetch-Site", "same-site"},
	} {
		h.want(test.status, "POST", "/.groups/tea/.users/bob/.password", "bobpw",
			"Content-Type", "text/plain", "Authorization", basic("bob", "bobpw"), test.name, test.header)
	}
}

// H-27: nobody administers a server whose configuration cannot be read.
func TestBrokenConfiguration_A25(t *testing.T) {
	h := newHouse(t)
	h.write("data/config.json", `{`)
	h.want(401, "GET", "/.groups/", "")
	h.want(401, "GET", "/.groups/tea", "", "Authorization", basic("ada", "adapw"))
}

// TestRevocation checks that administrators go with the configuration (H-25, HW-6).
func TestRevocation_W3(t *testing.T) {
	h := newHouse(t)
	h.want(200, "GET", "/.groups/", "")
	h.write("data/config.json", `{}`)
	h.want(401, "GET", "/.groups/", "")
}

// TestBackOff covers weak spot 13, and HW-20: guessing is slowed down, for an account and
// for an address.
func TestBackOff_A15_W13(t *testing.T) {
	h := newHouse(t)
	wrong := basic("ada", "wrong")
	for range 10 {
		h.want(401, "GET", "/.groups/tea", "", "Authorization", wrong)
	}
	h.want(401, "GET", "/.groups/tea", "", "Authorization", wrong)
	a := h.want(429, "GET", "/.groups/tea", "", "Authorization", basic("ada", "adapw"))
	if a.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
	}
	h.want(200, "GET", "/.groups/tea", "") // others are not concerned
	h.now = h.now.Add(time.Second)
	h.want(200, "GET", "/.groups/tea", "", "Authorization", basic("ada", "adapw"))
	h.want(401, "GET", "/.groups/tea", "", "Authorization", wrong) // forgiven

	for i := range 40 {
		r := h.request("GET", "/.groups/tea", "", "Authorization", "Bearer "+strings.Repeat("x", i+1))
		r.RemoteAddr = "198.51.100.1:1000"
		want := 401
		if i > 30 {
			want = 429
		}
		if a := h.send(r); a.status != want {
			t.Errorf("guess %d: %d", i, a.status)
		}
	}
}

// TestAudit covers the other half of weak spot 13.
func TestAudit_W13(t *testing.T) {
	h := newHouse(t)
	h.put(201, "/.groups/tea/.users/zoe", `{}`, "Authorization", basic("ada", "adapw"))
	h.want(204, "DELETE", "/.groups/tea/.tokens/teatoken", "")
	h.want(200, "GET", "/.groups/tea/.tokens/", "")
	log := h.log.String()
	for _, want := range []string{"administrator=ada", "username=zoe", "status=201", "administrator=root", "method=DELETE"} {
		if !strings.Contains(log, want) {
			t.Errorf("log lacks %s: %s", want, log)
		}
	}
	if strings.Contains(log, "teatoken") || strings.Contains(log, "method=GET") {
		t.Errorf("log says too much: %s", log)
	}
}

// Who has gone while a password is being verified gets no answer, and no fault is logged.
func TestGone(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("rootpw"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	aborted := 0
	for range 20 { // either outcome is chosen at random, once for each house
		h := newHouse(t)
		h.write("data/config.json", `{"users": {"root": {"permissions": "admin", "password": {"type": "bcrypt", "key": "`+string(hash)+`"}}}}`)
		func() {
			defer func() {
				switch p := recover(); p {
				case nil:
				case http.ErrAbortHandler:
					aborted++
				default:
					panic(p)
				}
			}()
			if a := h.send(h.request("GET", "/.groups/", "").WithContext(ctx)); a.status != 200 {
				t.Errorf("got %d", a.status)
			}
		}()
		if strings.Contains(h.log.String(), "level=ERROR") {
			t.Errorf("log %s", h.log.String())
		}
	}
	if aborted == 0 {
		t.Error("nothing was aborted")
	}
}
