package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// message is a message of the protocol, as far as it is needed.
type message struct {
	Type     string              `json:"type"`
	Kind     string              `json:"kind,omitempty"`
	Version  []string            `json:"version,omitempty"`
	ID       string              `json:"id,omitempty"`
	Replace  string              `json:"replace,omitempty"`
	Source   string              `json:"source,omitempty"`
	Dest     string              `json:"dest,omitempty"`
	Username string              `json:"username,omitempty"`
	Password string              `json:"password,omitempty"`
	Group    string              `json:"group,omitempty"`
	Label    string              `json:"label,omitempty"`
	SDP      string              `json:"sdp,omitempty"`
	Request  map[string][]string `json:"request,omitempty"`
	Value    any                 `json:"value,omitempty"`
}

// client is one participant.
type client struct {
	run   *run
	id    string
	name  string
	group string
	ws    *websocket.Conn

	writing sync.Mutex
	reading sync.WaitGroup

	joined  chan struct{} // closed when the server has said so
	changed chan struct{} // holds a token when something below has changed

	mu        sync.Mutex
	closing   bool
	members   int // seen
	publisher *publisher
	viewers   map[string]*viewer
	onChat    func(text string)
}

// dial connects and shakes hands, but does not join.
func dial(r *run, name string) (*client, error) {
	d := websocket.Dialer{
		HandshakeTimeout: r.timeout,
		TLSClientConfig:  &tls.Config{InsecureSkipVerify: true}, // own servers have certificates of their own
	}
	ws, _, err := d.Dial(r.target.url, http.Header{})
	if err != nil {
		return nil, err
	}
	c := &client{
		run: r, id: randomText(16), name: name, group: r.target.group, ws: ws,
		joined:  make(chan struct{}),
		changed: make(chan struct{}, 1),
		viewers: make(map[string]*viewer),
	}
	c.send(message{Type: "handshake", Version: []string{"2"}, ID: c.id})
	var m message
	_ = ws.SetReadDeadline(time.Now().Add(r.timeout))
	if err := ws.ReadJSON(&m); err != nil || m.Type != "handshake" {
		_ = ws.Close()
		return nil, fmt.Errorf("no handshake: %v %w", m.Value, err)
	}
	_ = ws.SetReadDeadline(time.Time{})
	c.reading.Go(c.read)
	return c, nil
}

// join connects and joins the group.
func join(r *run, name string) (*client, error) { return joinGroup(r, name, r.target.group) }

// joinGroup connects and joins a group.
func joinGroup(r *run, name, group string) (*client, error) {
	c, err := dial(r, name)
	if err != nil {
		return nil, err
	}
	c.group = group
	c.sendJoin()
	if err := r.wait("join", c.joined); err != nil {
		c.leave()
		return nil, err
	}
	return c, nil
}

func (c *client) sendJoin() {
	c.send(message{Type: "join", Kind: "join", Group: c.group, Username: c.name,
		Password: c.run.target.password})
}

// send sends a message; whoever reads learns of errors.
func (c *client) send(m message) {
	c.writing.Lock()
	defer c.writing.Unlock()
	_ = c.ws.WriteJSON(m)
}

// request asks for the streams of the others.
func (c *client) request(kinds ...string) {
	c.send(message{Type: "request", Request: map[string][]string{"": kinds}})
}

// read acts upon messages until the connection ends.
func (c *client) read() {
	for {
		_, b, err := c.ws.ReadMessage()
		if err == nil {
			var m message
			if err = json.Unmarshal(b, &m); err == nil {
				err = c.take(&m)
			}
		}
		if err != nil {
			c.mu.Lock()
			closing := c.closing
			c.mu.Unlock()
			if !closing {
				c.run.fail(fmt.Errorf("%s: %w", c.name, err))
			}
			return
		}
	}
}

// take acts upon one message.
func (c *client) take(m *message) error {
	switch m.Type {
	case "ping":
		c.send(message{Type: "pong"})
	case "joined":
		if m.Kind == "fail" {
			return fmt.Errorf("cannot join: %v", m.Value)
		}
		if m.Kind == "join" {
			close(c.joined)
		}
	case "user":
		c.mu.Lock()
		if m.Kind == "add" {
			c.members++
		} else if m.Kind == "delete" {
			c.members--
		}
		c.mu.Unlock()
		select {
		case c.changed <- struct{}{}:
		default:
		}
	case "chat":
		c.mu.Lock()
		f := c.onChat
		c.mu.Unlock()
		if text, ok := m.Value.(string); ok && f != nil {
			f(text)
		}
	case "usermessage":
		if m.Kind == "error" {
			return fmt.Errorf("the server says: %v", m.Value)
		}
	case "offer":
		return c.offered(m)
	case "answer":
		c.mu.Lock()
		p := c.publisher
		c.mu.Unlock()
		if p == nil || p.stream != m.ID {
			return errors.New("answer without offer")
		}
		return p.answered(m.SDP)
	case "abort":
		return errors.New("the server refuses the stream")
	case "close":
		c.mu.Lock()
		v := c.viewers[m.ID]
		delete(c.viewers, m.ID)
		c.mu.Unlock()
		if v != nil {
			go v.end()
		}
	}
	return nil
}

// sees waits until n members have been seen.
func (c *client) sees(n int) error {
	deadline := time.NewTimer(c.run.timeout)
	defer deadline.Stop()
	for {
		c.mu.Lock()
		seen := c.members
		c.mu.Unlock()
		if seen >= n {
			return nil
		}
		select {
		case <-c.changed:
		case err := <-c.run.failure:
			return err
		case <-deadline.C:
			return fmt.Errorf("%s sees %d of %d members", c.name, seen, n)
		}
	}
}

// offered answers an offer of the server.
func (c *client) offered(m *message) error {
	r, err := parseDescription(m.SDP)
	if err != nil {
		return err
	}
	c.mu.Lock()
	v, again := c.viewers[m.ID]
	replaced := c.viewers[m.Replace]
	if replaced != nil {
		delete(c.viewers, m.Replace)
	}
	c.mu.Unlock()
	if replaced != nil {
		go replaced.end()
	}
	if !again {
		if v, err = newViewer(c.run, c, m.ID); err != nil {
			return err
		}
		c.mu.Lock()
		c.viewers[m.ID] = v
		c.mu.Unlock()
	}
	c.send(message{Type: "answer", ID: m.ID, SDP: answer(v.link, r)})
	if !again {
		v.start(r)
	}
	return nil
}

// leave ends everything of the client.
func (c *client) leave() {
	c.mu.Lock()
	c.closing = true
	p := c.publisher
	c.mu.Unlock()
	if p != nil {
		p.stop()
	}
	_ = c.ws.Close()
	c.reading.Wait()
	c.mu.Lock()
	viewers := c.viewers
	c.viewers = nil
	c.mu.Unlock()
	for _, v := range viewers {
		v.end()
	}
}
