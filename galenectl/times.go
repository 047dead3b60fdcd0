package main

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

var errInstant = errors.New("it is not like 2027-03-01, \"2027-03-01 18:00\" or 2027-03-01T18:00:00Z")

// lifetime is an option that is a duration, in which days and weeks may be given.
type lifetime time.Duration

// String implements flag.Value.
func (l *lifetime) String() string { return time.Duration(*l).String() }

// Set implements flag.Value (C-60).
func (l *lifetime) Set(s string) error {
	for suffix, unit := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		digits, ok := strings.CutSuffix(s, suffix)
		if n, err := strconv.Atoi(digits); ok && err == nil && n >= 0 && n <= int(math.MaxInt64/unit) {
			*l = lifetime(time.Duration(n) * unit)
			return nil
		}
	}
	d, err := time.ParseDuration(s)
	*l = lifetime(d)
	return err
}

// timestamp formats a time for the server.
func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// instant is an option that is a time: as in RFC 3339, or without a zone, in that of
// whoever asks.  The empty string is none.
type instant struct {
	text string
	zone func(*time.Location) time.Time // nil is none
}

// String implements flag.Value.
func (i *instant) String() string { return i.text }

// Set implements flag.Value.
func (i *instant) Set(s string) error {
	i.text, i.zone = s, nil
	if s == "" {
		return nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		i.zone = func(*time.Location) time.Time { return t }
		return nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", "2006-01-02T15:04", time.DateTime, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			i.zone = func(zone *time.Location) time.Time {
				return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, zone)
			}
			return nil
		}
	}
	return errInstant
}

// in returns the time, read in a zone if it names none; false if there is none.
func (i *instant) in(zone *time.Location) (time.Time, bool) {
	if i.zone == nil {
		return time.Time{}, false
	}
	return i.zone(zone), true
}
