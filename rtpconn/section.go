package rtpconn

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"

	"galene/codecs"
	"galene/codecs/dependency"
)

const (
	// maxDescription is the largest session description taken, in bytes.
	maxDescription = 128 << 10
	// maxSections is the largest number of media sections taken, used or
	// not: a stream that has been renegotiated often has many unused ones.
	maxSections = 64
)

// section is what a media section of an offer says about the tracks it brings,
// together with what our answer accepts of it.  It never changes once made.
type section struct {
	mid               string
	kind              codecs.Kind
	active            bool // the sender sends, and it was accepted
	streamID, trackID string
	rids              []string          // simulcast layers, in the order of the offer
	ssrcs             []uint32          // media streams announced
	repairs           map[uint32]uint32 // from retransmission stream to media stream
	formats           [128]*format      // accepted payload types

	// Identifiers of header extensions, 0 if not negotiated.
	midExtension, ridExtension, repairedExtension uint8
	transportExtension, levelExtension            uint8
	dependencyExtension                           uint8
}

// format is an accepted payload type.
type format struct {
	codec          codecs.Codec
	repairs        bool  // this is a retransmission format (RFC 4588) …
	media          uint8 // … of that payload type
	nack, pli, fir bool
	remb           bool
	// blocks is the payload type that the blocks of redundant sound have
	// (RFC 2198), 0 if this is no such format; codec is that of the blocks.
	blocks uint8
}

// codecs returns the media formats without those for retransmission.
func (s *section) codecs() []codecs.Codec {
	var list []codecs.Codec
	for _, f := range s.formats {
		if f != nil && !f.repairs {
			list = withCodec(list, f.codec)
		}
	}
	return list
}

// parseDescription parses a description from a peer, which it must fit into
// the limits.
func parseDescription(text string) (*sdp.SessionDescription, error) {
	if len(text) > maxDescription {
		return nil, ErrDescriptionTooLarge
	}
	var d sdp.SessionDescription
	if err := d.UnmarshalString(text); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadDescription, err)
	}
	if len(d.MediaDescriptions) > maxSections {
		return nil, ErrTooManyTracks
	}
	return &d, nil
}

// offeredSections returns the sections of an offer, in order.  Whether they
// are accepted, and with what, is found out later by accept.
func offeredSections(offer *sdp.SessionDescription) ([]*section, error) {
	var sections []*section
	seen := make(map[string]bool)
	for _, m := range offer.MediaDescriptions {
		s, err := offeredSection(offer, m)
		if err != nil {
			return nil, err
		}
		if s == nil {
			continue
		}
		if seen[s.mid] {
			return nil, fmt.Errorf("%w: duplicate mid", ErrBadDescription)
		}
		seen[s.mid] = true
		sections = append(sections, s)
	}
	return sections, nil
}

// offeredSection reads one section; it returns nil if it is not about media.
func offeredSection(offer *sdp.SessionDescription, m *sdp.MediaDescription) (*section, error) {
	s := &section{repairs: make(map[uint32]uint32)}
	switch m.MediaName.Media {
	case "audio":
		s.kind = codecs.Audio
	case "video":
		s.kind = codecs.Video
	default:
		return nil, nil
	}
	mid, ok := m.Attribute("mid")
	if !ok || mid == "" {
		return nil, fmt.Errorf("%w: media section without mid", ErrBadDescription)
	}
	s.mid = mid
	s.active = sends(offer, m) && (m.MediaName.Port.Value != 0 || has(m, "bundle-only"))
	s.readTracks(m)
	s.rids = simulcastRIDs(m)
	return s, nil
}

// readTracks reads the identifiers of the tracks of a section.
func (s *section) readTracks(m *sdp.MediaDescription) {
	repairs := func(value string) {
		fields := strings.Fields(value)
		if len(fields) != 3 || fields[0] != "FID" {
			return
		}
		media, err1 := strconv.ParseUint(fields[1], 10, 32)
		repair, err2 := strconv.ParseUint(fields[2], 10, 32)
		if err1 == nil && err2 == nil && len(s.repairs) < maxSections {
			s.repairs[uint32(repair)] = uint32(media)
		}
	}
	for _, a := range m.Attributes {
		switch a.Key {
		case "msid":
			stream, track, _ := strings.Cut(a.Value, " ")
			s.setIDs(stream, track)
		case "ssrc-group":
			repairs(a.Value)
		}
	}
	for _, a := range m.Attributes {
		if a.Key != "ssrc" {
			continue
		}
		number, attribute, _ := strings.Cut(a.Value, " ")
		n, err := strconv.ParseUint(number, 10, 32)
		if err != nil || n == 0 {
			continue
		}
		ssrc := uint32(n)
		if value, ok := strings.CutPrefix(attribute, "msid:"); ok && s.trackID == "" {
			stream, track, _ := strings.Cut(value, " ")
			s.setIDs(stream, track)
		}
		if _, isRepair := s.repairs[ssrc]; !isRepair &&
			!slices.Contains(s.ssrcs, ssrc) && len(s.ssrcs) < maxSections {
			s.ssrcs = append(s.ssrcs, ssrc)
		}
	}
}

// setIDs sets the identifiers of stream and track; "-" stands for no stream
// (RFC 8830).
func (s *section) setIDs(stream, track string) {
	if stream == "-" {
		stream = ""
	}
	s.streamID, s.trackID = stream, track
}

// sends reports whether the offerer sends media in a section.
func sends(offer *sdp.SessionDescription, m *sdp.MediaDescription) bool {
	for _, attributes := range [][]sdp.Attribute{m.Attributes, offer.Attributes} {
		for _, a := range attributes {
			switch a.Key {
			case "sendrecv", "sendonly":
				return true
			case "recvonly", "inactive":
				return false
			}
		}
	}
	return true
}

