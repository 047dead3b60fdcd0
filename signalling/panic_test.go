package signalling_test

import (
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"

	"galene/signalling"
)

// TestPanic checks that a panic ends one session, and nothing else (W-4).
func TestPanic(t *testing.T) {
	var armed atomic.Bool
	f := newFixture(t, func(o *signalling.Options) {
		o.RTCConfiguration = func() any {
			if armed.Swap(false) {
				panic("for the test")
			}
			return nil
		}
	})
	f.panics = 1
	ada := f.join("ada")
	ada.Sync()
	bob := f.connect()
	armed.Store(true)
	bob.SendJoin("test", "bob", "")
	bob.ExpectClose(websocket.CloseInternalServerErr, "")
	ada.Expect("user/add", "user/delete")
	carl := f.join("carl")
	carl.Chat("still here")
	ada.Await("chat")
}
