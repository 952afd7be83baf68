package reference

import (
	"errors"
	"slices"

	"github.com/tallyho-dev/tallyho/engine/query"
)

// Evaluator decides events one after the other as hunter does: the reference
// that the bridge, and every faster way, must agree with. It keeps the state
// of From and Backlog and is not safe for concurrent use.
type Evaluator struct {
	// Run is called for each action that runs, and may be nil.
	Run func(a *query.Action, e *Event)
	// Python is called for Expr and Lambda: for an Expr with its text and the
	// event in whose frame to evaluate, for a Lambda with its text and the
	// event to call it with. Without it they fail.
	Python func(text string, e *Event) (query.Value, error)

	root    query.Pred
	stopped bool
	latches map[int]*latch
	queues  map[int][]Event
}

// latch is the state of a From.
type latch struct {
	on    bool
	depth int
	calls int64
}

// NewEvaluator starts with every latch off and every backlog empty.
func NewEvaluator(p *query.Program) *Evaluator {
	return &Evaluator{root: p.Root, latches: map[int]*latch{}, queues: map[int][]Event{}}
}

// Stopped reports whether a Stop has run: no event is looked at any more.
func (v *Evaluator) Stopped() bool { return v.stopped }

// Event decides one event. The error is what a test raised; hunter ends the
// trace then.
func (v *Evaluator) Event(e *Event) (bool, error) {
	if v.stopped {
		return false, nil
	}
	return v.ask(v.root, e)
}

// ask evaluates a predicate in the order in which hunter does: actions run on the way, so that what
// comes before one decides whether it runs.
func (v *Evaluator) ask(p query.Pred, e *Event) (bool, error) {
	switch p := p.(type) {
	case *query.Query:
		return all(p.Tests, e)
	case *query.And:
		return v.many(p.Of, e, false)
	case *query.Or:
		return v.many(p.Of, e, true)
	case *query.Not:
		ok, err := v.ask(p.Of, e)
		return !ok && err == nil, err
	case *query.When:
		ok, err := v.ask(p.If, e)
		if ok && err == nil {
			for _, a := range p.Do {
				v.run(a, e)
			}
		}
		return ok, err
	case *query.ActionPred:
		v.run(p.Do, e)
		return false, nil
	case *query.From:
		return v.from(p, e)
	case *query.Backlog:
		return v.backlog(p, e)
	case *query.Expr:
		return v.python(p.Text, e)
	case *query.Lambda:
		return v.python(p.Text, e)
	}
	return false, nil
}

// many asks members in order until one is end, which is what all come to then. One
// that cannot be decided leaves that to those after it.
func (v *Evaluator) many(of []query.Pred, e *Event, end bool) (bool, error) {
	var unknown error
	for _, m := range of {
		ok, err := v.ask(m, e)
		switch {
		case isUndecided(err):
			unknown = err
		case err != nil:
			return false, err
		case ok == end:
			return end, nil
		}
	}
	return !end && unknown == nil, unknown
}

// isUndecided tells what a recording does not know from what Python would have raised.
func isUndecided(err error) bool {
	var unknown *query.Undecided
	return errors.As(err, &unknown)
}

