package query

import (
	"fmt"
	"strings"
)

// Undecided is the error of an expression whose value a recording does not
// tell. It reads on from "could not be decided: ".
type Undecided struct{ Why string }

// Error is the sentence.
func (u *Undecided) Error() string { return "could not be decided: " + u.Why }

// undecided says why a recording cannot tell.
func undecided(format string, args ...any) error { return &Undecided{fmt.Sprintf(format, args...)} }

// Namespace is what names mean to an expression: an error that is no *Undecided is
// the one that Python raises.
type Namespace func(name string) (Value, error)

// Evaluate computes a Python expression on recorded values: names, attributes,
// items, comparisons, boolean and arithmetic operators, in, is None, len,
// isinstance by a type's name, and displays. An *Undecided says what is not
// known; any other error is what Python would have raised.
func Evaluate(text string, names Namespace) (Value, error) {
	c := &collector{size: len(text)}
	n := parseExpression(text, c)
	if c.list.HasErrors() {
		return Value{}, &RuntimeError{Class: "SyntaxError", Text: c.list[0].Summary}
	}
	e := &expression{text: text, names: names}
	return e.value(n)
}

// IsBuiltin reports the names that every Python program knows.
func IsBuiltin(name string) bool { return builtinFunctions[name] || builtinTypes[name] }

// NewBuiltin is a builtin by its name.
func NewBuiltin(name string) Value { return Value{Kind: Builtin, Str: name} }

// expression is one that is being evaluated.
type expression struct {
	text  string
	names Namespace
}

// source is the text of a part, to name it in a sentence.
func (e *expression) source(n *node) string {
	return strings.TrimSpace(e.text[max(0, min(n.span.Start, len(e.text))):max(0, min(n.span.End, len(e.text)))])
}

// value works out one part. Its error is an *Undecided where the recording does not tell, or a
// *RuntimeError that Python would have raised.
func (e *expression) value(n *node) (Value, error) {
	switch n.kind {
	case nodeConst:
		return n.value, nil
	case nodeName:
		return e.names(n.text)
	case nodeTuple:
		return e.display(n, Tuple)
	case nodeList:
		return e.display(n, List)
	case nodeSet:
		return e.display(n, Set)
	case nodeDict:
		return e.display(n, Dict)
	case nodeAttr:
		return e.attribute(n)
	case nodeSubscript:
		return e.item(n)
	case nodeUnary:
		return e.unary(n)
	case nodeBinary:
		return e.binary(n)
	case nodeIf:
		return e.conditional(n)
	case nodeCall:
		return e.call(n)
	}
	return Value{}, undecided("%s is more than a recording can be asked", e.source(n))
}

// display is [a, b], (a, b), {a, b} or {a: b} of values.
func (e *expression) display(n *node, kind ValueKind) (Value, error) {
	v := Value{Kind: kind}
	for _, k := range n.kids {
		item, err := e.value(k)
		if err != nil {
			return Value{}, err
		}
		v.Items = append(v.Items, item)
	}
	if kind == Set && v.Whole() {
		v.Items = distinct(v.Items)
	}
	return v, nil
}

// conditional is `a if c else b`; only one of the two is worked out, as in Python.
func (e *expression) conditional(n *node) (Value, error) {
	c, err := e.value(n.kids[1])
	if err != nil {
		return Value{}, err
	}
	t, err := e.truth(n.kids[1], c)
	if err != nil {
		return Value{}, err
	}
	if t {
		return e.value(n.kids[0])
	}
	return e.value(n.kids[2])
}
