package query

import (
	"fmt"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// whenCall is When(condition, *actions), of at least one action: they run in order where the
// condition holds, and the result is the condition's.
func (b *builder) whenCall(n *node, positional, keywords []argument) Pred {
	for _, k := range keywords {
		b.unknownOption("When", k, nil)
	}
	if len(positional) == 0 {
		b.errorf(b.span(n), "missing-argument", "When needs a condition and at least one action")
		return nil
	}
	cond := b.predicate(positional[0].value, false)
	if len(positional) == 1 {
		b.errorf(b.span(n), "missing-argument", "When needs at least one action")
		return nil
	}
	var acts []object
	for _, a := range positional[1:] {
		if !callableObject(a.value) && a.value.kind != objBad {
			b.errorf(a.at, "action-not-callable", "action %s is not callable", b.describe(a.value))
			return nil
		}
		acts = append(acts, a.value)
	}
	if cond == nil || len(keywords) > 0 {
		return nil
	}
	return b.when(cond, acts, b.span(n))
}

// fromCall is the function From(condition=None, predicate=None, watermark=0, **kw) of
// hunter's package, which is not the class of that name: its keywords are shared out
// (fromKeywords). Predicates and keywords at once are a TypeError in hunter, so nobody has
// such a query to bring along, and what it ought to mean is not guessed here.
func (b *builder) fromCall(n *node, positional, keywords []argument) Pred {
	// From's own three are bound as Python would bind them; the rest are criteria.
	var own, rest []argument
	for _, k := range keywords {
		if k.name == "condition" || k.name == "predicate" || k.name == "watermark" {
			own = append(own, k)
		} else {
			rest = append(rest, k)
		}
	}
	got := b.bind(n, "From", []string{"condition", "predicate", "watermark"}, positional, own)
	if got == nil {
		return nil
	}
	out := &From{At: b.span(n)}
	if w, ok := got["watermark"]; ok && !b.integer(w, &out.Watermark) {
		return nil
	}
	cond, hasCond := given(got, "condition")
	then, hasThen := given(got, "predicate")
	if !hasCond && !hasThen {
		return b.fromKeywords(out, rest)
	}
	if len(rest) > 0 {
		b.add(diag.Diagnostic{Severity: diag.Error, Code: "mixed-arguments", Span: rest[0].keyAt,
			Summary: fmt.Sprintf("unexpected argument %q: From takes predicates or keywords, not both", rest[0].name),
			Hint:    "Put the keywords into a Q(…)."})
		return nil
	}
	if !hasCond {
		cond.value = object{kind: objValue, node: n}
	}
	out.If = b.predicate(cond.value, false)
	if hasThen {
		if out.Then = b.predicate(then.value, false); out.Then == nil {
			return nil
		}
	}
	if out.If == nil {
		return nil
	}
	return out
}

// given is the argument of that name unless it is missing or None.
// hunter's own default is None, so that giving it is giving nothing.
func given(got map[string]argument, name string) (argument, bool) {
	a, ok := got[name]
	return a, ok && (a.value.kind != objValue || a.value.value.Kind != None)
}

// fromKeywords shares keywords between condition and predicate. Once the condition has held,
// depth and calls are counted from there, and only the predicate is asked with these
// numbers: so From(function='f', depth_lt=2) is f and what it calls itself, wherever f is.
// Were depth_lt=2 asked by the condition, f would have to be near the program's bottom.
// A field that merely begins like them does not exist, so the prefix is enough.
func (b *builder) fromKeywords(out *From, keywords []argument) Pred {
	var cond, then []argument
	for _, k := range keywords {
		if strings.HasPrefix(k.name, "depth") || strings.HasPrefix(k.name, "calls") {
			then = append(then, k)
		} else {
			cond = append(cond, k)
		}
	}
	out.If, out.Then = b.query(cond, out.At), b.query(then, out.At)
	return out
}

// integer reads an int option, within 32 bits: that is what a record has for a depth, and
// no program has more of anything that is counted here. A bool is an int, as in Python.
func (b *builder) integer(a argument, into *int) bool {
	v := a.value.value
	switch {
	case a.value.kind == objBad:
		return false
	case a.value.kind == objValue && v.Kind == Bool:
		*into = 0
		if v.Bool {
			*into = 1
		}
		return true
	case a.value.kind == objValue && v.Kind == Int && v.Int.IsInt64() && v.Int.Int64() < 1<<31 && v.Int.Int64() > -1<<31:
		*into = int(v.Int.Int64())
		return true
	}
	b.errorf(b.span(a.value.node), "bad-option", "%s must be an int, not %s", optionName(a), b.describe(a.value))
	return false
}

// optionName is how a problem names an argument.
func optionName(a argument) string {
	if a.name == "" {
		return "this argument"
	}
	return a.name
}

// maxBacklog bounds how many events a Backlog keeps. They are kept in the program's own
// memory; hunter has no bound, and a mistyped size would fill it.
const maxBacklog = 100_000

// backlogCall is the function Backlog: its condition is And of the positionals and a Query of
// the keywords that are no options of its own; of neither it is a TypeError in hunter.
//
// Options are taken out before the rest is read, for they and fields are written alike. Each
// mistake in them is told, and only then is the Backlog given up.
func (b *builder) backlogCall(n *node, positional, keywords []argument) Pred {
	out := &Backlog{Size: 100, Stack: 10, Strip: true, At: b.span(n)}
	var k *argument
	ok := true
	if k, keywords = take(keywords, "size"); k != nil {
		ok = b.integer(*k, &out.Size) && ok
		if out.Size > maxBacklog {
			b.errorf(k.at, "too-large", "a backlog keeps at most %d events", maxBacklog)
			ok = false
		}
	}
	if k, keywords = take(keywords, "stack"); k != nil {
		ok = b.integer(*k, &out.Stack) && ok
	}
	if k, keywords = take(keywords, "vars"); k != nil {
		out.Vars = b.truth(*k)
	}
	if k, keywords = take(keywords, "strip"); k != nil {
		out.Strip = b.truth(*k)
	}
	action := argument{value: object{kind: objClass, name: "CallPrinter", node: n}, at: b.span(n)}
	if k, keywords = take(keywords, "action"); k != nil {
		action = *k
	}
	if k, keywords = take(keywords, "filter"); k != nil && (k.value.kind != objValue || k.value.value.Kind != None) {
		out.Filter = b.predicate(k.value, false)
		ok = ok && out.Filter != nil
	}
	members, all := b.members(positional, false)
	if len(keywords) > 0 {
		members = append(members, b.query(keywords, b.span(n)))
	}
	if len(members) == 0 {
		if all {
			b.add(diag.Diagnostic{Severity: diag.Error, Code: "missing-argument", Span: b.span(n), Summary: "Backlog needs at least one condition",
				Detail: "Without one it would keep every event and show none."})
		}
		return nil
	}
	out.If = joinAnd(members, b.span(n))
	out.Do = b.printer(action)
	if !ok || !all || out.Do == nil {
		return nil
	}
	return out
}

// printer makes the action of a Backlog, which must print: it is given events that are over,
// whose frames have gone on. Debugger and its like would look at another moment.
func (b *builder) printer(a argument) *Action {
	if a.value.kind == objBad {
		return nil
	}
	if a.value.kind == objClass || a.value.kind == objAction {
		act := b.action(a.value)
		if act == nil || act.isPrinter() {
			return act
		}
	}
	b.add(diag.Diagnostic{Severity: diag.Error, Code: "not-an-action", Span: a.at,
		Summary: fmt.Sprintf("action %s must be a printer", b.describe(a.value)), Detail: "Such as CallPrinter, CodePrinter or VarsPrinter."})
	return nil
}

// filterCall is Backlog.filter(*predicates, **criteria): a new Backlog that
// keeps only what all filters accept. As in hunter strip is on again.
func (b *builder) filterCall(n *node, old *Backlog, positional, keywords []argument) Pred {
	members, ok := b.members(positional, false)
	if old.Filter != nil {
		members = append([]Pred{old.Filter}, members...)
	}
	if len(keywords) > 0 || len(members) == 0 {
		members = append(members, b.query(keywords, b.span(n)))
	}
	if !ok {
		return nil
	}
	out := *old
	out.Filter, out.Strip, out.At = joinAnd(members, b.span(n)), true, b.span(n)
	return &out
}
