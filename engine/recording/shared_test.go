package recording

import "testing"

// list is the text of a list, as a recorder writes it.
func list(items string) Raw { return append(append(Raw{byte(TagText), 9}, byte(len(items))), items...) }

func holds(name uint32, id uint64, value Raw) Change { return Change{Name: name, ID: id, Value: value} }

// stepOf gives a frame of a process names.
func stepOf(p *Process, frame uint64, names ...Change) {
	p.Begin(&Step{Kind: Line, Thread: 1, Frame: frame, Names: names})
}

// nowOf is what a frame's name has by all that was seen.
func nowOf(p *Process, frame uint64, name uint32) string {
	for _, ch := range p.Known(p.Frames[frame].Names) {
		if ch.Name == name {
			return ch.Value.Read().Text + attributesIn(ch.Value)
		}
	}
	return "nothing"
}

// attributesIn is an object's attributes, for tests.
func attributesIn(r Raw) string {
	text := ""
	for _, f := range r.Read().Fields {
		text += " ." + f.Value.Read().Text + attributesIn(f.Value)
	}
	return text
}

// TestAnObjectHasOneHistory: what is seen under one name holds for the others, until these have something else; also where reading begins
// at a later block.
func TestAnObjectHasOneHistory(t *testing.T) {
	s := newState()
	s.Shared()
	p := s.process(1)
	stepOf(p, 1, holds(1, 100, list("[1]")), holds(2, 200, list("[7]")))
	stepOf(p, 2, holds(3, 100, list("[1, 2]")))
	check := func(p *Process, name uint32, want string) {
		t.Helper()
		if got := nowOf(p, 1, name); got != want {
			t.Errorf("name %d is %s, want %s", name, got, want)
		}
	}
	check(p, 1, "[1, 2]")
	check(p, 2, "[7]")
	again := newState()
	again.Shared()
	again.walk(s.checkpoint(nil), &Step{}, 0, nil, true)
	later := again.process(1)
	check(later, 1, "[1, 2]")
	stepOf(later, 2, holds(3, 100, list("[3]")))
	check(later, 1, "[3]")
	stepOf(p, 1, holds(1, 300, list("[]")))
	stepOf(p, 2, holds(3, 100, list("[9]")))
	check(p, 1, "[]")
	// Another type's object at that place is another object.
	other := list("{1}")
	other[1] = 8
	stepOf(p, 2, holds(3, 200, other))
	check(p, 2, "[7]")
}

// TestVariablesThatFunctionsShare: a variable of a function within another one is the other's.
func TestVariablesThatFunctionsShare(t *testing.T) {
	s := newState()
	s.Shared()
	p := s.process(1)
	stepOf(p, 1, Change{Name: 1, cell: 5, Value: list("one")})
	stepOf(p, 2, Change{Name: 4, cell: 5, ID: 100, Value: list("[2]")})
	if got := nowOf(p, 1, 1); got != "[2]" {
		t.Errorf("it is %s", got)
	}
	stepOf(p, 2, Change{Name: 3, ID: 100, Value: list("[2, 3]")})
	if got := nowOf(p, 1, 1); got != "[2, 3]" {
		t.Errorf("it is %s", got)
	}
	stepOf(p, 2, Change{Name: 4, cell: 5, Value: Raw{byte(TagGone)}})
	if got := nowOf(p, 1, 1); got != "nothing" {
		t.Errorf("it is %s", got)
	}
}

// TestObjectsThatHaveEachOther: what they come to is bounded, though each step is short.
func TestObjectsThatHaveEachOther(t *testing.T) {
	s := newState()
	s.Shared()
	p := s.process(1)
	const levels, fields = 6, 300
	stepOf(p, 1, holds(1, 1, chain(1, levels)))
	for id := range byte(levels) {
		wide := appendUvarint(Raw{byte(TagObject), id + 1, 1, 0}, fields<<1)
		for range fields {
			wide = append(wide, 2, byte(TagObject), id+2, 1, 0, 0)
		}
		stepOf(p, 2, holds(2, uint64(id+1), wide))
	}
	for _, ch := range p.Known(p.Frames[1].Names) {
		if len(ch.Value) < longestFresh/2 || len(ch.Value) > 2*longestFresh {
			t.Errorf("it has %d bytes", len(ch.Value))
		}
	}
}

// chain is an object whose attribute is the next one, so many levels deep.
func chain(id byte, levels int) Raw {
	if levels == 0 {
		return Raw{byte(TagObject), id, 1, 0, 0}
	}
	return append(Raw{byte(TagObject), id, 1, 0, 2, 2}, chain(id+1, levels-1)...)
}

// TestWhatNobodyHasIsForgotten: the memory of a reader does not grow with the run.
func TestWhatNobodyHasIsForgotten(t *testing.T) {
	s := newState()
	s.Shared()
	p := s.process(1)
	stepOf(p, 1, holds(1, 7, list("[1]")))
	for i := range uint64(10 * leastSettled) {
		stepOf(p, 2, holds(2, 1000+i, list("[2]")))
		p.settle()
	}
	if n := len(p.shared.objects); n > leastSettled+1 {
		t.Errorf("%d objects are known", n)
	}
	stepOf(p, 2, holds(2, 7, list("[3]")))
	if got := nowOf(p, 1, 1); got != "[3]" {
		t.Errorf("it is %s", got)
	}
}
