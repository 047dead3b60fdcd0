package testclient

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pion/webrtc/v4"
)

// Message is a message of the signalling protocol, in either direction.
type Message struct {
	Type             string                     `json:"type,omitempty"`
	Version          []string                   `json:"version,omitempty"`
	Kind             string                     `json:"kind,omitempty"`
	Error            string                     `json:"error,omitempty"`
	ID               string                     `json:"id,omitempty"`
	Replace          string                     `json:"replace,omitempty"`
	Source           string                     `json:"source,omitempty"`
	Dest             string                     `json:"dest,omitempty"`
	Username         *string                    `json:"username,omitempty"`
	Password         string                     `json:"password,omitempty"`
	Token            string                     `json:"token,omitempty"`
	Privileged       bool                       `json:"privileged,omitempty"`
	Permissions      []string                   `json:"permissions,omitempty"`
	Status           map[string]any             `json:"status,omitempty"`
	Data             map[string]any             `json:"data,omitempty"`
	Group            string                     `json:"group,omitempty"`
	Value            any                        `json:"value,omitempty"`
	NoEcho           bool                       `json:"noecho,omitempty"`
	Time             any                        `json:"time,omitempty"`
	SDP              string                     `json:"sdp,omitempty"`
	Candidate        *webrtc.ICECandidateInit   `json:"candidate,omitempty"`
	Label            string                     `json:"label,omitempty"`
	Request          any                        `json:"request,omitempty"`
	RTCConfiguration map[string]json.RawMessage `json:"rtcConfiguration,omitempty"`

	// Raw is a received message as it came.
	Raw []byte `json:"-"`
}

// Name returns the type and, after a slash, the kind if there is one.
func (m Message) Name() string {
	if m.Kind == "" {
		return m.Type
	}
	return m.Type + "/" + m.Kind
}

// Is reports whether the message is of the given type ("user") or type and
// kind ("user/add").
func (m Message) Is(name string) bool {
	return name == m.Type || name == m.Name()
}

// Text returns the value if it is a string.
func (m Message) Text() string {
	text, _ := m.Value.(string)
	return text
}

// User returns the username, or "absent".
func (m Message) User() string {
	if m.Username == nil {
		return "absent"
	}
	return *m.Username
}

// String returns the message without the details of session descriptions.
func (m Message) String() string {
	text := string(m.Raw)
	if text == "" {
		b, err := json.Marshal(m)
		if err != nil {
			return fmt.Sprintf("%s: %v", m.Name(), err)
		}
		text = string(b)
	}
	if m.SDP != "" {
		return fmt.Sprintf("%s of %s with a description", m.Name(), m.ID)
	}
	return text
}

// Names returns the names of messages, for comparisons and failures.
func Names(messages []Message) string {
	names := make([]string, len(messages))
	for i, m := range messages {
		names[i] = m.Name()
	}
	return strings.Join(names, " ")
}
