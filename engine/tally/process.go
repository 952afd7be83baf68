package tally

import "cmp"

// process is what one process of the Session has told.
type process struct {
	files   map[uint32]*processFile
	calls   map[uint32]*callTally
	doubted bool // its counts are lower bounds
}

// processFile holds the counters of one file in one process.
type processFile struct {
	tally *fileTally
	terms []*termSet // one for the file, one for each call of it
}

// termSet is the counters that add up to one fileTally's numbers (and those
// of a call).
type termSet struct {
	call  *fileTally // nil: of no call
	owner *callTally
	terms []term
	types []errorSlot
}

// errorSlot is a counter of one type of exception at one span.
type errorSlot struct {
	span int
	slot uint64
	kind string
	was  uint64
}

// number says which of a Statement's numbers a counter belongs to.
type number uint8

const (
	hitsNumber number = iota
	raisedNumber
	callsNumber
	timedNumber
	nanosNumber
	sureNumber
	numberCount
)

// term is a counter, and what it was when it was read last: nearly all of them
// stand still, and that is what is to be found out fast.
type term struct {
	slot   uint64
	was    uint64
	weight int64
	span   int32
	number number
}

// newProcessFile is one process's counters of a file, of which none is known yet.
func newProcessFile(t *fileTally) *processFile { return &processFile{tally: t} }

// set is the counters of a call that is followed, or (nil) of all other code.
func (f *processFile) set(owner *callTally) *termSet {
	for _, s := range f.terms {
		if s.owner == owner {
			return s
		}
	}
	s := &termSet{owner: owner}
	if owner != nil {
		s.call = owner.file(f.tally)
	}
	f.terms = append(f.terms, s)
	return s
}

// add takes in which counters make up which Statement's numbers. Spans come from the traced process
// and are checked.
func (f *processFile) add(info SumsInfo, call *callTally) {
	f.tally.lacks(info.Unknown)
	set := f.set(call)
	add := func(terms []Term, what number) {
		for _, t := range terms {
			if t.Span >= 0 && t.Span < len(f.tally.spans) {
				set.terms = append(set.terms, term{slot: t.Slot, weight: cmp.Or(t.Weight, 1), span: int32(t.Span), number: what})
			}
		}
	}
	add(info.Hits, hitsNumber)
	add(info.Raised, raisedNumber)
	for _, t := range info.Raised {
		if kind := info.Types[t.Slot]; kind != "" && t.Span >= 0 && t.Span < len(f.tally.spans) {
			set.types = append(set.types, errorSlot{span: t.Span, slot: t.Slot, kind: kind})
		}
	}
	add(info.Calls, callsNumber)
	add(info.Timed, timedNumber)
	add(info.Nanos, nanosNumber)
	add(info.Sure, sureNumber)
	for _, span := range info.Planned {
		if span >= 0 && span < len(f.tally.spans) && !f.tally.numbers[span].ran {
			f.tally.numbers[span].ran = true
			f.tally.touch(span)
		}
	}
}

// update reads the counters and reports whether any of them moved.
func (f *processFile) update(read func(uint64) uint64) bool {
	moved := false
	for _, s := range f.terms {
		for i := range s.terms {
			t := &s.terms[i]
			now := read(t.slot)
			if now == t.was {
				continue
			}
			moved = true
			more := t.weight * int64(now-t.was)
			t.was = now
			f.tally.count(t, more)
			if s.call != nil {
				s.call.count(t, more)
			}
		}
		s.updateTypes(f.tally, read)
	}
	return moved
}

// updateTypes reads how many exceptions of each type there were. Where one
// moved, so did the number of its span.
func (s *termSet) updateTypes(t *fileTally, read func(uint64) uint64) {
	for i := range s.types {
		e := &s.types[i]
		now := read(e.slot)
		if now <= e.was {
			continue
		}
		t.errors[e.span].count(e.kind, now-e.was)
		if s.call != nil {
			s.call.errors[e.span].count(e.kind, now-e.was)
		}
		e.was = now
	}
}

// count adds to a number of a span.
func (t *fileTally) count(of *term, more int64) {
	t.numbers[of.span].counted[of.number] += more
	t.touch(int(of.span))
}
