package replay

import (
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/recording"
)

// entry is a step as it is compared with another run's.
type entry struct {
	at       uint64 // the step's ordinal
	kind     recording.Kind
	key      string // of the file
	path     string // where this run has the file
	function string
	line     int
	column   int         // of a statement within a line
	before   int         // the line of the frame's statement before: what has changed has changed there
	caller   place       // of a call: where it was made
	names    []ValueDiff // name and, in A, its text
	value    string      // of a return or an exception
	thread   string
	source   string // of its line
}

// place is a line of a function. Two runs may have the program in two folders: key is the file
// by a name that both know it by, path where this run has it.
type place struct {
	key, path, function string
	line                int
}

// strand is one thread of a run: the n-th of the m-th process that took steps.
type strand struct{ process, thread int }

var (
	// Of two runs nobody has the same addresses, or numbers of tasks: asyncio counts these
	// from 1 in each process, in the order in which they happen to be made.
	addresses = regexp.MustCompile(`\b0x[0-9a-fA-F]+`)
	taskNames = regexp.MustCompile(`\b(Task|Dummy)-\d+`)
)

// comparable is a value's text without what no two runs share: addresses, the
// order of a set, where the program lies.
func (s side) comparable(p *recording.Process, raw recording.Raw) string {
	v := ValueOf(p, raw)
	text := canonical(v).Repr()
	// Where the program lies is in no value of the other run.
	if i := strings.LastIndexByte(s.main, '/'); i > 0 {
		text = strings.ReplaceAll(text, s.main[:i], "…")
	}
	return taskNames.ReplaceAllString(addresses.ReplaceAllString(text, "0x…"), "$1-…")
}

// canonical has the elements of sets in the order of their texts, and an object's
// attributes in its own.
func canonical(v query.Value) query.Value {
	if len(v.Items) == 0 {
		return v
	}
	if v.Kind == query.Recorded {
		attributes := make([]string, 0, len(v.Items)/2)
		for i := 0; i+1 < len(v.Items); i += 2 {
			attributes = append(attributes, v.Items[i].Str+"="+canonical(v.Items[i+1]).Repr())
		}
		return query.NewRecorded(v.Str, v.Text+" with "+strings.Join(attributes, ", "))
	}
	items := make([]query.Value, len(v.Items))
	for i, item := range v.Items {
		items[i] = canonical(item)
	}
	if v.Kind == query.Set || v.Kind == query.FrozenSet {
		slices.SortFunc(items, func(a, b query.Value) int { return strings.Compare(a.Repr(), b.Repr()) })
	}
	v.Items = items
	return v
}

// walker is a recording.Visitor that makes entries.
type walker struct {
	side    side
	yield   func(strand, *entry) bool
	strands map[threadKey]strand // of the threads that have taken steps
	threads map[int]int          // by process, how many threads have been seen
	before  map[frameKey]int     // by frame: the line of its step before
	stopped func() bool          // asked now and then; may be nil
	n       uint64
}

// frameKey is a frame: their numbers are one process's own.
type frameKey struct {
	process int
	frame   uint64
}

// newWalker shows each step as an entry, with the thread it is of, until yield returns false.
func newWalker(s side, stopped func() bool, yield func(strand, *entry) bool) *walker {
	return &walker{side: s, yield: yield, strands: map[threadKey]strand{}, threads: map[int]int{}, before: map[frameKey]int{}, stopped: stopped}
}

// Output is not compared.
func (w *walker) Output(bool, []byte) {}

// callerOf is where a person's code made a call, perhaps by way of a library's; nowhere, where a thread began with it.
func (w *walker) callerOf(f *recording.Frame) place {
	for f = f.Back; f != nil; f = f.Back {
		if f.Number != 0 {
			return place{w.side.key(f.Code.Path), f.Code.Path, f.Code.Qualname, f.Line}
		}
	}
	return place{}
}

// Step makes an entry of a step.
func (w *walker) Step(at uint64, p *recording.Process, t *recording.Thread, f *recording.Frame, s *recording.Step) bool {
	// stopped may look at a clock or take a lock: it is not asked at each step.
	if w.n++; w.n&0x3ff == 0 && w.stopped != nil && w.stopped() {
		return false
	}
	id := threadKey{p.Number, t.ID}
	own, known := w.strands[id]
	if !known {
		w.threads[p.Number]++
		own = strand{p.Number, w.threads[p.Number]}
		w.strands[id] = own
	}
	e := &entry{at: at, kind: s.Kind, key: w.side.key(f.Code.Path), path: f.Code.Path, function: f.Code.Qualname, line: f.Line, column: s.Column, thread: t.Name}
	if f.Place != nil {
		e.source = f.Place.Source
	}
	frame := frameKey{p.Number, f.Number}
	if s.Kind != recording.Call {
		e.before = w.before[frame]
	}
	if s.Flags&recording.FlagBegins != 0 {
		e.caller = w.callerOf(f)
	}
	w.changes(e, p, f, s)
	switch s.Kind {
	case recording.Return:
		e.value = w.side.comparable(p, s.Value)
	case recording.Exception:
		e.value = w.side.comparable(p, s.ErrorValue)
	}
	w.before[frame] = f.Line
	if s.Kind == recording.Call || s.Kind == recording.Return && s.Flags&recording.FlagWaits == 0 {
		// A frame that waits goes on where it was; one that is over may have its number given anew.
		delete(w.before, frame)
	}
	return w.yield(own, e)
}

// changes are the names whose values are new. What every module has is left out.
func (w *walker) changes(e *entry, p *recording.Process, f *recording.Frame, s *recording.Step) {
	add := func(changes []recording.Change) {
		for _, ch := range changes {
			name := p.Texts[ch.Name]
			if strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__") {
				continue
			}
			text := "no value"
			if ch.Value.Tag() != recording.TagGone {
				text = w.side.comparable(p, ch.Value)
			}
			e.names = append(e.names, ValueDiff{Name: name, A: text})
		}
	}
	add(s.Names)
	add(s.Globals)
}

// entries are the steps of one thread.
func (s side) entries(of strand, cancelled func() bool) iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		w := newWalker(s, cancelled, func(own strand, e *entry) bool { return own != of || yield(e) })
		// A recording that ends in the middle of a step has been compared up to there.
		_ = s.r.Read(0, w)
	}
}
