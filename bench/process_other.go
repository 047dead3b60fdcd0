//go:build !linux

package main

import "errors"

// onProcessor calls f; processes cannot be bound to a processor here.
func onProcessor(_ int, f func() error) error { return f() }

// pinSelf does nothing here.
func pinSelf(int) error { return errors.New("not on this system") }

// usage is not known here.
func (p *process) usage() (usage, error) { return usage{}, nil }
