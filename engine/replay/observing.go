package replay

import (
	"strings"

	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/redact"
)

// observed is a value of a name after a statement, as far as it was recorded.
type observed struct {
	at          uint64 // the step's ordinal
	time        uint64 // nanoseconds since the process began
	text        string // without secrets and addresses
	textKnown   bool   // and no two values have it that differ
	typeName    string
	number      Number // if isNumber
	isNumber    bool
	numberKnown bool // whether it is one, and which
	unknown     bool // something of it was not recorded
	turned      int  // 1 where it has risen since the time before in this call, -1 where it has fallen
	before      string
}

// observe reads a value.
func (s side) observe(p *recording.Process, raw recording.Raw) *observed {
	v := ValueOf(p, raw)
	o := &observed{typeName: v.TypeName()}
	o.number, o.isNumber = numberOf(v)
	switch tag := raw.Tag(); tag {
	case recording.TagNone, recording.TagFalse, recording.TagTrue, recording.TagInt, recording.TagFloat:
		o.text, o.textKnown, o.numberKnown = v.Repr(), true, o.isNumber || tag != recording.TagFloat
		return o
	case recording.TagRedacted, recording.TagLeftOut, recording.TagGone:
		return &observed{text: v.Repr(), unknown: true}
	case recording.TagCut, recording.TagFailed:
		o.unknown = true
	default: // an address is no part of a value, and without it texts of two objects are the same
		o.textKnown = tag != recording.TagObject
	}
	o.text = redact.Text(s.comparable(p, raw))
	o.textKnown = o.textKnown && !strings.Contains(o.text, "0x…")
	o.numberKnown = o.isNumber || o.typeName != "int" && o.typeName != "float"
	return o
}

// observing is a recording.Visitor that shows the values of names after statements. It goes
// through a recording twice. A step has only what is new, so that of a statement that gives a
// name what it had already nothing is written: the first time tells which names a statement
// changes at all, the second what they were each time that it had run.
type observing struct {
	side    side
	wants   Wants
	stopped func() bool
	names   map[spot][]spotName   // by statement: those that it was seen to change
	known   map[spotName]bool     // the same, to be asked
	keys    map[string]string     // of paths
	frames  map[frameKey]*running // the statement that each is in
	modules map[owner]map[spotName]Number
	see     func(n spotName, o *observed) // nil: the first time
	within  bool                          // there are statements that begin within a line: not so where a run was recorded by line
	n       uint64
}

// Wants reports whether a step is asked about.
type Wants = func(uint64, *recording.Process, *recording.Thread, *recording.Frame, *recording.Step) bool

// running is the statement that a frame is in.
type running struct {
	spot   spot
	began  bool // there is one
	raised bool // it did not end as it should: names that it did not reach are not its own
	last   map[spotName]Number
}

// owner is the module whose a global is.
type owner struct {
	process int
	module  uint64
}

// newObserving has seen nothing yet; stopped may be nil.
func newObserving(s side, stopped func() bool) *observing {
	return &observing{side: s, stopped: stopped, names: map[spot][]spotName{}, known: map[spotName]bool{}, keys: map[string]string{}}
}

// read goes through the recording once.
func (w *observing) read(wants Wants, see func(spotName, *observed)) error {
	w.wants, w.see, w.frames, w.modules = wants, see, map[frameKey]*running{}, map[owner]map[spotName]Number{}
	return w.side.r.Read(0, w)
}

// Output has no names.
func (w *observing) Output(bool, []byte) {}

