package signalling

import (
	"testing"
	"testing/synctest"
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
				if !o.tryPut(opText, make([]byte, n)) {
					t.Fatal("no room")
				}
			}
			if o.tryPut(opText, make([]byte, 1)) {
				t.Error("room beyond the bound")
			}
			if first, ok := o.take(); !ok || len(first.data) != sizes[0] {
				t.Errorf("got %v, %v", first, ok)
			}
			if !o.tryPut(opText, make([]byte, 1)) {
				t.Error("no room after taking")
			}
		})
	}
}

// TestOutboxWaits checks that putting into a full outbox waits for room.
func TestOutboxWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := testOutbox()
		put := make(chan int, 10)
		go func() {
			for i := range 5 {
				o.put(opText, []byte("x"))
				put <- i
			}
		}()
		for want := 3; want <= 5; want++ {
			synctest.Wait()
			if len(put) != want {
				t.Fatalf("%d have been put, want %d", len(put), want)
			}
			o.take()
		}
		// A frame that alone exceeds the bound is let through.
		o.take()
		o.take()
		o.put(opText, make([]byte, 100))
	})
}

// TestOutboxAbandonWhileWaiting checks that whoever waits for room is released.
func TestOutboxAbandonWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := testOutbox()
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 10 {
				o.put(opText, nil)
			}
		}()
		synctest.Wait()
		o.abandon()
		<-done
	})
}

func TestOutboxFinish(t *testing.T) {
	o := testOutbox()
	for range 3 {
		o.put(opText, nil)
	}
	o.finish([]byte("bye"))
	if !o.tryPut(opText, []byte("too late")) {
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
