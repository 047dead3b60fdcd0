package group

import "testing"

// TestAnnounceSpeaker: everybody is told who speaks, by the server, and nobody of
// a person who has left (spec media.md 8.1).
func TestAnnounceSpeaker(t *testing.T) {
	h := newHouse(t)
	op, opm := h.op("op")
	ada, adam := h.ada("ada")
	op.take()
	ada.take()
	g := opm.Group()
	g.AnnounceSpeaker("ada")
	for _, c := range []*client{op, ada} {
		m := find[UserMessage](t, c.take())
		if m.Kind != SpeakerKind || m.Source != "" || !m.Privileged || encode(t, m.Value) != `{"id":"ada"}` {
			t.Errorf("told %+v", m)
		}
	}
	if got := g.Speaker(); got != "ada" {
		t.Errorf("speaker %q", got)
	}
	adam.Leave()
	op.take()
	g.AnnounceSpeaker("ada")
	op.want(t, "")
	if got := g.Speaker(); got != "" {
		t.Errorf("speaker %q, who has left", got)
	}
}
