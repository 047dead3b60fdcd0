package main

import "sync"

// maxParallel is how many requests a listing makes at the same time.
const maxParallel = 8

// parallel calls read for each name, a few at the same time, and returns the
// results in the order of the names (weak spot 11).
func parallel(names []string, read func(name string) (map[string]any, error)) []listed {
	entries := make([]listed, len(names))
	places := make(chan struct{}, maxParallel)
	var pending sync.WaitGroup
	for i, name := range names {
		places <- struct{}{}
		pending.Go(func() {
			object, err := read(name)
			entries[i] = listed{name, object, err}
			<-places
		})
	}
	pending.Wait()
	return entries
}

// listed is an entry of a listing, or why it could not be read.
type listed struct {
	name   string
	object map[string]any
	err    error
}
