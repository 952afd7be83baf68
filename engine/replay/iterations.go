package replay

import (
	"slices"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// Ran names a statement as it stands in the text that ran, or with Calls the calls of a function,
// by the line of its def.
type Ran struct {
	Path, Function string // the qualified name of what it runs in, or of what is called
	Line, Column   int    // from 1, from 0
	HeadLine       int    // where the statement, or the head of a compound one, ends
	First          bool   // no other statement begins before it on its line
	Returns        bool   // what its function returns is its value
	Calls          bool
	Names          []string // what is shown of the frame besides what changes: names, and what is looked up in them
}

// Iterations are the times that something ran, each with the values that it left. They
// are read by a Reader of several; of each a part is kept, so that memory does not grow with the
// recording.
type Iterations struct {
	Of    Ran
	From  uint64 // the first that is kept, from 1
	Most  int    // how many are kept
	Found []tally.Sample
	Took  []time.Duration // of Found, where those are calls; 0: not known
	Total uint64

	codes map[*recording.Code]bool
	open  map[*recording.Frame]*iteration
}

// iteration is one that has not ended.
type iteration struct {
	index   int // in Found, -1: it is not kept
	line    int // the one that the frame is at
	began   uint64
	changed []uint32 // names that got another value
	raised  *tally.Var
}

// shownIteration bounds a value's text in a cell.
const shownIteration = 200

// NewIterations looks for what is meant in a recording.
func NewIterations(r *recording.Recording, of Ran, from uint64, most int) *Iterations {
	w := &Iterations{Of: of, From: max(from, 1), Most: most, open: map[*recording.Frame]*iteration{}}
	if of.Calls {
		w.codes = codesOf(r, of.Path, of.Function, of.Line)
		return w
	}
	w.codes = map[*recording.Code]bool{}
	for _, p := range r.State().Processes {
		for _, code := range p.Codes {
			if code.Path == of.Path && code.Qualname == of.Function {
				w.codes[code] = true
			}
		}
	}
	return w
}

// IterationReader is a recording.Visitor for several Iterations.
type IterationReader struct {
	All       []*Iterations
	Wants     Wants // nil: every step
	Cancelled func() bool
	n         uint64
}

// Output is none of a statement's.
func (w *IterationReader) Output(bool, []byte) {}

// Step takes a step in.
func (w *IterationReader) Step(at uint64, p *recording.Process, t *recording.Thread, f *recording.Frame, s *recording.Step) bool {
	if w.n++; w.n&0x3ff == 0 && w.Cancelled != nil && w.Cancelled() {
		return false
	}
	if w.Wants != nil && !w.Wants(at, p, t, f, s) {
		return true
	}
	for _, one := range w.All {
		if one.codes[f.Code] {
			m := moment{at, p, t, f, s}
			if one.Of.Calls {
				one.call(&m)
			} else {
				one.step(&m)
			}
		}
	}
	return true
}

// step takes in one of a frame of the statement's function.
func (w *Iterations) step(m *moment) {
	it := w.open[m.frame]
	if it != nil {
		for _, changes := range [][]recording.Change{m.step.Names, m.step.Globals} {
			for _, ch := range changes {
				it.changed = append(it.changed, ch.Name)
			}
		}
	}
	_, begins := line(m)
	switch {
	case begins:
		anew := w.begins(m, it)
		if it != nil && (anew || m.frame.Line < w.Of.Line || m.frame.Line > w.Of.HeadLine || m.step.Kind == recording.Statement) {
			w.end(it, m, nil)
			it = nil
		}
		switch {
		case anew:
			w.begin(m)
		case it != nil:
			it.line = m.frame.Line
		}
	case it == nil:
	case m.step.Kind == recording.Exception:
		text, _ := Text(m.step.ErrorValue, shownIteration)
		it.raised = &tally.Var{Type: m.process.Texts[m.step.ErrorType], Repr: text}
	case m.step.Kind == recording.Return && m.step.Flags&recording.FlagWaits == 0:
		var value *tally.Var
		if w.Of.Returns && m.step.Flags&recording.FlagReturnOp != 0 && m.step.Flags&recording.FlagValue != 0 {
			value = variable("", m.process, m.step.Value)
		}
		w.end(it, m, value)
	}
}

// begins reports whether the statement begins at a step that begins one. A statement of several
// lines comes back to its first.
func (w *Iterations) begins(m *moment, it *iteration) bool {
	switch {
	case m.step.Kind == recording.Statement:
		return m.frame.Line == w.Of.Line && m.step.Column == w.Of.Column
	case m.frame.Line != w.Of.Line || !w.Of.First:
		return false
	}
	return it == nil || it.line <= w.Of.Line
}

// begin counts one, and keeps it where it is wanted.
func (w *Iterations) begin(m *moment) *iteration {
	w.Total++
	it := &iteration{index: -1, line: m.frame.Line, began: m.step.Time}
	if w.Total >= w.From && len(w.Found) < w.Most {
		it.index = len(w.Found)
		one := tally.Sample{Hit: w.Total, Vars: []tally.Var{}}
		if !m.thread.Main {
			one.Thread = m.thread.Name
		}
		if m.process.Joined.Parent != 0 {
			one.Process = m.process.Joined.PID
		}
		w.Found = append(w.Found, one)
		w.Took = append(w.Took, 0)
	}
	w.open[m.frame] = it
	return it
}

// end notes what one has left.
func (w *Iterations) end(it *iteration, m *moment, returned *tally.Var) {
	delete(w.open, m.frame)
	if it.index < 0 {
		return
	}
	one := &w.Found[it.index]
	one.Return, one.Raised = returned, it.raised
	for _, text := range w.Of.Names {
		if v, err := query.Evaluate(text, m.names); err == nil && v.Kind != query.Builtin {
			one.Vars = append(one.Vars, tally.Var{Name: text, Type: v.TypeName(), Repr: cut(oneLine(Shown(v, v.Repr())), shownIteration)})
		}
	}
	for _, number := range it.changed {
		name := m.process.Texts[number]
		raw, ok := m.frame.Names.Get(number)
		if !ok {
			raw, ok = m.frame.Module.Get(number)
		}
		if !ok || strings.HasPrefix(name, "__") || slices.ContainsFunc(one.Vars, func(v tally.Var) bool { return v.Name == name }) {
			continue
		}
		one.Vars = append(one.Vars, *variable(name, m.process, raw))
	}
}

// variable is a recorded value as a sample has it: in one line, and cut as a label's would
// be.
func variable(name string, p *recording.Process, raw recording.Raw) *tally.Var {
	v := ValueOf(p, raw)
	text, _ := Text(raw, recordedLimit)
	return &tally.Var{Name: name, Type: v.TypeName(), Repr: cut(oneLine(Shown(v, text)), shownIteration)}
}

// call takes in a step of the function whose calls are meant.
func (w *Iterations) call(m *moment) {
	it := w.open[m.frame]
	switch {
	case m.step.Kind == recording.Call && m.step.Flags&recording.FlagBegins != 0:
		if it = w.begin(m); it.index >= 0 {
			w.arguments(&w.Found[it.index], m)
		}
	case it == nil:
	case m.step.Kind == recording.Exception:
		text, _ := Text(m.step.ErrorValue, shownIteration)
		it.raised = &tally.Var{Type: m.process.Texts[m.step.ErrorType], Repr: text}
	case m.step.Kind == recording.Return && m.step.Flags&recording.FlagWaits == 0:
		delete(w.open, m.frame)
		if it.index < 0 {
			return
		}
		one := &w.Found[it.index]
		w.Took[it.index] = time.Duration(m.step.Time - it.began)
		switch {
		case m.step.Flags&recording.FlagReturnOp == 0:
			if one.Raised = it.raised; one.Raised == nil {
				one.Raised = &tally.Var{Repr: "?"}
			}
		case m.step.Flags&recording.FlagValue != 0:
			one.Return = variable("", m.process, m.step.Value)
		}
	}
}

// arguments notes what a call was given.
func (w *Iterations) arguments(one *tally.Sample, m *moment) {
	for _, name := range m.frame.Code.Parameters {
		v := &tally.Var{Name: name, Repr: "?"}
		if number, known := m.process.TextNumber(strings.TrimLeft(name, "*")); known {
			if raw, ok := m.frame.Names.Get(number); ok {
				v = variable(name, m.process, raw)
			}
		}
		one.Vars = append(one.Vars, *v)
	}
}
