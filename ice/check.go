package ice

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pion/stun/v4"

	"galene/internal/problem"
)

// entryKeys are the members that an entry of the file may have.
var entryKeys = []string{"urls", "username", "credential", "credentialType"}

// Check reads the file that a Config made from o would read, and returns what is wrong
// with it and with the address of the TURN server.  It opens no socket: whether a
// server answers, and whether the name of a host is known, is not looked at.
func Check(o Options) []problem.Problem {
	_, own, err := parseTURNAddress(o.TURN.Address, func(string) (netip.Addr, error) {
		return netip.IPv4Unspecified(), nil
	})
	var problems []problem.Problem
	if err != nil {
		problems = append(problems, problem.Of("-turn", problem.Error, "%v", err))
	}
	file := filepath.Join(o.DataDir, FileName)
	data, err := readFile(file)
	present := !errors.Is(err, fs.ErrNotExist)
	var entries []entry
	switch {
	case !present:
	case err != nil:
		problems = append(problems, problem.Of(file, problem.Error, "%v", err))
	default:
		var found []problem.Problem
		entries, found = checkFile(file, data)
		problems = append(problems, found...)
	}
	// "auto" is no server while there is a file (S-66).
	own = own && !(o.TURN.Address == turnAuto && present)
	if o.RelayOnly && !own && !slices.ContainsFunc(entries, entry.relays) {
		problems = append(problems, problem.Of("-relay-only", problem.Error,
			"nobody can be heard or seen: there is no TURN server, neither in %s nor built in", file))
	}
	return problems
}

// checkFile checks the content of the file.
func checkFile(file string, data []byte) ([]entry, []problem.Problem) {
	entries, bad, err := parse(data)
	if err != nil {
		return nil, []problem.Problem{problem.At(file, data, errorOffset(data, err), problem.Error, "%v", err)}
	}
	var problems []problem.Problem
	for _, b := range bad {
		problems = append(problems, problem.At(file, data, b.offset, problem.Error,
			"entry %d is ignored: %v", b.number, b.err))
	}
	var raws []map[string]json.RawMessage
	_ = json.Unmarshal(data, &raws) // leaves nil what is no object, and is in bad
	offsets := elements(data)
	for i, raw := range raws {
		for _, key := range slices.Sorted(maps.Keys(raw)) {
			if !slices.ContainsFunc(entryKeys, func(k string) bool { return strings.EqualFold(k, key) }) {
				problems = append(problems, problem.At(file, data, offsets[i], problem.Warning,
					"entry %d: unknown key %q", i+1, key))
			}
		}
	}
	if slices.ContainsFunc(entries, func(e entry) bool { return e.credential != "" }) {
		problems = append(problems, problem.Secret(file)...)
	}
	problem.SortByPlace(problems)
	return entries, problems
}

// relays says whether one of the entry's URLs is that of a TURN server.
func (e entry) relays() bool {
	return slices.ContainsFunc(e.urls, func(u string) bool {
		uri, err := stun.ParseURI(u)
		return err == nil && isRelay(uri)
	})
}

// errorOffset returns where in the data a JSON error is, in bytes.
func errorOffset(data []byte, err error) int {
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return len(data)
	case errors.As(err, &syntax):
		if int(syntax.Offset) == len(data) && strings.Contains(syntax.Error(), "unexpected end") {
			return len(data)
		}
		return int(syntax.Offset) - 1 // which counts the offending byte, too
	case errors.As(err, &wrong):
		return 0 // only the whole can have the wrong type: it is no array
	}
	return 0
}
