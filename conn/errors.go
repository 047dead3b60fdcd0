package conn

import "errors"

// ErrClosed is returned for operations on a stream or track that has ended.
var ErrClosed = errors.New("stream is closed")
