// Bench loads a server that speaks Galène's protocol, and measures what that
// costs it.
//
//	go run ./bench -server ./galene lecture
//	go run ./bench -server 'plain=./galene -plain' -server ./galene -rounds 2 table
//	go run ./bench -url ws://127.0.0.1:8443/ws -group test -pid 1234 meeting
//
// It is given binaries, which it starts with a group of their own and pins to
// one processor, itself taking another, or the address of a server that runs.
// With several binaries each scenario is measured with one after the other, and
// the costs are compared as ratios, since machines differ and are never idle.
//
// Clients are cheap: they share one certificate, speak just enough ICE (lite, RFC
// 8445 2.5), DTLS and SRTP for the server to send to them, and read one packet per
// system call, as most clients do.  Every packet is authenticated and must
// be the next one of its track, complete and unchanged.
//
// The scenario web measures the web server beside many members: requests are made when
// they are due, and their delay is that until the answer is complete.
//
// What is reported: packets forwarded per second, processor time of the server
// per packet forwarded, delay between the publisher's stamp in the payload and
// the receiving socket, losses, times the server was woken, memory and,
// with -goroutines, goroutines.
package main
