package adminapi

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestGuide checks that docs/api.md has the resources, methods, levels and
// statuses of the table, and no others.
func TestGuide(t *testing.T) {
	b, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(b)
	var want []string
	statuses := map[int]bool{401: true, 405: true, 429: true}
	for _, res := range resources() {
		path := strings.NewReplacer("/galene-api/v0", "", "{group}", "G", "{user}", "U", "{token}", "T").Replace(res.path)
		methods := slices.DeleteFunc(res.methods(), func(m string) bool { return m == http.MethodHead })
		want = append(want, fmt.Sprintf("| `%s` | %s | %s |", path, strings.Join(methods, " "), res.level))
		for _, op := range res.operations {
			for _, status := range op.statuses {
				statuses[status] = true
			}
		}
	}
	got := regexp.MustCompile("(?m)^\\| `/.*\\|$").FindAllString(guide, -1)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("resources are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	rows := regexp.MustCompile(`(?m)^\| (\d{3}) \|`).FindAllStringSubmatch(guide, -1)
	for _, row := range rows {
		var status int
		if _, err := fmt.Sscan(row[1], &status); err != nil || !statuses[status] {
			t.Errorf("status %s is documented, but never sent", row[1])
		}
	}
	if len(rows) != len(statuses) {
		t.Errorf("%d statuses are documented, want %d", len(rows), len(statuses))
	}
	for name := range at(object(schemas()), "Token", "properties") {
		if !strings.Contains(guide, "`"+name+"`") {
			t.Errorf("member %s of tokens is not documented", name)
		}
	}
}
