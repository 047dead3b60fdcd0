package udpmux

// canSegment says whether the socket of a connection segments.
func canSegment(h *handle) bool {
	s, ok := h.conn.endpoint.sockets[0].(*mmsgSocket)
	return ok && s.segmentation.Load()
}
