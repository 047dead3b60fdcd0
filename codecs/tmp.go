package codecs

func parseVP9(p []byte, marker bool) Info                { return unknown(marker, false) }
func parseAV1(p []byte, marker, newTimestamp bool) Info  { return unknown(marker, newTimestamp) }
func parseH264(p []byte, marker, newTimestamp bool) Info { return unknown(marker, newTimestamp) }
func dimensionsVP9([]byte) (w, h uint16, ok bool)        { return }
func dimensionsAV1([]byte) (w, h uint16, ok bool)        { return }
func dimensionsH264([]byte) (w, h uint16, ok bool)       { return }
