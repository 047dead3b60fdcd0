package recorder

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"galene/conn"
	"galene/group"
	"galene/recorder/archive"
)

const (
	// username is that of a recorder (USR-5).
	username = "RECORDING"
	// spaceInterval is how often the free space is looked at.
	spaceInterval = 10 * time.Second
	// indexInterval is the least time between writings of the index.
	indexInterval = 2 * time.Second
	// maxTurns bounds the speakers in the index.
	maxTurns = 20_000
)

// session is one recording of a group, from record to unrecord.  It is a member
// of the group.
type session struct {
	rec   *Recorder
	id    string
	group *group.Group
	dir   *archive.Dir
	log   *slog.Logger
	name  string // of the index

	wake chan struct{} // holds a token if there are events

	mu      sync.Mutex
	events  []event
	index   archive.Index
	changed bool // the index is to be written

	// What follows belongs to the session's goroutine.
	member  *group.Membership
	streams map[string]*stream
	ending  sync.WaitGroup // streams that have been stopped
	present map[string]bool
	low     bool // operators have been told that space is low
	unsaved bool // operators have been told that the index cannot be written
}

// event is an event of the group, and when it came.
type event struct {
	group.Event
	at time.Time
}

var _ group.Client = (*session)(nil)

func newSession(r *Recorder, g *group.Group, dir *archive.Dir, by string) *session {
	now := r.clock.present()
	return &session{
		rec: r, id: newID(), group: g, dir: dir,
		log:  r.log.With("group", g.Name()),
		name: archive.IndexName(now),
		wake: make(chan struct{}, 1),
		index: archive.Index{
			Version: 1, Group: g.Name(), Start: now, StartedBy: by,
			Participants: []archive.Participant{}, Files: []archive.IndexFile{},
		},
		streams: make(map[string]*stream),
		present: make(map[string]bool),
	}
}

// ID returns the identifier of the member.
func (s *session) ID() string { return s.id }

// Address returns nothing: the recorder is not elsewhere.
func (s *session) Address() string { return "" }

// Kind says that the member is a part of the server.
func (s *session) Kind() group.ClientKind { return group.System }

// Deliver queues an event that matters here.
func (s *session) Deliver(_ *group.Membership, ev group.Event) {
	switch ev.(type) {
	case group.User, group.Stream, group.StreamClosed, group.Kicked, group.Speaker:
	default:
		return
	}
	s.mu.Lock()
	s.events = append(s.events, event{ev, s.rec.clock.present()})
	s.mu.Unlock()
	s.notify()
}

func (s *session) notify() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// join makes the session a member.
func (s *session) join() error {
	m, err := s.group.JoinSystem(s, username)
	s.member = m
	return err
}

// discard undoes a start that failed.
func (s *session) discard() {
	_ = s.dir.Remove(s.name) // there may be none
	_ = s.dir.Close()
}

// run is the session's goroutine.  It returns when all files are complete.
func (s *session) run(ctx context.Context) {
	s.log.Info("recording started", "by", s.index.StartedBy)
	s.hear(s.group.Speaker(), s.index.Start) // who spoke before that is not announced again
	for _, src := range s.member.Streams() {
		s.record(src, src.Owner())
	}
	s.loop(ctx)
	s.member.Leave()
	for _, st := range s.streams {
		s.stopStream(st)
	}
	s.ending.Wait()
	s.end()
	s.log.Info("recording ended")
}

// loop handles what happens until the recording is to end.
func (s *session) loop(ctx context.Context) {
	space := time.NewTicker(spaceInterval)
	defer space.Stop()
	index := time.NewTicker(indexInterval)
	defer index.Stop()
	alone := time.NewTimer(s.rec.limits.Alone)
	defer alone.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-alone.C:
			if len(s.present) == 0 {
				s.log.Info("recording a group without members")
				return
			}
		case <-space.C:
			if !s.lookAtSpace() {
				return
			}
		case <-index.C:
			s.saveIndex()
		case <-s.wake:
			before := len(s.present)
			if !s.handle() {
				return
			}
			if before > 0 && len(s.present) == 0 {
				alone.Reset(s.rec.limits.Alone)
			}
		}
	}
}

// handle handles the events that have come.  It returns false when the
// membership has ended.
func (s *session) handle() bool {
	s.mu.Lock()
	events := s.events
	s.events = nil
	s.mu.Unlock()
	for _, ev := range events {
		at := ev.at
		switch ev := ev.Event.(type) {
		case group.Stream:
			if st := s.streams[ev.Replace]; st != nil && ev.Replace != ev.Source.ID() {
				s.closeStream(ev.Replace)
			}
			s.record(ev.Source, ev.Owner)
		case group.StreamClosed:
			s.closeStream(ev.ID)
		case group.User:
			s.meet(ev, at)
		case group.Speaker:
			s.hear(ev.ID, at)
		case group.Kicked:
			return false
		}
	}
	return true
}

