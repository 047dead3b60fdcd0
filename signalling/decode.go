package signalling

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/pion/webrtc/v4"
)

// errMalformed says that a frame does not hold a message (WS-13, W-12).
var errMalformed = errors.New("malformed message")

// incoming is a message of a client.  It has the fields that a server looks
// at; others are ignored, whatever they hold (MSG-5, WS-12).
type incoming struct {
	Type     string   `json:"type"`
	Version  []string `json:"version"`
	Kind     string   `json:"kind"`
	ID       string   `json:"id"`
	Replace  string   `json:"replace"`
	Source   string   `json:"source"`
	Dest     string   `json:"dest"`
	Username *string  `json:"username"`
	Password string   `json:"password"`
	Token    string   `json:"token"`
	Group    string   `json:"group"`
	NoEcho   bool     `json:"noecho"`
	SDP      string   `json:"sdp"`
	Label    string   `json:"label"`

	// Value is any value, Request that of a request or requestStream, Data
	// an object that is decoded for a join only.  All are nil if absent.
	Value   json.RawMessage `json:"value"`
	Request json.RawMessage `json:"request"`
	Data    json.RawMessage `json:"data"`

	// Candidate is nil if absent or null.
	Candidate *candidate `json:"candidate"`
}

// candidate is an ICE candidate as clients send it.
type candidate struct {
	webrtc.ICECandidateInit
	// bad says that the object does not describe a candidate; such
	// candidates are ignored (STR-18).
	bad bool
}

// UnmarshalJSON accepts any object.
func (c *candidate) UnmarshalJSON(b []byte) error {
	if b = bytes.TrimSpace(b); len(b) == 0 || b[0] != '{' {
		return errMalformed
	}
	c.bad = json.Unmarshal(b, &c.ICECandidateInit) != nil
	return nil
}

// decode decodes a frame: one JSON object and nothing else, in valid UTF-8,
// since what it contains may be passed on as text frames.  Errors wrap
// errMalformed.
func decode(frame []byte) (*incoming, error) {
	if !utf8.Valid(frame) {
		return nil, fmt.Errorf("%w: invalid UTF-8", errMalformed)
	}
	if b := bytes.TrimLeft(frame, " \t\r\n"); len(b) == 0 || b[0] != '{' {
		return nil, fmt.Errorf("%w: not an object", errMalformed)
	}
	m := new(incoming)
	if err := json.Unmarshal(frame, m); err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	m.Value = absentIfNull(m.Value)
	m.Request = absentIfNull(m.Request)
	m.Data = absentIfNull(m.Data)
	return m, nil
}

// absentIfNull implements the rule that null equals absence (WS-12).
func absentIfNull(raw json.RawMessage) json.RawMessage {
	if string(raw) == "null" {
		return nil
	}
	return raw
}

// decodeObject decodes an object whose members are kept as they are; absence
// gives nil.
func decodeObject(raw json.RawMessage) (map[string]json.RawMessage, error) {
	if raw == nil {
		return nil, nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	return object, nil
}
