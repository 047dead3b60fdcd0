package rtpconn

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"galene/codecs"
	"galene/conn"
)

// parsed parses a description of ours.
func parsed(t *testing.T, text string) *sdp.SessionDescription {
	t.Helper()
	d, err := parseDescription(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

// directions returns what a description says of each section: its kind, a minus sign if
// it is refused, and its direction.
func directions(d *sdp.SessionDescription) (list []string) {
	for _, m := range d.MediaDescriptions {
		text := m.MediaName.Media
		if m.MediaName.Port.Value == 0 {
			text += " -"
		}
		for _, direction := range []string{"sendrecv", "sendonly", "recvonly", "inactive"} {
			if has(m, direction) {
				text += " " + direction
			}
		}
		list = append(list, text)
	}
	return list
}

// TestSectionsAreReused: a section whose track has gone is inactive until another track of
// its kind gets it, but not in the same offer: the receiver would not see a new one.
func TestSectionsAreReused(t *testing.T) {
	e := newTestEngine(t, Options{})
	p := publish(t, e, peerOptions{}, "opus", "vp8").connected()
	all := p.up.Tracks()
	audio, video := all[:1], all[1:]
	v := view(t, e, peerOptions{}, p.up).connected()
	var before *sdp.SessionDescription
	for i, step := range []struct {
		tracks []conn.Track
		want   []string
	}{
		{audio, []string{"audio sendonly", "video inactive"}},
		{all, []string{"audio sendonly", "video sendonly"}},
		{video, []string{"audio inactive", "video sendonly"}},
		{nil, []string{"audio inactive", "video inactive"}},
		{all, []string{"audio sendonly", "video sendonly"}},
	} {
		if !v.set(step.tracks) {
			t.Fatalf("step %d: no offer needed", i)
		}
		d := parsed(t, v.negotiate(false))
		if got := directions(d); !slices.Equal(got, step.want) {
			t.Errorf("step %d: %q, want %q", i, got, step.want)
		}
		if before != nil && (d.Origin.SessionID != before.Origin.SessionID ||
			d.Origin.SessionVersion != before.Origin.SessionVersion+1) {
			t.Errorf("step %d: session %v after %v", i, d.Origin, before.Origin)
		}
		before = d
	}
	v.attached()
	p.send("vp8", vp8Packet(0, true))
	wait(t, read(v.track("vp8")), "packet")
}

// TestIdentifiersAreNoLines: who names a stream cannot add to what its receivers are told.
func TestIdentifiersAreNoLines(t *testing.T) {
	e := newTestEngine(t, Options{})
	offer := readOffer(t, "chromium.sdp")
	var kept []string
	for line := range strings.SplitSeq(offer, "\r\n") { // so that the label is needed
		if !strings.HasPrefix(line, "a=msid") && !strings.HasPrefix(line, "a=ssrc") {
			kept = append(kept, line)
		}
	}
	up := must(e.NewUp(UpParams{
		ID: "up-id", Label: "my screen\r\na=ice-ufrag:evil\n\u00e9", Codecs: testCodecs(),
	}))
	must(up.Offer(strings.Join(kept, "\r\n")))
	r := e.NewReceiver()
	defer r.Close()
	d := must(r.NewDown(up, DownParams{}))
	must(d.SetTracks(up.Tracks(), false))
	description := must(d.Offer(false))
	if strings.Contains(description, "\na=ice-ufrag:evil") || !strings.Contains(description, "my_screen__a=ice-ufrag:evil__ ") {
		t.Errorf("offered:\n%s", description)
	}
	parsed(t, description)
}

// answerTo returns an answer to an offer, by whoever has no certificate but one to show.
func answerTo(t *testing.T, offer string, change func(i int, m *sdp.MediaDescription)) string {
	t.Helper()
	d := parsed(t, offer)
	d.Attributes = slices.DeleteFunc(d.Attributes, func(a sdp.Attribute) bool { return a.Key == "fingerprint" })
	for i, m := range d.MediaDescriptions {
		var kept []sdp.Attribute
		for _, a := range m.Attributes {
			switch a.Key {
			case "sendonly":
				a.Key = "recvonly"
			case "setup":
				a.Value = "active"
			case "ice-ufrag":
				a.Value = "abcd"
			case "ssrc", "ssrc-group", "msid", "candidate":
				continue
			}
			kept = append(kept, a)
		}
		m.Attributes = kept
		change(i, m)
	}
	text, err := d.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// without removes the attributes that begin with any of the texts.
func without(m *sdp.MediaDescription, texts ...string) {
	m.Attributes = slices.DeleteFunc(m.Attributes, func(a sdp.Attribute) bool {
		return slices.ContainsFunc(texts, func(text string) bool {
			return strings.HasPrefix(a.Key+":"+a.Value, text)
		})
	})
}

// TestAnswers: what is sent is what the answer accepts, and what no answer may say ends the
// connection.
func TestAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		change func(i int, m *sdp.MediaDescription)
		want   []string // codecs sent, or nil for an error
		later  []string // the next offer
	}{
		"all": {
			func(int, *sdp.MediaDescription) {}, []string{"opus", "vp8 rtx"},
			[]string{"audio sendonly", "video sendonly"},
		},
		"video refused": {
			func(i int, m *sdp.MediaDescription) {
				if i == 1 {
					m.MediaName.Port.Value = 0
				}
			},
			[]string{"opus"}, []string{"audio sendonly", "video - inactive"},
		},
		"sound refused": {
			func(i int, m *sdp.MediaDescription) {
				if i == 0 {
					m.MediaName.Port.Value = 0
				}
			},
			[]string{"vp8 rtx"}, []string{"audio - inactive", "video sendonly"},
		},
		"video inactive": {
			func(i int, m *sdp.MediaDescription) {
				if i == 1 {
					without(m, "recvonly")
					m.WithPropertyAttribute("inactive")
				}
			},
			[]string{"opus"}, []string{"audio sendonly", "video sendonly"},
		},
		"no retransmissions": {
			func(_ int, m *sdp.MediaDescription) {
				without(m, "rtpmap:97", "fmtp:97")
				m.MediaName.Formats = m.MediaName.Formats[:1]
			},
			[]string{"opus", "vp8"}, []string{"audio sendonly", "video sendonly"},
		},
		"another codec": {
			func(i int, m *sdp.MediaDescription) {
				if i == 1 {
					without(m, "rtpmap:96")
					m.WithValueAttribute("rtpmap", "96 H264/90000")
				}
			},
			[]string{"opus"}, []string{"audio sendonly", "video sendonly"},
		},
		"transport said once for all": {
			func(i int, m *sdp.MediaDescription) {
				if i > 0 {
					without(m, "ice-", "fingerprint", "setup")
				}
			},
			[]string{"opus", "vp8 rtx"}, []string{"audio sendonly", "video sendonly"},
		},
		"everything refused": {func(_ int, m *sdp.MediaDescription) { m.MediaName.Port.Value = 0 }, nil, nil},
		"no fingerprint":     {func(_ int, m *sdp.MediaDescription) { without(m, "fingerprint") }, nil, nil},
		"no password":        {func(_ int, m *sdp.MediaDescription) { without(m, "ice-pwd") }, nil, nil},
		"another mid": {func(_ int, m *sdp.MediaDescription) {
			without(m, "mid")
			m.WithValueAttribute("mid", "7")
		}, nil, nil},
		"another kind": {func(_ int, m *sdp.MediaDescription) { m.MediaName.Media = "application" }, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			e := newTestEngine(t, Options{})
			p := publish(t, e, peerOptions{}, "opus", "vp8").connected()
			v := newViewer(t, e, peerOptions{}, p.up)
			v.set(p.up.Tracks())
			err := v.down.Answer(answerTo(t, must(v.down.Offer(false)), test.change))
			if test.want == nil {
				if !errors.Is(err, ErrBadDescription) {
					t.Errorf("the answer is taken: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			v.down.shard.Call(func() {
				for _, dt := range v.down.sending.tracks {
					text := dt.local.codec.Name
					if dt.output.rtxSSRC != 0 {
						text += " rtx"
					}
					got = append(got, text)
				}
			})
			if !slices.Equal(got, test.want) {
				t.Errorf("sent: %q, want %q", got, test.want)
			}
			if got := directions(parsed(t, must(v.down.Offer(true)))); !slices.Equal(got, test.later) {
				t.Errorf("later: %q, want %q", got, test.later)
			}
		})
	}
}

// TestNegotiated: the payload types are those of the receiver's description, whatever
// they are; of several formats of a codec that of the same profile is used.
func TestNegotiated(t *testing.T) {
	for name, test := range map[string]struct {
		codec      codecs.Codec
		formats    string
		attributes []string
		want       string // payload types of media, retransmissions and redundancy
	}{
		"ours": {
			codecs.Lookup("vp8")[0], "96 97",
			[]string{"rtpmap:96 VP8/90000", "rtpmap:97 rtx/90000", "fmtp:97 apt=96"}, "96 97 0",
		},
		"theirs": {
			codecs.Lookup("vp8")[0], "120 121 124",
			[]string{
				"rtpmap:120 VP9/90000", "rtpmap:121 VP8/90000", "rtpmap:122 rtx/90000", "fmtp:122 apt=120",
				"rtpmap:124 rtx/90000", "fmtp:124 apt=121",
			}, "121 124 0",
		},
		"the profile of the sender": {
			codecs.Lookup("h264")[0], "102 108",
			[]string{
				"rtpmap:102 H264/90000", "fmtp:102 packetization-mode=1;profile-level-id=640c1f",
				"rtpmap:108 H264/90000", "fmtp:108 packetization-mode=1;profile-level-id=42e01f",
			}, "108 0 0",
		},
		"another profile": {
			codecs.Lookup("h264")[0], "102",
			[]string{"rtpmap:102 H264/90000", "fmtp:102 packetization-mode=1;profile-level-id=640c1f"}, "102 0 0",
		},
		"a format that is not listed": {codecs.Lookup("vp8")[0], "97", []string{"rtpmap:96 VP8/90000"}, ""},
		"no name needed":              {codecs.Lookup("pcmu")[0], "0", nil, "0 0 0"},
		"a name needed":               {codecs.Lookup("opus")[0], "111", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := &sdp.MediaDescription{MediaName: sdp.MediaName{
				Media: test.codec.Kind.String(), Formats: strings.Fields(test.formats),
			}}
			for _, a := range test.attributes {
				key, value, _ := strings.Cut(a, ":")
				m.WithValueAttribute(key, value)
			}
			got := ""
			if o := negotiated(m, test.codec, 1, 2); o != nil {
				got = fmt.Sprint(o.payloadType, o.rtxType, o.redType)
			}
			if got != test.want {
				t.Errorf("payload types %q, want %q", got, test.want)
			}
		})
	}
}

