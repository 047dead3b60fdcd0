package udpmux

import "sync/atomic"

// Stats counts what the shared sockets have done.
type Stats struct {
	// Received and Sent are packets.
	Received, Sent uint64
	// Sends is the number of messages handed to the kernel: less than Sent
	// if it splits them.
	Sends uint64
	// Strayed are packets received that belong to no connection.
	Strayed uint64
	// Overflowed are packets that a connection has not read in time.
	Overflowed uint64
	// Late are packets that were not sent because the network did not take
	// them in time.
	Late uint64
	// Refused are packets that the kernel refused to send.
	Refused uint64
}

// counters are the running values of Stats.
type counters struct {
	received, packets, messages, strayed, overflowed, late, refused atomic.Uint64
}

// sent counts packets that went out in a number of messages.
func (c *counters) sent(packets, messages int) {
	c.packets.Add(uint64(packets))
	c.messages.Add(uint64(messages))
}

func (c *counters) stats() Stats {
	return Stats{
		Received:   c.received.Load(),
		Sent:       c.packets.Load(),
		Sends:      c.messages.Load(),
		Strayed:    c.strayed.Load(),
		Overflowed: c.overflowed.Load(),
		Late:       c.late.Load(),
		Refused:    c.refused.Load(),
	}
}
