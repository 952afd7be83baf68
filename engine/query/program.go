package query

import "github.com/tallyho-dev/tallyho/engine/diag"

// Program is a query that was read and checked: what must be true, and what
// happens then. It is immutable.
type Program struct {
	Text     string
	Root     Pred
	Actions  []*Action     // by Action.ID
	Hit      *HitCondition // counted where Root is true; nil: always
	Warnings diag.List     // what is odd and yet may run

	// NeedsDepth and NeedsCalls say that hunter's counters must be kept, for a
	// test or a From or Backlog looks at them.
	NeedsDepth bool
	NeedsCalls bool

	// What trace(…) was told besides.
	Profile       bool  // events of C functions instead of lines
	ThreadSupport *bool // nil: new threads are traced, names shown when there are several
	ClearEnv      bool  // child processes are not traced
}

// maxTree bounds how deep predicates nest.
const maxTree = 150

// NewProgram makes a Program of a predicate that runs those actions where it
// holds. A nil root is always true.
func NewProgram(text string, root Pred, actions ...Action) *Program {
	if root == nil {
		root = &Query{}
	}
	var do []*Action
	for _, a := range actions {
		do = append(do, &a)
	}
	if len(do) > 0 {
		root = &When{If: root, Do: do, At: root.Span()}
	}
	p := &Program{Text: text, Root: root}
	p.number()
	return p
}

// With is p where other holds too. Other is asked only where p holds, before
// p's actions run; its own actions are kept.
// A tracepoint's place and its condition are joined this way (engine/tracepoint).
func (p *Program) With(other Pred) *Program {
	out := *p
	switch root := p.Root.(type) {
	case *When:
		out.Root = &When{If: joinAnd([]Pred{root.If, other}, root.At), Do: root.Do, At: root.At}
	default:
		out.Root = joinAnd([]Pred{root, other}, root.Span())
	}
	out.Root = clone(out.Root)
	out.number()
	return &out
}

// number gives actions and latches their numbers, and finds out which
// counters the tree needs. Only constructors call it, before p is shared.
func (p *Program) number() {
	p.Actions = nil
	seen := map[*Action]bool{}
	state := 0
	Walk(p.Root, func(n Pred) {
		switch n := n.(type) {
		case *Query:
			for _, t := range n.Tests {
				p.NeedsDepth = p.NeedsDepth || t.Field == "depth"
				p.NeedsCalls = p.NeedsCalls || t.Field == "calls"
			}
		case *Lambda:
			p.NeedsDepth, p.NeedsCalls = true, true
		case *From:
			state++
			n.State = state
			p.NeedsDepth, p.NeedsCalls = true, true
		case *Backlog:
			state++
			n.State = state
			p.NeedsDepth = true
		}
		for _, a := range ActionsOf(n) {
			if !seen[a] {
				seen[a] = true
				a.ID = len(p.Actions)
				p.Actions = append(p.Actions, a)
			}
		}
	})
}

// clone copies a tree and its actions, so that they can be numbered anew.
// An action that stands at two places stays one: it has one number, and its state is its own.
func clone(p Pred) Pred {
	copied := map[*Action]*Action{}
	action := func(a *Action) *Action {
		if copied[a] == nil {
			b := *a
			copied[a] = &b
		}
		return copied[a]
	}
	var do func(p Pred) Pred
	many := func(of []Pred) []Pred {
		out := make([]Pred, len(of))
		for i, p := range of {
			out[i] = do(p)
		}
		return out
	}
	do = func(p Pred) Pred {
		switch p := p.(type) {
		case *And:
			return &And{Of: many(p.Of), At: p.At}
		case *Or:
			return &Or{Of: many(p.Of), At: p.At}
		case *Not:
			return &Not{Of: do(p.Of), At: p.At}
		case *When:
			out := &When{If: do(p.If), At: p.At}
			for _, a := range p.Do {
				out.Do = append(out.Do, action(a))
			}
			return out
		case *From:
			out := *p
			out.If, out.Then = do(p.If), do(p.Then)
			return &out
		case *Backlog:
			out := *p
			out.If, out.Filter, out.Do = do(p.If), do(p.Filter), action(p.Do)
			return &out
		case *ActionPred:
			return &ActionPred{Do: action(p.Do), At: p.At}
		}
		return p
	}
	return do(p)
}

// treeDepth is how deep p nests, as far as limit.
// The limit keeps the measuring itself from going as deep as what it is to find.
func treeDepth(p Pred, limit int) int {
	if limit <= 0 {
		return 0
	}
	deepest := 0
	for _, c := range children(p) {
		deepest = max(deepest, treeDepth(c, limit-1))
	}
	return deepest + 1
}

// String is hunter's str() of the whole predicate.
func (p *Program) String() string { return p.Root.String() }

// Python lists the places of a Program that are Python code and would be run
// inside the program: a careful session refuses them. Names, attributes and
// items are not code.
// Attributes count as no code, for the bridge reads them without calling what a class defines.
func (p *Program) Python() diag.List {
	c := &collector{size: len(p.Text)}
	say := func(at Span, what string) {
		c.add(diag.Diagnostic{Severity: diag.Error, Code: "python-not-allowed", Span: at, Summary: what + " runs Python code in the program",
			Detail: "A careful session takes queries, plain names, attributes and items only."})
	}
	Walk(p.Root, func(n Pred) {
		switch n := n.(type) {
		case *Lambda:
			say(n.At, "a callable")
		case *Expr:
			if !PlainExpression(n.Text) {
				say(n.At, "this expression")
			}
		case *Query:
			for _, t := range n.Tests {
				if t.Operand.Kind == Callable {
					say(t.At, "a callable")
				}
			}
		}
		for _, a := range ActionsOf(n) {
			a.python(func(what string) { say(n.Span(), what) })
		}
	})
	return c.list
}

// python tells of what in an action is Python code.
func (a *Action) python(say func(string)) {
	if a.Kind == "Call" || a.Kind == "Debugger" && a.Text != "" && a.Text != "pdb.Pdb" {
		say("a callable")
	}
	if a.ReprFunc != "" && a.ReprFunc != "safe_repr" && a.ReprFunc != "fields" {
		say("repr_func")
	}
	for _, name := range a.Names {
		if !PlainExpression(name) {
			say("the expression " + NewStr(name).Repr())
		}
	}
	pythonIn(a.Template, say)
}

// pythonIn says which slots of a log message, also in formats, hold more than a
// plain name.
func pythonIn(pieces []Piece, say func(string)) {
	for _, piece := range pieces {
		if piece.Slot >= 0 && !PlainExpression(piece.Expr) {
			say("the expression " + NewStr(piece.Expr).Repr())
		}
		pythonIn(piece.Nested, say)
	}
}
