package testclient

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/transport/v5"
)

// Timeout is how long anything that is expected may take, unless WithTimeout says
// otherwise.
const Timeout = 20 * time.Second

// Client is one connection to a server.
type Client struct {
	// ID is the client's id, and Username the one that the server gave it.
	ID       string
	Username string
	// Group is the group that has been joined last.
	Group string

	t  testing.TB
	ws *websocket.Conn

	timeout time.Duration
	network transport.Net // for media; nil is the system's
	reach   func(candidate string) bool
	upkeep  bool

	writing sync.Mutex

	mu        sync.Mutex
	messages  []Message     // received and not yet taken
	err       error         // that ended the socket
	changed   chan struct{} // closed and replaced whenever something changes
	ups       map[string]*Up
	downs     map[string]*Down
	all       []*Down         // whatever has been received, in order
	automatic bool            // offers are answered
	offered   map[string]bool // streams that the server has offered and not closed
	answered  map[string]bool // streams of the client
	paused    chan struct{}   // closed when reading goes on
	resume    func()          // closes it
	done      chan struct{}   // closed when the reader has ended
}

// An Option changes how a connection is made.
type Option func(*dialing)

type dialing struct {
	websocket.Dialer
	header  http.Header
	timeout time.Duration
	network transport.Net
	reach   func(candidate string) bool
	upkeep  bool
}

// WithOrigin sends the Origin header of a web page.
func WithOrigin(origin string) Option {
	return func(d *dialing) { d.header.Set("Origin", origin) }
}

// WithNetwork connects through the given function instead of TCP.
func WithNetwork(dial func() (net.Conn, error)) Option {
	return func(d *dialing) {
		d.NetDial = func(string, string) (net.Conn, error) { return dial() }
	}
}

// WithMediaNetwork sends and receives media through the given network instead of
// the system's, which may be nil.
func WithMediaNetwork(network transport.Net) Option {
	return func(d *dialing) { d.network = network }
}

// WithReach makes the client use only those of the server's candidates that reach
// accepts, and tell none of its own, as if it could not be reached.
func WithReach(reach func(candidate string) bool) Option {
	return func(d *dialing) { d.reach = reach }
}

// WithUpkeep answers the server's pings, and restarts ICE when it asks for that, so that
// nothing ends for good because the test is waiting or the machine busy.
func WithUpkeep() Option { return func(d *dialing) { d.upkeep = true } }

// WithTimeout sets how long anything that is expected may take.
func WithTimeout(timeout time.Duration) Option {
	return func(d *dialing) { d.timeout = timeout }
}

// TryDial opens a WebSocket, and returns the error and the HTTP status if the
// server refuses.  No certificate is checked.
func TryDial(t testing.TB, url string, options ...Option) (*Client, int, error) {
	t.Helper()
	d := dialing{header: make(http.Header), timeout: Timeout}
	d.HandshakeTimeout = Timeout
	d.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	for _, option := range options {
		option(&d)
	}
	ws, response, err := d.Dial(url, d.header)
	if err != nil {
		status := 0
		if response != nil {
			status = response.StatusCode
		}
		return nil, status, err
	}
	c := &Client{
		ID:        NewID(),
		t:         t,
		timeout:   d.timeout,
		network:   d.network,
		reach:     d.reach,
		upkeep:    d.upkeep,
		ws:        ws,
		changed:   make(chan struct{}),
		ups:       make(map[string]*Up),
		downs:     make(map[string]*Down),
		automatic: true,
		offered:   make(map[string]bool),
		answered:  make(map[string]bool),
		done:      make(chan struct{}),
	}
	go c.read()
	t.Cleanup(c.Cut)
	return c, response.StatusCode, nil
}

// Dial opens a WebSocket.  The URL begins with ws or wss.
func Dial(t testing.TB, url string, options ...Option) *Client {
	t.Helper()
	c, status, err := TryDial(t, url, options...)
	if err != nil {
		t.Fatalf("dial %s: %v (status %d)", url, err, status)
	}
	return c
}

// Connect opens a WebSocket and shakes hands.
func Connect(t testing.TB, url string, options ...Option) *Client {
	t.Helper()
	c := Dial(t, url, options...)
	c.Handshake()
	return c
}

// Join opens a WebSocket, joins a group and returns when the client has seen
// itself among the members.  What comes after that is left for the test.
func Join(t testing.TB, url, group, username, password string, options ...Option) *Client {
	t.Helper()
	c := Connect(t, url, options...)
	c.Join(group, username, password)
	return c
}

// NewID returns a random identifier for a client or a stream.
func NewID() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// Handshake sends the handshake and waits for the answer.
func (c *Client) Handshake() {
	c.t.Helper()
	c.Send(Message{Type: "handshake", Version: []string{"2"}, ID: c.ID})
	c.Expect("handshake")
}

