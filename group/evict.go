package group

import (
	"errors"
	"slices"
	"strings"
)

// Loaded returns the groups that are in memory, sorted by name.
func (r *Registry) Loaded() []*Group {
	groups := r.loaded()
	slices.SortFunc(groups, func(a, b *Group) int { return strings.Compare(a.name, b.name) })
	return groups
}

// Names returns the names of all groups that have a file, sorted.
func (r *Registry) Names() ([]string, error) {
	return r.library.names()
}

// Evict removes the members of a group that has ceased to exist, and of the
// automatic subgroups that went with it, with a message.
func (r *Registry) Evict(name, message string) {
	for _, g := range r.loaded() {
		if g.name != name && !strings.HasPrefix(g.name, name+"/") {
			continue
		}
		if _, err := r.library.find(g.name); !errors.Is(err, ErrNoGroup) {
			continue
		}
		g.mu.Lock()
		g.kickAll(message)
		g.mu.Unlock()
		// Which unloads it, as it has no description.
		r.follow(g.name)
	}
}