// all asks the tests of a Query in order and stops at the first that fails.
func all(tests []query.Test, e *Event) (bool, error) {
	for _, t := range tests {
		if ok, err := ask(t, e); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// ask is one test. A value that was cut decides only what its known part does.
func ask(t query.Test, e *Event) (bool, error) {
	if t.Field == "name" {
		return t.HoldsName(e.Function, e.Qualname)
	}
	value, _ := e.Field(t.Field)
	if (value.Kind == query.Recorded || len(value.Items) > 0) && !decidable(t, value) {
		return false, &query.Undecided{Why: t.Field + " was cut, or is no plain value"}
	}
	return t.Holds(value)
}

// decidable reports whether what is known of a recorded value is all that a test asks.
func decidable(t query.Test, value query.Value) bool {
	switch {
	case t.Op == query.Contains && value.Kind == query.Dict: // its keys are names
		return true
	case t.Op == query.Eq && t.Operand.Kind == query.None:
		return true
	}
	return value.Whole()
}

// run runs an action, or notes that it has stopped the tracer.
func (v *Evaluator) run(a *query.Action, e *Event) {
	if a.Kind == "Stop" {
		v.stopped = true
	}
	if v.Run != nil {
		v.Run(a, e)
	}
}

// python is a part that is Python code, where there is something that can evaluate it.
func (v *Evaluator) python(text string, e *Event) (bool, error) {
	if v.Python == nil {
		return false, &query.RuntimeError{Class: "RuntimeError", Text: "there is no Python to evaluate " + text}
	}
	value, err := v.Python(text, e)
	return value.Truth(), err
}

// from is hunter's From: one latch for all threads. Off, the condition turns it on at an
// event, whose depth and calls are remembered; on, it ends below the watermark, and the event
// at which it ends is not tried as a new start. While it is on the second predicate sees
// depth and calls relative to that first event.
func (v *Evaluator) from(p *query.From, e *Event) (bool, error) {
	l := v.latches[p.State]
	if l == nil {
		l = &latch{}
		v.latches[p.State] = l
	}
	switch {
	case !l.on:
		ok, err := v.ask(p.If, e)
		if !ok || err != nil {
			return false, err
		}
		*l = latch{on: true, depth: e.Depth, calls: e.Calls}
	case e.Depth-l.depth < p.Watermark:
		l.on = false
		return false, nil
	}
	if p.Then == nil {
		return true, nil
	}
	relative := *e
	relative.Depth -= l.depth
	relative.Calls -= l.calls
	return v.ask(p.Then, &relative)
}

// backlog is hunter's Backlog: events that do not match wait, at most Size of them; one that
// does has those before it shown, with callers made up around the first (Stack of them at
// most). The matching event itself is not shown by it. With Strip an event of the outermost
// depth empties what waits.
func (v *Evaluator) backlog(p *query.Backlog, e *Event) (bool, error) {
	ok, err := v.ask(p.If, e)
	if err != nil {
		return false, err
	}
	queue := v.queues[p.State]
	if ok {
		delete(v.queues, p.State)
		return true, v.dump(p, queue, e)
	}
	if p.Strip && e.Depth < 1 {
		queue = nil
	}
	accepted, err := v.accepts(p, e)
	if accepted {
		queue = append(queue, e.detach(p.Vars))
		queue = queue[max(0, len(queue)-max(0, p.Size)):]
	}
	v.queues[p.State] = queue
	return false, err
}

// accepts reports whether a Backlog keeps an event.
func (v *Evaluator) accepts(p *query.Backlog, e *Event) (bool, error) {
	if p.Filter == nil {
		return true, nil
	}
	return v.ask(p.Filter, e)
}

// dump gives what a Backlog kept to its action, after the calls that led to
// the first of it.
func (v *Evaluator) dump(p *query.Backlog, queue []Event, e *Event) error {
	if len(queue) == 0 {
		return nil
	}
	// The filter is asked again about what it let in: a copy may have lost what it asks for.
	first := true
	for _, s := range append(synthetic(p, &queue[0], e), queue...) {
		ok, err := v.accepts(p, &s)
		if err != nil {
			return err
		}
		if ok {
			s.Cleanup, first = first, false
			v.run(p.Do, &s)
		}
	}
	return nil
}

// synthetic makes up the calls around the first event of a Backlog, outermost
// first.
func synthetic(p *query.Backlog, first, e *Event) []Event {
	missing := p.Stack - (e.Depth - first.Depth)
	if first.Kind == "call" {
		missing++
	}
	stack := first.Stack
	if first.Around != nil {
		stack = first.Around()
	}
	n := min(first.Depth, max(0, missing), len(stack))
	var out []Event
	for i := n - 1; i >= 0; i-- {
		s := stack[i]
		s.Kind, s.Depth, s.Calls, s.Arg, s.Synthetic = "call", first.Depth-1-i, -1, query.Value{}, true
		if !p.Vars {
			s.Locals, s.Globals = query.Value{Kind: query.Dict}, query.Value{Kind: query.Dict}
		}
		out = append(out, s)
	}
	return out
}

// detach is the copy of an event that a Backlog keeps.
func (e *Event) detach(vars bool) Event {
	out := *e
	out.Detached = true
	out.Arg, out.Locals, out.Globals = query.Value{}, query.Value{Kind: query.Dict}, query.Value{Kind: query.Dict}
	if vars {
		out.Arg, out.Locals = query.NewStr(e.Arg.Repr()), reprs(e.Locals)
	}
	return out
}

// reprs is a dict with its values as text.
func reprs(dict query.Value) query.Value {
	items := slices.Clone(dict.Items)
	for i := 1; i < len(items); i += 2 {
		items[i] = query.NewStr(items[i].Repr())
	}
	return query.NewDict(items...)
}
