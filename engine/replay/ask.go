package replay

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/query/reference"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// Question is a query that is asked of a recording.
type Question struct {
	ID       int // as a Tracepoint's
	Compiled *tracepoint.Compiled

	Hits      uint64 // events that it was true of
	Errors    uint64 // events at which it raised
	FirstErr  string
	Undecided uint64 // events of which the recording does not tell whether it is true
	Why       string // of the first of those

	mainOnly  bool // threading_support=False
	needs     needs
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
// the query has nothing to do with it.
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

// run is an action of the tree.
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

func (q *Question) python(text string, e *reference.Event) (query.Value, error) {
	v, err := query.Evaluate(text, q.now.names)
	if err == nil && v.Kind == query.Recorded {
		return v, &query.Undecided{Why: "whether " + text + " is true was not recorded"}
	}
	return v, err
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

// values are what an action shows of an event; false: it records nothing.
func (q *Question) values(a *query.Action, e *reference.Event) ([]render.Value, bool) {
	switch a.Kind {
	case "CallPrinter":
		if e.Kind == "call" {
			return q.arguments(a, e), true
		}
		return q.one(a, e), true
	case "CodePrinter", "ErrorSnooper":
		return q.one(a, e), true
	case "VarsPrinter":
		return q.vars(a, e), true
	case "VarsSnooper":
		return q.snoop(a, e), true
	case "Stop":
		return nil, false
	}
	return nil, true
}

// gone reports an event whose frame is not the one of now.
func gone(e *reference.Event) bool { return e.Detached || e.Synthetic }

// one is the value of a return or an exception.
func (q *Question) one(a *query.Action, e *reference.Event) []render.Value {
	switch {
	case e.Kind != "return" && e.Kind != "exception":
		return nil
	case gone(e):
		return []render.Value{frozen("", e.Arg, a.ReprLimit)}
	case e.Kind == "return":
		return []render.Value{shown("", q.now.step.Value, a.ReprLimit)}
	}
	return []render.Value{shown("", q.now.step.ErrorArg, a.ReprLimit)}
}

func shown(name string, raw recording.Raw, limit int) render.Value {
	text, status := Text(raw, limit)
	return render.Value{Name: name, Text: text, Status: status}
}

// frozen is a value of a detached event: text already, or gone.
func frozen(name string, v query.Value, limit int) render.Value {
	switch v.Kind {
	case query.Str:
		return render.Value{Name: name, Text: cut(oneLine(v.Str), limit)}
	case query.None:
		return render.Value{Name: name, Text: "None"}
	}
	return render.Value{Name: name, Text: "?"}
}

// arguments are those of a call.
func (q *Question) arguments(a *query.Action, e *reference.Event) []render.Value {
	code := q.now.process.Codes[uint32(e.Code)]
	if code == nil {
		return nil
	}
	out := make([]render.Value, 0, len(code.Parameters))
	for _, name := range code.Parameters {
		bare := strings.TrimLeft(name, "*")
		if gone(e) {
			out = append(out, missingOr(name, e.Locals, bare, a.ReprLimit))
			continue
		}
		raw, ok := q.local(bare)
		if !ok {
			out = append(out, render.Value{Name: name, Text: "?", Status: render.Missing})
			continue
		}
		out = append(out, shown(name, raw, a.ReprLimit))
	}
	return out
}

func missingOr(name string, locals query.Value, bare string, limit int) render.Value {
	for i := 0; i+1 < len(locals.Items); i += 2 {
		if locals.Items[i].Str == bare {
			return frozen(name, locals.Items[i+1], limit)
		}
	}
	return render.Value{Name: name, Text: "?", Status: render.Missing}
}

// local is a name of the frame's own.
func (q *Question) local(name string) (recording.Raw, bool) {
	number, ok := q.now.process.TextNumber(name)
	if !ok {
		return nil, false
	}
	return q.now.frame.Names.Get(number)
}

// vars are a VarsPrinter's expressions.
func (q *Question) vars(a *query.Action, e *reference.Event) []render.Value {
	out := make([]render.Value, 0, len(a.Names))
	for _, text := range a.Names {
		if gone(e) {
			v := missingOr(text, e.Locals, text, a.ReprLimit)
			if v.Status == render.Missing {
				v = render.Value{Name: text, Status: render.Skipped}
			}
			out = append(out, v)
			continue
		}
		out = append(out, q.expression(text, a.ReprLimit))
	}
	return out
}

// expression is one name or expression in the frame of now.
func (q *Question) expression(text string, limit int) render.Value {
	if raw, ok := q.local(text); ok {
		return shown(text, raw, limit)
	}
	for _, name := range query.Names(text) {
		if _, err := q.now.names(name); err != nil {
			return render.Value{Name: text, Status: render.Skipped}
		}
	}
	v, err := query.Evaluate(text, q.now.names)
	var unknown *query.Undecided
	var raised *query.RuntimeError
	switch {
	case err == nil:
		return render.Value{Name: text, Text: cut(oneLine(v.Repr()), limit)}
	case errors.As(err, &unknown):
		if q.Undecided++; q.Why == "" {
			q.Why = unknown.Why
		}
		return render.Value{Name: text, Text: "?", Status: render.OK}
	case errors.As(err, &raised) && slices.Contains([]string{"NameError", "AttributeError", "KeyError"}, raised.Class):
		return render.Value{Name: text, Status: render.Skipped}
	}
	return render.Value{Name: text, Text: failure(err), Status: render.FailedEval}
}

// failure is the text of an exception that Python would have raised.
func failure(err error) string {
	var raised *query.RuntimeError
	if !errors.As(err, &raised) {
		return err.Error()
	}
	return raised.Class + "(" + query.NewStr(raised.Text).Repr() + ")"
}

// snoop are all names of the frame, sorted.
func (q *Question) snoop(a *query.Action, e *reference.Event) []render.Value {
	var out []render.Value
	if gone(e) {
		for i := 0; i+1 < len(e.Locals.Items); i += 2 {
			out = append(out, frozen(e.Locals.Items[i].Str, e.Locals.Items[i+1], a.ReprLimit))
		}
	} else {
		for _, ch := range q.now.frame.Names.All() {
			out = append(out, shown(q.now.process.Texts[ch.Name], ch.Value, a.ReprLimit))
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
