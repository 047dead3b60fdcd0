package recorder

import (
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"
	payloads "github.com/pion/rtp/codecs"

	"galene/codecs"
	"galene/conn"
	"galene/group"
	"galene/packetcache"
	"galene/recorder/archive"
	"galene/shard"
)

const patient = 20 * time.Second

// fixture is a group that can be recorded, with one operator.
type fixture struct {
	t        *testing.T
	rec      *Recorder
	registry *group.Registry
	dir      string // of the group's recordings
	op       *member
	present  *atomic.Int64 // ns of the clock of arrivals
}

func newFixture(t *testing.T, change ...func(*Recorder)) *fixture {
	t.Helper()
	return newFixtureIn(t, filepath.Join(t.TempDir(), "recordings"), Options{}, change...)
}

func newFixtureIn(t *testing.T, directory string, o Options, change ...func(*Recorder)) *fixture {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	o.Archive, o.Logger = archive.New(directory), log
	f := &fixture{t: t, rec: New(o), dir: filepath.Join(directory, "test")}
	f.virtualTime()
	for _, c := range change {
		c(f.rec)
	}
	groups := t.TempDir()
	description := `{"allow-recording": true, "users": {"ada": {"password": "x", "permissions": "op"}},
		"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}}`
	if err := os.WriteFile(filepath.Join(groups, "test.json"), []byte(description), 0o600); err != nil {
		t.Fatal(err)
	}
	f.registry = group.NewRegistry(group.Options{
		Directory: groups, DataDirectory: t.TempDir(), Logger: log,
		StartRecording: f.rec.Start,
	})
	t.Cleanup(f.rec.Close)
	f.op = f.join("ada")
	return f
}

// virtualTime makes the recorder's time that of the packets which deliver sends,
// so that nothing depends on how fast it sends them.
func (f *fixture) virtualTime() {
	start := time.Now()
	f.present = new(atomic.Int64)
	f.rec.clock = newClock(func() time.Time { return start.Add(time.Duration(f.present.Load())) })
	f.present.Store(int64(epoch))
}

// member is somebody in the group.
type member struct {
	f  *fixture
	id string
	m  *group.Membership

	mu       sync.Mutex
	warnings []string
	recorder bool // present
	changed  chan struct{}
}

func (m *member) ID() string             { return m.id }
func (m *member) Address() string        { return "" }
func (m *member) Kind() group.ClientKind { return group.Web }

func (m *member) Deliver(_ *group.Membership, ev group.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch ev := ev.(type) {
	case group.UserMessage:
		if ev.Kind == "warning" {
			text, _ := ev.Value.(string)
			m.warnings = append(m.warnings, text)
		}
	case group.User:
		if ev.Username == username {
			m.recorder = ev.Kind != group.UserDelete
		}
	}
	close(m.changed)
	m.changed = make(chan struct{})
}

// await waits until a condition, which is called with m locked, is true.
func (m *member) await(what string, condition func() bool) {
	m.f.t.Helper()
	deadline := time.After(patient)
	for {
		m.mu.Lock()
		ok, changed := condition(), m.changed
		m.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			m.f.t.Fatalf("timeout: %s", what)
		}
	}
}

func (m *member) awaitWarning(text string) {
	m.f.t.Helper()
	m.await("warning "+text, func() bool {
		return slices.ContainsFunc(m.warnings, func(w string) bool { return strings.Contains(w, text) })
	})
}

func (f *fixture) join(name string) *member {
	f.t.Helper()
	m := &member{f: f, id: newID(), changed: make(chan struct{})}
	membership, err := f.registry.Join(f.t.Context(), "test", m,
		group.Credentials{Username: &name, Password: "x"}, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	m.m = membership
	return m
}

// record starts a recording.
func (f *fixture) record() {
	f.t.Helper()
	if err := f.op.m.GroupAction("record", nil); err != nil {
		f.t.Fatal(err)
	}
}

// unrecord ends it, and waits until the files are complete.
func (f *fixture) unrecord() {
	f.t.Helper()
	if err := f.op.m.GroupAction("unrecord", nil); err != nil {
		f.t.Fatal(err)
	}
	f.rec.sessions.Wait()
}

// publish announces a stream.
func (m *member) publish(src *source) {
	m.f.t.Helper()
	if err := m.m.ReserveStream(src.id, ""); err != nil {
		m.f.t.Fatal(err)
	}
	src.owner = conn.User{ID: m.id, Username: m.m.Info().Username}
	m.m.Announce(src)
	for _, t := range src.tracks {
		t.(*track).present = m.f.present
		t.(*track).awaitSink()
	}
}

// recordings returns the paths of the recordings, in order.
func (f *fixture) recordings() []string {
	f.t.Helper()
	var list []string
	for _, pattern := range []string{"*.webm", "*.mkv", "*.part"} {
		found, err := filepath.Glob(filepath.Join(f.dir, pattern))
		if err != nil {
			f.t.Fatal(err)
		}
		list = append(list, found...)
	}
	slices.Sort(list)
	return list
}

// only returns the one recording that there is to be.
func (f *fixture) only() string {
	f.t.Helper()
	list := f.recordings()
	if len(list) != 1 || strings.HasSuffix(list[0], ".part") {
		f.t.Fatalf("recordings: %q, want one", list)
	}
	return list[0]
}

// index returns the index of the only session.
func (f *fixture) index() *archive.Index {
	f.t.Helper()
	dir, err := f.rec.archive.Open("test")
	if err != nil {
		f.t.Fatal(err)
	}
	defer dir.Close()
	list, err := dir.List()
	if err != nil {
		f.t.Fatal(err)
	}
	for _, e := range list {
		if archive.IsIndex(e.Name) {
			index, err := dir.ReadIndex(e.Name)
			if err != nil {
				f.t.Fatal(err)
			}
			return index
		}
	}
	f.t.Fatal("no index")
	return nil
}

// awaitComplete waits until there is a complete recording whose name matches one
// of the patterns.
func (f *fixture) awaitComplete(patterns ...string) {
	f.t.Helper()
	for deadline := time.Now().Add(patient); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		for _, pattern := range patterns {
			if list, _ := filepath.Glob(filepath.Join(f.dir, pattern)); len(list) > 0 {
				return
			}
		}
	}
	f.t.Fatalf("there is no complete %q", patterns)
}

