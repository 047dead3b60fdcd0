// Package testclient is a client for tests of whole servers: it speaks the
// signalling protocol over a WebSocket, and sends and receives media with pion.
//
// It fails the test instead of returning errors, and waits for what is expected
// with a deadline instead of sleeping:
//
//	ada := testclient.Join(t, url, "maths", "ada", "secret")
//	bob := testclient.Join(t, url, "maths", "bob", "")
//	ada.Await("user/add")
//	camera := ada.Publish("camera", testclient.Tracks(testclient.NewVideo(t), testclient.NewAudio(t)))
//	bob.Request(map[string][]string{"": {"audio", "video"}})
//	bob.AwaitStream(camera.ID).AwaitPackets("video", 10)
//
// The methods of a Client are for one goroutine, that of the test.  One more
// goroutine reads the socket; it answers offers and passes candidates on, so
// that media flows by itself, and queues every message for the test.  Everything
// is closed when the test ends.
package testclient
