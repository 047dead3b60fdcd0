package server

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"galene/internal/testclient"
)

// TestAdministration makes a group through the administrative interface of a
// running server, and finds a member of it in the statistics.
func TestAdministration(t *testing.T) {
	conf := configuration(t, files{})
	writeFile(t, filepath.Join(conf.Data, "config.json"),
		`{"writableGroups": true, "users": {"root": {"password": "x", "permissions": "admin"}}}`)
	r := start(t, conf)
	api := r.url("https") + "/galene-api/v0"
	do := func(method, path, body string, status int) {
		t.Helper()
		request, err := http.NewRequest(method, api+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("root", "x")
		request.Header.Set("Content-Type", "application/json")
		response, err := client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != status {
			t.Errorf("%s %s: %d", method, path, response.StatusCode)
		}
	}
	do("PUT", "/.groups/tea", `{"public": true}`, 201)
	do("PUT", "/.groups/tea/.users/ada", `{"permissions": "op"}`, 201)
	do("PUT", "/.groups/tea/.users/ada/.password", `"secret"`, 204)
	ada := testclient.Join(t, r.url("wss")+"/ws", "tea", "ada", "secret")
	do("GET", "/.stats", "", 200)
	do("DELETE", "/.groups/tea", "", 204)
	ada.AwaitWhere("a kick", func(m testclient.Message) bool { return m.Kind == "kicked" })
	if status, _ := fetch(t, client(), api+"/openapi.json"); status != 200 {
		t.Errorf("openapi.json: %d", status)
	}
	if status, _ := fetch(t, client(), api+"/.groups/"); status != 401 {
		t.Errorf("without credentials: %d", status)
	}
}
