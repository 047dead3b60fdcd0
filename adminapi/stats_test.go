package adminapi

import (
	"context"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"galene/rtpconn"
	"galene/signalling"
)

// sessions are what a StatsSource of a test tells.
type sessions []signalling.ClientStats

func (s sessions) Stats(context.Context) []signalling.ClientStats { return s }

// No tracks are an empty list rather than null (SW-13).
func TestStats_S70_S72_SW13(t *testing.T) {
	h := newHouse(t)
	a := h.want(200, "GET", "/.stats", "")
	if a.body != "[]\n" || a.header.Get("Cache-Control") != "no-cache" || a.tag() != "" {
		t.Errorf("got %v %s", a.header, a.body)
	}
	h.join("tea")
	h.join("tea/sub")
	const alone = `[{"name":"tea","clients":[{"id":"client1"}]},{"name":"tea/sub","clients":[{"id":"client1"}]}]` + "\n"
	if a = h.want(200, "GET", "/.stats", ""); a.body != alone {
		t.Errorf("got %s", a.body)
	}
	h.stats = sessions{{
		Group: "tea", ID: "client1",
		Up: []signalling.UpStats{
			{ID: "s2"},
			{ID: "s1", SRTPProfile: "SRTP_AEAD_AES_128_GCM", Tracks: []rtpconn.UpTrackStats{{Bitrate: 612000, Loss: 7, Jitter: 1800 * time.Microsecond}}},
		},
		Down: []signalling.DownStats{{ID: "s3", Tracks: []rtpconn.DownTrackStats{
			{Bitrate: 480000, Loss: 0.0078125, RTT: 23400 * time.Microsecond},
		}}},
	}, {Group: "gone", ID: "x"}}
	const full = `[{"name":"tea","clients":[{"id":"client1",` +
		`"up":[{"id":"s1","srtpProfile":"SRTP_AEAD_AES_128_GCM","tracks":[{"bitrate":612000,"loss":1,"jitter":1.8}]},{"id":"s2","tracks":[]}],` +
		`"down":[{"id":"s3","tracks":[{"sid":0,"maxSid":0,"tid":0,"maxTid":0,"bitrate":480000,"maxBitrate":524288,` +
		`"loss":0.0078125,"rtt":23.4}]}]}]},{"name":"tea/sub","clients":[{"id":"client1"}]}]` + "\n"
	if a = h.want(200, "GET", "/.stats", ""); a.body != full {
		t.Errorf("got %s\nwant %s", a.body, full)
	}
}

// TestTracksAreDocumented checks that the schema and the guide have every member of
// a track.
func TestTracksAreDocumented(t *testing.T) {
	guide, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	streams := at(newHouse(t).document, "components", "schemas", "Statistics", "items", "properties",
		"clients", "items", "properties", "up", "items", "properties")
	documented := at(streams, "tracks", "items", "properties")
	members := reflect.TypeFor[trackStats]()
	for i := range members.NumField() {
		name, _, _ := strings.Cut(members.Field(i).Tag.Get("json"), ",")
		if documented[name] == nil || !strings.Contains(string(guide), "`"+name+"`") {
			t.Errorf("%s is not documented", name)
		}
	}
	if len(documented) != members.NumField() {
		t.Errorf("%d members are documented", len(documented))
	}
}