// record begins to record a stream, or follows its tracks.
func (s *session) record(src conn.Source, owner conn.User) {
	if st := s.streams[src.ID()]; st != nil {
		if st.src == src {
			st.update()
			return
		}
		s.closeStream(src.ID())
	}
	s.streams[src.ID()] = newStream(s, src, owner)
}

// closeStream ends the recording of a stream.
func (s *session) closeStream(id string) {
	if st := s.streams[id]; st != nil {
		delete(s.streams, id)
		s.stopStream(st)
	}
}

func (s *session) stopStream(st *stream) {
	st.stop()
	s.ending.Go(func() { <-st.done })
}

// meet takes note of who is there.
func (s *session) meet(ev group.User, at time.Time) {
	if ev.ID == s.id || ev.Permissions.Has(group.PermSystem) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	people := s.index.Participants
	i := slices.IndexFunc(people, func(p archive.Participant) bool {
		return p.ID == ev.ID && p.Left.IsZero()
	})
	switch {
	case ev.Kind == group.UserDelete:
		delete(s.present, ev.ID)
		if i >= 0 {
			people[i].Left = at
		}
	case i < 0:
		s.present[ev.ID] = true
		s.index.Participants = append(people, archive.Participant{
			ID: ev.ID, Username: ev.Username, Joined: at,
		})
	default:
		return
	}
	s.changed = true
}

// hear takes note of who speaks.
func (s *session) hear(id string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	turns := s.index.Speakers
	if id == "" || len(turns) >= maxTurns || len(turns) > 0 && turns[len(turns)-1].User == id {
		return
	}
	s.index.Speakers = append(turns, archive.Turn{User: id, From: at})
	s.changed = true
}

// note puts a file into the index, or replaces it there.  It may be called by
// any goroutine.
func (s *session) note(f archive.IndexFile) {
	f.Gaps = slices.Clone(f.Gaps)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed = true
	i := slices.IndexFunc(s.index.Files, func(o archive.IndexFile) bool { return o.Name == f.Name })
	if i >= 0 {
		s.index.Files[i] = f
		return
	}
	s.index.Files = append(s.index.Files, f)
}

// forget removes a file from the index.
func (s *session) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed = true
	s.index.Files = slices.DeleteFunc(s.index.Files, func(f archive.IndexFile) bool { return f.Name == name })
}

// writeIndex writes the index.
func (s *session) writeIndex() error {
	s.mu.Lock()
	index := s.index
	index.Participants = slices.Clone(index.Participants)
	index.Files = slices.Clone(index.Files)
	index.Speakers = slices.Clone(index.Speakers)
	s.changed = false
	s.mu.Unlock()
	return s.dir.WriteIndex(s.name, &index)
}

// saveIndex writes the index if it has changed.
func (s *session) saveIndex() {
	s.mu.Lock()
	changed := s.changed
	s.mu.Unlock()
	if !changed {
		return
	}
	err := s.writeIndex()
	if err == nil {
		s.unsaved = false
		return
	}
	s.mu.Lock()
	s.changed = true
	s.mu.Unlock()
	if !s.unsaved {
		s.unsaved = true
		s.log.Error("cannot write the index of a recording", "file", s.name, "error", err)
		s.warn("The list of the recordings cannot be written (" + reason(err) + ").")
	}
}

// end completes the index.
func (s *session) end() {
	now := s.rec.clock.present()
	s.mu.Lock()
	s.index.End = now
	for i := range s.index.Participants {
		if p := &s.index.Participants[i]; p.Left.IsZero() {
			p.Left = now
		}
	}
	s.changed = true
	s.mu.Unlock()
	s.saveIndex()
	if err := s.dir.Close(); err != nil {
		s.log.Warn("closing the directory of recordings", "error", err)
	}
}

// warn tells the operators of the group.  It may be called by any goroutine.
func (s *session) warn(text string) { s.group.WarnOperators(text) }

// checkSpace says whether a recording may begin.
func (s *session) checkSpace() error {
	l := s.rec.limits
	if free, ok := s.rec.archive.Free(); ok && free < l.FreeSpace {
		return ErrSpace
	}
	if l.GroupQuota <= 0 {
		return nil
	}
	used, err := s.dir.Usage()
	if err == nil && used >= l.GroupQuota {
		err = ErrQuota
	}
	return err
}

// lookAtSpace warns when space runs low, and returns false when the recording
// has to end because the group's share is used up.
func (s *session) lookAtSpace() bool {
	l := s.rec.limits
	if free, ok := s.rec.archive.Free(); ok && free < l.LowSpace {
		if !s.low {
			s.low = true
			s.warn(fmt.Sprintf("The disk for recordings is getting full: %d MiB are left.", free>>20))
		}
	} else {
		s.low = false
	}
	if l.GroupQuota <= 0 {
		return true
	}
	if used, err := s.dir.Usage(); err == nil && used >= l.GroupQuota {
		s.warn("The recording has ended: the recordings of this group take too much space.")
		return false
	}
	return true
}
