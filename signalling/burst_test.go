package signalling

import (
	"bytes"
	"errors"
	"net"
	"testing"
	"time"
)

// recordingConn notes what is written, and by which deadline.
type recordingConn struct {
	net.Conn
	writes    [][]byte
	deadlines []time.Time
	deadline  time.Time
	err       error
}

func (c *recordingConn) Write(b []byte) (int, error) {
	c.writes = append(c.writes, bytes.Clone(b))
	c.deadlines = append(c.deadlines, c.deadline)
	return len(b), c.err
}

func (c *recordingConn) SetWriteDeadline(t time.Time) error {
	c.deadline = t
	return nil
}

// Frames that wait together are written together, by the deadline of the first.
func TestBurst(t *testing.T) {
	start := time.Unix(1e9, 0)
	var conn recordingConn
	burst := &burstConn{Conn: &conn}
	burst.hold()
	for i, text := range []string{"one ", "two ", "three"} {
		if err := burst.SetWriteDeadline(start.Add(time.Duration(i) * time.Second)); err != nil {
			t.Fatal(err)
		}
		if n, err := burst.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatal(n, err)
		}
	}
	if len(conn.writes) != 0 {
		t.Errorf("written before the flush: %q", conn.writes)
	}
	if err := burst.flush(); err != nil {
		t.Fatal(err)
	}
	if len(conn.writes) != 1 || string(conn.writes[0]) != "one two three" || conn.deadlines[0] != start {
		t.Errorf("written: %q by %v", conn.writes, conn.deadlines)
	}
	if err := burst.flush(); err != nil || len(conn.writes) != 1 {
		t.Errorf("an empty flush writes %q, %v", conn.writes, err)
	}

	// What is not held is written at once.
	if _, err := burst.Write([]byte("four")); err != nil || len(conn.writes) != 2 {
		t.Errorf("not held: %q, %v", conn.writes, err)
	}
}

// Little is kept in memory, whatever the size of the frames, and their order is kept.
func TestBurstIsBounded(t *testing.T) {
	for _, size := range []int{1, 1000, burstSize - 1, burstSize, burstSize + 1, 5 * burstSize} {
		var conn recordingConn
		burst := &burstConn{Conn: &conn}
		burst.hold()
		var want []byte
		for i := range 40 {
			frame := bytes.Repeat([]byte{byte(i)}, size)
			want = append(want, frame...)
			if _, err := burst.Write(frame); err != nil {
				t.Fatal(err)
			}
			if burst.pending != nil && len(*burst.pending) > burstSize {
				t.Fatalf("size %d: %d bytes are kept", size, len(*burst.pending))
			}
		}
		if err := burst.flush(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(bytes.Join(conn.writes, nil), want) {
			t.Errorf("size %d: something else was written", size)
		}
	}
}

// A connection that fails says so when the frames are written, and forgets them.
func TestBurstFails(t *testing.T) {
	broken := errors.New("broken")
	burst := &burstConn{Conn: &recordingConn{err: broken}}
	burst.hold()
	if _, err := burst.Write([]byte("a")); err != nil {
		t.Fatal(err)
	}
	if err := burst.flush(); !errors.Is(err, broken) || burst.pending != nil {
		t.Errorf("flush: %v, pending %v", err, burst.pending)
	}
	burst.hold()
	if _, err := burst.Write(make([]byte, burstSize)); err != nil {
		t.Fatal(err)
	}
	if _, err := burst.Write([]byte("b")); !errors.Is(err, broken) {
		t.Errorf("full: %v", err)
	}
}

// An outbox that has been emptied keeps no memory of a crowd.
func TestOutboxForgetsCrowd(t *testing.T) {
	o := newOutbox(Limits{}.withDefaults())
	for range 1000 {
		o.put(opText, []byte("x"))
	}
	for range 1000 {
		if _, ok := o.takeNow(); !ok {
			t.Fatal("something is missing")
		}
	}
	if _, ok := o.takeNow(); ok || cap(o.items) > len(o.spare) {
		t.Errorf("room for %d frames is kept", cap(o.items))
	}
}
