package whip

import (
	"errors"
	"strings"

	"github.com/pion/sdp/v3"
)

// maxLine is the greatest length of a line of a fragment, in bytes.
const maxLine = 64 << 10

var errFragment = errors.New("bad SDP fragment")

// pair is what an ICE session is known by: user fragment and password.
type pair struct{ ufrag, pwd string }

// valid says whether the pair obeys the grammar of RFC 8839, 5.4.
func (p pair) valid() bool {
	return 4 <= len(p.ufrag) && len(p.ufrag) <= 256 && 22 <= len(p.pwd) && len(p.pwd) <= 256 &&
		!strings.ContainsFunc(p.ufrag+p.pwd, func(c rune) bool { return !isICEChar(c) })
}

func isICEChar(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '+' || c == '/'
}

// fragment is an SDP fragment (RFC 8840, 9; whip.md 6).
type fragment struct {
	session  section // what comes before the first section; it has no media
	sections []section
}

// section is a media section of a fragment.
type section struct {
	media      string // what follows m=
	mid        string
	pair       pair
	candidates []candidate
}

// candidate is a candidate, with its prefix "candidate:".
type candidate struct {
	text string
	mid  string // as it was known when the candidate came
}

// parseFragment reads a fragment.  What it does not know is ignored.
func parseFragment(text string) (fragment, error) {
	var f fragment
	current := &f.session
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if len(line) > maxLine {
			return fragment{}, errFragment
		}
		if media, ok := strings.CutPrefix(line, "m="); ok {
			f.sections = append(f.sections, section{media: media})
			current = &f.sections[len(f.sections)-1]
			continue
		}
		line, ok := strings.CutPrefix(line, "a=")
		if !ok {
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		switch key {
		case "ice-ufrag":
			current.pair.ufrag = value
		case "ice-pwd":
			current.pair.pwd = value
		case "mid":
			if current == &f.session {
				return fragment{}, errFragment
			}
			current.mid = value
		case "candidate":
			current.candidates = append(current.candidates, candidate{line, current.mid})
		}
	}
	return f, nil
}

// pair returns the pair of the session, or else of the first section that has one
// (W-70).
func (f fragment) pair() pair {
	if f.session.pair.ufrag != "" {
		return f.session.pair
	}
	for _, s := range f.sections {
		if s.pair.ufrag != "" {
			return s.pair
		}
	}
	return pair{}
}

// String writes the fragment (whip.md 6.2).
func (f fragment) String() string {
	var b strings.Builder
	b.WriteString("a=ice-options:trickle\r\n")
	f.session.write(&b)
	for _, s := range f.sections {
		b.WriteString("m=" + s.media + "\r\n")
		if s.mid != "" {
			b.WriteString("a=mid:" + s.mid + "\r\n")
		}
		s.write(&b)
	}
	return b.String()
}

// write writes what a session has, too.
func (s section) write(b *strings.Builder) {
	if s.pair.ufrag != "" {
		b.WriteString("a=ice-ufrag:" + s.pair.ufrag + "\r\n")
	}
	if s.pair.pwd != "" {
		b.WriteString("a=ice-pwd:" + s.pair.pwd + "\r\n")
	}
	for _, c := range s.candidates {
		b.WriteString("a=" + c.text + "\r\n")
	}
	if len(s.candidates) > 0 {
		b.WriteString("a=end-of-candidates\r\n")
	}
}

// fragmentOf returns what a description says about ICE.  Sections that have been
// rejected are left out; candidates are those of the first section that has any, as
// all share one transport (W-76).
func fragmentOf(d *sdp.SessionDescription) fragment {
	var f fragment
	f.session.read(d.Attributes)
	found := len(f.session.candidates) > 0
	for _, m := range d.MediaDescriptions {
		if m.MediaName.Port.Value == 0 {
			continue
		}
		s := section{media: m.MediaName.String()}
		s.read(m.Attributes)
		if found {
			s.candidates = nil
		}
		found = found || len(s.candidates) > 0
		f.sections = append(f.sections, s)
	}
	return f
}

func (s *section) read(attributes []sdp.Attribute) {
	for _, a := range attributes {
		switch a.Key {
		case "mid":
			s.mid = a.Value
		case "ice-ufrag":
			s.pair.ufrag = a.Value
		case "ice-pwd":
			s.pair.pwd = a.Value
		case "candidate":
			s.candidates = append(s.candidates, candidate{"candidate:" + a.Value, s.mid})
		}
	}
}
