//go:build race

package signalling_test

const raceEnabled = true
