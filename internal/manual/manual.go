// Package manual reads the manuals, so that tests can compare them with the program:
// whatever the program knows must be documented, and whatever is documented must exist.
// Its functions may be called concurrently.
package manual

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// A span is code within a cell: `text`.
var span = regexp.MustCompile("`([^`]+)`")

// Row is a row of a table in Markdown.
type Row struct {
	// Names are the first words of the code in the first cell: of "`-http
	// ADDRESS`, `-insecure`", it is "-http" and "-insecure".
	Names []string
	// Cells are all cells, as they are.
	Cells []string
}

// Rows returns the rows of all tables in one section of a file in Markdown, which
// reaches from its heading to the next one.  Rows without code in their first cell,
// such as the heads of tables, are left out.
func Rows(file, heading string) ([]Row, error) {
	lines, err := section(file, heading, regexp.MustCompile(`^#+ +(.*)$`))
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, line := range lines {
		line, ok := strings.CutPrefix(line, "|")
		if !ok {
			continue
		}
		row := Row{Cells: strings.Split(strings.TrimSuffix(line, "|"), "|")}
		for i, cell := range row.Cells {
			row.Cells[i] = strings.TrimSpace(cell)
		}
		for _, match := range span.FindAllStringSubmatch(row.Cells[0], -1) {
			name, _, _ := strings.Cut(match[1], " ")
			row.Names = append(row.Names, name)
		}
		if row.Names != nil {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// Names returns the names in all rows of some sections of a file in Markdown.
func Names(file string, headings ...string) ([]string, error) {
	var names []string
	for _, heading := range headings {
		rows, err := Rows(file, heading)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			names = append(names, row.Names...)
		}
	}
	return names, nil
}

// An item is the head of an item of a list in the language mdoc.
var item = regexp.MustCompile(`^\.It (Fl|Cm) (\S+)`)

// Head is the head of an item of a list in a manual page.
type Head struct {
	// Name is what the item is about: "-http" of ".It Fl http Ar address", and
	// "combine" of ".It Cm combine".
	Name string
	// Words are all words after ".It".
	Words []string
}

// Heads returns the heads of all items about flags and commands in some sections of a
// manual page, written in the language mdoc.
func Heads(file string, sections ...string) ([]Head, error) {
	var heads []Head
	for _, heading := range sections {
		lines, err := section(file, heading, regexp.MustCompile(`^\.S[hs] (.*)$`))
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			match := item.FindStringSubmatch(line)
			if match == nil {
				continue
			}
			head := Head{match[2], strings.Fields(line)[1:]}
			if match[1] == "Fl" {
				head.Name = "-" + head.Name
			}
			heads = append(heads, head)
		}
	}
	return heads, nil
}

// Items returns the names of what Heads returns.
func Items(file string, sections ...string) ([]string, error) {
	heads, err := Heads(file, sections...)
	var names []string
	for _, head := range heads {
		names = append(names, head.Name)
	}
	return names, err
}

// section returns the lines of a file that follow a heading, up to the next one.
func section(file, heading string, headings *regexp.Regexp) ([]string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var lines []string
	inside, found := false, false
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\r\n")
		switch match := headings.FindStringSubmatch(line); {
		case match != nil:
			inside = match[1] == heading
			found = found || inside
		case inside:
			lines = append(lines, line)
		}
	}
	if !found {
		return nil, fmt.Errorf("%s has no section %q", file, heading)
	}
	return lines, nil
}

// A flag is how the package flag prints one in its usage.
var printedFlag = regexp.MustCompile(`(?m)^  (-[^\s]+)`)

// Flags returns the flags that a usage, as package flag prints it, is about.
func Flags(usage string) []string {
	var names []string
	for _, match := range printedFlag.FindAllStringSubmatch(usage, -1) {
		names = append(names, match[1])
	}
	return names
}

// Differences compares what is documented with what there is, and returns a sentence
// for each difference; what is documented twice is one, too.
func Differences(documented, actual []string) []string {
	var sentences []string
	for i, name := range documented {
		if !slices.Contains(actual, name) {
			sentences = append(sentences, name+" is documented, but does not exist")
		}
		if slices.Contains(documented[:i], name) {
			sentences = append(sentences, name+" is documented twice")
		}
	}
	for _, name := range actual {
		if !slices.Contains(documented, name) {
			sentences = append(sentences, name+" is not documented")
		}
	}
	return sentences
}
