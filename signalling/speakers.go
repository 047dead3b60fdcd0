package signalling

import (
	"sync"
	"time"

	"galene/group"
	"galene/speech"
)

// speaker is where a member's voice is heard; a *rtpconn.Up.
type speaker interface {
	// Heard returns what was heard since it was last called.
	Heard() speech.Heard
}

// announcer is told who speaks; a *group.Group.
type announcer interface{ AnnounceSpeaker(id string) }

var _ announcer = (*group.Group)(nil)

// speakers finds out who speaks in each group (spec media.md 8.1).  A timer runs
// while anybody publishes; what it does it does with mu held, so that nobody is
// announced once remove has returned for the last stream.
type speakers struct {
	mu    sync.Mutex
	rooms map[announcer]*room
	timer *time.Timer
}

// room is a group in which somebody publishes.
type room struct {
	voices   map[speaker]string // the member's id
	detector speech.Detector
	heard    map[string]speech.Heard // reused
}

// add makes a member be heard.
func (s *speakers) add(g announcer, member string, voice speaker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[g]
	if r == nil {
		if s.rooms == nil {
			s.rooms = make(map[announcer]*room)
		}
		r = &room{voices: make(map[speaker]string), heard: make(map[string]speech.Heard)}
		s.rooms[g] = r
	}
	r.voices[voice] = member
	if s.timer == nil {
		s.timer = time.AfterFunc(speech.Window*time.Millisecond, s.run)
	}
}

// remove undoes add.
func (s *speakers) remove(g announcer, voice speaker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[g]
	if r == nil {
		return
	}
	member := r.voices[voice]
	delete(r.voices, voice)
	for _, other := range r.voices {
		if other == member {
			return
		}
	}
	r.detector.Forget(member)
	if len(r.voices) == 0 {
		delete(s.rooms, g)
	}
}

// run decides who speaks.
func (s *speakers) run() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rooms) == 0 {
		s.timer = nil
		return
	}
	s.timer.Reset(speech.Window * time.Millisecond)
	for g, r := range s.rooms {
		if r.listen() {
			g.AnnounceSpeaker(r.detector.Speaker())
		}
	}
}

// listen reports whether another member speaks now.
func (r *room) listen() (changed bool) {
	clear(r.heard)
	for voice, member := range r.voices {
		h := voice.Heard()
		if old := r.heard[member]; h.Active*h.Loudness >= old.Active*old.Loudness {
			r.heard[member] = h
		}
	}
	return r.detector.Decide(r.heard)
}
