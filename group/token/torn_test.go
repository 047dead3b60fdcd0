package token

import (
	"strings"
	"testing"
)

// A crash while a token is appended may leave a part of it, which was never
// acknowledged.  The others are neither lost nor frozen by it (W-10, STK-7).
func TestTornAppend_W10(t *testing.T) {
	const whole = `{"token":"b","group":"g","username":"é","permissions":null}`
	for cut := 1; cut < len(whole); cut++ {
		s := newStore(t)
		must(t, s.Add(&Token{Token: "a", Group: "g"}))
		s.write(t, s.content(t)+whole[:cut])
		if got := s.list(t); got != "a" {
			t.Fatalf("cut at %d: there are %s", cut, got)
		}
		if cut%2 == 0 {
			must(t, s.Add(&Token{Token: "c", Group: "g"}))
		} else {
			a, tag, err := s.Get("a")
			must(t, err)
			a.Expires = at(5)
			must(t, s.Update(a, tag))
		}
		if content := s.content(t); strings.Contains(content, `"b"`) || !strings.HasSuffix(content, "}\n") {
			t.Fatalf("cut at %d: the file is %q", cut, content)
		}
		if problems, err := s.Problems(); err != nil || len(problems) > 0 {
			t.Fatalf("cut at %d: %v, %v", cut, problems, err)
		}
	}
}
