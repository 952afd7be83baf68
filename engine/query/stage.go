package query

// Facts are the fields of an event whose values are known before it happens:
// those of its code object, and perhaps of its place.
type Facts map[string]Value

// CodeFacts are what is known of a code object.
func CodeFacts(module, filename, function, qualname, path string, stdlib bool) Facts {
	return Facts{"module": NewStr(module), "filename": NewStr(filename), "function": NewStr(function),
		"qualname": NewStr(qualname), "path": NewStr(path), "stdlib": NewBool(stdlib), "builtin": NewBool(false)}
}

// With is f and one more fact.
func (f Facts) With(field string, v Value) Facts {
	out := make(Facts, len(f)+1)
	for k, x := range f {
		out[k] = x
	}
	out[field] = v
	return out
}

// Verdict is what Facts alone decide of a Program.
type Verdict uint8

// The verdicts.
const (
	Ask    Verdict = iota // something must be asked at the event
	Never                 // nothing can happen: the code needs no probe
	Always                // it holds: only the actions remain
)

// Decide says what f decides of p.
func (p *Program) Decide(f Facts) Verdict {
	s := reduce(p.Root, f)
	switch {
	case s.truth == isFalse && s.pure:
		return Never
	case s.truth == isTrue && constant(s.pred):
		return Always
	}
	return Ask
}

// Residual returns what is left of p once the facts in f are known. Its
// predicate is empty when it holds for every event, and an Or of nothing when
// it holds for none. Latches and actions keep their numbers.
//
// Where p raises for an event, its Residual may decide without asking what
// raised.
func (p *Program) Residual(f Facts) *Program {
	out := *p
	out.Root = reduce(p.Root, f).pred
	return &out
}

// truth is three-valued.
type truth uint8

const (
	isUnknown truth = iota
	isTrue
	isFalse
)

// not leaves what is not known unknown.
func (t truth) not() truth {
	switch t {
	case isTrue:
		return isFalse
	case isFalse:
		return isTrue
	}
	return isUnknown
}

// staged is a predicate after facts: what is left of it, what it will come
// to, and whether asking it does nothing else (runs no action, turns no latch).
type staged struct {
	pred  Pred  // what is left to ask
	truth truth // what it will come to, as far as that is known
	pure  bool  // asking it does nothing else
}

// isConstTrue reports a query without tests, which is true of everything.
func isConstTrue(p Pred) bool {
	q, ok := p.(*Query)
	return ok && len(q.Tests) == 0
}

// constant reports whether p runs its actions without asking anything.
func constant(p Pred) bool {
	w, ok := p.(*When)
	return isConstTrue(p) || ok && constant(w.If)
}

// known is a predicate that is decided: in the form that needs no further look.
func known(p Pred, holds bool) staged {
	if holds {
		return staged{&Query{At: p.Span()}, isTrue, true}
	}
	return staged{&Or{At: p.Span()}, isFalse, true}
}

// reduce decides what the facts of a code object decide, and leaves the rest to be asked at each
// event. pure says that asking it has no effect: only then it may be left out.
func reduce(p Pred, f Facts) staged {
	switch p := p.(type) {
	case *Query:
		return p.reduce(f)
	case *And:
		return reduceMany(p, p.Of, f, isFalse)
	case *Or:
		return reduceMany(p, p.Of, f, isTrue)
	case *Not:
		s := reduce(p.Of, f)
		if s.pure && s.truth != isUnknown {
			return known(p, s.truth == isFalse)
		}
		return staged{&Not{Of: s.pred, At: p.At}, s.truth.not(), s.pure}
	case *When:
		s := reduce(p.If, f)
		if s.truth == isFalse {
			return s
		}
		return staged{&When{If: s.pred, Do: p.Do, At: p.At}, s.truth, false}
	case *ActionPred:
		return staged{p, isFalse, false}
	case *From:
		return p.reduce(f)
	case *Backlog:
		// The filter stays whole: it is also asked about the calls that are
		// made up, which other code objects made.
		out := *p
		out.If = reduce(p.If, f.withoutCounters()).pred
		return staged{&out, isUnknown, false}
	case *Expr:
		return staged{p, isUnknown, true}
	}
	return staged{p, isUnknown, false}
}

// withoutCounters drops facts that mean something else inside a From.
func (f Facts) withoutCounters() Facts {
	out := Facts{}
	for k, v := range f {
		if k != "depth" && k != "calls" {
			out[k] = v
		}
	}
	return out
}

// reduce leaves a From in place, for it remembers. Then is asked about depth and calls as they are
// counted since it began, of which the facts say nothing.
func (p *From) reduce(f Facts) staged {
	out := *p
	out.If = reduce(p.If, f).pred
	if p.Then != nil {
		out.Then = reduce(p.Then, f.withoutCounters()).pred
	}
	return staged{&out, isUnknown, false}
}

// reduce drops the tests that hold of the code object; one that does not decides all.
func (p *Query) reduce(f Facts) staged {
	var left []Test
	for _, t := range p.Tests {
		holds, ok := t.decide(f)
		switch {
		case !ok:
			left = append(left, t)
		case !holds:
			return known(p, false)
		}
	}
	if len(left) == 0 {
		return known(p, true)
	}
	return staged{&Query{Tests: left, At: p.At}, isUnknown, true}
}

// decide answers a test from facts; ok is false where they do not tell, or the
// test raises.
func (t Test) decide(f Facts) (holds, ok bool) {
	if t.Field == "name" {
		function, ok1 := f["function"]
		qualname, ok2 := f["qualname"]
		if !ok1 || !ok2 {
			return false, false
		}
		holds, err := t.HoldsName(function.Str, qualname.Str)
		return holds, err == nil
	}
	v, ok := f[t.Field]
	if !ok {
		return false, false
	}
	holds, err := t.Holds(v)
	return holds, err == nil
}

// reduceMany reduces an And, which a false member ends, or an Or, which a true
// one does (end).
func reduceMany(p Pred, of []Pred, f Facts, end truth) staged {
	out := staged{truth: end.not(), pure: true}
	var left []Pred
	for _, m := range of {
		s := reduce(m, f)
		if s.truth == end && s.pure && out.pure {
			return known(p, end == isTrue)
		}
		if s.truth == end.not() && s.pure {
			continue
		}
		left = append(left, s.pred)
		out.pure = out.pure && s.pure
		if s.truth == end {
			out.truth = end
			break
		}
		if s.truth == isUnknown {
			out.truth = isUnknown
		}
	}
	switch {
	case len(left) == 0:
		return known(p, end == isFalse)
	case len(left) == 1:
		out.pred = left[0]
	case end == isFalse:
		out.pred = &And{Of: left, At: p.Span()}
	default:
		out.pred = &Or{Of: left, At: p.Span()}
	}
	return out
}

// KindsOf are the kinds of event for which p can do anything, given f.
func (p *Program) KindsOf(f Facts) []string {
	var out []string
	for _, k := range Kinds {
		if p.Decide(f.With("kind", NewStr(k))) != Never {
			out = append(out, k)
		}
	}
	return out
}

// LinesOf are those of lines at which p can do anything, given f.
func (p *Program) LinesOf(f Facts, lines []int) []int {
	var out []int
	for _, n := range lines {
		if p.Decide(f.With("lineno", NewInt(int64(n)))) != Never {
			out = append(out, n)
		}
	}
	return out
}
