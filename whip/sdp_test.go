package whip_test

import (
	"strings"
	"testing"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"galene/signalling"
)

var restartICE = &webrtc.OfferOptions{ICERestart: true}

// statsOfClient is a shorter name.
type statsOfClient = signalling.ClientStats

func answerOf(text string) webrtc.SessionDescription {
	return webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: text}
}

// restarted returns an answer with the pair and the candidates of a fragment.
func restarted(t *testing.T, answer, fragment string) string {
	t.Helper()
	var d sdp.SessionDescription
	if err := d.UnmarshalString(answer); err != nil {
		t.Fatal(err)
	}
	get := func(key string) (values []string) {
		for line := range strings.SplitSeq(fragment, "\r\n") {
			if value, ok := strings.CutPrefix(line, "a="+key+":"); ok {
				values = append(values, value)
			}
		}
		return values
	}
	for i, m := range d.MediaDescriptions {
		var attributes []sdp.Attribute
		for _, a := range m.Attributes {
			switch a.Key {
			case "candidate", "end-of-candidates":
				continue
			case "ice-ufrag", "ice-pwd":
				a.Value = get(a.Key)[0]
			}
			attributes = append(attributes, a)
		}
		if i == 0 {
			for _, c := range get("candidate") {
				attributes = append(attributes, sdp.Attribute{Key: "candidate", Value: c})
			}
		}
		m.Attributes = attributes
	}
	text, err := d.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// onlyVP8 takes all other video codecs out of an offer.
func onlyVP8(offer string) string {
	var lines []string
	video := false
	for line := range strings.SplitSeq(offer, "\r\n") {
		if strings.HasPrefix(line, "m=") {
			video = strings.HasPrefix(line, "m=video")
		}
		if strings.HasPrefix(line, "m=video") {
			line = "m=video 9 UDP/TLS/RTP/SAVPF 96"
		}
		for _, key := range []string{"a=rtpmap:", "a=fmtp:", "a=rtcp-fb:"} {
			if rest, ok := strings.CutPrefix(line, key); ok && video && !strings.HasPrefix(rest, "96 ") {
				line = ""
			}
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(append(lines, ""), "\r\n")
}