// awaitIndexed waits until the index on the disk has a file, and returns it.
func (f *fixture) awaitIndexed(name string) *archive.Index {
	f.t.Helper()
	for deadline := time.Now().Add(patient); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		index := f.index()
		if slices.ContainsFunc(index.Files, func(o archive.IndexFile) bool { return o.Name == name }) {
			return index
		}
	}
	f.t.Fatalf("%s is not in the index", name)
	return nil
}

// inOrder returns the recordings in the order in which they were begun.  Their
// names need not be: the clocks of these tests run fast.
func (f *fixture) inOrder() (list []string) {
	f.t.Helper()
	for _, file := range f.index().Files {
		list = append(list, filepath.Join(f.dir, file.Name))
	}
	if len(list) != len(f.recordings()) {
		f.t.Errorf("index %q, files %q", list, f.recordings())
	}
	return list
}

// source is a stream without a peer connection.
type source struct {
	id     string
	label  string
	owner  conn.User
	tracks []conn.Track
}

func newSource(tracks ...*track) *source {
	s := &source{id: newID(), label: "camera"}
	for _, t := range tracks {
		s.tracks = append(s.tracks, t)
	}
	return s
}

func (s *source) ID() string           { return s.id }
func (s *source) Label() string        { return s.label }
func (s *source) Owner() conn.User     { return s.owner }
func (s *source) Tracks() []conn.Track { return s.tracks }

// track is a track of a source.  What a recorder does not use is missing.
type track struct {
	conn.Track
	codec codecs.Codec
	rid   string
	pool  *packetcache.Pool
	cache *packetcache.Cache

	present    *atomic.Int64 // the recorder's time; set by publish
	subscribed chan struct{}
	mu         sync.Mutex
	queue      *shard.Queue
	sink       conn.Sink
	clock      conn.Clock
	reported   bool
	requests   int
}

func newTrack(name string) *track {
	t := &track{
		codec: codecs.Lookup(name)[0], pool: packetcache.NewPool(0), subscribed: make(chan struct{}),
	}
	t.pool.Poison()
	t.cache = packetcache.New(t.pool, 1024)
	return t
}

func (t *track) ID() string                { return "track" }
func (t *track) StreamID() string          { return "stream" }
func (t *track) RID() string               { return t.rid }
func (t *track) Kind() codecs.Kind         { return t.codec.Kind }
func (t *track) Codec() codecs.Codec       { return t.codec }
func (t *track) Cache() *packetcache.Cache { return t.cache }
func (t *track) Missing([]uint64)          {}
func (t *track) RoundTrip(time.Duration)   {}

func (t *track) Subscribe(sh *shard.Shard, sink conn.Sink) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queue, t.sink = sh.NewQueue(4096, sink.Deliver, sink.Gap), sink
	close(t.subscribed)
	return nil
}

func (t *track) Unsubscribe(*shard.Shard, conn.Sink) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queue.Close()
}

func (t *track) RequestKeyframe() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests++
}

func (t *track) keyframeRequests() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.requests
}

func (t *track) Clock() (conn.Clock, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.clock, t.reported
}

// awaitSink waits until the recorder has subscribed.
func (t *track) awaitSink() { <-t.subscribed }

