package adminapi

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"galene/group"
)

// TestPreconditions is the table of spec api.md 4.
func TestPreconditions_A40_A45(t *testing.T) {
	h := newHouse(t)
	tag := h.want(200, "GET", "/.groups/tea", "").tag()
	if !strings.HasPrefix(tag, `"`) {
		t.Fatalf("tag is %s", tag)
	}
	for _, test := range []struct {
		method, path, name, value string
		status                    int
	}{
		{"GET", "tea", "If-None-Match", tag, 304},
		{"HEAD", "tea", "If-None-Match", tag, 304},
		{"GET", "tea", "If-None-Match", "*", 304},
		{"GET", "tea", "If-None-Match", "W/" + tag, 200},
		{"GET", "tea", "If-None-Match", `"x"`, 200},
		{"GET", "tea", "If-Match", `"x"`, 412},
		{"GET", "tea", "If-Match", "", 412},
		{"GET", "tea", "If-Match", tag, 200},
		{"PUT", "tea", "If-Match", `"x", ` + tag, 204},
		{"PUT", "tea", "If-Match", `"x"`, 412},
		{"PUT", "tea", "If-Match", "W/" + tag, 412},
		{"PUT", "tea", "If-None-Match", "*", 412},
		{"PUT", "tea", "If-Match", "*", 204},
		{"PUT", "none", "If-Match", "*", 412},
		{"PUT", "none", "If-Match", tag, 412},
		{"PUT", "none", "If-None-Match", "*", 201},
		{"PATCH", "tea", "If-Match", `"x"`, 412},
		{"DELETE", "tea", "If-None-Match", "*", 412},
		{"DELETE", "tea", "If-Match", `"x"`, 412},
		{"DELETE", "none", "If-Match", "*", 204},
		{"DELETE", "none", "If-Match", "*", 404}, // existence comes first
	} {
		body, kind := `{"displayName": "Tea", "auto-subgroups": true}`, jsonType
		if test.method == "PATCH" {
			kind = mediaPatch
		}
		a := h.want(test.status, test.method, "/.groups/"+test.path, body, "Content-Type", kind, test.name, test.value)
		if (a.status == 412 || a.status == 304) && (a.body != "" || a.header.Get("Content-Type") != "") {
			t.Errorf("%+v: %v %q", test, a.header, a.body)
		}
		if reading := test.method == "GET" || test.method == "HEAD"; reading && a.tag() != tag {
			t.Errorf("%+v: tag is %s", test, a.tag())
		}
	}
	// Before the content type and the body.
	h.want(412, "PUT", "/.groups/tea", "x", "If-Match", `"x"`)
}

// TestTags covers weak spot 11: what is not changed keeps its tag.
func TestTags_A46_W11(t *testing.T) {
	h := newHouse(t)
	paths := []string{
		"/.groups/tea", "/.groups/tea/.users/", "/.groups/tea/.users/ada", "/.groups/tea/.users/bob",
		"/.groups/tea/.wildcard-user", "/.groups/tea/.tokens/", "/.groups/tea/.tokens/teatoken",
		"/.groups/tea/.tokens/adminnamed", "/.groups/other", "/.groups/",
	}
	tags := func() map[string]string {
		m := make(map[string]string)
		for _, path := range paths {
			m[path] = h.want(200, "GET", path, "").tag()
		}
		return m
	}
	changed := func(f func()) string {
		before := tags()
		f()
		after := tags()
		var list []string
		for _, path := range paths {
			if before[path] != after[path] {
				list = append(list, strings.TrimPrefix(path, "/.groups"))
			}
		}
		return strings.Join(list, " ")
	}
	for _, test := range []struct {
		method, path, mediaType, body string
		status                        int
		want                          string
	}{
		{"PUT", "/.groups/tea/.users/bob", jsonType, `{"permissions": "present"}`, 204, ""},
		{"PUT", "/.groups/tea/.users/bob/.password", jsonType, `"other"`, 204, "/tea/.users/bob"},
		{"PUT", "/.groups/tea/.users/new", jsonType, `{}`, 201, "/tea/.users/"},
		{"DELETE", "/.groups/tea/.keys", "", "", 204, "/tea"},
		{"PATCH", "/.groups/tea/.tokens/teatoken", mediaPatch, `{"username": "x"}`, 204, "/tea/.tokens/teatoken"},
		{"PUT", "/.groups/tea/.tokens/new", jsonType, `{}`, 201, "/tea/.tokens/"},
		{"PUT", "/.groups/new", jsonType, `{}`, 201, "/"},
	} {
		got := changed(func() {
			h.want(test.status, test.method, test.path, test.body, "Content-Type", test.mediaType)
		})
		if got != test.want {
			t.Errorf("%s %s changes %q, want %q", test.method, test.path, got, test.want)
		}
	}
}

