package signalling_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"galene/group"
	"galene/internal/testclient"
)

// fieldTypes says how each field of a message decodes in clients written in typed
// languages (section 3.1).
var fieldTypes = map[string]func(any) bool{
	"type": isString, "kind": isString, "error": isString, "id": isString, "replace": isString,
	"source": isString, "dest": isString, "username": isString, "group": isString, "sdp": isString,
	"label": isString, "time": isTime,
	"version": isStrings, "permissions": isStrings,
	"privileged": isTrue, "noecho": isTrue,
	"status": isObject, "data": isObject, "candidate": isObject, "rtcConfiguration": isObject,
	"value": func(v any) bool { return v != nil },
}

func isString(v any) bool { _, ok := v.(string); return ok }
func isTrue(v any) bool   { return v == true } // false is left out
func isObject(v any) bool { _, ok := v.(map[string]any); return ok }
func isTime(v any) bool {
	text, _ := v.(string)
	_, err := time.Parse("2006-01-02T15:04:05Z07:00", text)
	return err == nil
}
func isStrings(v any) bool {
	list, ok := v.([]any)
	for _, element := range list {
		ok = ok && isString(element)
	}
	return ok && len(list) > 0
}

// mayBeEmpty are the fields that are sent even if they are empty strings.
var mayBeEmpty = map[string]bool{"username": true, "value": true, "type": false}

// checkTypes checks a message as it came.
func checkTypes(m testclient.Message) error {
	var fields map[string]any
	if err := json.Unmarshal(m.Raw, &fields); err != nil {
		return err
	}
	for key, value := range fields {
		valid, known := fieldTypes[key]
		switch {
		case !known:
			return fmt.Errorf("field %s in %s", key, m.Raw)
		case !valid(value):
			return fmt.Errorf("field %s of %s has another type", key, m.Raw)
		case value == "" && !mayBeEmpty[key]:
			return fmt.Errorf("field %s of %s is empty", key, m.Raw)
		}
	}
	return nil
}

// Everything that a server says has the types of section 3.1, and what browsers only
// obey from the server is privileged (MSG-1, MSG-2, MSG-7, MSG-10).
func TestTypesOfFields_MSG1_MSG10(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.connect(), f.connect()
	ada.Manual()
	var got []testclient.Message
	joined := func(c *testclient.Client, username string) {
		c.SendJoin("test", username, "secret")
		got = append(got, c.Sync()...)
	}
	joined(ada, "ada")
	joined(bob, "")
	ada.Request(everything)
	up := bob.Publish("camera", camera(t))
	up.AwaitAnswers(1)
	offer := ada.Await("offer")
	got = append(got, offer)
	ada.Answer(offer)
	for _, text := range []string{
		`{"type":"chat","value":"hello"}`,
		`{"type":"chat","dest":"` + bob.ID + `","value":{}}`,
		`{"type":"usermessage","kind":"filetransfer","dest":"` + bob.ID + `","value":{"type":"invite"}}`,
		`{"type":"chat","dest":"nobody"}`,
		`{"type":"useraction","kind":"setdata","dest":"` + ada.ID + `","value":{"a":null,"b":[]}}`,
		`{"type":"useraction","kind":"identify","dest":"` + bob.ID + `"}`,
		`{"type":"useraction","kind":"op","dest":"` + bob.ID + `"}`,
		`{"type":"groupaction","kind":"setdata","value":{"topic":1}}`,
		`{"type":"groupaction","kind":"lock","value":"busy"}`,
		`{"type":"groupaction","kind":"subgroups"}`,
		`{"type":"groupaction","kind":"maketoken","value":{"group":"test","expires":1000}}`,
		`{"type":"groupaction","kind":"maketoken"}`,
		`{"type":"groupaction","kind":"listtokens"}`,
		`{"type":"groupaction","kind":"clearchat"}`,
		`{"type":"groupaction","kind":"record"}`,
		`{"type":"renegotiate","id":"` + up.ID + `"}`,
		`{"type":"abort","id":"` + up.ID + `"}`,
		`{"type":"useraction","kind":"unpresent","dest":"` + bob.ID + `"}`,
	} {
		ada.SendRaw(text)
	}
	got = append(got, ada.Sync()...)
	got = append(got, bob.Sync()...)
	late := f.connect()
	late.SendJoin("test", "late", "")
	got = append(got, late.Sync()...)
	ada.Act("kick", bob.ID, "bye")
	got = append(got, bob.Await("usermessage/kicked"))
	ada.Send(testclient.Message{Type: "join", Kind: "leave", Group: "test"})
	got = append(got, ada.Sync()...)

	kinds := make(map[string]bool)
	for _, m := range got {
		kinds[m.Name()] = true
		if err := checkTypes(m); err != nil {
			t.Error(err)
		}
		switch m.Kind {
		case "error", "warning", "info", "kicked", "mute", "clearchat", "token", "tokenlist", "userinfo":
			if m.Type == "usermessage" && (!m.Privileged || m.Source != "" || m.Time != nil) {
				t.Errorf("got %s", m.Raw)
			}
		}
	}
	for _, name := range []string{
		"joined/join", "joined/change", "joined/leave", "joined/fail", "user/add", "user/change", "chat",
		"usermessage/filetransfer", "usermessage/error", "usermessage/warning", "usermessage/userinfo",
		"usermessage/token", "usermessage/tokenlist", "usermessage/clearchat", "usermessage/kicked",
		"offer", "answer", "close", "abort",
	} {
		if !kinds[name] {
			t.Errorf("no %s was seen", name)
		}
	}
}

