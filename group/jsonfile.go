package group

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"galene/internal/problem"
)

// fileError is a defect at a place in a file.
type fileError struct {
	offset int // in bytes
	err    error
}

func (e *fileError) Error() string { return e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }

// errorAt makes a fileError, keeping the place of an inner one.
func errorAt(offset int, format string, args ...any) error {
	return &fileError{offset: offset, err: fmt.Errorf(format, args...)}
}

// jsonValue is a JSON value and its place in the file.
type jsonValue struct {
	raw    []byte
	offset int
	// defects, if it is not nil, collects what is wrong with the members and
	// elements, so that reading goes on; else it ends with the first defect.
	defects *defects
}

// maxDefects bounds how many defects of one file are collected.
const maxDefects = 100

// defects are what is wrong with a document.
type defects struct {
	errors []error
	// repeated are keys that occur again in the same object, where the last one
	// counts.
	repeated []error
}

// add says whether reading can go on after an error.
func (d *defects) add(err error) bool {
	if d == nil || len(d.errors) >= maxDefects {
		return false
	}
	d.errors = append(d.errors, err)
	return true
}

// seen notes a key of an object whose former keys are given.
func (d *defects) seen(keys map[string]bool, key string, offset int) {
	if d == nil || len(d.repeated) >= maxDefects {
		return
	}
	if keys[key] {
		d.repeated = append(d.repeated, errorAt(offset, "key %q occurs again, and only the last one counts", key))
	}
	keys[key] = true
}

// null says whether the value is null, which is as good as absent.
func (v jsonValue) null() bool { return string(v.raw) == "null" }

// decode decodes the value into p, which null leaves alone.
func (v jsonValue) decode(p any) error {
	if v.null() {
		return nil
	}
	err := json.Unmarshal(v.raw, p)
	var typeErr *json.UnmarshalTypeError
	if errors.As(err, &typeErr) {
		return errorAt(v.offset, "unexpected %s, want %s", typeErr.Value, jsonTypeName(p))
	}
	if err != nil {
		return errorAt(v.offset, "%w", err)
	}
	return nil
}

// jsonTypeName names in the words of JSON what can be decoded into p.
func jsonTypeName(p any) string {
	switch p.(type) {
	case *string:
		return "a string"
	case *bool:
		return "a boolean"
	case *int, *int64:
		return "an integer"
	case *[]string:
		return "an array of strings"
	case *[]json.RawMessage:
		return "an array"
	}
	return "another type"
}

// members calls visit for each member of the value, which must be an object, in
// the order of the file.
func (v jsonValue) members(visit func(key string, keyOffset int, value jsonValue) error) error {
	dec := json.NewDecoder(bytes.NewReader(v.raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errorAt(v.offset, "not an object")
	}
	seen := make(map[string]bool)
	for dec.More() {
		keyStart := skip(v.raw, int(dec.InputOffset()), " \t\r\n,")
		t, err := dec.Token()
		if err != nil {
			return errorAt(v.offset+keyStart, "%w", err)
		}
		key, _ := t.(string)
		value, err := v.next(dec, ":")
		if err != nil {
			return err
		}
		v.defects.seen(seen, key, v.offset+keyStart)
		if err := visit(key, v.offset+keyStart, value); err != nil && !v.defects.add(err) {
			return err
		}
	}
	return nil
}

// elements calls visit for each element of the value, which must be an array.
func (v jsonValue) elements(visit func(value jsonValue) error) error {
	dec := json.NewDecoder(bytes.NewReader(v.raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return errorAt(v.offset, "not an array")
	}
	for dec.More() {
		value, err := v.next(dec, ",")
		if err != nil {
			return err
		}
		if err := visit(value); err != nil && !v.defects.add(err) {
			return err
		}
	}
	return nil
}

// next reads a value inside v that follows blanks and the given separator.
func (v jsonValue) next(dec *json.Decoder, separator string) (jsonValue, error) {
	start := skip(v.raw, int(dec.InputOffset()), " \t\r\n"+separator)
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return jsonValue{}, errorAt(v.offset+start, "%w", err)
	}
	return jsonValue{raw: raw, offset: v.offset + start, defects: v.defects}, nil
}

// parseDocument finds the JSON value at the start of a file; what follows it is
// ignored.
func parseDocument(data []byte) (jsonValue, error) {
	if err := validText(data); err != nil {
		return jsonValue{}, err
	}
	var raw json.RawMessage
	err := json.NewDecoder(bytes.NewReader(data)).Decode(&raw)
	var syntaxErr *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return jsonValue{}, errorAt(len(data), "unexpected end of file")
	case errors.As(err, &syntaxErr):
		// The offset counts the offending byte, too.
		return jsonValue{}, errorAt(int(syntaxErr.Offset)-1, "%w", err)
	case err != nil:
		return jsonValue{}, errorAt(0, "%w", err)
	}
	return jsonValue{raw: raw, offset: skip(data, 0, " \t\r\n")}, nil
}

// skip returns the first index from start on whose byte is not one of set.
func skip(data []byte, start int, set string) int {
	for start < len(data) && strings.IndexByte(set, data[start]) >= 0 {
		start++
	}
	return start
}

// problemOf describes what is wrong with a file.
func problemOf(file string, data []byte, err error) problem.Problem {
	var at *fileError
	if errors.As(err, &at) {
		return problem.At(file, data, at.offset, problem.Error, "%v", err)
	}
	return problem.Of(file, problem.Error, "%v", err)
}

// validText says whether data is UTF-8, which JSON has to be.
func validText(data []byte) error {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size <= 1 {
			return errorAt(i, "invalid UTF-8")
		}
		i += size
	}
	return nil
}
