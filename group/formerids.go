package group

import "time"

// How long, and for how many members, identifiers are kept for the usernames of
// those who left (W-32).
const (
	formerAge = 5 * time.Minute
	maxFormer = 1000
)

// formerIDs remembers who has recently had which identifier, so that nobody else
// can take over the chat messages of somebody who has left.  The zero value is
// empty.  It is guarded by the group's mutex.
type formerIDs struct {
	byID  map[string]*formerID
	order []*formerID // oldest first; may have entries that are outdated
}

type formerID struct {
	id       string
	username string
	address  string
	until    time.Time
}

// add notes that the member with this identifier has left.
func (f *formerIDs) add(id, username, address string, now time.Time) {
	if f.byID == nil {
		f.byID = make(map[string]*formerID)
	}
	former := &formerID{id: id, username: username, address: address, until: now.Add(formerAge)}
	f.byID[id] = former
	f.order = append(f.order, former)
	for len(f.order) > maxFormer || !f.order[0].until.After(now) {
		oldest := f.order[0]
		f.order = f.order[1:]
		if f.byID[oldest.id] == oldest {
			delete(f.byID, oldest.id)
		}
	}
}

// reserved says whether id is kept for somebody with another username.  A client
// may take another name when it joins again over the same connection, which is
// recognised by its address and port.
func (f *formerIDs) reserved(id, username, address string, now time.Time) bool {
	former, ok := f.byID[id]
	if !ok || !former.until.After(now) {
		return false
	}
	return former.username != username && (address == "" || former.address != address)
}
