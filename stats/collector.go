package stats

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"galene/ice"
	"galene/rtpconn"
	"galene/signalling"
)

// patience is how long members get to describe themselves.
const patience = 5 * time.Second

// A Collector reads a Source whenever it is asked.
type Collector struct {
	source Source

	ready, sessions, groups, clients, certificate *prometheus.Desc
	streams, tracks, bitrate, loss                *prometheus.Desc
	panics, udpPackets, udpSends, udpLost, held   *prometheus.Desc
	relayUp, relayRTT, relayTime                  *prometheus.Desc
}

// NewCollector returns a Collector.
func NewCollector(source Source) (*Collector, error) {
	if source.Sessions == nil || source.Clients == nil || source.Panics == nil ||
		source.Sockets == nil || source.Packets == nil || source.Ready == nil {
		return nil, errIncomplete
	}
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("galene_"+name, help, labels, nil)
	}
	return &Collector{
		source:   source,
		ready:    desc("ready", "1 if /readyz answers 200, else 0."),
		sessions: desc("sessions", "WebSockets being served."),
		groups:   desc("groups", "Groups with somebody in them."),
		clients:  desc("clients", "Members of groups, by WebSocket or over HTTP."),
		certificate: desc("certificate_expiry_timestamp_seconds",
			"When the certificate in force expires, in seconds since 1970."),
		streams: desc("streams", "Streams, from clients (up) and to clients (down).", "direction"),
		tracks:  desc("tracks", "Tracks of the streams.", "direction", "kind"),
		bitrate: desc("bits_per_second", "Payload lately, of all tracks together.", "direction", "kind"),
		loss:    desc("loss_ratio", "Fraction of packets lost lately, the mean of all tracks.", "direction", "kind"),
		panics:  desc("panics_total", "Faults of the program that were caught.", "part"),
		udpPackets: desc("udp_packets_total",
			"Packets received and sent by the shared sockets.", "direction"),
		udpSends: desc("udp_sends_total", "Messages handed to the kernel for the packets sent."),
		udpLost: desc("udp_dropped_packets_total",
			"Packets that the shared sockets dropped.", "reason"),
		held: desc("packets_held", "Packets in memory."),
		relayUp: desc("relay_up",
			"1 if the last test of a TURN server succeeded, else 0.", "url"),
		relayRTT: desc("relay_rtt_seconds",
			"How long a message took there and back through a TURN server, when last tested.", "url"),
		relayTime: desc("relay_test_timestamp_seconds",
			"When a TURN server was last tested, in seconds since 1970.", "url"),
	}, nil
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		c.ready, c.sessions, c.groups, c.clients, c.certificate,
		c.streams, c.tracks, c.bitrate, c.loss,
		c.panics, c.udpPackets, c.udpSends, c.udpLost, c.held,
		c.relayUp, c.relayRTT, c.relayTime,
	} {
		descs <- d
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(metrics chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counter := func(d *prometheus.Desc, value uint64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
	}

	ready := 0.0
	if c.source.Ready() == nil {
		ready = 1
	}
	gauge(c.ready, ready)
	gauge(c.sessions, float64(c.source.Sessions()))
	gauge(c.held, float64(c.source.Packets()))
	if c.source.Certificate != nil {
		if cert, err := c.source.Certificate(); err == nil && cert.Leaf != nil {
			gauge(c.certificate, float64(cert.Leaf.NotAfter.Unix()))
		}
	}

	if c.source.Relays != nil {
		c.collectRelays(c.source.Relays(), gauge)
	}

	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	sums := summarize(c.source.Clients(ctx))
	gauge(c.groups, float64(sums.groups))
	gauge(c.clients, float64(sums.clients))
	for direction, streams := range sums.streams {
		gauge(c.streams, float64(streams), direction)
	}
	for key, t := range sums.tracks {
		gauge(c.tracks, float64(t.tracks), key.direction, key.kind)
		gauge(c.bitrate, float64(t.bitrate), key.direction, key.kind)
		gauge(c.loss, t.meanLoss(), key.direction, key.kind)
	}

	sessions, media := c.source.Panics()
	counter(c.panics, sessions, "session")
	counter(c.panics, media, "media")
	udp := c.source.Sockets()
	counter(c.udpPackets, udp.Received, "received")
	counter(c.udpPackets, udp.Sent, "sent")
	counter(c.udpSends, udp.Sends)
	counter(c.udpLost, udp.Strayed, "strayed")
	counter(c.udpLost, udp.Overflowed, "overflowed")
	counter(c.udpLost, udp.Late, "late")
	counter(c.udpLost, udp.Refused, "refused")
}

// collectRelays tells how the tests of the TURN servers went.  One that is named twice is
// told once: the better result, as whoever has one that works is served.
func (c *Collector) collectRelays(results []ice.RelayResult, gauge func(*prometheus.Desc, float64, ...string)) {
	best := make(map[string]ice.RelayResult)
	for _, r := range results {
		if other, ok := best[r.URL]; !ok || other.Err != nil {
			best[r.URL] = r
		}
	}
	for url, r := range best {
		up := 0.0
		if r.Err == nil {
			up = 1
			gauge(c.relayRTT, r.RTT.Seconds(), url)
		}
		gauge(c.relayUp, up, url)
		gauge(c.relayTime, float64(r.Time.Unix()), url)
	}
}

// Values of the label "direction" of what clients send and receive.
const (
	up   = "up"
	down = "down"
)

// trackKey is the labels of numbers about tracks.
type trackKey struct{ direction, kind string }

// trackSum is about some tracks together.
type trackSum struct {
	tracks  int
	bitrate uint64  // bit/s
	loss    float64 // sum of fractions
}

// meanLoss returns the mean fraction lost, 0 without tracks.
func (t *trackSum) meanLoss() float64 {
	if t.tracks == 0 {
		return 0
	}
	return t.loss / float64(t.tracks)
}

// sums are about all clients together.
type sums struct {
	groups, clients int
	streams         map[string]int // by direction
	tracks          map[trackKey]*trackSum
}

// summarize adds up what clients send and receive.  All sums are there, so that a series
// does not vanish when it is 0.
func summarize(clients []signalling.ClientStats) sums {
	s := sums{
		clients: len(clients),
		streams: map[string]int{up: 0, down: 0},
		tracks: map[trackKey]*trackSum{
			{up, "audio"}: {}, {up, "video"}: {}, {down, "audio"}: {}, {down, "video"}: {},
		},
	}
	groups := make(map[string]bool)
	for _, c := range clients {
		groups[c.Group] = true
		s.streams[up] += len(c.Up)
		s.streams[down] += len(c.Down)
		for _, stream := range c.Up {
			s.addUp(stream.Tracks)
		}
		for _, stream := range c.Down {
			s.addDown(stream.Tracks)
		}
	}
	s.groups = len(groups)
	return s
}

func (s *sums) addUp(tracks []rtpconn.UpTrackStats) {
	for _, t := range tracks {
		s.add(trackKey{up, t.Kind.String()}, t.Bitrate, t.Loss)
	}
}

func (s *sums) addDown(tracks []rtpconn.DownTrackStats) {
	for _, t := range tracks {
		s.add(trackKey{down, t.Kind.String()}, t.Bitrate, t.Loss)
	}
}

func (s *sums) add(key trackKey, bitrate uint64, loss float64) {
	t := s.tracks[key]
	if t == nil {
		t = new(trackSum)
		s.tracks[key] = t
	}
	t.tracks++
	t.bitrate += bitrate
	t.loss += loss
}
