// Package playback serves recordings over HTTP: a page that lists those of a
// group, with players, and the files themselves, with ranges (spec http.md 9).
//
// Whoever asks has to be a user of the group who may record there.  Nothing is
// looked at before that is known, so that whoever may not see a file cannot find
// out whether it exists.  The page needs no scripts.
//
// A Handler is immutable; requests are served on the goroutines of net/http.
package playback
