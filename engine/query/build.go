package query

import (
	"fmt"
	"math/big"
	"sort"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// builder turns syntax into predicates, as evaluating the text with hunter's
// names would: names are looked up, functions translate (functions.go), and every
// refusal becomes a Diagnostic.
type builder struct {
	text   string
	diags  *collector
	config *Config
	// quiet is set while the configuration's own text is read again: its
	// mistakes were reported by ParseConfig, its spans mean another text.
	quiet bool
	// broken is set where the text has syntax errors: what it means is a
	// guess then, and not worth a warning.
	broken bool
}

// span is where n stands, empty for what another text holds.
func (b *builder) span(n *node) Span {
	if n == nil || b.quiet {
		return Span{}
	}
	return n.span
}

// source is the text of a node. Spans of nodes that were made up may lie outside of it.
func (b *builder) source(n *node) string {
	return b.text[max(0, min(n.span.Start, len(b.text))):max(0, min(n.span.End, len(b.text)))]
}

// add notes a problem, unless this reading only tries whether something can be read.
func (b *builder) add(d diag.Diagnostic) {
	if !b.quiet {
		b.diags.add(d)
	}
}

// errorf notes an error and returns the object that stands for what could not be read.
func (b *builder) errorf(at Span, code, format string, args ...any) object {
	b.add(diag.Diagnostic{Severity: diag.Error, Code: code, Summary: fmt.Sprintf(format, args...), Span: at})
	return object{}
}

// value is a constant as an object.
func (b *builder) value(n *node, v Value) object { return object{kind: objValue, value: v, node: n} }

// eval evaluates an expression.
// A query is data: what would take a run of the program (comprehensions, f-strings, names of its own)
// is refused with what to write instead, and a lambda is kept as its text.
func (b *builder) eval(n *node) object {
	switch n.kind {
	case nodeBad:
		return object{node: n}
	case nodeConst:
		return b.value(n, n.value)
	case nodeName:
		return b.name(n)
	case nodeTuple:
		return b.display(n, Tuple)
	case nodeList:
		return b.display(n, List)
	case nodeSet:
		return b.display(n, Set)
	case nodeDict:
		return b.dict(n)
	case nodeCall:
		return b.call(n)
	case nodeAttr:
		return b.attribute(n)
	case nodeUnary:
		return b.unary(n)
	case nodeBinary:
		return b.binary(n)
	case nodeLambda:
		return b.value(n, Value{Kind: Callable, Str: b.source(n), Arity: n.arity})
	case nodeFString:
		b.add(diag.Diagnostic{Severity: diag.Error, Code: "unsupported", Span: n.span, Summary: "an f-string cannot stand in a query",
			Detail: "A query is data, there are no variables to fill in: write the text itself."})
		return object{node: n}
	}
	b.add(diag.Diagnostic{Severity: diag.Error, Code: "unsupported", Span: n.span, Summary: "this expression cannot stand in a query",
		Detail: "A query is data and is not run. What needs Python can be written as lambda event: … or expr=\"…\"."})
	return object{node: n}
}

// name looks a name up as hunter's namespace would.
// hunter evaluates a query with its own functions and actions over Python's builtins, so they hide
// builtins of their name.
func (b *builder) name(n *node) object {
	for _, f := range functions {
		if n.text == f {
			return object{kind: objFunction, name: f, node: n}
		}
	}
	if _, ok := actionClasses[n.text]; ok {
		return object{kind: objClass, name: n.text, node: n}
	}
	if _, ok := modules[n.text]; ok || n.text == "hunter" {
		return object{kind: objModule, name: n.text, node: n}
	}
	if builtinTypes[n.text] || builtinFunctions[n.text] {
		return b.value(n, Value{Kind: Builtin, Str: n.text})
	}
	return b.unknownName(n)
}

// unknownName says that a name means nothing here. The commonest mistake is a text without
// quotes, so that is said as well.
func (b *builder) unknownName(n *node) object {
	d := diag.Diagnostic{Severity: diag.Error, Code: "unknown-name", Span: n.span, Summary: fmt.Sprintf("name %q is not defined", n.text)}
	if near := diag.Nearest(n.text, knownNames()); near != "" {
		d.Hint, d.Fix = fmt.Sprintf("Did you mean %q?", near), near
		d.Detail = fmt.Sprintf("A text needs quotes: \"%s\".", n.text)
	} else {
		d.Detail = "A query knows Q, And, Or, Not, When, From, Backlog, the actions and Python's builtins." +
			fmt.Sprintf(" A text needs quotes: \"%s\".", n.text)
	}
	b.add(d)
	return object{node: n}
}

// knownNames are all names that a query may use, sorted, to find the nearest to a wrong one.
func knownNames() []string {
	out := append([]string{}, functions...)
	for name := range actionClasses {
		out = append(out, name)
	}
	for name := range builtinTypes {
		out = append(out, name)
	}
	for name := range builtinFunctions {
		out = append(out, name)
	}
	sort.Strings(out)
	return append(out, "hunter", "re", "pdb", "sys")
}

// display evaluates a tuple, list or set. One that holds more than values
// stays a list of objects, for actions=[…].
func (b *builder) display(n *node, kind ValueKind) object {
	out := object{kind: objItems, name: typeNames[kind], node: n}
	v := Value{Kind: kind}
	plain := true
	for _, k := range n.kids {
		// Nothing that could be unpacked exists before the program runs.
		if k.kind == nodeOther && k.text == "*" {
			return b.errorf(k.span, "unsupported", "* cannot stand in a query; write the elements")
		}
		o := b.eval(k)
		switch o.kind {
		case objBad:
			return object{node: n}
		case objValue:
			// Python raises for it when the set is made, and so before anything is asked.
			if kind == Set && !o.value.hashable() {
				return b.errorf(k.span, "unhashable", "unhashable type: '%s'", o.value.TypeName())
			}
			v.Items = append(v.Items, o.value)
		default:
			plain = false
		}
		out.items = append(out.items, o)
	}
	if !plain {
		return out
	}
	if kind == Set {
		v.Items = distinct(v.Items)
	}
	return object{kind: objValue, value: v, items: out.items, node: n}
}

// dict reads {…} of constants. A key that is there twice has its later value at its first place,
// as in Python.
func (b *builder) dict(n *node) object {
	v := Value{Kind: Dict}
	at := map[string]int{} // where the value of a key stands
	for i := 0; i+1 < len(n.kids); i += 2 {
		if n.kids[i].kind == nodeOther {
			return b.errorf(n.kids[i].span, "unsupported", "** cannot stand in a query; write the items")
		}
		key, value := b.eval(n.kids[i]), b.eval(n.kids[i+1])
		if key.kind == objBad || value.kind == objBad {
			return object{node: n}
		}
		if !b.plain(key) || !b.plain(value) {
			return object{node: n}
		}
		if !key.value.hashable() {
			return b.errorf(n.kids[i].span, "unhashable", "unhashable type: '%s'", key.value.TypeName())
		}
		if old, twice := at[key.value.key()]; twice {
			v.Items[old] = value.value
			continue
		}
		at[key.value.key()] = len(v.Items) + 1
		v.Items = append(v.Items, key.value, value.value)
	}
	return b.value(n, v)
}

// plain reports whether o is a value; if not it says that one is needed.
func (b *builder) plain(o object) bool {
	if o.kind != objValue && o.kind != objBad {
		b.add(diag.Diagnostic{Severity: diag.Error, Code: "not-a-value", Span: o.node.span, Summary: "a plain value is needed here",
			Detail: fmt.Sprintf("This is a %s.", o.typeName())})
	}
	return o.kind == objValue
}

// distinct leaves out values that were there before.
func distinct(items []Value) []Value {
	var out []Value
	seen := map[string]bool{}
	for _, v := range items {
		if k := v.key(); !seen[k] {
			seen[k] = true
			out = append(out, v)
		}
	}
	return out
}

// attribute evaluates x.name.
func (b *builder) attribute(n *node) object {
	x := b.eval(n.kids[0])
	switch {
	case x.kind == objBad:
		return object{node: n}
	case x.kind == objModule && x.name == "hunter":
		inner := &node{kind: nodeName, span: between(n.span.End-len(n.text), n.span.End), text: n.text}
		if o := b.hunterMember(inner); o.kind != objBad {
			o.node = n
			return o
		}
		return object{node: n}
	case x.kind == objModule:
		return b.moduleMember(n, x.name)
	case x.kind == objPred && n.text == "filter":
		if _, ok := x.pred.(*Backlog); ok {
			return object{kind: objFilter, pred: x.pred, node: n}
		}
	case x.kind == objMember && x.name == "re.RegexFlag":
		return b.moduleMember(n, "re")
	case x.kind == objValue && x.value.callable():
		return b.value(n, Value{Kind: Callable, Str: b.source(n)})
	}
	d := diag.Diagnostic{Severity: diag.Error, Code: "unknown-attribute", Span: between(n.span.End-len(n.text), n.span.End),
		Summary: fmt.Sprintf("'%s' has no attribute %q", x.typeName(), n.text)}
	if x.kind == objPred && strings.HasPrefix("filter", n.text[:min(1, len(n.text))]) {
		d.Detail = "Only a Backlog has one method: filter."
	}
	b.add(d)
	return object{node: n}
}

// hunterMember looks a name up in the package hunter.
func (b *builder) hunterMember(n *node) object {
	names := append([]string{}, functions...)
	for name := range actionClasses {
		names = append(names, name)
	}
	for _, name := range names {
		if name == n.text {
			return b.name(n)
		}
	}
	sort.Strings(names)
	return b.noMember(n, "hunter", names)
}

// moduleMember is re.I, sys.stdout and the like: flags are numbers, all others stay names.
func (b *builder) moduleMember(n *node, module string) object {
	at := between(n.span.End-len(n.text), n.span.End)
	if _, ok := modules[module][n.text]; !ok {
		var names []string
		for name := range modules[module] {
			names = append(names, name)
		}
		sort.Strings(names)
		return b.noMember(&node{span: at, text: n.text}, module, names)
	}
	if flag, ok := regexFlags[n.text]; ok && module == "re" {
		return b.value(n, Value{Kind: Int, Int: big.NewInt(int64(flag))})
	}
	return object{kind: objMember, name: module + "." + n.text, node: n}
}

// noMember says that a module does not have a name, and which it has as far as a query goes.
func (b *builder) noMember(n *node, module string, names []string) object {
	d := diag.Diagnostic{Severity: diag.Error, Code: "unknown-attribute", Span: n.span,
		Summary: fmt.Sprintf("module %q has no attribute %q", module, n.text)}
	if near := diag.Nearest(n.text, names); near != "" {
		d.Hint, d.Fix = fmt.Sprintf("Did you mean %q?", near), near
	} else if module != "hunter" {
		d.Detail = fmt.Sprintf("A query knows only these of it: %s.", strings.Join(names, ", "))
	}
	b.add(d)
	return object{}
}
