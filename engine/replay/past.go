package replay

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/recording"
)

// Past walks through a recording, forwards and back. One goroutine at a time may use it.
type Past struct {
	r    *recording.Recording
	view *View
	// Cancelled ends a walk that is under way, once it is true: then nothing has moved.
	// It may be set before a walk, and is asked now and then.
	Cancelled func() bool
	// Progress, if it is set, is told by whoever walks how many of the blocks that may have
	// to be read have been.
	Progress func(done, of int)
}

// View is one moment: every thread's stack, and what happened.
type View struct {
	At      uint64 // the step's ordinal
	Kind    string // call, line, return, exception
	Thread  int    // index in Threads; -1: none
	Threads []ThreadView
	Value   string // of a return, or the exception
	Type    string // of an exception
}

// ThreadView is a thread with its stack, innermost first.
type ThreadView struct {
	Process uint64 // its number in the recording
	ID      uint32 // in that process
	PID     int    // of the system; 0 where it is not known
	Name    string
	Frames  []FrameView
}

// FrameView is a frame as it was.
type FrameView struct {
	Name, Module, Path, Filename string
	Process                      uint64 // its number in the recording
	Line                         int    // from 1
	Recorded                     bool   // else its names are not known
	// Seen is whether all of its names were looked at at this moment: else what can change is as it was seen last, when the
	// frame's line began or under another name since.
	Seen            bool
	Locals, Globals []NamedValue
	number, module  uint64
	ofModule        bool // its names are its module's
}

// NamedValue is a name with its value.
type NamedValue struct {
	Name  string
	Text  string      // as it was recorded, perhaps cut
	Value query.Value // as far as it was recorded
	// Changeable is whether it may be another one while it is the same object.
	Changeable bool
}

// newPast stands nowhere yet.
func newPast(r *recording.Recording) *Past {
	r.State().Shared()
	return &Past{r: r}
}

// NewPast begins at the first line of a recording. It returns nil where nothing
// is in it.
func NewPast(r *recording.Recording) *Past {
	p := newPast(r)
	if !p.seek(true, 0, true, line) && !p.seek(true, 0, true, anyStep) {
		return nil
	}
	return p
}

// NewPresent begins behind the last step, where a program stands that was recorded
// up to now.
func NewPresent(r *recording.Recording) *Past {
	p := newPast(r)
	last := max(0, r.Blocks()-1)
	_ = r.ReadBlocks(last, last+1, &finder{to: 1 << 63, right: func(*moment) (uint64, bool) { return 0, false }})
	at := uint64(0)
	if r.Blocks() > 0 {
		at = r.FirstOf(last) + r.StepsOf(last)
	}
	p.view = p.look(at, nil)
	return p
}

// NewEnd begins at the last step, of whichever thread. It returns nil where nothing is in
// the recording.
func NewEnd(r *recording.Recording) *Past {
	p := newPast(r)
	if !p.seek(false, 1<<62, false, anyStep) {
		return nil
	}
	return p
}

// anyStep is right of every step.
func anyStep(m *moment) (uint64, bool) { return m.at, true }

// line is right of the steps at which a statement begins.
func line(m *moment) (uint64, bool) {
	return m.at, m.step.Kind == recording.Line || m.step.Kind == recording.Statement
}

// View is the present moment of the past.
func (p *Past) View() *View { return p.view }

// look is what a person sees of a step; with m nil, of the moment after the last one that
// was read.
func (p *Past) look(at uint64, m *moment) *View {
	v := &View{At: at, Thread: -1}
	if m != nil {
		v.Kind = string(kindName(m.step.Kind))
		switch m.step.Kind {
		case recording.Return:
			v.Value, _ = Text(m.step.Value, recordedLimit)
		case recording.Exception:
			v.Value, _ = Text(m.step.ErrorValue, recordedLimit)
			v.Type = m.process.Texts[m.step.ErrorType]
		}
	}
	processes := p.r.State().Processes
	for _, number := range slices.Sorted(maps.Keys(processes)) {
		process := processes[number]
		for _, id := range slices.Sorted(maps.Keys(process.Threads)) {
			t := process.Threads[id]
			if len(t.Stack) == 0 {
				continue
			}
			if m != nil && t == m.thread {
				v.Thread = len(v.Threads)
			}
			v.Threads = append(v.Threads, threadView(process, t))
			if v.Thread == len(v.Threads)-1 {
				v.Threads[v.Thread].Frames[0].Seen = true
			}
		}
	}
	return v
}

