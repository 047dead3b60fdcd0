package problem

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Secret returns a warning if the file at path, which has secrets in it, can be read
// by every user of the machine.
func Secret(path string) []Problem {
	if !readableByAll(path) {
		return nil
	}
	return []Problem{Of(path, Warning,
		"every user of this machine can read this file, which has secrets in it: chmod o-r")}
}

// Writable returns a problem if this process could not create files in a directory,
// which need not exist yet, without trying to.
func Writable(directory string, severity Severity) []Problem {
	for existing := filepath.Clean(directory); ; existing = filepath.Dir(existing) {
		info, err := os.Stat(existing)
		switch {
		case errors.Is(err, fs.ErrNotExist) && filepath.Dir(existing) != existing:
			continue
		case err != nil:
			return []Problem{Of(directory, severity, "%v", err)}
		case !info.IsDir():
			return []Problem{Of(directory, severity, "%s is not a directory", existing)}
		}
		if err := mayWrite(existing); err != nil {
			return []Problem{Of(directory, severity, "cannot be written to: %s: %v", existing, err)}
		}
		return nil
	}
}
