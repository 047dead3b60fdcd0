package signalling

import (
	"sync"
	"testing"
	"time"

	"galene/speech"
)

// voice is a member's stream in which one speaks or not.
type voice struct {
	mu    sync.Mutex
	heard speech.Heard
}

func (v *voice) Heard() speech.Heard {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.heard
}

func (v *voice) speak(active float64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.heard = speech.Heard{Active: active, Loudness: active}
}

// hall is a group.
type hall chan string

func (h hall) AnnounceSpeaker(id string) { h <- id }

// TestSpeakers: each group is told who speaks in it, with the member's loudest
// stream counting, and of nobody who has left.
func TestSpeakers(t *testing.T) {
	next := func(h hall, want string) {
		t.Helper()
		select {
		case got := <-h:
			if got != want {
				t.Errorf("%q speaks, want %q", got, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%q is not heard", want)
		}
	}
	var s speakers
	one, two := make(hall, 10), make(hall, 10)
	ada, screen, bob, eve := &voice{}, &voice{}, &voice{}, &voice{}
	s.add(one, "ada", ada)
	s.add(one, "ada", screen)
	s.add(one, "bob", bob)
	s.add(two, "eve", eve)
	ada.speak(1)
	next(one, "ada")
	ada.speak(0)
	bob.speak(1)
	next(one, "bob")
	bob.speak(0)
	screen.speak(1)
	next(one, "ada")
	s.remove(one, screen)
	s.remove(one, ada)
	eve.speak(1)
	next(two, "eve")
	s.remove(one, bob)
	s.remove(two, eve)
	for done := false; !done; time.Sleep(time.Millisecond) {
		s.mu.Lock()
		done = s.timer == nil && len(s.rooms) == 0
		s.mu.Unlock()
	}
	if len(one)+len(two) > 0 {
		t.Error("more was announced")
	}
}
