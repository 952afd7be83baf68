package replay

import (
	"slices"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/recording"
)

// Past walks through a recording, forwards and back. It is owned by one goroutine.
type Past struct {
	r    *recording.Recording
	view *View
}

// View is one moment: every thread's stack, and what happened.
type View struct {
	At      uint64 // the step's ordinal
	Kind    string // call, line, return, exception
	Thread  int    // index in Threads
	Threads []ThreadView
	Value   string // of a return, or the exception
}

// ThreadView is a thread with its stack, innermost first.
type ThreadView struct {
	Process uint64
	ID      uint32
	PID     int
	Name    string
	Frames  []FrameView
}

// FrameView is a frame as it was.
type FrameView struct {
	Name, Module, Path, Filename string
	Line                         int
	Recorded                     bool // else its names are not known
	Locals, Globals              []NamedValue
	number                       uint64
}

// NamedValue is a name with its value.
type NamedValue struct {
	Name  string
	Text  string
	Value query.Value
}

// NewPast begins at the first line of a recording. It returns nil where nothing
// is in it.
func NewPast(r *recording.Recording) *Past {
	p := &Past{r: r}
	if !p.seek(true, 0, true, func(m *moment) bool { return m.step.Kind == recording.Line }) &&
		!p.seek(true, 0, true, func(*moment) bool { return true }) {
		return nil
	}
	return p
}

// View is the present moment of the past.
func (p *Past) View() *View { return p.view }

// finder stops at the first, or notes the last, step that is looked for.
type finder struct {
	from, to uint64 // steps of this range alone
	last     bool
	right    func(*moment) bool
	found    bool
	at       uint64
	view     *View // nil where only the place is wanted
	show     bool
}

func (f *finder) Output(bool, []byte) {}

func (f *finder) Step(at uint64, p *recording.Process, t *recording.Thread, fr *recording.Frame, s *recording.Step) bool {
	if at < f.from {
		return true
	}
	if at >= f.to {
		return false
	}
	m := moment{at, p, t, fr, s}
	if !f.right(&m) {
		return true
	}
	f.found, f.at = true, at
	if f.show {
		f.view = m.look()
	}
	return f.last
}

// seek goes to the next step that is right, or back to the one before: from the
// step after (before) `from`, or with it where it is inclusive. False: there is
// none, and nothing has moved.
func (p *Past) seek(forwards bool, from uint64, inclusive bool, right func(*moment) bool) bool {
	if forwards {
		f := &finder{from: from, to: 1 << 63, right: right, show: true}
		if !inclusive {
			f.from++
		}
		_ = p.r.ReadBlocks(p.r.BlockAt(from), p.r.Blocks(), f)
		if f.found {
			p.view = f.view
		}
		return f.found
	}
	to := from
	if inclusive {
		to++
	}
	for i := p.r.BlockAt(from); i >= 0; i-- {
		f := &finder{to: to, last: true, right: right}
		_ = p.r.ReadBlocks(i, i+1, f)
		if f.found {
			return p.goTo(f.at)
		}
	}
	return false
}

// goTo shows a step by its ordinal.
func (p *Past) goTo(at uint64) bool {
	f := &finder{from: at, to: at + 1, show: true, right: func(*moment) bool { return true }}
	block := p.r.BlockAt(at)
	_ = p.r.ReadBlocks(block, block+1, f)
	if f.found {
		p.view = f.view
	}
	return f.found
}

// look is what a person sees of a moment.
func (m *moment) look() *View {
	v := &View{At: m.at, Kind: string(kindName(m.step.Kind))}
	switch m.step.Kind {
	case recording.Return:
		v.Value, _ = Text(m.step.Value, recordedLimit)
	case recording.Exception:
		v.Value, _ = Text(m.step.ErrorValue, recordedLimit)
	}
	ids := make([]uint32, 0, len(m.process.Threads))
	for id := range m.process.Threads {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		t := m.process.Threads[id]
		if len(t.Stack) == 0 {
			continue
		}
		if t == m.thread {
			v.Thread = len(v.Threads)
		}
		one := ThreadView{Process: uint64(m.process.Number), ID: id, PID: m.process.Joined.PID, Name: t.Name}
		for i := len(t.Stack) - 1; i >= 0; i-- {
			one.Frames = append(one.Frames, frameView(m.process, t.Stack[i]))
		}
		v.Threads = append(v.Threads, one)
	}
	return v
}

