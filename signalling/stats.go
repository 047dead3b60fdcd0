package signalling

import (
	"context"
	"maps"
	"slices"

	"galene/rtpconn"
)

// ClientStats describes what one member of a group sends and receives.
type ClientStats struct {
	Group, ID string
	Up        []UpStats
	Down      []DownStats
}

// UpStats describes a stream that a client sends.
type UpStats struct {
	ID string
	// SRTPProfile is empty until the stream is connected.
	SRTPProfile string
	Tracks      []rtpconn.UpTrackStats
}

// DownStats describes a stream that a client receives.
type DownStats struct {
	ID string
	// SRTPProfile is empty until the stream is connected.
	SRTPProfile string
	Tracks      []rtpconn.DownTrackStats
}

// connections are those of one session at some time.
type connections struct {
	group, id string
	up        map[string]*rtpconn.Up
	down      map[string]*rtpconn.Down
}

// Stats describes all members, in no particular order.  A session that is busy
// until ctx ends is left out.
func (s *Server) Stats(ctx context.Context) []ClientStats {
	s.mu.Lock()
	sessions := slices.Collect(maps.Keys(s.sessions))
	s.mu.Unlock()
	replies := make([]chan connections, len(sessions))
	for i, c := range sessions {
		reply := make(chan connections, 1)
		replies[i] = reply
		c.post(func() error {
			reply <- c.connections()
			return nil
		})
	}
	var clients []ClientStats
	for i, c := range sessions {
		select {
		case found := <-replies[i]:
			if found.group != "" {
				clients = append(clients, found.stats())
			}
		case <-c.handlerDone:
		case <-ctx.Done():
		}
	}
	return clients
}

// connections is called by the handler.
func (s *session) connections() connections {
	if s.member == nil {
		return connections{}
	}
	c := connections{
		group: s.member.Group().Name(), id: s.id,
		up: make(map[string]*rtpconn.Up), down: make(map[string]*rtpconn.Down),
	}
	for id, u := range s.up {
		c.up[id] = u.conn
	}
	for id, d := range s.down {
		c.down[id] = d.conn
	}
	return c
}

// stats describes the connections, also those that have been closed meanwhile.
func (c connections) stats() ClientStats {
	stats := ClientStats{Group: c.group, ID: c.id}
	for id, u := range c.up {
		stats.Up = append(stats.Up, UpStats{ID: id, SRTPProfile: u.SRTPProfile(), Tracks: u.Stats().Tracks})
	}
	for id, d := range c.down {
		stats.Down = append(stats.Down, DownStats{ID: id, SRTPProfile: d.SRTPProfile(), Tracks: d.Stats()})
	}
	return stats
}
