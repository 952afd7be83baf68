package query

import (
	"fmt"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// threadOptions are the names of trace's thread option; the last one given in
// this order wins, as in hunter.
var threadOptions = []string{"threading_support", "threads_support", "thread_support", "threadingsupport",
	"threadssupport", "threadsupport", "threading", "threads", "thread"}

// take removes the keyword of that name from keywords.
// The rest is a copy: configuration and options are gone through more than once.
func take(keywords []argument, name string) (*argument, []argument) {
	for i, k := range keywords {
		if k.name == name {
			rest := append(append([]argument{}, keywords[:i]...), keywords[i+1:]...)
			return &k, rest
		}
	}
	return nil, keywords
}

// trace is what trace(…) makes of its arguments: it takes its own options out,
// adds the configuration's and the default printer (CallPrinter, where neither action nor
// actions is given), and asks Q. A printer inside does not take the default's place:
// trace(When(x, CodePrinter)) prints twice, in hunter too.
func (b *builder) trace(positional, keywords []argument, at Span, p *Program) Pred {
	positional, keywords = b.withConfig(positional, keywords)
	var k *argument
	if k, keywords = take(keywords, "clear_env_var"); k != nil {
		p.ClearEnv = b.truth(*k)
	}
	if k, keywords = take(keywords, "profile"); k != nil {
		p.Profile = b.truth(*k)
	}
	for _, name := range threadOptions {
		if k, keywords = take(keywords, name); k != nil {
			p.ThreadSupport = nil
			if k.value.kind != objValue || k.value.value.Kind != None {
				yes := b.truth(*k)
				p.ThreadSupport = &yes
			}
		}
	}
	action, _ := take(keywords, "action")
	actions, _ := take(keywords, "actions")
	if action == nil && actions == nil {
		keywords = append(keywords, argument{name: "action", value: object{kind: objClass, name: "CallPrinter"}})
	}
	return b.q(positional, keywords, at)
}

// truth is an option's value as a bool.
// An object that is no value, such as an action, is true in Python as well.
func (b *builder) truth(k argument) bool {
	if k.value.kind == objValue {
		return k.value.value.Truth()
	}
	return k.value.kind != objBad
}

// q is hunter's Q: And of the positionals, with a Query of the keywords behind them, in a
// When with the actions where there are any. Of two printers, one a positional and one an
// action, the action goes.
func (b *builder) q(positional, keywords []argument, at Span) Pred {
	var action, actions *argument
	action, keywords = take(keywords, "action")
	actions, keywords = take(keywords, "actions")
	acts, ok := b.actionList(actions, action)
	if !ok {
		return nil
	}
	var members []Pred
	printer := false
	for _, a := range positional {
		p := b.predicate(a.value, true)
		if p == nil {
			ok = ok && a.value.kind == objBad
			continue
		}
		if r, isAction := p.(*ActionPred); isAction {
			printer = printer || r.Do.printsCode()
		}
		members = append(members, p)
	}
	for _, a := range acts {
		if !callableObject(a) && a.kind != objBad {
			b.errorf(b.span(a.node), "action-not-callable", "action %s is not callable", b.describe(a))
			ok = false
		}
	}
	if printer {
		acts = withoutPrinters(acts)
	}
	var result Pred
	if len(positional) == 0 || len(keywords) > 0 {
		members = append(members, b.query(keywords, at))
	}
	result = joinAnd(members, at)
	if !ok || len(members) == 0 {
		return nil
	}
	return b.when(result, acts, at)
}

// actionList is the actions of Q's two options: the list, then the single one.
// hunter joins them as list(actions) + [action], which fails for a tuple only where both are given.
func (b *builder) actionList(actions, action *argument) ([]object, bool) {
	var acts []object
	if actions != nil && actions.value.kind != objBad {
		o := actions.value
		list := o.kind == objItems || o.kind == objValue && (o.value.Kind == List || o.value.Kind == Tuple || o.value.Kind == Set)
		kind := o.typeName()
		switch {
		case action != nil && kind != "list":
			b.add(diag.Diagnostic{Severity: diag.Error, Code: "actions-not-a-list", Span: b.span(o.node),
				Summary: fmt.Sprintf("actions must be a list when action is given too, not a %s", kind), Hint: "Write actions=[…]."})
			return nil, false
		case !list:
			b.add(diag.Diagnostic{Severity: diag.Error, Code: "not-iterable", Span: b.span(o.node),
				Summary: fmt.Sprintf("actions must be a list, not '%s'", kind), Hint: "Write actions=[…]."})
			return nil, false
		}
		acts = append(acts, o.items...)
	}
	if action != nil {
		acts = append(acts, action.value)
	}
	return acts, true
}

// withoutPrinters drops CallPrinter and CodePrinter from acts. hunter removes
// them from the list it walks over, so of two in a row the second stays.
func withoutPrinters(acts []object) []object {
	for i := 0; i < len(acts); i++ {
		a := acts[i]
		if a.kind == objClass && codePrinters[a.name] || a.kind == objAction && a.action.printsCode() {
			acts = append(append([]object{}, acts[:i]...), acts[i+1:]...)
		}
	}
	return acts
}

// when wraps p in a When with those actions, if there are any. A predicate
// among the actions is asked and its answer ignored.
func (b *builder) when(p Pred, acts []object, at Span) Pred {
	var run []*Action
	flush := func() {
		if len(run) > 0 {
			p, run = &When{If: p, Do: run, At: at}, nil
		}
	}
	for _, o := range acts {
		if o.kind == objPred {
			flush()
			p = &And{Of: []Pred{p, &Or{Of: []Pred{o.pred, &Query{At: at}}, At: at}}, At: at}
			continue
		}
		a := b.action(o)
		if a == nil {
			return nil
		}
		run = append(run, a)
	}
	flush()
	return p
}

// predicate makes a predicate of an argument. With strict, what cannot be
// called is refused at once; otherwise it would fail when an event reaches it.
func (b *builder) predicate(o object, strict bool) Pred {
	at := b.span(o.node)
	switch o.kind {
	case objPred:
		return o.pred
	case objAction:
		return &ActionPred{Do: o.action, At: at}
	case objClass:
		if a := b.newAction(o.name, o.node, nil, nil); a != nil {
			return &ActionPred{Do: a, At: at}
		}
		return nil
	case objFunction:
		b.notCalled(o)
		return nil
	case objValue:
		if o.value.callable() {
			l := &Lambda{Text: o.value.Str, At: at}
			if !o.value.Arity.accepts(1) {
				l.fault = &fault{class: "TypeError", code: "lambda-arity", always: true,
					text: "the lambda must take one argument, the event"}
			}
			return l
		}
	case objBad:
		return nil
	}
	if strict || o.kind != objValue {
		b.errorf(at, "not-callable", "predicate %s is not callable", b.describe(o))
		return nil
	}
	return &Lambda{Text: o.value.Repr(), At: at, fault: &fault{class: "TypeError", code: "not-callable", always: true,
		text: fmt.Sprintf("'%s' object is not callable", o.typeName())}}
}

// notCalled reports a function's name where its result is meant.
// hunter would take the function itself for a predicate, which is true of every event: nobody means that.
func (b *builder) notCalled(o object) {
	b.add(diag.Diagnostic{Severity: diag.Error, Code: "not-called", Span: b.span(o.node), Summary: fmt.Sprintf("%s is not called", o.name),
		Hint: fmt.Sprintf("Did you mean %s(…)?", o.name), Fix: o.name + "()"})
}

// callableObject reports whether Python could call o.
func callableObject(o object) bool {
	return o.kind == objPred || o.kind == objAction || o.kind == objClass || o.kind == objFunction || o.kind == objValue && o.value.callable()
}

// describe is o as a message shows it.
func (b *builder) describe(o object) string {
	if o.kind == objValue {
		return clip(o.value.Repr(), 60)
	}
	return "(a " + o.typeName() + ")"
}

// andCall is the function And: keywords become one Query at the end, members that are And
// themselves contribute theirs, and one argument alone is returned as it is.
func (b *builder) andCall(n *node, positional, keywords []argument) Pred {
	members, ok := b.members(positional, len(positional)+len(keywords) == 1)
	if len(keywords) > 0 {
		members = append(members, b.query(keywords, b.span(n)))
	}
	return b.need(n, "And", joinAnd(members, b.span(n)), ok && len(members) == 0)
}

// orCall is the function Or: each keyword is a Query of its own.
func (b *builder) orCall(n *node, positional, keywords []argument) Pred {
	members, ok := b.members(positional, len(positional)+len(keywords) == 1)
	for _, k := range keywords {
		members = append(members, b.query([]argument{k}, k.at))
	}
	return b.need(n, "Or", joinOr(members, b.span(n)), ok && len(members) == 0)
}

// notCall is the function Not: several arguments are joined by And first.
func (b *builder) notCall(n *node, positional, keywords []argument) Pred {
	members, ok := b.members(positional, false)
	if len(keywords) > 0 {
		members = append(members, b.query(keywords, b.span(n)))
	}
	if p := b.need(n, "Not", joinAnd(members, b.span(n)), ok && len(members) == 0); p != nil {
		return &Not{Of: p, At: b.span(n)}
	}
	return nil
}

// members makes predicates of arguments. ok is false if one was refused. A
// single one is handed on as it is, to whoever refuses it then.
// All are made though one is refused, so that every mistake is told.
func (b *builder) members(positional []argument, strict bool) (out []Pred, ok bool) {
	ok = true
	for _, a := range positional {
		p := b.predicate(a.value, strict)
		if p == nil {
			ok = false
			continue
		}
		out = append(out, p)
	}
	return out, ok
}

// need reports a call without arguments.
func (b *builder) need(n *node, name string, p Pred, missing bool) Pred {
	if missing {
		b.errorf(b.span(n), "missing-argument", "%s needs at least one argument", name)
	}
	return p
}

// joinAnd is all of members at once: one is itself, an And among them
// contributes its members, none is nil.
// An And within an And is the same question, and str() of hunter's shows it flat.
func joinAnd(members []Pred, at Span) Pred {
	if len(members) <= 1 {
		return first(members)
	}
	out := &And{At: at}
	for _, m := range members {
		if a, ok := m.(*And); ok {
			out.Of = append(out.Of, a.Of...)
		} else {
			out.Of = append(out.Of, m)
		}
	}
	return out
}

// joinOr is any of members, joined as joinAnd does.
func joinOr(members []Pred, at Span) Pred {
	if len(members) <= 1 {
		return first(members)
	}
	out := &Or{At: at}
	for _, m := range members {
		if o, ok := m.(*Or); ok {
			out.Of = append(out.Of, o.Of...)
		} else {
			out.Of = append(out.Of, m)
		}
	}
	return out
}

// first is the one member of a list that has no more; nil of none, which callers report.
func first(members []Pred) Pred {
	if len(members) == 0 {
		return nil
	}
	return members[0]
}
