package query

import "slices"

// everyEvent are the kinds of action that record each event they are done at.
var everyEvent = []string{"CallPrinter", "CodePrinter", "StackPrinter", "VarsSnooper", "Log", "Event"}

// Pairs reports whether p is true of every call and of every return of the code that
// f tells of, whatever happens in it, and which of its actions records them all. Then
// a record of a call and the next one of a return in its thread are of one call. Facts
// that f does not have may hold or not, but are the same for both.
func (p *Program) Pairs(f Facts) (action int, ok bool) {
	if p.Hit != nil {
		return 0, false // some are left out
	}
	possible := []Facts{f}
	if _, known := f["stdlib"]; !known {
		possible = []Facts{f.With("stdlib", NewBool(false)), f.With("stdlib", NewBool(true))}
	}
	for _, f := range possible {
		at, always := p.always(f.With("kind", NewStr("call")))
		back, too := p.always(f.With("kind", NewStr("return")))
		switch {
		case always && too && at == back && (!ok || at == action):
			action, ok = at, true
		case p.Decide(f.With("kind", NewStr("call"))) != Never || p.Decide(f.With("kind", NewStr("return"))) != Never:
			return 0, false
		}
	}
	return action, ok
}

// always is the first action that records each event of which f is known.
func (p *Program) always(f Facts) (action int, ok bool) {
	s := reduce(p.Root, f)
	when, is := s.pred.(*When)
	if !is || !constant(when) {
		return 0, false
	}
	for {
		for _, a := range when.Do {
			if slices.Contains(everyEvent, a.Kind) {
				return a.ID, true
			}
		}
		if when, is = when.If.(*When); !is {
			return 0, false
		}
	}
}
