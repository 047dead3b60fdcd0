package group

import (
	"encoding/json"
	"slices"
	"time"
)

// maxHistory is the number of messages kept (CHAT-9).
const maxHistory = 50

// historyOverhead is what a message costs beyond its texts, in bytes.
const historyOverhead = 128

// history is the chat history of a group, oldest first.  It is guarded by the
// group's mutex.
type history struct {
	limit    int // in bytes
	size     int // in bytes
	messages []Chat
}

// historySize is the size of a message in memory, roughly.
func historySize(c Chat) int {
	raw, _ := c.Value.(json.RawMessage)
	return historyOverhead + len(c.ID) + len(c.Source) + len(c.Username) + len(c.Kind) + len(raw)
}

// add appends a message, and makes room for it.
func (h *history) add(c Chat) {
	c.History = true
	c.Dest, c.Privileged, c.NoEcho = "", false, false
	size := historySize(c)
	if size > h.limit {
		return
	}
	drop := 0
	for len(h.messages)-drop >= maxHistory || h.size+size > h.limit {
		h.size -= historySize(h.messages[drop])
		drop++
	}
	h.messages = append(slices.Delete(h.messages, 0, drop), c)
	h.size += size
}

// remove deletes the messages of a source, or all if source is empty; if id is not
// empty, only that message.
func (h *history) remove(source, id string) {
	h.messages = slices.DeleteFunc(h.messages, func(c Chat) bool {
		return (source == "" || c.Source == source) && (id == "" || c.ID == id)
	})
	h.size = 0
	for _, c := range h.messages {
		h.size += historySize(c)
	}
}

// recent returns the messages that are not too old (CHAT-10).
func (h *history) recent(now time.Time, age time.Duration) []Chat {
	return slices.DeleteFunc(slices.Clone(h.messages), func(c Chat) bool {
		return now.Sub(c.Time) > age
	})
}

// empty says whether there are no messages that are not too old.
func (h *history) empty(now time.Time, age time.Duration) bool {
	return len(h.recent(now, age)) == 0
}
