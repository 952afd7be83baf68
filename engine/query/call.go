package query

import (
	"fmt"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// argument is an evaluated argument of a call.
type argument struct {
	name  string // "" for a positional one
	at    Span   // all of it
	keyAt Span
	value object
}

// arguments evaluates a call's arguments, from left to right as Python does.
// All are evaluated though one is wrong, so that every mistake is told; ok is false then.
func (b *builder) arguments(args []arg) (positional, keywords []argument, ok bool) {
	ok = true
	for _, a := range args {
		if a.stars > 0 {
			stars := "***"[:a.stars]
			b.errorf(b.spanOf(a), "unsupported", "%s cannot stand in a query; write the arguments", stars)
			ok = false
			continue
		}
		out := argument{name: a.name, at: b.spanOf(a), value: b.eval(a.value)}
		if !b.quiet {
			out.keyAt = a.nameSpan
		}
		ok = ok && out.value.kind != objBad
		if a.name == "" {
			positional = append(positional, out)
		} else {
			keywords = append(keywords, out)
		}
	}
	return positional, keywords, ok
}

// spanOf is where an argument stands; nowhere in a reading whose problems are not shown.
func (b *builder) spanOf(a arg) Span {
	if b.quiet {
		return Span{}
	}
	return a.span()
}

// call evaluates a call.
// What is called decides: hunter's functions make predicates, classes actions, filter a Backlog, and
// builtins data. A call of what is only text here, (lambda: f)(), stays text.
func (b *builder) call(n *node) object {
	callee := b.eval(n.kids[0])
	// Before its arguments are evaluated as data: hunter's users import what their lambdas need so.
	if callee.kind == objValue && callee.value.Kind == Builtin && callee.value.Str == "__import__" {
		return b.importCall(n)
	}
	if callee.kind == objValue && callee.value.Kind == Callable {
		return b.value(n, Value{Kind: Callable, Str: b.source(n)})
	}
	positional, keywords, ok := b.arguments(n.args)
	switch callee.kind {
	case objBad:
		return object{node: n}
	case objFunction:
		p := b.apply(callee.name, n, positional, keywords, ok)
		if p == nil {
			return object{node: n}
		}
		return object{kind: objPred, pred: p, node: n}
	case objClass:
		if a := b.newAction(callee.name, n, positional, keywords); a != nil && ok {
			return object{kind: objAction, action: a, node: n}
		}
		return object{node: n}
	case objFilter:
		p := b.filterCall(n, callee.pred.(*Backlog), positional, keywords)
		if !ok || p == nil {
			return object{node: n}
		}
		return object{kind: objPred, pred: p, node: n}
	case objMember:
		if callee.name == "re.compile" {
			return b.compileCall(n, positional, keywords, ok)
		}
	case objValue:
		if callee.value.Kind == Builtin {
			return b.builtinCall(n, callee.value.Str, positional, keywords, ok)
		}
	}
	return b.errorf(n.kids[0].span, "bad-operand", "'%s' object is not callable", callee.typeName())
}

// apply calls one of hunter's functions. It returns nil when the arguments are
// wrong beyond use, which was reported.
func (b *builder) apply(name string, n *node, positional, keywords []argument, ok bool) Pred {
	at := b.span(n)
	var p Pred
	switch name {
	case "Query":
		if len(positional) > 0 {
			b.errorf(positional[0].at, "unexpected-argument", "Query takes keyword arguments only")
			ok = false
		}
		p = b.query(keywords, at)
	case "Q":
		p = b.q(positional, keywords, at)
	case "trace":
		p = b.trace(positional, keywords, at, &Program{})
	case "And":
		p = b.andCall(n, positional, keywords)
	case "Or":
		p = b.orCall(n, positional, keywords)
	case "Not":
		p = b.notCall(n, positional, keywords)
	case "When":
		p = b.whenCall(n, positional, keywords)
	case "From":
		p = b.fromCall(n, positional, keywords)
	case "Backlog":
		p = b.backlogCall(n, positional, keywords)
	}
	if !ok || isNil(p) {
		return nil
	}
	return p
}

// isNil reports a predicate that could not be read, also behind an interface that is not nil.
func isNil(p Pred) bool {
	q, isQuery := p.(*Query)
	return p == nil || isQuery && q == nil
}

// importCall evaluates __import__('name'): the modules a query knows, or a
// callable that is found when the program runs.
// Only re, pdb and sys have members that mean something here; of others the program itself decides.
func (b *builder) importCall(n *node) object {
	if len(n.args) == 1 && n.args[0].name == "" && n.args[0].stars == 0 {
		if o := b.eval(n.args[0].value); o.kind == objValue && o.value.Kind == Str {
			if _, ok := modules[o.value.Str]; ok || o.value.Str == "hunter" {
				return object{kind: objModule, name: o.value.Str, node: n}
			}
		}
	}
	return b.value(n, Value{Kind: Callable, Str: b.source(n)})
}

// compileCall evaluates re.compile(pattern, flags).
func (b *builder) compileCall(n *node, positional, keywords []argument, ok bool) object {
	got := b.bind(n, "re.compile", []string{"pattern", "flags"}, positional, keywords)
	if got == nil || !ok {
		return object{node: n}
	}
	pattern, there := got["pattern"]
	if !there {
		return b.errorf(b.span(n), "missing-argument", "re.compile needs a pattern")
	}
	flags := 0
	if f, there := got["flags"]; there {
		if f.value.kind != objValue || f.value.value.Kind != Int || !f.value.value.Int.IsInt64() {
			return b.errorf(f.at, "bad-operand", "flags must be an int such as re.I, not '%s'", f.value.typeName())
		}
		flags = int(f.value.value.Int.Int64())
	}
	if v, ok := b.regex(pattern.value, flags); ok {
		return b.value(n, v)
	}
	return object{node: n}
}

// bind matches arguments to parameter names. It returns nil after a mistake,
// which it reports.
// As Python binds them: too many positionals, a name that no parameter has, one given twice.
func (b *builder) bind(n *node, name string, params []string, positional, keywords []argument) map[string]argument {
	out := map[string]argument{}
	if len(positional) > len(params) {
		b.errorf(positional[len(params)].at, "unexpected-argument", "%s takes at most %d positional arguments, not %d", name, len(params), len(positional))
		return nil
	}
	for i, p := range positional {
		out[params[i]] = p
	}
	for _, k := range keywords {
		known := false
		for _, p := range params {
			known = known || p == k.name
		}
		if !known {
			b.unknownOption(name, k, params)
			return nil
		}
		if _, twice := out[k.name]; twice {
			b.errorf(k.keyAt, "unexpected-argument", "%s got two values for %q", name, k.name)
			return nil
		}
		out[k.name] = k
	}
	return out
}

// unknownOption reports a keyword that is none of options.
func (b *builder) unknownOption(name string, k argument, options []string) {
	d := diag.Diagnostic{Severity: diag.Error, Code: "unknown-option", Span: k.keyAt, Summary: fmt.Sprintf("%s has no option %q", name, k.name)}
	if near := diag.Nearest(k.name, options); near != "" {
		d.Hint, d.Fix = fmt.Sprintf("Did you mean %q?", near), near
	} else if len(options) > 0 {
		d.Detail = "Its options are " + listWords(options) + "."
	}
	b.add(d)
}

// listWords joins words as a sentence does.
func listWords(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	out := words[0]
	for _, w := range words[1 : len(words)-1] {
		out += ", " + w
	}
	return out + " and " + words[len(words)-1]
}
