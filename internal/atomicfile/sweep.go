package atomicfile

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// temporary is how the names of temporary files begin.
const temporary = ".tmp-"

// abandoned is the age from which on a temporary file is nobody's any more.
const abandoned = time.Hour

// sweep removes temporary files that a crash has left behind.  That is a courtesy:
// what cannot be removed stays.
func sweep(directory string) {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), temporary) {
			continue
		}
		info, err := entry.Info()
		if err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(filepath.Join(directory, entry.Name()))
		}
	}
}