// TestCertificateOutlivesTheProcess: pion makes no connection with a certificate that has
// expired, and its own are valid for a month.
func TestCertificateOutlivesTheProcess(t *testing.T) {
	i, err := newIdentity()
	if err != nil {
		t.Fatal(err)
	}
	years := i.certificate.Leaf.NotAfter.Sub(i.certificate.Leaf.NotBefore).Hours() / 24 / 365
	if years < 10 || !i.pion.Expires().Equal(i.certificate.Leaf.NotAfter) {
		t.Errorf("valid for %.1f years, until %v", years, i.pion.Expires())
	}
}

// FuzzSDPAnswer: an answer is taken or refused, and either way nothing is left when the
// connection is closed.
func FuzzSDPAnswer(f *testing.F) {
	e := newFuzzEngine(f)
	up, err := e.NewUp(UpParams{ID: "x", Codecs: testCodecs()})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(up.Close)
	offers := readOffers(f)
	if _, err := up.Offer(offers[0]); err != nil {
		f.Fatal(err)
	}
	for _, offer := range offers {
		f.Add(offer)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		r := e.NewReceiver()
		defer r.Close()
		d := must(r.NewDown(up, DownParams{}))
		must(d.SetTracks(up.Tracks(), false))
		offer := must(d.Offer(false))
		// What has the sections of the offer gets further.
		ours := answerTo(t, offer, func(i int, m *sdp.MediaDescription) {
			theirs, err := parseDescription(answer)
			if err == nil && i < len(theirs.MediaDescriptions) {
				mid := m.Attributes[0]
				m.Attributes = append([]sdp.Attribute{mid}, theirs.MediaDescriptions[i].Attributes...)
				m.MediaName.Formats = theirs.MediaDescriptions[i].MediaName.Formats
			}
		})
		if d.Answer(ours) == nil {
			_ = d.AddCandidate(webrtc.ICECandidateInit{Candidate: "candidate:1 1 udp 1 127.0.0.1 9 typ host"})
			_, _ = d.Offer(true)
			_ = d.Answer(answer)
		}
		other := must(r.NewDown(up, DownParams{}))
		must(other.SetTracks(up.Tracks(), false))
		if text, err := other.Respond(answer); err == nil {
			parsed(t, text)
		}
	})
}
