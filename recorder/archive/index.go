package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// indexSuffix ends the names of indices.
const indexSuffix = "-session.json"

// IsIndex says whether a file is the index of a session.
func IsIndex(name string) bool { return strings.HasSuffix(name, indexSuffix) }

// Index describes one session: what has been recorded between a record and its
// unrecord.
type Index struct {
	Version   int       `json:"version"` // 1
	Group     string    `json:"group"`
	Start     time.Time `json:"start"`
	End       time.Time `json:"end,omitzero"` // zero while it goes on
	StartedBy string    `json:"startedBy,omitempty"`
	// Participants are those who were in the group, in the order in which
	// they came.
	Participants []Participant `json:"participants"`
	// Files are the recordings, in the order in which they begin.
	Files []IndexFile `json:"files"`
	// Speakers are the turns of those who spoke, in order.  A turn lasts until
	// the next one begins: when nobody speaks, it is that of who spoke last.
	Speakers []Turn `json:"speakers,omitempty"`
	// Interrupted says that the server ended without completing the index:
	// End, and what was not there yet, has been found in the files.
	Interrupted bool `json:"interrupted,omitempty"`
}

// Turn says since when a member is the one who speaks.
type Turn struct {
	User string    `json:"user"` // the member's id
	From time.Time `json:"from"`
}

// Participant is one stay of a member.
type Participant struct {
	ID       string    `json:"id"`
	Username string    `json:"username"`
	Joined   time.Time `json:"joined"`
	Left     time.Time `json:"left,omitzero"`
}

// IndexFile describes one recording.  Start is the instant of its time zero by
// the clock of the server, so that files can be aligned.
type IndexFile struct {
	Name     string    `json:"name"`
	Stream   string    `json:"stream"`
	User     string    `json:"user"`
	Username string    `json:"username"`
	Label    string    `json:"label,omitempty"`
	Start    time.Time `json:"start"`
	Duration float64   `json:"duration,omitempty"` // seconds; absent while it is written
	// Closed is when the recording ended.  A picture that did not change any
	// more was shown until then, though the file ends with the last one sent.
	Closed time.Time    `json:"closed,omitzero"`
	Tracks []IndexTrack `json:"tracks"`
	// Gaps are the times, in seconds from the start, in which a track has
	// nothing for more than a second.
	Gaps []IndexGap `json:"gaps,omitempty"`
}

// End returns the instant at which the recording ends, as far as that is known.
func (f *IndexFile) End() time.Time {
	return f.Start.Add(time.Duration(f.Duration * float64(time.Second)))
}

// IndexTrack describes one track of a recording.
type IndexTrack struct {
	Kind   string `json:"kind"` // audio or video
	Codec  string `json:"codec"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
}

// IndexGap is a time without media.
type IndexGap struct {
	Kind string  `json:"kind"`
	From float64 `json:"from"`
	To   float64 `json:"to"`
}

// IndexName returns the name of the index of a session that starts at t.
func IndexName(t time.Time) string { return stamp(t) + indexSuffix }

// combinedSuffix ends the names of what is made of whole sessions, before their
// extensions.
const combinedSuffix = "-meeting"

// CombinedName returns the name of the file that is made of a whole session, by the
// name of its index.  The extension has its dot.
func CombinedName(index, extension string) string {
	return strings.TrimSuffix(index, indexSuffix) + combinedSuffix + extension
}

// IsCombined says whether a file is made of the session that has an index.
func IsCombined(index, name string) bool {
	extension := path.Ext(name)
	return strings.HasPrefix(ContentType(name), "video/") && extension != partial && name == CombinedName(index, extension)
}

// WriteIndex replaces an index, at once.
func (d *Dir) WriteIndex(name string, index *Index) error {
	b, err := json.MarshalIndent(index, "", "  ")
	if err != nil {
		return err
	}
	temporary := "." + name + ".tmp"
	f, err := d.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = d.root.Rename(temporary, name)
	}
	if err != nil {
		return errors.Join(err, ignoreMissing(d.root.Remove(temporary)))
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// maxIndex is the size of an index that is read, in bytes.
const maxIndex = 16 << 20

// ReadIndex reads an index.
func (d *Dir) ReadIndex(name string) (*Index, error) {
	f, err := d.OpenFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxIndex))
	if err != nil {
		return nil, err
	}
	var index Index
	if err := json.Unmarshal(b, &index); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &index, nil
}

// Prune removes the indices of sessions that have ended and of which there is no
// file any more, not even the one made of all of them.
func (d *Dir) Prune() error {
	list, err := d.List()
	if err != nil {
		return err
	}
	exists := make(map[string]bool)
	for _, e := range list {
		exists[e.Name] = true
	}
	for _, e := range list {
		if !IsIndex(e.Name) {
			continue
		}
		index, err := d.ReadIndex(e.Name)
		if err != nil || index.End.IsZero() {
			continue
		}
		if !slices.ContainsFunc(index.Files, func(f IndexFile) bool {
			return exists[f.Name] || exists[f.Name+partial]
		}) && !slices.ContainsFunc(list, func(o Entry) bool { return IsCombined(e.Name, o.Name) }) {
			if err := ignoreMissing(d.Remove(e.Name)); err != nil {
				return err
			}
		}
	}
	return nil
}
