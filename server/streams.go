package server

import (
	"context"

	"galene/ice"
	"galene/signalling"
	"galene/whip"
)

// newStreams makes what publishes and shows streams over HTTP.
func (s *Server) newStreams() (*whip.Server, error) {
	return whip.New(whip.Options{
		Registry:          s.groups,
		Engine:            s.engine,
		ICEServers:        func() []ice.Server { return s.ice.Client().ICEServers },
		PeerConfiguration: s.ice.Server,
		Logger:            s.log,
	})
}

// statistics are those of all members, whichever way they have come.
type statistics struct {
	sessions *signalling.Server
	streams  *whip.Server
}

// Stats implements adminapi.StatsSource.
func (s statistics) Stats(ctx context.Context) []signalling.ClientStats {
	return append(s.sessions.Stats(ctx), s.streams.Stats()...)
}