func threadView(p *recording.Process, t *recording.Thread) ThreadView {
	out := ThreadView{Process: uint64(p.Number), ID: t.ID, PID: p.Joined.PID, Name: t.Name}
	for i := len(t.Stack) - 1; i >= 0; i-- {
		out.Frames = append(out.Frames, frameView(p, t.Stack[i]))
	}
	return out
}

// Focus has the next walk be about a thread; false where it is not there now.
func (p *Past) Focus(process uint64, id uint32) bool {
	i := slices.IndexFunc(p.view.Threads, func(t ThreadView) bool { return t.Process == process && t.ID == id })
	if i >= 0 {
		p.view.Thread = i
	}
	return i >= 0
}

// frameView is a frame as it stands; one of a module has no locals besides its globals.
func frameView(p *recording.Process, f *recording.Frame) FrameView {
	c := f.Code
	out := FrameView{Name: c.Qualname, Module: c.Module, Path: c.Path, Filename: c.Filename, Process: uint64(p.Number), Line: f.Line,
		Recorded: f.Number != 0, number: f.Number, module: f.ModuleNumber(), ofModule: f.Names == f.Module}
	out.Locals = namedValues(p, f.Names)
	if f.Names != f.Module {
		out.Globals = namedValues(p, f.Module)
	}
	return out
}

// namedValues are names with their values, as text and as far as they are known.
func namedValues(p *recording.Process, names *recording.Names) []NamedValue {
	var out []NamedValue
	for _, ch := range p.Known(names) {
		text, _ := Text(ch.Value, recordedLimit)
		v := ValueOf(p, ch.Value)
		out = append(out, NamedValue{Name: p.Texts[ch.Name], Text: Shown(v, text), Value: v, Changeable: ch.ID != 0})
	}
	return out
}

// Shown is a value as a debugger shows it: an object by what it holds.
func Shown(v query.Value, text string) string {
	if v.Identity == 0 || len(v.Items) == 0 {
		return text
	}
	fields := make([]string, 0, len(v.Items)/2)
	for i := 0; i+1 < len(v.Items); i += 2 {
		fields = append(fields, v.Items[i].Str+"="+Shown(v.Items[i+1], v.Items[i+1].Repr()))
	}
	return v.Str[strings.LastIndexByte(v.Str, '.')+1:] + "(" + strings.Join(fields, ", ") + ")"
}

// Watch is a name of the frame's own or of its module's, or "o.total", an attribute of an
// object that is known there, as what History follows.
func (f *FrameView) Watch(name string) (Watched, error) {
	w := Watched{Process: f.Process, Name: name}
	named := func(space []NamedValue) bool {
		return slices.ContainsFunc(space, func(n NamedValue) bool { return n.Name == name })
	}
	if at := strings.LastIndexByte(name, '.'); at > 0 {
		object, err := f.Evaluate(name[:at])
		if err != nil {
			return w, err
		}
		if object.Identity == 0 {
			return w, errors.New(name[:at] + " is no object whose attributes are recorded")
		}
		w.Name, w.Object = name[at+1:], object.Identity
		return w, nil
	}
	switch {
	case !f.Recorded:
		return w, errors.New("the names of this frame were not recorded")
	case named(f.Locals) && !f.ofModule:
		w.Frame = f.number
	case named(f.Locals), named(f.Globals):
		w.Module = f.module
	default:
		return w, errors.New("name '" + name + "' is not defined, or was not recorded")
	}
	return w, nil
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