// Join joins a group and waits until the client has seen itself among the
// members.  It returns the joined message.
func (c *Client) Join(group, username, password string) Message {
	c.t.Helper()
	c.SendJoin(group, username, password)
	joined := c.Expect("joined/join")[0]
	c.AwaitWhere("itself", func(m Message) bool { return m.Is("user/add") && m.ID == c.ID })
	return joined
}

// SendJoin asks to join a group.
func (c *Client) SendJoin(group, username, password string) {
	c.t.Helper()
	c.Send(Message{
		Type: "join", Kind: "join", Group: group, Username: &username, Password: password,
	})
}

// Leave leaves the group and waits for the confirmation.
func (c *Client) Leave() {
	c.t.Helper()
	c.Send(Message{Type: "join", Kind: "leave", Group: c.Group})
	c.Await("joined/leave")
}

// Chat sends a chat message to everybody.
func (c *Client) Chat(text string) {
	c.t.Helper()
	c.Send(Message{Type: "chat", Source: c.ID, Username: &c.Username, Value: text})
}

// Act sends a user action.
func (c *Client) Act(kind, dest string, value any) {
	c.t.Helper()
	c.Send(Message{Type: "useraction", Kind: kind, Source: c.ID, Dest: dest, Value: value})
}

// ActOnGroup sends a group action.
func (c *Client) ActOnGroup(kind string, value any) {
	c.t.Helper()
	c.Send(Message{Type: "groupaction", Kind: kind, Source: c.ID, Value: value})
}

// Request asks for the streams of the others, by label.
func (c *Client) Request(request map[string][]string) {
	c.t.Helper()
	c.Send(Message{Type: "request", Request: request})
}

// Send sends a message.  An error is reported by what is expected next.
func (c *Client) Send(m Message) {
	c.t.Helper()
	c.SendValue(m)
}

// SendValue sends whatever value encodes to as JSON.
func (c *Client) SendValue(value any) {
	c.t.Helper()
	b, err := json.Marshal(value)
	if err != nil {
		c.t.Fatalf("encode: %v", err)
	}
	c.SendRaw(string(b))
}

// SendRaw sends a text message as it is.
func (c *Client) SendRaw(text string) { c.sendFrame(websocket.TextMessage, []byte(text)) }

// SendBinary sends a binary message.
func (c *Client) SendBinary(data []byte) { c.sendFrame(websocket.BinaryMessage, data) }

func (c *Client) sendFrame(messageType int, data []byte) {
	c.writing.Lock()
	defer c.writing.Unlock()
	// If the server has closed the socket, the reader knows why.
	_ = c.ws.SetWriteDeadline(time.Now().Add(Timeout))
	_ = c.ws.WriteMessage(messageType, data)
}

// Socket returns the WebSocket, for tests that abuse it.
func (c *Client) Socket() *websocket.Conn { return c.ws }

// Pause makes the client stop reading, once it has read one more message, until
// the function returned is called.
func (c *Client) Pause() (resume func()) {
	paused := make(chan struct{})
	resume = sync.OnceFunc(func() { close(paused) })
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused, c.resume = paused, resume
	return resume
}

// read queues what comes.
func (c *Client) read() {
	defer close(c.done)
	for {
		_, frame, err := c.ws.ReadMessage()
		var m Message
		if err == nil {
			if e := json.Unmarshal(frame, &m); e != nil {
				err = e
			}
		}
		c.mu.Lock()
		paused := c.paused
		if err != nil {
			c.err = err
			c.notify()
			c.mu.Unlock()
			return
		}
		m.Raw = frame
		c.mu.Unlock()
		c.media(m)
		c.mu.Lock()
		c.messages = append(c.messages, m)
		c.notify()
		c.mu.Unlock()
		if paused != nil {
			<-paused
		}
	}
}

// SendClose sends a close frame.
func (c *Client) SendClose(code int, reason string) {
	c.t.Helper()
	deadline := time.Now().Add(Timeout)
	frame := websocket.FormatCloseMessage(code, reason)
	if err := c.ws.WriteControl(websocket.CloseMessage, frame, deadline); err != nil {
		c.t.Errorf("%s: close: %v", c.name(), err)
	}
}

// Cut ends the connection without a word, and waits until everything of the
// client has ended.
func (c *Client) Cut() {
	c.mu.Lock()
	resume := c.resume
	c.mu.Unlock()
	c.ws.Close()
	if resume != nil {
		resume()
	}
	<-c.done
	c.closeMedia()
}

func (c *Client) name() string {
	if c.Username != "" {
		return c.Username
	}
	return "client " + c.ID[:min(len(c.ID), 6)]
}
