package adminapi

import (
	"cmp"
	"context"
	"slices"
	"time"

	"galene/signalling"
)

// StatsSource tells what members send and receive; a *signalling.Server.
type StatsSource interface {
	// Stats returns what is known before ctx ends, in any order.
	Stats(ctx context.Context) []signalling.ClientStats
}

// statsTimeout is how long sessions may take to tell.
const statsTimeout = time.Second

// The document of spec server-cli.md 6.
type (
	groupStats struct {
		Name    string        `json:"name"`
		Clients []clientStats `json:"clients,omitempty"`
	}
	clientStats struct {
		ID   string            `json:"id"`
		Up   []connectionStats `json:"up,omitempty"`
		Down []connectionStats `json:"down,omitempty"`
	}
	connectionStats struct {
		ID          string       `json:"id"`
		SRTPProfile string       `json:"srtpProfile,omitempty"`
		Tracks      []trackStats `json:"tracks"`
	}
	trackStats struct {
		SID        *uint8  `json:"sid,omitempty"`
		MaxSID     *uint8  `json:"maxSid,omitempty"`
		TID        *uint8  `json:"tid,omitempty"`
		MaxTID     *uint8  `json:"maxTid,omitempty"`
		Bitrate    uint64  `json:"bitrate"`
		MaxBitrate uint64  `json:"maxBitrate,omitempty"`
		Loss       float64 `json:"loss"`
		RTT        float64 `json:"rtt,omitempty"`
		Jitter     float64 `json:"jitter,omitempty"`

		// Optional, R-2.95.
		Codec             string  `json:"codec,omitempty"`
		Packets           uint64  `json:"packets,omitempty"`
		Recovered         uint64  `json:"recovered,omitempty"`
		Missing           uint64  `json:"missing,omitempty"`
		ResidualLoss      float64 `json:"residualLoss,omitempty"`
		Retransmitted     uint64  `json:"retransmitted,omitempty"`
		NACKs             uint64  `json:"nacks,omitempty"`
		KeyframeRequests  uint64  `json:"keyframeRequests,omitempty"`
		FullIntraRequests uint64  `json:"fullIntraRequests,omitempty"`
		Filtered          uint64  `json:"filtered,omitempty"`
		Frames            uint64  `json:"frames,omitempty"`
		FramesDropped     uint64  `json:"framesDropped,omitempty"`
		LatencyMedian     float64 `json:"latencyMedian,omitempty"`
		LatencyMost       float64 `json:"latencyMost,omitempty"`
		Shard             int     `json:"shard,omitempty"`
		Target            uint64  `json:"target,omitempty"`
		Capacity          uint64  `json:"capacity,omitempty"`
		Paused            bool    `json:"paused,omitempty"`
	}
)

// unknownBitrate is the capacity that is assumed while the receiver has not told.
const unknownBitrate = 512 << 10

// getStats tells what members send and receive (spec api.md 10).
func (q *request) getStats() error {
	q.w.Header().Set("Cache-Control", "no-cache")
	return q.replyJSON(q.api.statistics(q.Context()))
}

// statistics makes the document.
func (a *API) statistics(ctx context.Context) []groupStats {
	type key struct{ group, id string }
	media := make(map[key]signalling.ClientStats)
	if a.stats != nil {
		ctx, cancel := context.WithTimeout(ctx, statsTimeout)
		defer cancel()
		for _, c := range a.stats.Stats(ctx) {
			media[key{c.Group, c.ID}] = c
		}
	}
	groups := []groupStats{}
	for _, g := range a.registry.Loaded() {
		stats := groupStats{Name: g.Name()}
		for _, member := range g.Members() {
			stats.Clients = append(stats.Clients, clientOf(member.ID, media[key{g.Name(), member.ID}]))
		}
		groups = append(groups, stats)
	}
	return groups
}

// clientOf converts what a client sends and receives.
func clientOf(id string, c signalling.ClientStats) clientStats {
	stats := clientStats{ID: id}
	for _, up := range c.Up {
		tracks := []trackStats{}
		for _, t := range up.Tracks {
			tracks = append(tracks, trackStats{
				Bitrate: t.Bitrate, Loss: clamp(t.Loss), Jitter: milliseconds(t.Jitter),
				Codec: t.Codec, Packets: t.Packets, Recovered: t.Recovered,
				Missing: t.Missing, ResidualLoss: clamp(t.Residual),
				NACKs: t.NACKs, KeyframeRequests: t.KeyframeRequests,
				FullIntraRequests: t.FullIntraRequests,
			})
		}
		stats.Up = append(stats.Up, connectionStats{ID: up.ID, SRTPProfile: up.SRTPProfile, Tracks: tracks})
	}
	for _, down := range c.Down {
		tracks := []trackStats{}
		for _, t := range down.Tracks {
			tracks = append(tracks, trackStats{
				SID: &t.SID, MaxSID: &t.MaxSID, TID: &t.TID, MaxTID: &t.MaxTID,
				Bitrate: t.Bitrate, MaxBitrate: cmp.Or(t.MaxBitrate, unknownBitrate),
				Loss: clamp(t.Loss), RTT: milliseconds(t.RTT), Jitter: milliseconds(t.Jitter),
				Codec: t.Codec, Packets: t.Packets, Retransmitted: t.Retransmitted,
				NACKs: t.NACKs, KeyframeRequests: t.KeyframeRequests,
				FullIntraRequests: t.FullIntraRequests,
				Frames:            t.Frames, FramesDropped: t.FramesDropped, Shard: t.Shard,
				LatencyMedian: milliseconds(t.LatencyMedian), LatencyMost: milliseconds(t.LatencyMost),
				Filtered: t.Filtered, Target: t.Target, Capacity: t.Capacity, Paused: t.Paused,
			})
		}
		stats.Down = append(stats.Down, connectionStats{ID: down.ID, SRTPProfile: down.SRTPProfile, Tracks: tracks})
	}
	byID := func(a, b connectionStats) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(stats.Up, byID)
	slices.SortFunc(stats.Down, byID)
	return stats
}

// clamp keeps a fraction between 0 and 1 (S-72).
func clamp(fraction float64) float64 { return min(max(fraction, 0), 1) }

// milliseconds converts a duration (S-70).
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