// drained waits until the recorder has taken what was sent.
func (t *track) drained() {
	in := t.sink.(*input)
	deadline := time.Now().Add(patient)
	for time.Now().Before(deadline) {
		// What was pushed while the shard was about to call the first is
		// delivered after the second.
		for range 3 {
			in.stream.rec.shard.Call(func() {})
		}
		in.stream.queue.mu.Lock()
		n := len(in.stream.queue.items)
		in.stream.queue.mu.Unlock()
		if n == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// flight is a packet on its way.
type flight struct {
	track   *track
	arrival time.Duration
	ext     uint64
	packet  *rtp.Packet
	first   bool        // of its timestamp
	report  *conn.Clock // a sender report instead of a packet
	// cacheOnly is a packet that the recorder does not get.
	cacheOnly bool
	// encrypted is a packet whose payload nobody here can read.
	encrypted bool
	// redundant is a packet that repeats something before what is new.
	redundant bool
}

// send delivers a packet.
func (f flight) send() {
	if now := int64(f.arrival); now > f.track.present.Load() {
		f.track.present.Store(now)
	}
	if f.report != nil {
		f.track.mu.Lock()
		f.track.clock, f.track.reported = *f.report, true
		f.track.mu.Unlock()
		return
	}
	p := f.track.pool.Get()
	p.Ext, p.Arrival = f.ext, int64(f.arrival)
	p.Timestamp, p.Marker, p.PayloadType = f.packet.Timestamp, f.packet.Marker, f.packet.PayloadType
	payload := f.packet.Payload
	if f.redundant {
		payload = append([]byte{0x80 | p.PayloadType, 0x0f, 0, 3, p.PayloadType, 1, 2, 3}, payload...)
		p.PayloadType = codecs.REDPayloadType
	}
	if err := p.SetPayload(payload); err != nil {
		panic(err)
	}
	p.Info = f.track.codec.Parse(p.Payload(), p.Marker, f.first)
	p.Info.Opaque = f.encrypted
	if f.cacheOnly {
		f.track.cache.Store(p, 0)
		return
	}
	f.track.cache.Store(p, 1)
	f.track.queue.Push(p)
}

func batchOf(p *packetcache.Packet) []*packetcache.Packet { return []*packetcache.Packet{p} }

// epoch is when the media of tests begins, on the clock of arrivals.
const epoch = 10 * time.Second

// traffic makes packets of frames, with a sender report each second.  Delay is
// how long they take; the sender's clock is years behind.
func (t *track) traffic(list [][]byte, interval, delay time.Duration) []flight {
	var payloader rtp.Payloader
	switch t.codec.Name {
	case "vp8":
		payloader = &payloads.VP8Payloader{EnablePictureID: true}
	case "vp9":
		payloader = &payloads.VP9Payloader{}
	case "av1":
		payloader = &payloads.AV1Payloader{}
	case "h264":
		payloader = &payloads.H264Payloader{}
	case "h265":
		payloader = &payloads.H265Payloader{}
	case "opus":
		payloader = &payloads.OpusPayloader{}
	default:
		payloader = &payloads.G711Payloader{}
	}
	samples := uint32(interval * time.Duration(t.codec.ClockRate) / time.Second)
	packetizer := rtp.NewPacketizer(1200, t.codec.PayloadType, 1, payloader,
		rtp.NewFixedSequencer(1), t.codec.ClockRate)
	var all []flight
	ext := uint64(1 << 17)
	for i, frame := range list {
		at := time.Duration(i) * interval
		packets := packetizer.Packetize(frame, samples)
		for j, p := range packets {
			all = append(all, flight{
				track: t, arrival: epoch + at + delay + time.Duration(j)*time.Millisecond/4,
				ext: ext, packet: p, first: j == 0,
			})
			ext++
		}
		if at%time.Second == 0 {
			ntp := uint64(1)<<40 + uint64(at/time.Second)<<32
			all = append(all, flight{track: t, arrival: epoch + at + 5*time.Millisecond, report: &conn.Clock{
				NTP: ntp, RTP: packets[0].Timestamp, Received: int64(epoch + at + 5*time.Millisecond),
			}})
		}
	}
	return all
}

// deliver sends everything in the order of arrival, faster than time passes, but
// not faster than the recorder takes it.
func deliver(flights ...[]flight) {
	all := slices.Concat(flights...)
	slices.SortStableFunc(all, func(a, b flight) int { return int(a.arrival - b.arrival) })
	tracks := make(map[*track]bool)
	drain := func() {
		for track := range tracks {
			track.drained()
		}
	}
	var last time.Duration
	for _, f := range all {
		if f.arrival-last > 100*time.Millisecond {
			// All of them, so that none gets far ahead of the others.
			last = f.arrival
			drain()
		}
		f.send()
		tracks[f.track] = true
	}
	drain()
}

// disturb loses some packets, which then come late or, of those that may be lost
// for good, never; and reorders others.
func disturb(r *rand.Rand, flights []flight, loss, reorder float64, forever func(flight) bool) []flight {
	var out []flight
	for _, f := range flights {
		if f.report == nil {
			switch x := r.Float64(); {
			case x < loss && forever != nil && forever(f):
				continue
			case x < loss:
				f.arrival += time.Duration(60+r.IntN(400)) * time.Millisecond
			case x < loss+reorder:
				f.arrival += time.Duration(r.IntN(30)) * time.Millisecond
			}
		}
		out = append(out, f)
	}
	return out
}
