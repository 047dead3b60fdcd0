package dependency

// Reader reads the descriptors of one RTP stream, in the order in which packets
// come.  It remembers the last two structures, so that packets that come late are
// understood.  The zero value is ready for use.
type Reader struct {
	current, previous *Structure
	structureAt       uint16 // number of the frame that brought current
	active            uint32
	activeAt          uint16    // number of the frame that told active
	scratch           Structure // what is being read
}

// Read reads the descriptor b into d, which it overwrites.  Late says that
// packets after this one have come before: it changes what holds for the stream
// only if its frame is newer than what is known.  After an error, which wraps
// ErrMalformed or ErrNoStructure, d is of no use.
func (r *Reader) Read(b []byte, late bool, d *Descriptor) error {
	if len(b) < 3 {
		return ErrMalformed
	}
	bits := bitReader{data: b}
	*d = Descriptor{}
	d.Start, d.End = bits.flag(), bits.flag()
	d.template = uint8(bits.bits(6))
	d.Number = uint16(bits.bits(16))
	if len(b) > 3 {
		d.Attached, d.HasActive = bits.flag(), bits.flag()
		d.ownIndications, d.ownReferences, d.ownChains = bits.flag(), bits.flag(), bits.flag()
	}
	if d.Attached {
		if !r.scratch.read(&bits) {
			return ErrMalformed
		}
		d.Structure = r.share()
	} else {
		d.Structure = r.find(d.template)
	}
	s := d.Structure
	if s == nil {
		return ErrNoStructure
	}
	d.Active = s.All()
	if d.HasActive {
		d.Active = bits.bits(s.Targets())
	}
	index := s.index(d.template)
	if index >= int(s.count) {
		return ErrNoStructure
	}
	d.Frame = s.templates[index]
	d.readOwn(&bits)
	if bits.failed {
		return ErrMalformed
	}
	r.note(d, late)
	return nil
}

// find returns the structure that a template belongs to, or nil.
func (r *Reader) find(template uint8) *Structure {
	for _, s := range [...]*Structure{r.current, r.previous} {
		if s != nil && s.index(template) < int(s.count) {
			return s
		}
	}
	return nil
}

// share returns the structure that was read, which most often is the one before.
func (r *Reader) share() *Structure {
	if r.current != nil && *r.current == r.scratch {
		return r.current
	}
	s := r.scratch
	return &s
}

// note remembers what d has changed, and completes it with what was told before.
func (r *Reader) note(d *Descriptor, late bool) {
	switch {
	case !d.Attached:
	case r.current == nil || !late || int16(d.Number-r.structureAt) > 0:
		if d.Structure != r.current {
			r.previous, r.current = r.current, d.Structure
		}
		r.structureAt = d.Number
		r.active, r.activeAt = d.Active, d.Number
		return
	default:
		return
	}
	switch {
	case d.Structure != r.current:
	case !d.HasActive:
		d.Active = r.active
	case !late || int16(d.Number-r.activeAt) > 0:
		r.active, r.activeAt = d.Active, d.Number
	}
}

// index returns which of the templates of s an identifier means, if it is below
// s.count.
func (s *Structure) index(template uint8) int {
	return int((template - s.offset) & (maxTemplates - 1))
}

// readOwn reads what the frame says for itself instead of its template.
func (d *Descriptor) readOwn(bits *bitReader) {
	if d.ownIndications {
		d.Indications = 0
		for target := range d.Structure.Targets() {
			d.Indications = d.Indications.with(target, Indication(bits.bits(2)))
		}
	}
	if d.ownReferences {
		d.References, d.ReferenceCount = [maxReferences]uint16{}, 0
		for size := bits.bits(2); size != 0; size = bits.bits(2) {
			d.addReference(bits, int(4*size))
		}
	}
	if d.ownChains {
		for chain := range d.Structure.chains {
			d.Chains[chain] = uint8(bits.bits(8))
		}
	}
}

// addReference reads a difference less one.
func (f *Frame) addReference(bits *bitReader, width int) {
	difference := uint16(bits.bits(width)) + 1
	if f.ReferenceCount == maxReferences {
		bits.failed = true
	}
	if bits.failed {
		return
	}
	f.References[f.ReferenceCount] = difference
	f.ReferenceCount++
}

// read reads a structure; it returns false if it is malformed.
func (s *Structure) read(bits *bitReader) bool {
	*s = Structure{}
	s.offset = uint8(bits.bits(6))
	s.targets = uint8(bits.bits(5)) + 1
	if !s.readLayers(bits) {
		return false
	}
	templates := s.templates[:s.count]
	for i := range templates {
		for target := range s.Targets() {
			v := Indication(bits.bits(2))
			templates[i].Indications = templates[i].Indications.with(target, v)
		}
	}
	for i := range templates {
		for bits.flag() {
			templates[i].addReference(bits, 4)
		}
	}
	s.readChains(bits)
	if s.hasSizes = bits.flag(); s.hasSizes {
		for i := range s.sizes[:s.spatial+1] {
			s.sizes[i] = Resolution{uint16(bits.bits(16)), uint16(bits.bits(16))}
		}
	}
	if bits.failed {
		return false
	}
	s.complete()
	return true
}

// The steps from one template to the next.
const (
	sameLayer = iota
	nextTemporal
	nextSpatial
	noMoreLayers
)

func (s *Structure) readLayers(bits *bitReader) bool {
	var l Layer
	for {
		if s.count == maxTemplates || bits.failed {
			return false
		}
		s.templates[s.count].Layer = l
		s.count++
		switch bits.bits(2) {
		case nextTemporal:
			l.TID++
		case nextSpatial:
			l.SID, l.TID = l.SID+1, 0
		case noMoreLayers:
			s.spatial = l.SID
			return true
		}
		if l.SID >= maxSpatial || l.TID >= maxTemporal {
			return false
		}
	}
}

func (s *Structure) readChains(bits *bitReader) {
	s.chains = uint8(bits.below(uint32(s.targets) + 1))
	if s.chains == 0 {
		return
	}
	for target := range s.Targets() {
		s.protectedBy[target] = uint8(bits.below(uint32(s.chains)))
	}
	for i := range s.templates[:s.count] {
		for chain := range s.chains {
			s.templates[i].Chains[chain] = uint8(bits.bits(4))
		}
	}
}
