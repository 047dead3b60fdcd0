// Package codecs knows the codecs that the server forwards: their names,
// payload types and parameters, and how to read the little of a payload that
// forwarding depends on (frame limits, keyframes, layers, picture ids).
//
// It implements spec media.md 1.3 and 3: VP8 (RFC 7741), VP9 (RFC 9628), AV1
// (RTP Payload Format for AV1 of the Alliance for Open Media), H.264
// (RFC 6184), H.265 (RFC 7798), Opus (RFC 7587) and the G.7xx codecs of RFC 3551.
//
// The package has no state: all functions may be called from any goroutine.
// Parsers never panic, allocate nothing and read nothing outside the payload;
// what they cannot make sense of is reported as not Known, so that it is
// forwarded like a packet of the base layer.
package codecs

// Kind says whether a codec carries sound or pictures.
type Kind uint8

// The kinds of media.
const (
	Audio Kind = iota
	Video
)

// String returns "audio" or "video", as in SDP.
func (k Kind) String() string {
	if k == Video {
		return "video"
	}
	return "audio"
}

// Codec is one row of the codec table (spec media.md 1.3).  The payload types
// are the same on every peer connection, so that packets are forwarded
// without rewriting them.
type Codec struct {
	// Name is the name used in group files, for example "vp8".
	Name string
	Kind Kind
	// MimeType is the name used in SDP, for example "video/VP8".
	MimeType string
	// ClockRate is the unit of RTP timestamps, in ticks per second.
	ClockRate uint32
	// Channels is the number of audio channels in SDP, 0 for video.
	Channels uint16
	// FMTP holds the format parameters of SDP, or is empty.
	FMTP string
	// PayloadType is the RTP payload type.
	PayloadType uint8
	// RTXPayloadType is the payload type of retransmissions (RFC 4588); 0
	// is none.
	RTXPayloadType uint8
	// REDPayloadType is the payload type under which packets may come with
	// redundancy (RFC 2198); 0 is none, as in the table.
	REDPayloadType uint8

	format format
}

// format selects the payload parser of a codec.
type format uint8

const (
	formatUnknown format = iota
	formatAudio
	formatVP8
	formatVP9
	formatAV1
	formatH264
	formatH265
)

// Lookup returns the entries of the codec table for a name in a group file, or
// nil if there is no such codec.  A name may have several entries: vp9 stands
// for its profiles 0 and 2, h264 for constrained baseline and baseline.  The slice is the caller's.
func Lookup(name string) []Codec {
	switch name {
	case "vp8":
		return []Codec{video(name, "video/VP8", "", 96, 97, formatVP8)}
	case "vp9":
		return []Codec{
			video(name, "video/VP9", "profile-id=0", 98, 99, formatVP9),
			video(name, "video/VP9", "profile-id=2", 100, 101, formatVP9),
		}
	case "av1":
		return []Codec{video(name, "video/AV1", "", 35, 36, formatAV1)}
	case "h264":
		const params = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id="
		return []Codec{
			video(name, "video/H264", params+"42e01f", 108, 109, formatH264),
			video(name, "video/H264", params+"42001f", 102, 103, formatH264),
		}
	case "h265":
		return []Codec{video(name, "video/H265",
			"level-id=93;profile-id=1;tier-flag=0;tx-mode=SRST", 116, 117, formatH265)}
	case "opus":
		return []Codec{audio(name, "audio/opus", 48000, 2,
			"minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1", 111)}
	case "red":
		return []Codec{audio(name, "audio/red", 48000, 2, "111/111", REDPayloadType)}
	case "g722":
		return []Codec{audio(name, "audio/G722", 8000, 1, "", 9)}
	case "pcmu":
		return []Codec{audio(name, "audio/PCMU", 8000, 1, "", 0)}
	case "pcma":
		return []Codec{audio(name, "audio/PCMA", 8000, 1, "", 8)}
	}
	return nil
}

// Default returns the names of the codecs of a group whose file names none.
func Default() []string {
	return []string{"vp8", "opus"}
}

func video(name, mime, fmtp string, pt, rtx uint8, f format) Codec {
	return Codec{
		Name: name, Kind: Video, MimeType: mime, ClockRate: 90000,
		FMTP: fmtp, PayloadType: pt, RTXPayloadType: rtx, format: f,
	}
}

func audio(name, mime string, rate uint32, channels uint16, fmtp string, pt uint8) Codec {
	return Codec{
		Name: name, Kind: Audio, MimeType: mime, ClockRate: rate,
		Channels: channels, FMTP: fmtp, PayloadType: pt, format: formatAudio,
	}
}
