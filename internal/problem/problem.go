// Package problem describes what is wrong with the files and settings of a server,
// so that everything that looks at them reports it in the same form, that of
// compilers.  It also asks the system who may read and write files.
//
// The package has no state, changes no file and starts no goroutine.
package problem

import (
	"bytes"
	"fmt"
	"io"
	"slices"
)

// Severity says how bad a problem is.
type Severity uint8

const (
	// Error means that something that was written cannot work.
	Error Severity = iota
	// Warning means that it works, but perhaps not as it was meant.
	Warning
)

// String returns the severity as it is printed.
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Problem is one defect of a file, or of a setting.
type Problem struct {
	// File is the name of the file or directory, or the flag with its dash.
	File     string
	Line     int // from 1; 0 is unknown
	Column   int // from 1, in bytes; 0 is unknown
	Severity Severity
	Text     string
}

// Place returns where the problem is, FILE:LINE:COLUMN as far as it is known.
func (p Problem) Place() string {
	switch {
	case p.Line <= 0:
		return p.File
	case p.Column <= 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// String returns place and text.
func (p Problem) String() string { return p.Place() + ": " + p.Text }

// At returns a problem at an offset, in bytes, of a file with this content.
func At(file string, data []byte, offset int, severity Severity, format string, args ...any) Problem {
	line, column := Position(data, offset)
	return Problem{File: file, Line: line, Column: column, Severity: severity, Text: fmt.Sprintf(format, args...)}
}

// Of returns a problem of a file as a whole.
func Of(file string, severity Severity, format string, args ...any) Problem {
	return Problem{File: file, Severity: severity, Text: fmt.Sprintf(format, args...)}
}

// Position converts an offset in bytes to a line and a column in bytes, both from 1.
// An offset outside the data is moved to its nearer end.
func Position(data []byte, offset int) (line, column int) {
	offset = min(max(offset, 0), len(data))
	before := data[:offset]
	return 1 + bytes.Count(before, []byte("\n")), offset - bytes.LastIndexByte(before, '\n')
}

// SortByPlace sorts the problems of one file by line and column.
func SortByPlace(list []Problem) {
	slices.SortStableFunc(list, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
}

// Report writes the problems, one in each line, and a line that counts them.  It
// returns how many of them are errors.
func Report(w io.Writer, list []Problem) (errors int) {
	for _, p := range list {
		if p.Severity == Error {
			errors++
		}
		_, _ = fmt.Fprintf(w, "%s: %s: %s\n", p.Place(), p.Severity, p.Text)
	}
	if len(list) == 0 {
		_, _ = fmt.Fprintln(w, "No problems found.")
		return 0
	}
	_, _ = fmt.Fprintf(w, "%s, %s.\n", count(errors, "error"), count(len(list)-errors, "warning"))
	return errors
}

// count returns a number and what is counted.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
