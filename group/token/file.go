package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Problem is a defect of the token file.
type Problem struct {
	Line   int // from 1
	Reason string
	// torn says that the file ends within this token, as after a crash
	// while it was being appended: nobody was told that it is stored.
	torn bool
}

var errTorn = errors.New("unexpected end of file")

// parse reads the content of a token file: a sequence of JSON objects, of which
// the last one with a given token counts (STK-5).  Malformed ones are skipped
// (W-10).
func parse(data []byte) (map[string]*Token, []Problem) {
	tokens := make(map[string]*Token)
	problems := each(data, func(t *Token, _ int) { tokens[t.Token] = t })
	return tokens, problems
}

// each calls visit for each token in the content of a file, with the line where it
// begins, and returns what is wrong with the rest.
func each(data []byte, visit func(t *Token, line int)) []Problem {
	var problems []Problem
	line, counted := 1, 0
	for offset := skipBlanks(data, 0); offset < len(data); offset = skipBlanks(data, offset) {
		t, length, err := parseOne(data[offset:])
		line, counted = line+bytes.Count(data[counted:offset], []byte("\n")), offset
		if err != nil {
			problems = append(problems, Problem{
				Line:   line,
				Reason: err.Error(),
				torn:   errors.Is(err, errTorn) && bytes.IndexByte(data[offset:], '\n') < 0,
			})
		} else {
			visit(t, line)
		}
		offset += length
	}
	return problems
}

// parseOne reads the object at the start of data, and says how long it is.  If it
// is not JSON, it ends with its first line.
func parseOne(data []byte) (*Token, int, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = errTorn
		}
		length := bytes.IndexByte(data, '\n') + 1
		if length == 0 {
			length = len(data)
		}
		return nil, length, err
	}
	length := int(dec.InputOffset())
	if raw[0] != '{' {
		return nil, length, errors.New("not an object")
	}
	var t Token
	if err := json.Unmarshal(raw, &t); err != nil {
		return nil, length, err
	}
	if t.Token == "" {
		return nil, length, errors.New("token is empty")
	}
	return &t, length, nil
}

// skipBlanks returns the first index from start on that is not blank.
func skipBlanks(data []byte, start int) int {
	for start < len(data) && strings.IndexByte(" \t\r\n", data[start]) >= 0 {
		start++
	}
	return start
}

// encode writes tokens, one per line.
func encode(tokens []*Token) ([]byte, error) {
	var b bytes.Buffer
	for _, t := range tokens {
		line, err := json.Marshal(t)
		if err != nil {
			return nil, fmt.Errorf("encode token: %w", err)
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}

// sortedTokens returns the tokens, sorted by expiry.
func sortedTokens(tokens map[string]*Token, wanted func(*Token) bool) []*Token {
	list := []*Token{}
	for _, t := range tokens {
		if wanted(t) {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, compare)
	return list
}
