package layers

// CapacityFor returns the capacity of which ForVideo leaves rate, in bit/s.
func CapacityFor(rate, audio uint64) uint64 {
	needed := float64(rate) + float64(audio)*audioMargin
	overhead := min(needed*overheadShare/(1-overheadShare), maxOverhead)
	return uint64(needed+overhead) + 2
}
