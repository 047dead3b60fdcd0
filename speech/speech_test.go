package speech

import "testing"

// person produces levels: loud in the intervals given, in ms.
type person struct {
	level  uint8
	spoken [][2]int
	meter  Meter
}

// run lets people speak for some time, one packet each every 20 ms, and returns
// when who became the speaker.
func run(people map[string]*person, end, phase int) (changes []string, at []int) {
	var d Detector
	for ms := 0; ms < end; ms += 20 {
		for _, p := range people {
			level := uint8(90)
			for _, interval := range p.spoken {
				if ms >= interval[0] && ms < interval[1] {
					level = p.level
				}
			}
			p.meter.Level(level)
		}
		if (ms+phase)%Window != Window-20 {
			continue
		}
		heard := make(map[string]Heard)
		for id, p := range people {
			heard[id] = p.meter.Take()
		}
		if d.Decide(heard) {
			changes, at = append(changes, d.Speaker()), append(at, ms+20)
		}
	}
	return changes, at
}

// TestSpeaker: somebody who begins to speak is noticed within 600 ms, however the
// windows lie.
func TestSpeaker(t *testing.T) {
	for phase := 0; phase < Window; phase += 20 {
		changes, at := run(map[string]*person{
			"ada": {level: 20, spoken: [][2]int{{1000, 4000}}},
			"bob": {level: 25, spoken: [][2]int{{5000, 9000}}},
		}, 10000, phase)
		if len(changes) != 2 || changes[0] != "ada" || changes[1] != "bob" {
			t.Fatalf("phase %d: %v", phase, changes)
		}
		for i, begin := range []int{1000, 5000} {
			if d := at[i] - begin; d > 600 || d < 200 {
				t.Errorf("phase %d: noticed after %d ms", phase, d)
			}
		}
	}
}

// TestCough: a noise of up to 150 ms never makes a speaker, nor do several
//
func TestCough(t *testing.T) {
	for phase := 0; phase < Window; phase += 20 {
		changes, _ := run(map[string]*person{
			"ada": {level: 25, spoken: [][2]int{{0, 3000}}},
			"bob": {level: 3, spoken: [][2]int{{3500, 3650}, {4500, 4640}, {1500, 1650}}},
		}, 6000, phase)
		if len(changes) != 1 || changes[0] != "ada" {
			t.Errorf("phase %d: %v", phase, changes)
		}
	}
}

// TestInterruption: somebody who is about as loud as the speaker does not take
// over, somebody much louder does.
func TestInterruption(t *testing.T) {
	for level, want := range map[uint8]int{28: 1, 5: 2} {
		changes, _ := run(map[string]*person{
			"ada": {level: 30, spoken: [][2]int{{0, 6000}}},
			"bob": {level: level, spoken: [][2]int{{2000, 4000}}},
		}, 4000, 0)
		if len(changes) != want {
			t.Errorf("level %d: %v", level, changes)
		}
	}
}

// TestSyllables: speech has short gaps.
func TestSyllables(t *testing.T) {
	var spoken [][2]int
	for ms := 1000; ms < 4000; ms += 200 {
		spoken = append(spoken, [2]int{ms, ms + 140})
	}
	if changes, _ := run(map[string]*person{"ada": {level: 25, spoken: spoken}}, 4000, 60); len(changes) != 1 {
		t.Errorf("%v", changes)
	}
}

// TestForget: somebody who has left is not the speaker.
func TestForget(t *testing.T) {
	var d Detector
	heard := map[string]Heard{"ada": {1, 1}}
	for range 3 {
		d.Decide(heard)
	}
	if d.Speaker() != "ada" {
		t.Fatalf("speaker %q", d.Speaker())
	}
	d.Forget("ada")
	if d.Speaker() != "" {
		t.Errorf("speaker %q", d.Speaker())
	}
}

// TestMeter: nothing is heard of who sends nothing.
func TestMeter(t *testing.T) {
	var m Meter
	if h := m.Take(); h != (Heard{}) {
		t.Errorf("%+v", h)
	}
	m.Level(27)
	m.Level(127)
	if h := m.Take(); h.Active != 0.5 || h.Loudness < 0.78 || h.Loudness > 0.79 {
		t.Errorf("%+v", h)
	}
}
