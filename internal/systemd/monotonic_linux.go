package systemd

import (
	"time"

	"golang.org/x/sys/unix"
)

// monotonic returns the time since the system was started, as the service manager
// measures it; 0 if it is unknown.
func monotonic() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}
