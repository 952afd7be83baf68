package replay

import (
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/query/reference"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/render"
)

// kinds are hunter's words for steps.
var kinds = [...]render.Kind{recording.Call: render.Call, recording.Line: render.Line, recording.Return: render.Return,
	recording.Exception: render.Exception}

// moment is a step while it is being asked about.
type moment struct {
	at      uint64 // the step's ordinal
	process *recording.Process
	thread  *recording.Thread
	frame   *recording.Frame
	step    *recording.Step
}

// needs says what of an event a query looks at: the rest is not worked out.
type needs struct{ locals, globals, arg, stack bool }

// needsOf is what a program looks at.
func needsOf(p *query.Program) needs {
	var n needs
	query.Walk(p.Root, func(pred query.Pred) {
		switch pred := pred.(type) {
		case *query.Query:
			for _, t := range pred.Tests {
				n.locals = n.locals || t.Field == "locals"
				n.globals = n.globals || t.Field == "globals"
				n.arg = n.arg || t.Field == "arg"
			}
		case *query.Backlog:
			n.stack = true
			// A Backlog with vars shows the names of frames that it makes up.
			n.locals = n.locals || pred.Vars
			n.arg = n.arg || pred.Vars
		}
	})
	return n
}

// event is the moment as the reference evaluator sees it.
func (m *moment) event(n needs) *reference.Event {
	e := m.of(m.frame, m.frame.Line)
	e.Kind = string(kinds[m.step.Kind])
	e.Depth, e.Calls = m.step.Depth, m.step.Calls
	e.ReturnOp = m.step.Kind == recording.Return && m.step.Flags&recording.FlagReturnOp != 0
	if place := m.frame.Place; place != nil {
		e.Source, e.FullSource = place.Source, place.Source
		if m.step.Kind == recording.Call && place.FullSource != "" {
			e.FullSource = place.FullSource
		}
	}
	if m.step.Op >= 0 {
		e.Instruction = query.NewInt(int64(m.step.Op))
	}
	if n.arg {
		e.Arg = m.arg()
	}
	if n.locals {
		e.Locals = m.dict(m.frame.Names)
	}
	if n.globals {
		e.Globals = query.NewRecorded("dict", "{...}") // those that no code meant were not recorded
	}
	if n.stack {
		// Around is asked later, when m is of another step.
		inner := *m
		isCall := m.step.Kind == recording.Call
		e.Around = func() []reference.Event { return inner.around(n, isCall) }
	}
	return &e
}

// of is what all events of a frame have in common.
func (m *moment) of(f *recording.Frame, line int) reference.Event {
	c := f.Code
	e := reference.Event{Function: c.Function, Module: c.Module, Filename: c.Filename, Path: c.Path, Qualname: c.Qualname,
		Code: int(c.ID), Lineno: line, Stdlib: c.Stdlib, ThreadName: m.thread.Name}
	if !m.thread.Main {
		e.ThreadID = query.NewInt(int64(m.thread.Ident))
	}
	return e
}

// arg is hunter's: the value of a return, the triple of an exception.
func (m *moment) arg() query.Value {
	switch m.step.Kind {
	case recording.Return:
		return ValueOf(m.process, m.step.Value)
	case recording.Exception:
		return ValueOf(m.process, m.step.ErrorArg)
	}
	return query.Value{}
}

// dict is the names of a frame as a dict, in the order in which they were bound.
func (m *moment) dict(names *recording.Names) query.Value {
	v := query.Value{Kind: query.Dict}
	for _, ch := range names.All() {
		v.Items = append(v.Items, query.NewStr(m.process.Texts[ch.Name]), ValueOf(m.process, ch.Value))
	}
	return v
}

// around is what a Backlog makes calls up from, as it is when it does: the frames
// around, innermost first; of an event that is no call also its own. A frame that
// waits has nobody around it.
func (m *moment) around(n needs, isCall bool) []reference.Event {
	f := m.frame
	if isCall {
		f = f.Back
	}
	var out []reference.Event
	for ; f != nil; f = f.Back {
		e := m.of(f, f.Line)
		if f.Place != nil {
			e.Source, e.FullSource = f.Place.Source, f.Place.Source
		}
		if n.locals {
			e.Locals = m.dict(f.Names)
			for i := 1; i < len(e.Locals.Items); i += 2 { // as text, for it is shown as what is kept
				e.Locals.Items[i] = query.NewStr(e.Locals.Items[i].Repr())
			}
		}
		out = append(out, e)
	}
	return out
}

// names are what names mean in the frame: its own, then its module's, then
// Python's constants.
func (m *moment) names(name string) (query.Value, error) {
	if number, known := m.process.TextNumber(name); known {
		if raw, ok := m.frame.Names.Get(number); ok {
			return ValueOf(m.process, raw), nil
		}
		if raw, ok := m.frame.Module.Get(number); ok {
			return ValueOf(m.process, raw), nil
		}
	}
	if query.IsBuiltin(name) {
		return query.NewBuiltin(name), nil
	}
	return query.Value{}, &query.RuntimeError{Class: "NameError", Text: "name '" + name + "' is not defined"}
}
