package query

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// truth is whether a value is true; objects of a program's may say so themselves.
func (e *expression) truth(n *node, v Value) (bool, error) {
	if v.Kind == Recorded {
		return false, undecided("whether %s is true was not recorded", e.source(n))
	}
	return v.Truth(), nil
}

// unary is not, and a sign or ~ of a number.
func (e *expression) unary(n *node) (Value, error) {
	v, err := e.value(n.kids[0])
	if err != nil {
		return Value{}, err
	}
	if n.text == "not" {
		t, err := e.truth(n.kids[0], v)
		return NewBool(!t), err
	}
	if v.Kind == Recorded || n.text == "await" {
		return Value{}, undecided("%s is more than a recording can be asked", e.source(n))
	}
	if out, ok := signed(n.text, v); ok {
		return out, nil
	}
	return Value{}, typeError("bad operand type for unary %s: '%s'", n.text, v.TypeName())
}

// comparisons are the operators that may be chained.
var comparisons = []string{"==", "!=", "<", "<=", ">", ">=", "in", "not", "is"}

// binary is an operator of two sides, both asked before it, but for and, or and chains.
// Both are asked even where one is not known: the other may raise, and Python would have raised.
func (e *expression) binary(n *node) (Value, error) {
	if n.text == "and" || n.text == "or" {
		return e.logic(n)
	}
	left := n.kids[0]
	if slices.Contains(comparisons, n.text) && left.kind == nodeBinary && !left.paren && slices.Contains(comparisons, left.text) {
		return e.chain(n)
	}
	x, err := e.value(left)
	if err != nil {
		return Value{}, err
	}
	y, err := e.value(n.kids[1])
	if err != nil {
		return Value{}, err
	}
	if slices.Contains(comparisons, n.text) {
		holds, err := e.compare(n, x, y)
		return NewBool(holds), err
	}
	return e.arithmetic(n, x, y)
}

// chain is a < b < c: true where both comparisons are.
// Its left side is a chain itself where there are more. b is worked out twice, which cannot be told
// apart here: nothing runs.
func (e *expression) chain(n *node) (Value, error) {
	first, err := e.value(n.kids[0])
	if err != nil || !first.Truth() {
		return first, err
	}
	x, err := e.value(n.kids[0].kids[1])
	if err != nil {
		return Value{}, err
	}
	y, err := e.value(n.kids[1])
	if err != nil {
		return Value{}, err
	}
	holds, err := e.compare(n, x, y)
	return NewBool(holds), err
}

// logic is and, and or, with three values: one side may decide by itself, where
// asking it has no error.
// x and False is False whatever x was. Only an Undecided leaves the other side to decide: where
// Python would have raised for x, it raised.
func (e *expression) logic(n *node) (Value, error) {
	x, errX := e.value(n.kids[0])
	var t bool
	if errX == nil {
		t, errX = e.truth(n.kids[0], x)
	}
	var unknown *Undecided
	if errX != nil && !errors.As(errX, &unknown) {
		return Value{}, errX
	}
	if errX == nil && t == (n.text == "or") {
		return x, nil
	}
	y, err := e.value(n.kids[1])
	if errX == nil || err != nil {
		return y, err
	}
	if t, err := e.truth(n.kids[1], y); err == nil && t == (n.text == "or") {
		return y, nil // whatever the other side is, it holds or does not
	}
	return Value{}, errX
}

// compare is a comparison with its "not": the parser tells "not in" by the operator "not",
// and "is not" by what stands between the sides.
func (e *expression) compare(n *node, x, y Value) (bool, error) {
	op := n.text
	negated := false
	if text := strings.TrimSpace(e.text[n.kids[0].span.End:max(n.kids[0].span.End, n.kids[1].span.Start)]); op == "is" && strings.Contains(text, "not") {
		negated = true
	}
	if op == "not" {
		op, negated = "in", true
	}
	holds, err := e.compares(n, op, x, y)
	return holds != negated && err == nil, err
}

// compares is one without. Part of what was cut may still decide "in": an item that is
// there is there.
func (e *expression) compares(n *node, op string, x, y Value) (bool, error) {
	switch op {
	case "is":
		return e.is(n, x, y)
	case "==", "!=":
		same, err := e.equals(n, x, y)
		return same == (op == "=="), err
	}
	if !x.Whole() || !y.Whole() {
		if op == "in" && y.Kind != Recorded && x.Whole() {
			if items, ok := elements(y); ok && slices.ContainsFunc(items, func(i Value) bool { return i.Whole() && equal(i, x) }) {
				return true, nil
			}
		}
		return false, undecided("%s", e.unknown(n, x, y))
	}
	if op == "in" {
		return contains(y, x)
	}
	return ordered(map[string]Op{"<": Lt, "<=": Lte, ">": Gt, ">=": Gte}[op], x, y)
}

// is compares identities: those of None and the like are known.
func (e *expression) is(n *node, x, y Value) (bool, error) {
	// There is one None, one True, one False and one Ellipsis; of other values two equal ones may or
	// may not be one object, which their texts do not tell, but for an address.
	single := func(v Value) bool { return v.Kind == None || v.Kind == Bool || v.Kind == Ellipsis }
	if single(x) || single(y) {
		return x.Kind == y.Kind && x.Bool == y.Bool, nil
	}
	// Both were alive at one step, so that one address is one object.
	if x.Kind == Recorded && y.Kind == Recorded && strings.Contains(x.Text, " at 0x") {
		return x.Text == y.Text, nil
	}
	return false, undecided("identities in %s were not recorded", e.source(n))
}

// equals is ==. What was recorded as a text equals None never: an object of a class of the
// program's might say so by its __eq__, which is not asked.
func (e *expression) equals(n *node, x, y Value) (bool, error) {
	if x.Whole() && y.Whole() {
		return equal(x, y), nil
	}
	if x.Kind == None || y.Kind == None {
		return false, nil
	}
	return false, undecided("%s", e.unknown(n, x, y))
}

// unknown says which side of an operator is not known.
// The sentence is for a person: an object of a class and a value that was cut are told apart, since
// the second can be helped by recording more (--items, --characters).
func (e *expression) unknown(n *node, x, y Value) string {
	side, v := n.kids[0], x
	if x.Whole() {
		side, v = n.kids[1], y
	}
	if v.Kind == Recorded && !strings.Contains(v.Text, cutMark) {
		return fmt.Sprintf("%s is an object of %s", e.source(side), v.Str)
	}
	return e.source(side) + " was cut"
}

// cutMark stands in the middle of a text that was longer than its limit.
const cutMark = " [...] "

// arithmetic is what a query's literals have as well, its refusals as Python raises them.
func (e *expression) arithmetic(n *node, x, y Value) (Value, error) {
	if !x.Whole() || !y.Whole() {
		return Value{}, undecided("%s", e.unknown(n, x, y))
	}
	v, problem := arithmetic(n.text, x, y)
	switch problem {
	case "":
		return v, nil
	case "zero":
		return Value{}, &RuntimeError{Class: "ZeroDivisionError", Text: "division by zero"}
	case "types":
		return Value{}, typeError("unsupported operand type(s) for %s: '%s' and '%s'", n.text, x.TypeName(), y.TypeName())
	}
	return Value{}, undecided("%s is more than a recording can be asked", e.source(n))
}
