package token

import (
	"errors"
	"io/fs"
	"time"

	"galene/internal/problem"
)

// Located is a token and the line of its file where it begins.
type Located struct {
	*Token
	Line int // from 1
}

// CheckFile reads a token file, which may be absent, and returns its tokens and what is
// wrong with it, without changing it.  Of what is wrong with a token it says only what
// can be seen without knowing groups.
func CheckFile(path string, now time.Time) ([]Located, []problem.Problem) {
	data, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, []problem.Problem{problem.Of(path, problem.Error, "%v", err)}
	}
	var list []Located
	var problems []problem.Problem
	lines := make(map[string]int)
	report := func(line int, severity problem.Severity, text string) {
		problems = append(problems, problem.Problem{
			File: path, Line: line, Column: 1, Severity: severity, Text: text,
		})
	}
	for _, p := range each(data, func(t *Token, line int) {
		if lines[t.Token] > 0 {
			report(lines[t.Token], problem.Warning, "the same token occurs again, and only the last one counts")
		}
		lines[t.Token] = line
		list = append(list, Located{t, line})
	}) {
		report(p.Line, problem.Error, p.Reason)
	}
	current := list[:0]
	for _, t := range list {
		if lines[t.Token.Token] != t.Line {
			continue
		}
		current = append(current, t)
		switch {
		case t.Expires == nil:
			report(t.Line, problem.Warning, "without expires, the token is of no use")
		case t.NotBefore != nil && !t.NotBefore.Before(*t.Expires):
			report(t.Line, problem.Error, "the token expires before it becomes valid")
		case t.Group == "" && !t.IncludeSubgroups:
			report(t.Line, problem.Error, "the token is for no group: it has neither group nor includeSubgroups")
		}
	}
	if len(current) > 0 {
		problems = append(problems, problem.Secret(path)...)
	}
	problem.SortByPlace(problems)
	return current, problems
}
