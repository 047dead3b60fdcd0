package signalling

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/pion/webrtc/v4"

	"galene/group"
)

// message is what the server sends: one object for all types, in which
// every field except the type is left out when it is empty (section 3.1).
type message struct {
	Type             string                   `json:"type"`
	Version          []string                 `json:"version,omitempty"`
	Kind             string                   `json:"kind,omitempty"`
	Error            string                   `json:"error,omitempty"`
	ID               string                   `json:"id,omitempty"`
	Replace          string                   `json:"replace,omitempty"`
	Source           string                   `json:"source,omitempty"`
	Dest             string                   `json:"dest,omitempty"`
	Username         *string                  `json:"username,omitempty"`
	Privileged       bool                     `json:"privileged,omitempty"`
	Permissions      []string                 `json:"permissions,omitempty"`
	Status           *group.Status            `json:"status,omitempty"`
	Data             group.Data               `json:"data,omitempty"`
	Group            string                   `json:"group,omitempty"`
	Value            any                      `json:"value,omitempty"`
	NoEcho           bool                     `json:"noecho,omitempty"`
	Time             json.RawMessage          `json:"time,omitempty"`
	SDP              string                   `json:"sdp,omitempty"`
	Candidate        *webrtc.ICECandidateInit `json:"candidate,omitempty"`
	Label            string                   `json:"label,omitempty"`
	RTCConfiguration any                      `json:"rtcConfiguration,omitempty"`
}

// encode returns the JSON text of m, with characters such as < as they are.
func (m *message) encode() ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return nil, fmt.Errorf("encode %s: %w", m.Type, err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// value returns v as the value of a message, in which absence is nil.
func value(v any) any {
	if raw, ok := v.(json.RawMessage); ok && absentIfNull(raw) == nil {
		return nil
	}
	return v
}

// timestamp returns t as the time of a message: a string of whole seconds
// (section 3.1), or milliseconds for clients of version 1 (W-28).
func timestamp(t time.Time, millis bool) json.RawMessage {
	if t.IsZero() {
		return nil
	}
	if millis {
		return strconv.AppendInt(nil, t.UnixMilli(), 10)
	}
	b := append([]byte{'"'}, t.Format(time.RFC3339)...)
	return append(b, '"')
}
