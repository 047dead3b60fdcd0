package group

import (
	"io/fs"
	"os"
	"time"
)

// fingerprint tells whether a file has changed (W-30).
type fingerprint struct {
	info    fs.FileInfo // nil if the file does not exist
	changed int64       // time of the last change of the inode, 0 if unknown
	// racy says that the file was modified so shortly before it was read
	// that another change might have left size and time alone.
	racy bool
}

// granularity is how coarse the time stamps of a file system may be.
const granularity = 2 * time.Second

// newFingerprint describes a file that is about to be read at the given time.
func newFingerprint(info fs.FileInfo, now time.Time) fingerprint {
	return fingerprint{
		info:    info,
		changed: changeTime(info),
		racy:    now.Sub(info.ModTime()) < granularity,
	}
}

// matches says whether the file is surely the one that was read.
func (f fingerprint) matches(info fs.FileInfo) bool {
	return f.info != nil && !f.racy && os.SameFile(f.info, info) &&
		f.info.Size() == info.Size() && f.info.ModTime().Equal(info.ModTime()) &&
		f.changed == changeTime(info)
}
