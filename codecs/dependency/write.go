package dependency

// Tell makes d tell the active targets.
func (d *Descriptor) Tell(active uint32) {
	d.Active, d.HasActive = active, true
}

// Append appends d, as it is written on the wire, to b.  It allocates only if b
// has not enough capacity; MaxSize is enough for what fits into a packet, but
// Tell may make a descriptor longer than that.
func (d *Descriptor) Append(b []byte) []byte {
	w := bitWriter{data: b}
	w.flag(d.Start)
	w.flag(d.End)
	w.bits(uint32(d.template), 6)
	w.bits(uint32(d.Number), 16)
	if !d.Attached && !d.HasActive && !d.ownIndications && !d.ownReferences && !d.ownChains {
		return w.data
	}
	w.flag(d.Attached)
	w.flag(d.HasActive)
	w.flag(d.ownIndications)
	w.flag(d.ownReferences)
	w.flag(d.ownChains)
	s := d.Structure
	if d.Attached {
		s.write(&w)
	}
	if d.HasActive {
		w.bits(d.Active, s.Targets())
	}
	if d.ownIndications {
		d.Indications.write(&w, s.Targets())
	}
	if d.ownReferences {
		for _, difference := range d.References[:d.ReferenceCount] {
			size := 1
			for difference-1 >= 1<<(4*size) {
				size++
			}
			w.bits(uint32(size), 2)
			w.bits(uint32(difference-1), 4*size)
		}
		w.bits(0, 2)
	}
	if d.ownChains {
		for _, difference := range d.Chains[:s.chains] {
			w.bits(uint32(difference), 8)
		}
	}
	return w.data
}

func (i Indications) write(w *bitWriter, targets int) {
	for target := range targets {
		w.bits(uint32(i.Of(target)), 2)
	}
}

func (s *Structure) write(w *bitWriter) {
	templates := s.templates[:s.count]
	w.bits(uint32(s.offset), 6)
	w.bits(uint32(s.targets)-1, 5)
	for i := range templates {
		w.bits(s.step(i), 2)
	}
	for i := range templates {
		templates[i].Indications.write(w, s.Targets())
	}
	for i := range templates {
		t := &templates[i]
		for _, difference := range t.References[:t.ReferenceCount] {
			w.flag(true)
			w.bits(uint32(difference-1), 4)
		}
		w.flag(false)
	}
	w.below(uint32(s.chains), uint32(s.targets)+1)
	if s.chains > 0 {
		for _, chain := range s.protectedBy[:s.targets] {
			w.below(uint32(chain), uint32(s.chains))
		}
		for i := range templates {
			for _, difference := range templates[i].Chains[:s.chains] {
				w.bits(uint32(difference), 4)
			}
		}
	}
	w.flag(s.hasSizes)
	for _, r := range s.Sizes() {
		w.bits(uint32(r.width), 16)
		w.bits(uint32(r.height), 16)
	}
}

// step returns how the template after the i-th differs from it.
func (s *Structure) step(i int) uint32 {
	switch {
	case i+1 == int(s.count):
		return noMoreLayers
	case s.templates[i+1].SID != s.templates[i].SID:
		return nextSpatial
	case s.templates[i+1].TID != s.templates[i].TID:
		return nextTemporal
	}
	return sameLayer
}
