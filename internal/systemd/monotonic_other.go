//go:build !linux

package systemd

import "time"

// monotonic returns 0: there is no such service manager.
func monotonic() time.Duration { return 0 }
