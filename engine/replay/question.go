package replay

import (
	"errors"
	"fmt"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/query/reference"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// Question is a query that is asked of a recording.
type Question struct {
	ID       int // as a Tracepoint's
	Compiled *tracepoint.Compiled

	Hits      uint64 // events that it was true of
	Errors    uint64 // events at which it raised
	FirstErr  string // what it raised first
	Undecided uint64 // events of which the recording does not tell whether it is true
	Why       string // of the first of those

	mainOnly  bool  // threading_support=False
	needs     needs // what of an event has to be worked out
	evaluator *reference.Evaluator
	waiting   []waiting // actions that wait until the hit condition is known
	now       *moment
	emit      func(*query.Action, *reference.Event)
	decided   map[decision]query.Verdict
}

// waiting is an action that will run if the hit condition says so.
type waiting struct {
	action *query.Action
	event  reference.Event
}

// decision is a place and a kind of event, by which is kept whether the query may hold there.
type decision struct {
	process int
	place   uint32
	kind    recording.Kind
}

// NewQuestion makes a Question of a compiled query. It refuses, by name, what
// only the running program could answer.
func NewQuestion(id int, c *tracepoint.Compiled) (*Question, error) {
	if what := refused(c.Program); what != "" {
		return nil, fmt.Errorf("%s runs code of the program, and a recording has none: ask it with tallyho run", what)
	}
	if c.Program.Profile {
		return nil, errors.New("profile=True is about C functions, which are not recorded: ask it with tallyho run")
	}
	q := &Question{ID: id, Compiled: c, needs: needsOf(c.Program), evaluator: reference.NewEvaluator(c.Program), decided: map[decision]query.Verdict{}}
	if support := c.Program.ThreadSupport; support != nil {
		q.mainOnly = !*support
	}
	q.evaluator.Run = q.run
	q.evaluator.Python = q.python
	return q, nil
}

// refused names what a recording cannot answer, "" is nothing.
func refused(p *query.Program) (what string) {
	say := func(text string) {
		if what == "" {
			what = text
		}
	}
	query.Walk(p.Root, func(n query.Pred) {
		switch n := n.(type) {
		case *query.Lambda:
			say("lambda")
		case *query.Query:
			for _, t := range n.Tests {
				if t.Operand.Kind == query.Callable {
					say("lambda")
				}
			}
		}
	})
	for _, a := range p.Actions {
		switch {
		case a.Kind == "Call":
			say("a callable as an action")
		case a.Kind == "Debugger" || a.Kind == "Manhole":
			say(a.Kind)
		case a.ReprFunc != "" && a.ReprFunc != "safe_repr":
			say("repr_func")
		}
	}
	return what
}

// ask asks about one event.
func (q *Question) ask(m *moment) {
	if q.evaluator.Stopped() || q.never(m) {
		return
	}
	q.now, q.waiting = m, q.waiting[:0]
	e := m.event(q.needs)
	holds, err := q.evaluator.Event(e)
	var unknown *query.Undecided
	switch {
	case errors.As(err, &unknown):
		if q.Undecided++; q.Why == "" {
			q.Why = unknown.Why
		}
	case err != nil:
		q.failed(err, m)
	case holds:
		q.hit(e)
	}
}

// never reports an event of which the code, the line and the kind alone say that
// the query has nothing to do with it. It is worked out once for each place and kind, so
// that of most steps a selective query asks nothing.
func (q *Question) never(m *moment) bool {
	d := decision{m.process.Number, m.step.Place, m.step.Kind}
	verdict, known := q.decided[d]
	if !known {
		c := m.frame.Code
		facts := query.CodeFacts(c.Module, c.Filename, c.Function, c.Qualname, c.Path, c.Stdlib).
			With("kind", query.NewStr(string(kinds[m.step.Kind]))).With("lineno", query.NewInt(int64(m.frame.Line)))
		verdict = q.Compiled.Program.Decide(facts)
		q.decided[d] = verdict
	}
	return verdict == query.Never
}

// failed counts an evaluation that raised. A name that is not bound is no error.
func (q *Question) failed(err error, m *moment) {
	var raised *query.RuntimeError
	if errors.As(err, &raised) && raised.Class == "NameError" {
		return
	}
	if q.Errors++; q.FirstErr == "" {
		q.FirstErr = fmt.Sprintf("%v at %s of %s (%s:%d)", err, kinds[m.step.Kind], m.frame.Code.Qualname, m.frame.Code.Filename, m.frame.Line)
	}
}

// run is an action of the tree. Where the query has a hit condition it waits: whether the
// event is a hit is known when the whole tree has been asked.
func (q *Question) run(a *query.Action, e *reference.Event) {
	if q.Compiled.Program.Hit != nil && !e.Detached && !e.Synthetic {
		q.waiting = append(q.waiting, waiting{a, *e})
		return
	}
	q.emit(a, e)
}

// hit counts an event that the query was true of, and does what waited for that.
func (q *Question) hit(e *reference.Event) {
	q.Hits++
	if h := q.Compiled.Program.Hit; h != nil && !h.Fires(q.Hits) {
		return
	}
	for _, w := range q.waiting {
		q.emit(w.action, &w.event)
	}
	if a := q.Compiled.Recording(); a != nil {
		q.emit(a, e)
	}
}

// python is an expr=… on recorded values. An object of the program's may be true or not by
// its own __bool__, which was not asked.
func (q *Question) python(text string, e *reference.Event) (query.Value, error) {
	v, err := query.Evaluate(text, q.now.names)
	if err == nil && v.Kind == query.Recorded {
		return v, &query.Undecided{Why: "whether " + text + " is true was not recorded"}
	}
	return v, err
}
