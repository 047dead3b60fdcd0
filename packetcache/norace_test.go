//go:build !race

package packetcache

const raceEnabled = false
