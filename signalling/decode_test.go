package signalling

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"unicode/utf8"
)

func TestDecode(t *testing.T) {
	empty := ""
	tests := []struct {
		text string
		want incoming
	}{
		{`{}`, incoming{}},
		{`{"type":"ping"}`, incoming{Type: "ping"}},
		{`{"username":""}`, incoming{Username: &empty}},
		{`{"username":null,"value":null,"request":null,"data":null,"candidate":null,"dest":null}`, incoming{}},
		{`{"value":false,"request":[],"data":{}}`, incoming{
			Value: json.RawMessage("false"), Request: json.RawMessage("[]"), Data: json.RawMessage("{}"),
		}},
		{`{"version":["2",null]}`, incoming{Version: []string{"2", ""}}},
	}
	for _, test := range tests {
		m, err := decode([]byte(test.text))
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
		} else if !reflect.DeepEqual(*m, test.want) {
			t.Errorf("%s: got %+v, want %+v", test.text, *m, test.want)
		}
	}
}

func TestDecodeCandidate(t *testing.T) {
	m, err := decode([]byte(`{"candidate":{"candidate":"c","sdpMid":"0","sdpMLineIndex":1,"usernameFragment":null}}`))
	if err != nil {
		t.Fatal(err)
	}
	c := m.Candidate
	if c.bad || c.Candidate != "c" || *c.SDPMid != "0" || *c.SDPMLineIndex != 1 || c.UsernameFragment != nil {
		t.Errorf("got %+v", c)
	}
	m, err = decode([]byte(`{"candidate":{"sdpMLineIndex":"one"}}`))
	if err != nil || !m.Candidate.bad {
		t.Errorf("got %+v, %v", m, err)
	}
}

// FuzzDecodeMessage checks that whatever comes is either refused as malformed or
// can be passed on: valid UTF-8, values that are valid JSON, absence for null.
func FuzzDecodeMessage(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `[]`, `null`, `{"type":"ping"}`, `{"type":"handshake","version":["2"],"id":"x"}`,
		`{"type":"join","kind":"join","group":"g","username":"u","password":"p","data":{"a":1}}`,
		`{"type":"chat","value":"\ud800","noecho":true}`, `{"type":"chat","value":1e999}`,
		`{"type":"ice","id":"x","candidate":{"candidate":"candidate:1 1 udp 1 192.0.2.1 1 typ host"}}`,
		`{"type":"ice","candidate":{"sdpMLineIndex":-1}}`, `{"type":"request","request":{"":["audio","video-low"]}}`,
		`{"type":"requestStream","request":["video"]}`, `{"type":"offer","sdp":"v=0\r\n","replace":null}`,
		"{\"type\":\"\xff\"}", `{"type":"ping"} x`, `{"value":[[[[{}]]]]}`, `{"TYPE":"ping","tYPE":"pong"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		m, err := decode(frame)
		if err != nil {
			if !errors.Is(err, errMalformed) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if m.Value != nil {
			out := &message{Type: "chat", Value: value(m.Value)}
			b, err := out.encode()
			if err != nil {
				t.Fatalf("cannot be passed on: %v", err)
			}
			if !utf8.Valid(b) || !json.Valid(b) {
				t.Fatalf("became %q", b)
			}
			again, err := decode(b)
			if err != nil || again.Value == nil {
				t.Fatalf("%q cannot be read again: %v", b, err)
			}
		}
		for _, raw := range []json.RawMessage{m.Value, m.Request, m.Data} {
			if string(raw) == "null" {
				t.Fatal("null is not absence")
			}
		}
		// Errors are fine, panics are not.
		_, _ = parseRequest(m.Request)
		_, _, _ = parseSelection(m.Request)
		_, _ = decodeObject(m.Data)
	})
}