func frameView(p *recording.Process, f *recording.Frame) FrameView {
	c := f.Code
	out := FrameView{Name: c.Qualname, Module: c.Module, Path: c.Path, Filename: c.Filename, Line: f.Line, Recorded: f.Number != 0, number: f.Number}
	out.Locals = namedValues(p, f.Names)
	if f.Names != f.Module {
		out.Globals = namedValues(p, f.Module)
	}
	return out
}

func namedValues(p *recording.Process, names *recording.Names) []NamedValue {
	var out []NamedValue
	for _, ch := range names.All() {
		text, _ := Text(ch.Value, recordedLimit)
		out = append(out, NamedValue{p.Texts[ch.Name], text, ValueOf(p, ch.Value)})
	}
	return out
}

// stepping tells the lines of the thread that is looked at: those of the frames
// that are on its stack from a level on, or with level -1 all.
func (p *Past) stepping(level int) func(*moment) bool {
	t := p.view.Threads[p.view.Thread]
	frames := map[uint64]bool{}
	for i, f := range t.Frames {
		if i >= level && f.number != 0 {
			frames[f.number] = true
		}
	}
	return func(m *moment) bool {
		return (m.step.Kind == recording.Line || m.step.Kind == recording.Statement) && uint64(m.process.Number) == t.Process && m.thread.ID == t.ID &&
			(level < 0 || frames[m.frame.Number])
	}
}

// Next goes over calls to the next line of the function or of one that called it,
// or back to the one before.
func (p *Past) Next(forwards bool) bool { return p.seek(forwards, p.view.At, false, p.stepping(0)) }

// In goes to the thread's next line, in whatever function.
func (p *Past) In() bool { return p.seek(true, p.view.At, false, p.stepping(-1)) }

// Out goes to where the function's caller went on.
func (p *Past) Out() bool { return p.seek(true, p.view.At, false, p.stepping(1)) }

// Halt says where running through the past stops.
type Halt struct {
	Lines      map[string]map[int]string // by path and line, with a condition or ""
	Exceptions bool                      // where one is raised
}

// Run goes to the next line or exception of h, or back to the one before, and
// says what it was: "breakpoint", "exception". At either end it stops at the last
// (first) line there, and says "".
func (p *Past) Run(forwards bool, h Halt) string {
	why := ""
	if p.seek(forwards, p.view.At, false, func(m *moment) bool {
		switch {
		case m.step.Kind == recording.Exception && h.Exceptions:
			why = "exception"
			return true
		case m.step.Kind != recording.Line:
			return false
		}
		condition, ok := h.Lines[m.frame.Code.Path][m.frame.Line]
		if ok && condition != "" {
			v, err := query.Evaluate(condition, m.names)
			ok = err == nil && v.Kind != query.Recorded && v.Truth()
		}
		if ok {
			why = "breakpoint"
		}
		return ok
	}) {
		return why
	}
	if forwards {
		p.seek(false, 1<<62, false, func(*moment) bool { return true })
	} else {
		p.seek(true, 0, true, func(m *moment) bool { return m.step.Kind == recording.Line })
	}
	return ""
}

// Evaluate computes an expression in a frame.
func (f *FrameView) Evaluate(text string) (query.Value, error) {
	return query.Evaluate(text, func(name string) (query.Value, error) {
		for _, space := range [][]NamedValue{f.Locals, f.Globals} {
			for _, n := range space {
				if n.Name == name {
					return n.Value, nil
				}
			}
		}
		if query.IsBuiltin(name) {
			return query.NewBuiltin(name), nil
		}
		if !f.Recorded {
			return query.Value{}, &query.Undecided{Why: "the names of this frame were not recorded"}
		}
		return query.Value{}, &query.RuntimeError{Class: "NameError", Text: "name '" + name + "' is not defined, or was not recorded"}
	})
}