func has(m *sdp.MediaDescription, key string) bool {
	_, ok := m.Attribute(key)
	return ok
}

// simulcastRIDs returns the identifiers of the layers that the offerer sends
// (RFC 8853), in its order, of alternatives the first.
func simulcastRIDs(m *sdp.MediaDescription) []string {
	value, ok := m.Attribute("simulcast")
	if !ok {
		return nil
	}
	fields := strings.Fields(value)
	var rids []string
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] != "send" {
			continue
		}
		for layer := range strings.SplitSeq(fields[i+1], ";") {
			rid, _, _ := strings.Cut(layer, ",")
			rid = strings.TrimPrefix(rid, "~")
			if rid != "" && !slices.Contains(rids, rid) {
				rids = append(rids, rid)
			}
		}
	}
	return rids
}

// accept completes sections with our answer.  Known are the codecs that were
// allowed.
func accept(sections []*section, answer *sdp.SessionDescription, known []codecs.Codec) {
	answers := make(map[string]*sdp.MediaDescription)
	for _, m := range answer.MediaDescriptions {
		if mid, ok := m.Attribute("mid"); ok && m.MediaName.Port.Value != 0 {
			answers[mid] = m
		}
	}
	for _, s := range sections {
		m, ok := answers[s.mid]
		if !ok {
			s.active = false
			continue
		}
		s.formats = acceptedFormats(m, known)
		s.midExtension = extensionID(m, sdp.SDESMidURI)
		s.ridExtension = extensionID(m, sdp.SDESRTPStreamIDURI)
		s.repairedExtension = extensionID(m, sdp.SDESRepairRTPStreamIDURI)
		s.transportExtension = extensionID(m, sdp.TransportCCURI)
		s.levelExtension = extensionID(m, sdp.AudioLevelURI)
		s.dependencyExtension = extensionID(m, dependency.URI)
		if len(s.codecs()) == 0 {
			s.active = false
		}
	}
}

// transportExtension returns the identifier of the header extension for
// transport-wide feedback, which is the same in all sections.
func transportExtension(sections []*section) uint8 {
	for _, s := range sections {
		if s.active && s.transportExtension != 0 {
			return s.transportExtension
		}
	}
	return 0
}

// extensionID returns the identifier of a header extension, or 0.
func extensionID(m *sdp.MediaDescription, uri string) uint8 {
	for _, a := range m.Attributes {
		if a.Key != "extmap" {
			continue
		}
		fields := strings.Fields(a.Value)
		if len(fields) < 2 || fields[1] != uri {
			continue
		}
		id, _, _ := strings.Cut(fields[0], "/")
		if n, err := strconv.ParseUint(id, 10, 8); err == nil {
			return uint8(n)
		}
	}
	return 0
}

// acceptedFormats returns the payload types of a section of our answer.
func acceptedFormats(m *sdp.MediaDescription, known []codecs.Codec) (formats [128]*format) {
	fmtp := attributesByFormat(m, "fmtp")
	feedback := attributesByFormat(m, "rtcp-fb")
	for pt, maps := range attributesByFormat(m, "rtpmap") {
		params := strings.Join(fmtp[pt], ";")
		name, _, _ := strings.Cut(maps[0], "/")
		if strings.EqualFold(name, "rtx") {
			media, err := strconv.ParseUint(parameter(params, "apt"), 10, 7)
			if err == nil {
				formats[pt] = &format{repairs: true, media: uint8(media)}
			}
			continue
		}
		codec, ok := findCodec(known, m.MediaName.Media+"/"+name, params)
		if !ok {
			continue
		}
		f := &format{codec: codec}
		for _, fb := range feedback[pt] {
			switch fb {
			case "nack":
				f.nack = true
			case "nack pli":
				f.pli = true
			case "ccm fir":
				f.fir = true
			case "goog-remb":
				f.remb = true
			}
		}
		formats[pt] = f
	}
	acceptRED(&formats, fmtp)
	for pt, f := range formats {
		if f != nil && f.repairs && (formats[f.media] == nil || formats[f.media].repairs) {
			formats[pt] = nil
		}
	}
	return formats
}

// attributesByFormat returns the values of the attributes named key, which
// begin with a payload type, by payload type.
func attributesByFormat(m *sdp.MediaDescription, key string) map[uint8][]string {
	values := make(map[uint8][]string)
	for _, a := range m.Attributes {
		if a.Key != key {
			continue
		}
		number, value, _ := strings.Cut(a.Value, " ")
		if pt, err := strconv.ParseUint(number, 10, 7); err == nil {
			values[uint8(pt)] = append(values[uint8(pt)], value)
		}
	}
	return values
}

// parameter returns the value of a format parameter, or the empty string.
func parameter(params, name string) string {
	for p := range strings.SplitSeq(params, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

// findCodec returns the codec with a MIME type and, among several, the one
// whose profile matches.  No VP9 profile is profile 0.
func findCodec(known []codecs.Codec, mime, params string) (codecs.Codec, bool) {
	var found codecs.Codec
	ok := false
	for _, c := range known {
		if !strings.EqualFold(c.MimeType, mime) {
			continue
		}
		if profile(c.FMTP) == profile(params) {
			return c, true
		}
		if !ok {
			found, ok = c, true
		}
	}
	return found, ok
}

// profile returns what distinguishes formats of one codec.
func profile(params string) string {
	if p := parameter(params, "profile-level-id"); len(p) >= 4 {
		return strings.ToLower(p[:4])
	}
	if p := parameter(params, "profile-id"); p != "" {
		return p
	}
	return "0"
}