// Refusals of joins and of token actions have identifiers, and come in the type of what
// was asked for (MSG-8, MSG-9, TOK-1).
func TestIdentifiersOfErrors_MSG8_MSG9(t *testing.T) {
	f := newFixture(t)
	c := f.connect()
	c.SendRaw(`{"type":"join","kind":"join","group":"test"}`)
	m := c.Expect("joined/fail")[0]
	if m.Error != "need-username" || m.Text() != "username required" || m.Group != "test" ||
		m.User() != "" || m.Status != nil || m.RTCConfiguration != nil {
		t.Errorf("got %s", m.Raw)
	}
	c.Join("test", "bob", "")
	for kind, reply := range map[string]string{
		"maketoken": "token", "edittoken": "token", "listtokens": "tokenlist",
	} {
		c.ActOnGroup(kind, map[string]any{"group": "test"})
		m := c.Await("usermessage/" + reply)
		if m.Error != "not-authorised" || m.Text() != "not authorised" || !m.Privileged || m.Dest != "" || m.Time != nil {
			t.Errorf("got %s", m.Raw)
		}
	}
	ada := f.join("ada")
	ada.Sync()
	ada.ActOnGroup("maketoken", map[string]any{"group": "test"})
	if m := ada.Expect("usermessage/token")[0]; m.Error != "error" || m.Text() != "token doesn't expire" {
		t.Errorf("got %s", m.Raw)
	}
}

// Recorders and publishers over HTTP are members that take no part in chat (USR-2,
// USR-5, CHAT-6, CHAT-7, checklist 15).
func TestMembersWithoutWebSocket_USR5(t *testing.T) {
	f := newFixture(t)
	ada := f.join("ada")
	ada.Sync()
	username := "whip"
	m, err := f.registry.Join(t.Context(), "test", silentClient{"w", group.WHIP},
		group.Credentials{Username: &username}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Group().JoinSystem(silentClient{"0123456789abcdef0123456789abcdef", group.System}, "RECORDING"); err != nil {
		t.Fatal(err)
	}
	got := ada.Expect("user/add", "user/add")
	if got[0].User() != "whip" || got[1].User() != "RECORDING" || len(got[1].Permissions) != 1 ||
		got[1].Permissions[0] != "system" || got[1].Data != nil {
		t.Errorf("got %v", got)
	}
	for _, member := range got {
		ada.Send(testclient.Message{Type: "chat", Dest: member.ID, Value: "x"})
		ada.ExpectError("this user doesn't chat")
		ada.Act("op", member.ID, nil)
		ada.ExpectError("this is not a real user")
		ada.Act("identify", member.ID, nil)
		ada.Expect("usermessage/userinfo")
		ada.Act("kick", member.ID, nil)
		ada.Expect("user/delete")
	}
}

// silentClient is a member that fails on what it must not be told.
type silentClient struct {
	id   string
	kind group.ClientKind
}

func (c silentClient) ID() string             { return c.id }
func (c silentClient) Address() string        { return "" }
func (c silentClient) Kind() group.ClientKind { return c.kind }
func (c silentClient) Deliver(_ *group.Membership, ev group.Event) {
	if _, ok := ev.(group.Chat); ok {
		panic("a message for " + c.id)
	}
}
