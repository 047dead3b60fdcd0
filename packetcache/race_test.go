//go:build race

package packetcache

const raceEnabled = true