// TestPreconditionsOnParts covers weak spot 10.
func TestPreconditionsOnParts_A47_W10(t *testing.T) {
	h := newHouse(t)
	password, keys := "/.groups/tea/.users/bob/.password", "/.groups/tea/.keys"
	tag := h.want(200, "GET", "/.groups/tea/.users/bob", "").tag()
	h.put(412, password, `"x"`, "If-Match", `"x"`)
	next := h.put(204, password, `"x"`, "If-Match", tag).tag()
	h.put(412, password, `"y"`, "If-Match", tag)
	h.put(412, password, `"y"`, "If-None-Match", "*")
	h.want(412, "POST", password, "y", "Content-Type", "text/plain", "If-Match", tag)
	h.want(412, "DELETE", password, "", "If-Match", tag)
	h.want(204, "DELETE", password, "", "If-Match", next)
	h.put(204, password, `"y"`, "If-None-Match", "*")

	set := func(status int, name, value string) {
		t.Helper()
		h.want(status, "PUT", keys, `{"keys": []}`, "Content-Type", mediaKeys, name, value)
	}
	tag = h.want(200, "GET", "/.groups/tea", "").tag()
	set(412, "If-Match", `"x"`)
	set(412, "If-None-Match", "*")
	set(204, "If-Match", tag)
	set(412, "If-Match", tag)
	set(204, "If-None-Match", "*")
}

// writers runs concurrent writers who each add one to a counter many times, by
// reading, and writing what they read plus one under the tag that they read.
func writers(t *testing.T, read func() (n int, tag string), write func(n int, tag string) int) {
	t.Helper()
	const count, increments = 6, 5
	var wg sync.WaitGroup
	for range count {
		wg.Go(func() {
			for done := 0; done < increments; {
				n, tag := read()
				switch status := write(n+1, tag); status {
				case 204:
					done++
				case 412:
				default:
					t.Errorf("status is %d", status)
					return
				}
			}
		})
	}
	wg.Wait()
	if n, _ := read(); n != count*increments {
		t.Errorf("%d writes have left %d", count*increments, n)
	}
}

func TestNoUpdateIsLost_A45_A48(t *testing.T) {
	h := newHouse(t)
	h.put(204, "/.groups/tea", `{"max-clients": 0}`)
	h.put(204, "/.groups/tea/.tokens/teatoken", `{"username": "0"}`)
	h.put(204, "/.groups/tea/.users/bob", `{"permissions": ["0"]}`)
	for _, test := range []struct{ path, before, after string }{
		{"/.groups/tea", `"max-clients":`, `}`},
		{"/.groups/tea/.users/bob", `"permissions":["`, `"]`},
		{"/.groups/tea/.tokens/teatoken", `"username":"`, `"`},
	} {
		t.Run(test.path, func(t *testing.T) {
			writers(t, func() (int, string) {
				a := h.do("GET", test.path, "")
				var n int
				if _, rest, ok := strings.Cut(a.body, test.before); ok {
					fmt.Sscanf(rest, "%d", &n)
				}
				return n, a.tag()
			}, func(n int, tag string) int {
				body := fmt.Sprintf("{%s%d%s", test.before, n, test.after)
				if !strings.HasSuffix(body, "}") {
					body += "}"
				}
				return h.do("PUT", test.path, body, "Content-Type", jsonType, "If-Match", tag).status
			})
		})
	}
}

// TestConcurrentWriters checks that writers of different users and tokens do not
// disturb each other, even without preconditions.
func TestConcurrentWriters(t *testing.T) {
	h := newHouse(t, func(o *group.Options) { o.Limits.Tokens = 1000 })
	var wg sync.WaitGroup
	for w := range 5 {
		wg.Go(func() {
			for i := range 4 {
				name := fmt.Sprintf("w%d-%d", w, i)
				h.put(201, "/.groups/tea/.users/"+name, `{"permissions": "present"}`)
				h.put(204, "/.groups/tea/.users/"+name+"/.password", `"x"`)
				h.put(201, "/.groups/tea/.tokens/"+name, `{}`)
				h.want(204, "PATCH", "/.groups/tea/.tokens/"+name, `{"username": "x"}`, "Content-Type", mediaPatch)
			}
		})
	}
	wg.Wait()
	if n := strings.Count(h.want(200, "GET", "/.groups/tea/.users/?after=v", "").body, "w"); n != 20 {
		t.Errorf("%d users", n)
	}
	if n := strings.Count(h.read("data/var/tokens.jsonl"), `"username":"x","permissions":null`); n != 20 {
		t.Errorf("%d tokens", n)
	}
}

// TestCreateOnly checks that of those who create the same thing one wins.
func TestCreateOnly_A45(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/.groups/fresh", "/.groups/tea/.users/fresh", "/.groups/tea/.tokens/fresh"} {
		statuses := make(chan int, 8)
		var wg sync.WaitGroup
		for range cap(statuses) {
			wg.Go(func() {
				statuses <- h.do("PUT", path, `{}`, "Content-Type", jsonType, "If-None-Match", "*").status
			})
		}
		wg.Wait()
		close(statuses)
		counts := make(map[int]int)
		for status := range statuses {
			counts[status]++
		}
		if counts[201] != 1 || counts[412] != cap(statuses)-1 {
			t.Errorf("%s: %v", path, counts)
		}
	}
}

func TestNoPreconditionNeeded_A44(t *testing.T) {
	h := newHouse(t)
	h.put(204, "/.groups/tea", `{}`)
	h.want(204, "DELETE", "/.groups/tea", "")
}
