package query

import "github.com/tallyho-dev/tallyho/engine/diag"

// Pred is a predicate: a node of the tree that decides whether an event
// matches. Trees are immutable once a Program holds them.
type Pred interface {
	// Span is where the predicate stands in the text it was read from; empty
	// for one that was made up.
	Span() diag.Span
	// String is what hunter's str() of the predicate is.
	String() string
}

// Query holds if all its Tests hold. Tests are in order of evaluation.
type Query struct {
	Tests []Test
	At    diag.Span
}

// Test compares one field of the event with an operand.
type Test struct {
	Field   string
	Op      Op
	Operand Value
	At      diag.Span // the keyword and its value
	KeyAt   diag.Span // the keyword
	fault   *fault    // what it raises where an event reaches it; nil: nothing that is known
}

// And holds if all of its members do; it asks from left to right and stops at
// the first that does not.
type And struct {
	Of []Pred
	At diag.Span
}

// Or holds if one of its members does; it stops at the first.
type Or struct {
	Of []Pred
	At diag.Span
}

// Not turns a predicate round.
type Not struct {
	Of Pred
	At diag.Span
}

// When runs actions where its condition holds; its result is the condition's.
type When struct {
	If Pred
	Do []*Action // in order, each where If holds
	At diag.Span
}

// From is a latch: once If holds, events get through (Then permitting) until
// the depth falls Watermark below where it was. A call has its caller's depth: with
// Watermark 0 a latch that the call of f sets stays on until f's caller returns.
type From struct {
	If, Then  Pred // Then may be nil
	Watermark int
	State     int // unique in its Program
	At        diag.Span
}

// Backlog keeps the events for which If does not hold, and gives them to Do
// when it does: what happened before.
type Backlog struct {
	If     Pred
	Size   int     // events that are kept at most
	Stack  int     // outer calls that are shown before the first of them
	Vars   bool    // whether values are kept
	Strip  bool    // what was kept is forgotten when the outermost call ends
	Do     *Action // prints what was kept
	Filter Pred    // may be nil
	State  int     // unique in its Program
	At     diag.Span
}

// ActionPred is an action used as a predicate: it runs for each event that
// reaches it and never holds.
type ActionPred struct {
	Do *Action
	At diag.Span
}

// Expr holds where a Python expression, evaluated in the frame, is true.
type Expr struct {
	Text string
	At   diag.Span
}

// Lambda holds where a Python callable returns a true value for the event.
// Text is its source, usually a lambda.
type Lambda struct {
	Text  string
	At    diag.Span
	fault *fault
}

// Span is the place in the text.
func (p *Query) Span() diag.Span { return p.At }

// Span is the place in the text.
func (p *And) Span() diag.Span { return p.At }

// Span is the place in the text.
func (p *Or) Span() diag.Span { return p.At }

// Span is the place in the text.
func (p *Not) Span() diag.Span { return p.At }

// Span is the place in the text.
func (p *When) Span() diag.Span { return p.At }

// Span is the place in the text.
func (p *From) Span() diag.Span { return p.At }

// Span is the place in the text.
func (p *Backlog) Span() diag.Span { return p.At }

// Span is the place in the text.
func (p *ActionPred) Span() diag.Span { return p.At }

// Span is the place in the text.
func (p *Expr) Span() diag.Span { return p.At }

// Span is the place in the text.
func (p *Lambda) Span() diag.Span { return p.At }

// children are the predicates p is made of, in the order in which hunter
// evaluates them.
func children(p Pred) []Pred {
	switch p := p.(type) {
	case *And:
		return p.Of
	case *Or:
		return p.Of
	case *Not:
		return []Pred{p.Of}
	case *When:
		return []Pred{p.If}
	case *From:
		if p.Then != nil {
			return []Pred{p.If, p.Then}
		}
		return []Pred{p.If}
	case *Backlog:
		if p.Filter != nil {
			return []Pred{p.If, p.Filter}
		}
		return []Pred{p.If}
	}
	return nil
}

// Walk calls f for p and everything inside it, in order of evaluation.
func Walk(p Pred, f func(Pred)) {
	if p == nil {
		return
	}
	f(p)
	for _, c := range children(p) {
		Walk(c, f)
	}
}

// ActionsOf are the actions that p itself, not what is inside it, can run.
func ActionsOf(p Pred) []*Action {
	switch p := p.(type) {
	case *When:
		return p.Do
	case *ActionPred:
		return []*Action{p.Do}
	case *Backlog:
		return []*Action{p.Do}
	}
	return nil
}
