package signalling

import (
	"testing"
	"time"
)

func testOutbox() *outbox {
	return newOutbox(Limits{OutboxMessages: 3, OutboxBytes: 10, OutboxAge: time.Second})
}

func TestOutboxBounds(t *testing.T) {
	for name, sizes := range map[string][]int{"messages": {1, 1, 1}, "bytes": {4, 6}} {
		t.Run(name, func(t *testing.T) {
			o := testOutbox()
			for _, n := range sizes {
				if !o.put(opText, make([]byte, n)) {
					t.Fatal("no room")
				}
			}
			if o.put(opText, make([]byte, 1)) {
				t.Error("room beyond the bound")
			}
			if first, ok := o.take(); !ok || len(first.data) != sizes[0] {
				t.Errorf("got %v, %v", first, ok)
			}
			if !o.put(opText, make([]byte, 1)) {
				t.Error("no room after taking")
			}
		})
	}
}

func TestOutboxFinish(t *testing.T) {
	o := testOutbox()
	for range 3 {
		o.put(opText, nil)
	}
	o.finish([]byte("bye"))
	if !o.put(opText, []byte("too late")) {
		t.Error("a closed outbox does not refuse")
	}
	o.finish([]byte("again"))
	for range 3 {
		if it, ok := o.take(); !ok || it.op != opText {
			t.Errorf("got %v, %v", it, ok)
		}
	}
	if it, ok := o.take(); !ok || it.op != opClose || string(it.data) != "bye" {
		t.Errorf("got %v, %v", it, ok)
	}
	if it, ok := o.take(); ok {
		t.Errorf("got %v", it)
	}
}

func TestOutboxAbandon(t *testing.T) {
	o := testOutbox()
	taken := make(chan bool)
	go func() {
		_, ok := o.take()
		taken <- ok
	}()
	o.abandon()
	if <-taken {
		t.Error("an abandoned outbox is not empty")
	}
}

func TestInboxLimit(t *testing.T) {
	in := newInbox(2)
	calls := 0
	for range 3 {
		in.post(func() error { calls++; return nil })
	}
	items, complete := in.take()
	for _, f := range items {
		f()
	}
	if calls != 2 || complete {
		t.Errorf("%d calls, complete %v", calls, complete)
	}
	in.close()
	in.post(func() error { return nil })
	if items, _ := in.take(); len(items) != 0 {
		t.Errorf("a closed inbox has %d items", len(items))
	}
}
