package group

import (
	"cmp"
	"slices"

	"galene/conn"
)

// stream is what a group knows of a member's stream.  It is guarded by the
// group's mutex.
type stream struct {
	id     string
	owner  *Membership
	number uint64
	// source is nil until the stream is announced.
	source conn.Source
	// replaced is the stream that this one takes the place of, until it is
	// announced: the others believe that it exists.
	replaced *stream
}

// user names the stream's owner.
func (s *stream) user() conn.User {
	return conn.User{ID: s.owner.id, Username: s.owner.username}
}

// ReserveStream makes id the identifier of a stream of this member.  It is an
// error if the member may not present ("not authorised"), if the identifier is
// another member's (W-5), or if the member has too many streams.  Reserving a
// stream of one's own again does nothing.
//
// If replace is the identifier of another stream of this member, that stream is
// forgotten, and the others learn of it when the new one is announced or
// withdrawn, whichever comes first.  Any other replace is ignored.
func (m *Membership) ReserveStream(id, replace string) error {
	g := m.group
	return m.act(func() error {
		if s := g.streams[id]; s != nil {
			if s.owner != m {
				return refuse("stream id already in use")
			}
			return nil
		}
		if len(id) > maxID {
			return refuse("stream id too long")
		}
		if err := g.freeReplaced(m, id); err != nil {
			return err
		}
		old := g.streams[replace]
		if old != nil && old.owner != m {
			old = nil
		}
		if old == nil && g.countStreams(m) >= g.registry.options.Limits.UpStreams {
			return refuse("too many streams")
		}
		g.streamCount++
		s := &stream{id: id, owner: m, number: g.streamCount}
		if old != nil {
			delete(g.streams, old.id)
			s.replaced = old
			if old.source == nil {
				// Nobody has heard of it, but maybe of what it replaced.
				s.replaced = old.replaced
			}
		}
		g.streams[id] = s
		return nil
	}, PermPresent)
}

// freeReplaced makes sure that id is not the identifier of a stream that has been
// replaced, but that others believe to exist.
func (g *Group) freeReplaced(m *Membership, id string) error {
	for _, s := range g.streams {
		if s.replaced == nil || s.replaced.id != id {
			continue
		}
		if s.owner != m {
			return refuse("stream id already in use")
		}
		g.announceClosed(s.replaced)
		s.replaced = nil
	}
	return nil
}

// countStreams returns the number of streams of a member.
func (g *Group) countStreams(m *Membership) int {
	count := 0
	for _, s := range g.streams {
		if s.owner == m {
			count++
		}
	}
	return count
}

// Announce tells the other members that a stream exists or that its tracks
// have changed.  It does nothing if the stream's identifier is not reserved.
func (m *Membership) Announce(src conn.Source) {
	g := m.group
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.streams[src.ID()]
	if m.left || s == nil || s.owner != m {
		return
	}
	s.source = src
	ev := Stream{Source: src, Owner: s.user()}
	if s.replaced != nil {
		ev.Replace = s.replaced.id
		s.replaced = nil
	}
	g.broadcast(ev, m)
}

// Withdraw forgets a stream, and tells the other members if they knew of it.
// It does nothing if the stream is not this member's.
func (m *Membership) Withdraw(id string) {
	g := m.group
	g.mu.Lock()
	defer g.mu.Unlock()
	if s := g.streams[id]; s != nil && s.owner == m {
		g.closeStream(s)
	}
}

// Streams returns the announced streams of the other members, in the order in
// which they were reserved.
func (m *Membership) Streams() []conn.Source {
	g := m.group
	g.mu.Lock()
	defer g.mu.Unlock()
	if m.left {
		return nil
	}
	var sources []conn.Source
	for _, s := range g.sortedStreams(func(s *stream) bool { return s.owner != m && s.source != nil }) {
		sources = append(sources, s.source)
	}
	return sources
}

// Sources returns the announced streams of all members, in the order in which they
// were reserved.
func (g *Group) Sources() []conn.Source {
	g.mu.Lock()
	defer g.mu.Unlock()
	var sources []conn.Source
	for _, s := range g.sortedStreams(func(s *stream) bool { return s.source != nil }) {
		sources = append(sources, s.source)
	}
	return sources
}

// sortedStreams returns some of the streams, oldest first.
func (g *Group) sortedStreams(wanted func(*stream) bool) []*stream {
	var streams []*stream
	for _, s := range g.streams {
		if wanted(s) {
			streams = append(streams, s)
		}
	}
	slices.SortFunc(streams, func(a, b *stream) int { return cmp.Compare(a.number, b.number) })
	return streams
}

// closeStream forgets a stream and tells those who know of it.
func (g *Group) closeStream(s *stream) {
	delete(g.streams, s.id)
	if s.replaced != nil {
		g.announceClosed(s.replaced)
	}
	if s.source != nil {
		g.announceClosed(s)
	}
}

// announceClosed tells the other members that a stream has ended.
func (g *Group) announceClosed(s *stream) {
	g.broadcast(StreamClosed{ID: s.id, Source: s.source, Owner: s.user()}, s.owner)
}

// closeStreams ends all streams of a member.
func (g *Group) closeStreams(m *Membership) {
	for _, s := range g.sortedStreams(func(s *stream) bool { return s.owner == m }) {
		g.closeStream(s)
	}
}

// revokeStreams ends all streams of a member that may no longer present, and tells
// it so (PERM-8).
func (g *Group) revokeStreams(m *Membership) {
	for _, s := range g.sortedStreams(func(s *stream) bool { return s.owner == m }) {
		g.closeStream(s)
		m.deliver(StreamRevoked{ID: s.id})
	}
}
