package rtpconn

import "time"

// Pion's times, needed because they can only be set together.
const (
	defaultICEDisconnected = 5 * time.Second
	defaultICEFailed       = 25 * time.Second
	defaultICEKeepalive    = 2 * time.Second
)

// orDefault returns d, or its default if d is not positive.
func orDefault(d, fallback time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return fallback
}