// Step shows what the frame's statement before has left, and goes on to the next.
func (w *observing) Step(at uint64, p *recording.Process, t *recording.Thread, f *recording.Frame, s *recording.Step) bool {
	if w.n++; w.n&0x3ff == 0 && w.stopped != nil && w.stopped() {
		return false
	}
	if f.Code.Path == "" || w.wants != nil && !w.wants(at, p, t, f, s) {
		return true
	}
	key := frameKey{p.Number, f.Number}
	r := w.frames[key]
	if r == nil {
		r = &running{last: map[spotName]Number{}}
		w.frames[key] = r
	}
	here := spot{key: w.key(f.Code.Path), path: f.Code.Path, function: f.Code.Qualname, line: f.Line}
	waits := s.Kind == recording.Return && s.Flags&recording.FlagWaits != 0
	switch {
	case s.Kind == recording.Call && s.Flags&recording.FlagBegins != 0:
		here.call = true
		w.left(here, at, p, f, s, true)
		return true
	case r.began:
		// A step of any other kind may come in the middle of the statement.
		ended := !r.raised && !waits && (s.Kind == recording.Line || s.Kind == recording.Statement || s.Kind == recording.Return && s.Flags&recording.FlagReturnOp != 0)
		w.left(r.spot, at, p, f, s, ended)
	}
	switch s.Kind {
	case recording.Line, recording.Statement:
		if s.Kind == recording.Statement {
			here.column, w.within = s.Column, true
		}
		r.spot, r.began, r.raised = here, true, false
	case recording.Exception:
		r.raised = true
	case recording.Return:
		if waits {
			break
		}
		if s.Flags&recording.FlagReturnOp != 0 {
			w.returned(here, at, p, f, s)
		}
		delete(w.frames, key)
	}
	return true
}

// left is what a statement has left: of one that did not end what it did change, of one that
// ended also what it left as it was.
func (w *observing) left(here spot, at uint64, p *recording.Process, f *recording.Frame, s *recording.Step, ended bool) {
	if w.see == nil {
		w.note(here, p, s.Names, f.Names == f.Module)
		w.note(here, p, s.Globals, true)
		return
	}
	if !ended && len(s.Names)+len(s.Globals) == 0 {
		return
	}
	for _, n := range w.names[here] {
		number, known := p.TextNumber(n.name)
		if !known || n.name == returnName || !ended && !isIn(s.Names, number) && !isIn(s.Globals, number) {
			continue
		}
		names, last := f.Names, w.frames[frameKey{p.Number, f.Number}].last
		if n.global {
			names, last = f.Module, w.lastOf(owner{p.Number, f.ModuleNumber()})
		}
		if raw, ok := names.Get(number); ok {
			w.show(n, at, p, s, raw, last)
		}
	}
}

// show shows a value; last are the numbers of the time before, of the same call or module.
func (w *observing) show(n spotName, at uint64, p *recording.Process, s *recording.Step, raw recording.Raw, last map[spotName]Number) {
	o := w.side.observe(p, raw)
	o.at, o.time = at, s.Time
	if o.isNumber && last != nil {
		if before, known := last[n]; known {
			o.turned, o.before = o.number.Compare(before), before.String()
		}
		last[n] = o.number
	}
	w.see(n, o)
}

// lastOf are the numbers that a module's globals had last: a global rises or falls throughout the
// run, and not in each call.
func (w *observing) lastOf(module owner) map[spotName]Number {
	if w.modules[module] == nil {
		w.modules[module] = map[spotName]Number{}
	}
	return w.modules[module]
}

// key is the name of a file that recordings of the program have in common, kept for each path.
func (w *observing) key(path string) string {
	key, known := w.keys[path]
	if !known {
		key = w.side.key(path)
		w.keys[path] = key
	}
	return key
}

// note keeps that a statement changes these names. Names with two underscores on each side
// are Python's own.
func (w *observing) note(here spot, p *recording.Process, changes []recording.Change, global bool) {
	for _, ch := range changes {
		name := p.Texts[ch.Name]
		if strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__") {
			continue
		}
		w.add(spotName{here, name, global})
	}
}

// add makes a name one that is looked at after its statement.
func (w *observing) add(n spotName) {
	if !w.known[n] {
		w.known[n] = true
		w.names[n.spot] = append(w.names[n.spot], n)
	}
}

// returnName stands for what a call returned; it is a word of Python's that no name can be.
const returnName = "return"

// returned shows what a call returned, as the value of a name there. It belongs to the return
// statement, which may span lines.
func (w *observing) returned(here spot, at uint64, p *recording.Process, f *recording.Frame, s *recording.Step) {
	if f.Code.Function == "<module>" {
		return
	}
	if r := w.frames[frameKey{p.Number, f.Number}]; r.began && r.spot.line == here.line {
		here = r.spot
	}
	n := spotName{here, returnName, false}
	if w.see == nil {
		w.add(n)
		return
	}
	if w.known[n] {
		w.show(n, at, p, s, s.Value, nil)
	}
}

// isIn reports whether a name is among changes.
func isIn(changes []recording.Change, name uint32) bool {
	for _, ch := range changes {
		if ch.Name == name {
			return true
		}
	}
	return false
}
