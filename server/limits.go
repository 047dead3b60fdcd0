package server

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"galene/signalling"
)

// limitValue is the value of the flag -limit, which can be given several times:
// NAME=VALUE sets one of the limits of a configuration, and several are separated by
// commas.
type limitValue struct{ c *Config }

// String returns nothing, as there is no default to show.
func (l limitValue) String() string { return "" }

// Set sets limits.
func (l limitValue) Set(s string) error {
	for item := range strings.SplitSeq(s, ",") {
		if err := l.setOne(item); err != nil {
			return err
		}
	}
	return nil
}

func (l limitValue) setOne(s string) error {
	name, value, ok := strings.Cut(s, "=")
	if !ok {
		return fmt.Errorf("%q is not of the form NAME=VALUE", s)
	}
	field, ok := l.c.limits()[name]
	if !ok {
		return fmt.Errorf("there is no limit called %q", name)
	}
	if err := setLimit(field, value); err != nil {
		return fmt.Errorf("limit %s: %w", name, err)
	}
	return nil
}

// limits returns the limits that can be set, by name: OutboxAge is outbox-age.
// Those of recordings have a prefix.
func (c *Config) limits() map[string]reflect.Value {
	fields := make(map[string]reflect.Value)
	for _, limits := range []struct {
		prefix string
		value  reflect.Value
	}{
		{"", reflect.ValueOf(&c.Limits).Elem()},
		{"", reflect.ValueOf(&c.GroupLimits).Elem()},
		{"recording-", reflect.ValueOf(&c.RecordingLimits).Elem()},
	} {
		for i := range limits.value.NumField() {
			fields[limits.prefix+flagName(limits.value.Type().Field(i).Name)] = limits.value.Field(i)
		}
	}
	return fields
}

// flagName converts the name of a field.
func flagName(field string) string {
	var b strings.Builder
	for i, r := range field {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// setLimit parses a number, a duration ("10s"), or a rate and its burst ("30/200").
func setLimit(field reflect.Value, s string) error {
	switch limit := field.Addr().Interface().(type) {
	case *int:
		n, err := strconv.Atoi(s)
		if err != nil || n <= 0 {
			return fmt.Errorf("%q is no positive number", s)
		}
		*limit = n
	case *int64:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n <= 0 {
			return fmt.Errorf("%q is no positive number", s)
		}
		*limit = n
	case *time.Duration:
		d, err := time.ParseDuration(s)
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is no duration", s)
		}
		*limit = d
	case *signalling.Rate:
		perSecond, burst, _ := strings.Cut(s, "/")
		rate, err := strconv.ParseFloat(perSecond, 64)
		n, err2 := strconv.Atoi(burst)
		if err != nil || err2 != nil || !(rate > 0) || n <= 0 {
			return fmt.Errorf("%q is not of the form PER-SECOND/BURST", s)
		}
		*limit = signalling.Rate{PerSecond: rate, Burst: n}
	default:
		return fmt.Errorf("cannot set a %s", field.Type())
	}
	return nil
}
