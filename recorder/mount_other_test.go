//go:build !linux

package recorder

import "errors"

func mountSmall(string) error { return errors.ErrUnsupported }

func unmount(string) {}

func remount(string, bool) error { return errors.ErrUnsupported }
