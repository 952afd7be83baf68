package replay

import (
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/query/reference"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/render"
)

// Answers are shown what the questions find, in order.
type Answers interface {
	Record(render.Record)
	Output(stderr bool, text []byte)
}

// Asking asks questions step by step. It is a recording.Visitor.
type Asking struct {
	questions []*Question
	out       Answers
	// Only, if it is set, says of which steps anything is asked.
	Only func(at uint64, p *recording.Process, t *recording.Thread, f *recording.Frame, s *recording.Step) bool
	// Cancelled ends the asking once it is true.
	Cancelled func() bool
	// Steps is how many have been seen.
	Steps   uint64
	threads map[threadKey]int
}

// threadKey is a thread: numbers of threads are one process's own.
type threadKey struct {
	process int
	thread  uint32
}

// NewAsking asks those questions.
func NewAsking(questions []*Question, out Answers) *Asking {
	a := &Asking{questions: questions, out: out, threads: map[threadKey]int{}}
	for _, q := range questions {
		q.emit = func(action *query.Action, e *reference.Event) { a.record(q, action, e) }
	}
	return a
}

// Output hands on what the program wrote.
func (a *Asking) Output(stderr bool, text []byte) { a.out.Output(stderr, text) }

// Step asks about one step.
func (a *Asking) Step(at uint64, p *recording.Process, t *recording.Thread, f *recording.Frame, s *recording.Step) bool {
	a.Steps++
	if a.Steps&0x3ff == 0 && a.Cancelled != nil && a.Cancelled() {
		return false
	}
	if a.Only != nil && !a.Only(at, p, t, f, s) || s.Kind == recording.Statement {
		return true
	}
	key := threadKey{p.Number, t.ID}
	if _, known := a.threads[key]; !known {
		// Threads are numbered as a live run does it: in the order of their first steps.
		a.threads[key] = len(a.threads) + 1
	}
	m := moment{at, p, t, f, s}
	for _, q := range a.questions {
		if q.mainOnly && !t.Main {
			continue
		}
		q.ask(&m)
	}
	return true
}

// record makes what an action records of an event, and hands it on.
func (a *Asking) record(q *Question, action *query.Action, e *reference.Event) {
	m := q.now
	r := render.Record{
		Tracepoint: q.ID, ActionID: action.ID, Action: action, Seq: m.at, Time: int64(m.step.Time),
		Kind: render.Kind(e.Kind), Synthetic: e.Synthetic, Cleanup: e.Cleanup, Detached: e.Detached,
		ReturnOp: e.ReturnOp, Code: e.Code, Module: e.Module, Function: e.Function, Qualname: e.Qualname, Filename: e.Filename, Path: e.Path,
		Line: e.Lineno, Source: e.Source, FullSource: e.FullSource, Depth: -1, Calls: -1, PID: m.process.Joined.PID,
		Thread: e.ThreadName, ThreadID: a.threads[threadKey{m.process.Number, m.thread.ID}], MainThread: e.ThreadID.Kind == query.None,
	}
	// A live run works out depth and calls only where they are asked for or shown; records of both
	// look alike.
	if q.Compiled.Program.NeedsDepth || q.Compiled.Program.NeedsCalls || action.Kind == "Event" || action.Kind == "ErrorSnooper" {
		r.Depth, r.Calls = e.Depth, e.Calls
	}
	values, ok := q.values(action, e)
	if !ok {
		return
	}
	r.Values = values
	if action.Kind == "StackPrinter" && !e.Detached && !e.Synthetic {
		r.Stack = outer(m.thread.Stack, action.Depth)
	}
	a.out.Record(r)
}

// outer are the frames around the innermost one, innermost first.
func outer(stack []*recording.Frame, depth int) []render.Frame {
	var out []render.Frame
	for i := len(stack) - 2; i >= 0 && len(out) < depth; i-- {
		f := stack[i]
		out = append(out, render.Frame{Filename: f.Code.Filename, Line: f.Line, Function: f.Code.Function})
	}
	return out
}
