package group

import (
	"fmt"
	"testing"

	"galene/conn"
)

// streamIDs lists what a member could receive.
func streamIDs(m *Membership) string {
	var ids []string
	for _, s := range m.Streams() {
		ids = append(ids, s.ID())
	}
	return fmt.Sprint(ids)
}

func TestStreams_STR2_W5(t *testing.T) {
	h := newHouse(t)
	op, opm := h.op("op")
	ada, adam := h.ada("ada")
	_, eve := h.join("test", "eve", with("eve", ""))
	op.take()
	ada.take()

	wantError(t, eve.ReserveStream("e", ""), "not authorised") // STR-4
	wantError(t, adam.ReserveStream("a", "nonesuch"), "")
	wantError(t, opm.ReserveStream("a", ""), "stream id already in use")
	wantError(t, adam.ReserveStream("a", ""), "") // STR-5
	opm.Announce(&source{id: "a"})                // not the owner
	opm.Announce(&source{id: "b"})                // not reserved
	opm.Withdraw("a")
	op.want(t, "")
	if got := streamIDs(opm); got != "[]" {
		t.Errorf("before the announcement: %s", got)
	}
	adam.Announce(&source{id: "a"})
	adam.Announce(&source{id: "a"})
	events := op.take()
	if got := names(events); got != "stream:a stream:a" {
		t.Errorf("told %s", got)
	}
	if owner := events[0].(Stream).Owner; owner != (conn.User{ID: "ada", Username: "ada"}) {
		t.Errorf("the owner is %+v", owner)
	}
	ada.want(t, "")
	if got := streamIDs(opm) + streamIDs(eve) + streamIDs(adam); got != "[a][a][]" {
		t.Errorf("streams are %s", got)
	}
	// A replace that names a foreign stream is ignored.
	wantError(t, opm.ReserveStream("o", "a"), "")
	opm.Announce(&source{id: "o"})
	ada.want(t, "stream:o")
	if got := streamIDs(eve); got != "[a o]" {
		t.Errorf("streams are %s", got)
	}
	adam.Withdraw("a")
	adam.Withdraw("a")
	op.want(t, "closed:a")
	wantError(t, opm.ReserveStream("a", ""), "")
}

func TestReplacement_STR7_STR14_W34(t *testing.T) {
	tests := []struct {
		name string
		run  func(t *testing.T, m *Membership)
		told string
	}{
		{"announced", func(t *testing.T, m *Membership) {
			wantError(t, m.ReserveStream("b", "a"), "")
			m.Announce(&source{id: "b"})
			m.Announce(&source{id: "b"})
		}, "stream:b<a stream:b"},
		{"withdrawn before it was announced", func(t *testing.T, m *Membership) {
			wantError(t, m.ReserveStream("b", "a"), "")
			m.Withdraw("b")
		}, "closed:a"},
		{"left before it was announced", func(t *testing.T, m *Membership) {
			wantError(t, m.ReserveStream("b", "a"), "")
			m.Leave()
		}, "closed:a user/delete:ada"},
		{"replaced before it was announced", func(t *testing.T, m *Membership) {
			wantError(t, m.ReserveStream("b", "a"), "")
			wantError(t, m.ReserveStream("c", "b"), "")
			m.Announce(&source{id: "c"})
		}, "stream:c<a"},
		{"replaced twice", func(t *testing.T, m *Membership) {
			wantError(t, m.ReserveStream("b", "a"), "")
			m.Announce(&source{id: "b"})
			wantError(t, m.ReserveStream("c", "b"), "")
			m.Announce(&source{id: "c"})
		}, "stream:b<a stream:c<b"},
		{"old id reused too early", func(t *testing.T, m *Membership) {
			wantError(t, m.ReserveStream("b", "a"), "")
			wantError(t, m.ReserveStream("a", ""), "")
			m.Announce(&source{id: "a"})
			m.Announce(&source{id: "b"})
		}, "closed:a stream:a stream:b"},
		{"itself", func(t *testing.T, m *Membership) {
			wantError(t, m.ReserveStream("a", "a"), "")
			m.Announce(&source{id: "a"})
		}, "stream:a"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := newHouse(t)
			op, _ := h.op("op")
			_, m := h.ada("ada")
			wantError(t, m.ReserveStream("a", ""), "")
			m.Announce(&source{id: "a"})
			op.take()
			test.run(t, m)
			op.want(t, test.told)
		})
	}
	t.Run("somebody else takes the old id", func(t *testing.T) {
		h := newHouse(t)
		_, opm := h.op("op")
		_, m := h.ada("ada")
		wantError(t, m.ReserveStream("a", ""), "")
		m.Announce(&source{id: "a"})
		wantError(t, m.ReserveStream("b", "a"), "")
		wantError(t, opm.ReserveStream("a", ""), "stream id already in use")
		m.Announce(&source{id: "b"})
		wantError(t, opm.ReserveStream("a", ""), "")
	})
}

func TestStreamLimit_W22(t *testing.T) {
	h := newHouse(t)
	_, m := h.ada("ada")
	for i := range 16 {
		wantError(t, m.ReserveStream(fmt.Sprint(i), ""), "")
	}
	wantError(t, m.ReserveStream("16", ""), "too many streams")
	wantError(t, m.ReserveStream("16", "15"), "")
	m.Withdraw("0")
	wantError(t, m.ReserveStream("17", ""), "")
}

func TestUnpresent_PERM8(t *testing.T) {
	h := newHouse(t)
	op, opm := h.op("op")
	ada, m := h.ada("ada")
	wantError(t, m.ReserveStream("a", ""), "")
	m.Announce(&source{id: "a"})
	wantError(t, m.ReserveStream("b", ""), "")
	op.take()
	wantError(t, opm.UserAction("unpresent", "ada", nil), "")
	ada.want(t, "joined/change revoked:a revoked:b user/change:ada")
	op.want(t, "closed:a user/change:ada")
	if got := streamIDs(opm); got != "[]" {
		t.Errorf("streams are %s", got)
	}
	m.Announce(&source{id: "a"}) // too late
	op.want(t, "")
}
