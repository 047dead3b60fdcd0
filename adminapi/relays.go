package adminapi

import "time"

// relay is what is known of one URL of a TURN server.
type relay struct {
	URL   string    `json:"url"`
	Time  time.Time `json:"time"`
	OK    bool      `json:"ok"`
	RTT   float64   `json:"rtt,omitempty"`   // milliseconds
	Total float64   `json:"total,omitempty"` // milliseconds
	Error string    `json:"error,omitempty"`
}

// getRelays tells how the last test of the TURN servers went (spec server-cli.md, weak
// spot 12).
func (q *request) getRelays() error {
	list := []relay{}
	if q.api.relays != nil {
		for _, r := range q.api.relays() {
			entry := relay{
				URL: r.URL, Time: r.Time, OK: r.Err == nil,
				RTT: milliseconds(r.RTT), Total: milliseconds(r.Total),
			}
			if r.Err != nil {
				entry.Error = r.Err.Error()
			}
			list = append(list, entry)
		}
	}
	q.w.Header().Set("Cache-Control", "no-cache")
	return q.replyJSON(list)
}
