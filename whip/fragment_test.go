package whip

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pion/sdp/v3"
)

const (
	ufrag = "Nw4x"
	pwd   = "5c0e6f0b1f2a4d7788aa99bb"
)

// Reading, whip.md 6.1.
func TestParseFragmentW70W71(t *testing.T) {
	tests := []struct {
		name, text string
		pair       pair
		candidates []candidate
		sections   int
	}{
		{"empty", "", pair{}, nil, 0},
		{"session", "a=ice-ufrag:" + ufrag + "\r\na=ice-pwd:" + pwd + "\r\n", pair{ufrag, pwd}, nil, 0},
		{"bare line ends", "a=ice-ufrag:" + ufrag + "\na=ice-pwd:" + pwd + "\n", pair{ufrag, pwd}, nil, 0},
		{"no line end", "a=ice-ufrag:" + ufrag + "\na=ice-pwd:" + pwd, pair{ufrag, pwd}, nil, 0},
		{
			"section", "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:" + ufrag + "\r\na=ice-pwd:" + pwd +
				"\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=end-of-candidates\r\n",
			pair{ufrag, pwd}, []candidate{{"candidate:1 1 udp 1 192.0.2.1 9 typ host", "0"}}, 1,
		},
		{
			"session before section", "a=ice-ufrag:" + ufrag + "\r\na=ice-pwd:" + pwd +
				"\r\nm=audio 9 X 0\r\na=ice-ufrag:other\r\na=ice-pwd:other\r\n",
			pair{ufrag, pwd}, nil, 1,
		},
		{
			"second section", "m=audio 9 X 0\r\nm=video 9 X 0\r\na=ice-ufrag:" + ufrag + "\r\na=ice-pwd:" + pwd + "\r\n",
			pair{ufrag, pwd}, nil, 2,
		},
		{
			"mid after the candidate", "m=audio 9 X 0\r\na=candidate:1\r\na=mid:0\r\na=candidate:2\r\n",
			pair{}, []candidate{{"candidate:1", ""}, {"candidate:2", "0"}}, 1,
		},
		{"candidate of the session", "a=candidate:1\r\n", pair{}, []candidate{{"candidate:1", ""}}, 0},
		{"unknown lines", "v=0\r\n\r\na=ice-options:trickle\r\nA=MID:0\r\nnonsense\r\n", pair{}, nil, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, err := parseFragment(test.text)
			if err != nil {
				t.Fatal(err)
			}
			candidates := slices.Clone(f.session.candidates)
			for _, s := range f.sections {
				candidates = append(candidates, s.candidates...)
			}
			if f.pair() != test.pair || !slices.Equal(candidates, test.candidates) || len(f.sections) != test.sections {
				t.Errorf("got %+v", f)
			}
		})
	}
}

func TestBadFragment61(t *testing.T) {
	for _, text := range []string{
		"a=mid:0", "a=ice-ufrag:x\r\na=mid:0\r\nm=audio 9 X 0\r\n",
		strings.Repeat("a", maxLine+1), "v=0\n" + strings.Repeat("a", maxLine+1),
	} {
		if _, err := parseFragment(text); !errors.Is(err, errFragment) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if _, err := parseFragment(strings.Repeat("a", maxLine) + "\r\n"); err != nil {
		t.Error("a line of the greatest length is refused")
	}
}

// Writing, whip.md 6.2 and weak spot 9.
func TestWriteFragmentW75(t *testing.T) {
	f := fragment{
		session: section{candidates: []candidate{{text: "candidate:0"}}},
		sections: []section{{
			media: "audio 9 UDP/TLS/RTP/SAVPF 111", mid: "0", pair: pair{ufrag, pwd},
			candidates: []candidate{{text: "candidate:1"}},
		}},
	}
	want := "a=ice-options:trickle\r\na=candidate:0\r\na=end-of-candidates\r\n" +
		"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:" + ufrag + "\r\na=ice-pwd:" + pwd +
		"\r\na=candidate:1\r\na=end-of-candidates\r\n"
	if got := f.String(); got != want {
		t.Errorf("got\n%s", got)
	}
}

const smallOffer = "v=0\r\no=- 1 7 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-ufrag:old1\r\n" +
	"a=ice-pwd:0123456789012345678901\r\na=group:BUNDLE a b\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:a\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=end-of-candidates\r\n" +
	"m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:b\r\na=ice-ufrag:old1\r\na=ice-pwd:0123456789012345678901\r\n"

// W-50, W-72: everything but the pair and the candidates stays.
func TestRestartedOfferW50W72(t *testing.T) {
	o, err := parseOffer(smallOffer)
	if err != nil {
		t.Fatal(err)
	}
	next, text, err := o.restarted(pair{ufrag, pwd})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("o=- 1 7", "o=- 1 8", "old1", ufrag, "0123456789012345678901", pwd,
		"a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=end-of-candidates\r\n", "").Replace(smallOffer)
	if text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if next.pair != (pair{ufrag, pwd}) || !next.has("a") || !next.has("") || next.has("c") {
		t.Errorf("offer %+v", next)
	}
	if again, err := o.description.Marshal(); err != nil || string(again) != smallOffer {
		t.Error("the offer before has changed")
	}
}

func FuzzSDPFrag(f *testing.F) {
	for _, text := range []string{
		"", "a=mid:0\r\n", "a=ice-ufrag:" + ufrag + "\r\na=ice-pwd:" + pwd + "\r\n",
		"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=end-of-candidates\r\n",
		"a=candidate:\nm=\na=mid:\na=ice-ufrag\na=ice-pwd:\x00\xff\n", "\r\r\n\n", "m=m=m=\r\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseFragment(text)
		if err != nil {
			return
		}
		// What is written can be read, and says the same.
		again, err := parseFragment(parsed.String())
		if err != nil {
			t.Fatalf("%q: %v", parsed.String(), err)
		}
		if again.pair() != parsed.pair() || len(again.sections) != len(parsed.sections) {
			t.Errorf("%+v has become %+v", parsed, again)
		}
		for i, s := range parsed.sections {
			if len(again.sections[i].candidates) != len(s.candidates) {
				t.Errorf("section %d: %+v has become %+v", i, s, again.sections[i])
			}
		}
	})
}

// FuzzOffer has offers parsed, restarted and parsed again.
func FuzzOffer(f *testing.F) {
	f.Add(smallOffer)
	f.Add("v=0\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		o, err := parseOffer(text)
		if err != nil {
			return
		}
		_, next, err := o.restarted(pair{ufrag, pwd})
		if err != nil {
			return
		}
		var d sdp.SessionDescription
		if err := d.UnmarshalString(next); err != nil {
			return // an attribute with a line end in it, say
		}
		if got := fragmentOf(&d).pair(); got != (pair{ufrag, pwd}) && got != (pair{}) {
			t.Errorf("pair %+v", got)
		}
	})
}
