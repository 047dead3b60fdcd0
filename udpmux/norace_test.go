//go:build !race

package udpmux

const raceEnabled = false
