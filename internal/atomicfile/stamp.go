package atomicfile

import (
	"io/fs"
	"os"
	"time"
)

// Stamp remembers what a file looked like when it was read.  The zero value is
// that of a file that was never read, or does not exist.
type Stamp struct {
	info    fs.FileInfo
	changed int64 // time of the last change of the inode, 0 if unknown
	racy    bool
}

// granularity is how coarse the time stamps of a file system may be.
const granularity = 2 * time.Second

// NewStamp describes a file that is about to be read at the given time.
func NewStamp(info fs.FileInfo, now time.Time) Stamp {
	return Stamp{
		info:    info,
		changed: changeTime(info),
		// Another change soon after might leave size and time alone.
		racy: now.Sub(info.ModTime()).Abs() < granularity,
	}
}

// Matches says whether the file is surely the one that was read.  It is never
// sure of a file that was read within two seconds of its modification.
func (s Stamp) Matches(info fs.FileInfo) bool {
	return s.info != nil && !s.racy && os.SameFile(s.info, info) &&
		s.info.Size() == info.Size() && s.info.ModTime().Equal(info.ModTime()) &&
		s.changed == changeTime(info)
}
