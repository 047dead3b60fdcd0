package group

// SpeakerKind is the kind of the usermessage that tells who speaks.  Clients that
// do not know it ignore it.
const SpeakerKind = "speaker"

// AnnounceSpeaker tells the members that the one with the given id speaks now
// (spec media.md 8.1), unless nobody has that id.
func (g *Group) AnnounceSpeaker(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byID[id] == nil {
		return
	}
	g.speaker = id
	for _, m := range g.members {
		switch m.client.Kind() {
		case System:
			m.deliver(Speaker{id})
		case Web:
			m.deliver(UserMessage{
				Kind: SpeakerKind, Dest: m.id, Privileged: true,
				Value: map[string]string{"id": id},
			})
		}
	}
}

// Speaker returns the id of the member who was announced last, or the empty string
// if nobody was, or if that one has left.
func (g *Group) Speaker() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byID[g.speaker] == nil {
		return ""
	}
	return g.speaker
}
