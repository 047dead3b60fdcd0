package group

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestChat_CHAT3_CHAT5_CHAT6_W16(t *testing.T) {
	at := &clock{now: time.Date(2026, 7, 29, 12, 0, 0, 0, time.UTC)}
	h := newHouse(t, func(o *Options) { o.Now = at.Now })
	op, opm := h.op("op")
	ada, adam := h.ada("ada")
	op.take()
	rec := &client{id: "rec", kind: System}
	if _, err := opm.Group().JoinSystem(rec, "RECORDING"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*client{op, ada, rec} {
		c.take()
	}

	wantError(t, adam.Chat(ChatRequest{Kind: "me", Value: raw(`"hello"`)}), "")
	events := ada.take()
	chat := find[Chat](t, events)
	if len(events) != 1 || len(chat.ID) != 11 || chat.Source != "ada" || chat.Username != "ada" || chat.Kind != "me" ||
		chat.Privileged || chat.Dest != "" || chat.NoEcho || chat.History || !chat.Time.Equal(at.now) {
		t.Errorf("got %+v", chat)
	}
	op.want(t, `chat:"hello"`)
	rec.want(t, "")

	wantError(t, opm.Chat(ChatRequest{ID: "mine", NoEcho: true, Value: raw("null")}), "")
	op.want(t, "")
	if chat := find[Chat](t, ada.take()); chat.ID != "mine" || !chat.Privileged || chat.Value != nil || !chat.NoEcho {
		t.Errorf("got %+v", chat)
	}

	// Private: CHAT-7.
	wantError(t, adam.Chat(ChatRequest{Dest: "op", Value: raw("1")}), "")
	ada.want(t, "")
	if chat := find[Chat](t, op.take()); chat.ID != "" || chat.Dest != "op" {
		t.Errorf("got %+v", chat)
	}
	wantError(t, adam.Chat(ChatRequest{Dest: "ada", NoEcho: true, Value: raw("2")}), "")
	ada.want(t, "chat:2")
	wantError(t, adam.Chat(ChatRequest{Dest: "nobody"}), "user unknown")
	wantError(t, adam.Chat(ChatRequest{Dest: "rec"}), "this user doesn't chat")
	wantError(t, adam.UserMessage(ChatRequest{Dest: "rec"}), "this user doesn't chat")

	// User messages.
	wantError(t, adam.UserMessage(ChatRequest{Kind: "filetransfer", Dest: "op", Value: raw(`{"type":"ice"}`)}), "")
	message := find[UserMessage](t, op.take())
	if message.Kind != "filetransfer" || message.Source != "ada" || *message.Username != "ada" || message.Privileged ||
		message.Dest != "op" || message.ID != "" || message.Time.IsZero() {
		t.Errorf("got %+v", message)
	}
	wantError(t, opm.UserMessage(ChatRequest{Kind: "mute", NoEcho: true}), "")
	op.want(t, "")
	ada.want(t, "message/mute")

	// Only broadcast chat is kept.
	c, _ := h.ada2("new")
	c.want(t, `joined/join history:"hello" history:null user/add:new user/add:op user/add:ada user/add:rec`)
}

// ada2 joins "test" as a presenter.
func (h *house) ada2(id string) (*client, *Membership) {
	h.t.Helper()
	return h.join("test", id, with("ada", "secret"))
}

func TestChatPermissions_CHAT2(t *testing.T) {
	h := newHouse(t)
	h.write("test", strings.Replace(testGroup, `"message"}`, `"observe"}`, 1))
	_, ada := h.ada("ada")
	_, observer := h.join("test", "observer", with("eve", ""))
	c, scribe := h.join("test", "scribe", with("scribe", "x"))
	_, op := h.op("op")
	c.take()
	tests := []struct {
		name string
		err  error
		text string
	}{
		{"observer chats", observer.Chat(ChatRequest{}), "not authorised"},
		{"observer sends a message", observer.UserMessage(ChatRequest{Kind: "mute"}), "not authorised"},
		{"observer captions", observer.Chat(ChatRequest{Kind: "caption"}), "not authorised"},
		{"presenter captions", ada.Chat(ChatRequest{Kind: "caption"}), "not authorised"},
		{"scribe captions", scribe.Chat(ChatRequest{Kind: "caption", Value: raw("1")}), ""},
		{"operator captions", op.Chat(ChatRequest{Kind: "caption", Value: raw("2")}), ""},
		{"scribe chats", scribe.Chat(ChatRequest{}), "not authorised"},
		{"scribe sends a message", scribe.UserMessage(ChatRequest{}), "not authorised"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { wantError(t, test.err, test.text) })
	}
	c.want(t, "chat:1 chat:2")
	late, _ := h.ada2("late")
	if got := names(late.take()); strings.Contains(got, "history") {
		t.Errorf("W-27: captions are kept: %s", got)
	}
}

func TestChatLimits_W22(t *testing.T) {
	h := newHouse(t)
	_, ada := h.ada("ada")
	value := func(n int) ChatRequest {
		return ChatRequest{ID: "i", Value: raw(`"` + strings.Repeat("x", n-3) + `"`)}
	}
	to := func(r ChatRequest) ChatRequest { r.Dest = "ada"; return r }
	tests := []struct {
		name string
		err  error
		text string
	}{
		{"broadcast", ada.Chat(value(64 << 10)), ""},
		{"large broadcast", ada.Chat(value(64<<10 + 1)), "message too large"},
		{"large identifier", ada.Chat(ChatRequest{ID: strings.Repeat("x", 64<<10+1)}), "message too large"},
		{"large kind", ada.UserMessage(ChatRequest{Kind: strings.Repeat("x", 64<<10+1)}), "message too large"},
		{"private", ada.Chat(to(value(256 << 10))), ""},
		{"large private", ada.UserMessage(to(value(256<<10 + 1))), "message too large"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { wantError(t, test.err, test.text) })
	}
}

// Its length, age and size (checklist 17).
func TestHistory_CHAT9_CHAT10_CHAT11_W22(t *testing.T) {
	at := &clock{now: time.Now()}
	h := newHouse(t, func(o *Options) { o.Now = at.Now })
	_, op := h.op("op")
	history := func() []Chat {
		c, m := h.ada2("x")
		defer m.Leave()
		var messages []Chat
		for _, ev := range c.take() {
			if chat, ok := ev.(Chat); ok {
				messages = append(messages, chat)
			}
		}
		return messages
	}
	for i := range 51 {
		wantError(t, op.Chat(ChatRequest{Value: raw(fmt.Sprint(i))}), "")
	}
	messages := history()
	if len(messages) != 50 || names([]Event{messages[0], messages[49]}) != "history:1 history:50" {
		t.Errorf("got %d messages", len(messages))
	}
	if m := messages[0]; m.Privileged || m.NoEcho || m.Dest != "" || m.ID == "" || m.Source != "op" || m.Username != "op" {
		t.Errorf("got %+v", m)
	}
	at.add(4 * time.Hour)
	wantError(t, op.Chat(ChatRequest{Value: raw(`"new"`)}), "")
	if n := len(history()); n != 50 {
		t.Errorf("%d messages after exactly 4 hours", n)
	}
	at.add(time.Second)
	if n := len(history()); n != 1 {
		t.Errorf("%d messages after 4 hours", n)
	}
	// 1 MiB in all.
	for range 40 {
		wantError(t, op.Chat(ChatRequest{Value: raw(`"` + strings.Repeat("x", 60<<10) + `"`)}), "")
	}
	if n := len(history()); n != 17 {
		t.Errorf("%d messages of 60 KiB", n)
	}
	size := 0
	for _, m := range op.group.history.messages {
		size += historySize(m)
	}
	if size != op.group.history.size || size > 1<<20 {
		t.Errorf("size is %d, noted %d", size, op.group.history.size)
	}
}

// All, by user, by message, and wrong values (checklist 17).
func TestClearChat_GA2_GA3_GA4_W26(t *testing.T) {
	tests := []struct {
		value, text, left string
	}{
		{``, "", ""},
		{`null`, "", ""},
		{`{}`, "", ""},
		{`{"id": "", "userId": ""}`, "", ""},
		{`{"userId": "ada"}`, "", "history:3"},
		{`{"userId": "ada", "id": "1"}`, "", "history:2 history:3"},
		{`{"userId": "op", "id": "1"}`, "", "history:1 history:2"},
		{`{"userId": "nobody"}`, "", "history:1 history:2 history:3"},
		{`{"id": "1"}`, "bad value in clearchat", "history:1 history:2 history:3"},
		{`{"userId": "ada", "id": 1}`, "bad value in clearchat", "history:1 history:2 history:3"},
		{`{"userId": ["ada"]}`, "bad value in clearchat", "history:1 history:2 history:3"},
		{`"ada"`, "bad value in clearchat", "history:1 history:2 history:3"},
		{`5`, "bad value in clearchat", "history:1 history:2 history:3"},
	}
	for _, test := range tests {
		t.Run(test.value, func(t *testing.T) {
			h := newHouse(t)
			_, op := h.op("op")
			c, ada := h.ada("ada")
			wantError(t, ada.Chat(ChatRequest{ID: "1", Value: raw("1")}), "")
			wantError(t, ada.Chat(ChatRequest{ID: "2", Value: raw("2")}), "")
			wantError(t, op.Chat(ChatRequest{ID: "1", Value: raw("3")}), "")
			c.take()
			wantError(t, op.GroupAction("clearchat", raw(test.value)), test.text)
			if test.text == "" {
				message := find[UserMessage](t, c.take())
				if message.Kind != "clearchat" || !message.Privileged || message.Source != "" ||
					message.Dest != "" || !message.Time.IsZero() || (message.Value == nil) != absent(raw(test.value)) {
					t.Errorf("got %+v", message)
				}
			}
			c.want(t, "")
			late, _ := h.ada2("late")
			var left []Event
			for _, ev := range late.take() {
				if _, ok := ev.(Chat); ok {
					left = append(left, ev)
				}
			}
			if got := names(left); got != test.left {
				t.Errorf("left: %s, want %s", got, test.left)
			}
		})
	}
}
