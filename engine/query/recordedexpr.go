package query

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// Undecided is the error of an expression whose value a recording does not
// tell. It reads on from "could not be decided: ".
type Undecided struct{ Why string }

// Error is the sentence.
func (u *Undecided) Error() string { return "could not be decided: " + u.Why }

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

func (e *expression) source(n *node) string {
	return strings.TrimSpace(e.text[max(0, min(n.span.Start, len(e.text))):max(0, min(n.span.End, len(e.text)))])
}

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

func (e *expression) attribute(n *node) (Value, error) {
	of, err := e.value(n.kids[0])
	if err != nil {
		return Value{}, err
	}
	if of.Kind == Recorded {
		for i := 0; i+1 < len(of.Items); i += 2 {
			if of.Items[i].Str == n.text {
				return of.Items[i+1], nil
			}
		}
		return Value{}, undecided("the attribute %s of %s was not recorded", n.text, e.source(n.kids[0]))
	}
	if known := attributesOf[of.Kind]; known != nil && !known[n.text] && !strings.HasPrefix(n.text, "__") {
		return Value{}, &RuntimeError{Class: "AttributeError", Text: fmt.Sprintf("'%s' object has no attribute '%s'", of.TypeName(), n.text)}
	}
	return Value{}, undecided("%s is an attribute of a %s, which is not recorded", e.source(n), of.TypeName())
}

// attributesOf are the attributes of plain values, those with underscores left out.
var attributesOf = map[ValueKind]map[string]bool{
	None: {}, Ellipsis: {},
	Bool:    nameSet("as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer numerator real to_bytes"),
	Int:     nameSet("as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer numerator real to_bytes"),
	Float:   nameSet("as_integer_ratio conjugate from_number fromhex hex imag is_integer real"),
	Complex: nameSet("conjugate from_number imag real"),
	Str: nameSet(`capitalize casefold center count encode endswith expandtabs find format format_map index isalnum isalpha isascii
		isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip maketrans
		partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip
		swapcase title translate upper zfill`),
	Bytes: nameSet(`capitalize center count decode endswith expandtabs find fromhex hex index isalnum isalpha isascii isdigit
		islower isspace istitle isupper join ljust lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex
		rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill`),
	List:      nameSet("append clear copy count extend index insert pop remove reverse sort"),
	Tuple:     nameSet("count index"),
	Dict:      nameSet("clear copy fromkeys get items keys pop popitem setdefault update values"),
	Set:       nameSet("add clear copy difference difference_update discard intersection intersection_update isdisjoint issubset issuperset pop remove symmetric_difference symmetric_difference_update union update"),
	FrozenSet: nameSet("copy difference intersection isdisjoint issubset issuperset symmetric_difference union"),
}

func (e *expression) item(n *node) (Value, error) {
	of, err := e.value(n.kids[0])
	if err != nil {
		return Value{}, err
	}
	if len(n.kids) != 2 || n.kids[1].kind == nodeOther {
		return Value{}, undecided("%s is more than a recording can be asked", e.source(n))
	}
	key, err := e.value(n.kids[1])
	switch {
	case err != nil:
		return Value{}, err
	case of.Kind == Recorded:
		return Value{}, undecided("%s was cut or is no plain container", e.source(n.kids[0]))
	case !key.Whole():
		return Value{}, undecided("%s was cut", e.source(n.kids[1]))
	case of.Kind == Dict:
		return e.keyed(n, of, key)
	}
	return e.indexed(of, key)
}

func (e *expression) keyed(n *node, of, key Value) (Value, error) {
	whole := true
	for i := 0; i+1 < len(of.Items); i += 2 {
		if !of.Items[i].Whole() {
			whole = false
		} else if equal(of.Items[i], key) {
			return of.Items[i+1], nil
		}
	}
	if !whole {
		return Value{}, undecided("the keys of %s were cut", e.source(n.kids[0]))
	}
	return Value{}, &RuntimeError{Class: "KeyError", Text: key.Repr()}
}

func (e *expression) indexed(of, key Value) (Value, error) {
	items, ok := elements(of)
	if !ok || of.Kind == Set || of.Kind == FrozenSet {
		return Value{}, typeError("'%s' object is not subscriptable", of.TypeName())
	}
	if key.Kind != Int && key.Kind != Bool {
		return Value{}, typeError("%s indices must be integers or slices, not %s", of.TypeName(), key.TypeName())
	}
	at := key.asInt()
	if !at.IsInt64() || at.Int64() >= int64(len(items)) || at.Int64() < -int64(len(items)) {
		return Value{}, &RuntimeError{Class: "IndexError", Text: of.TypeName() + " index out of range"}
	}
	i := int(at.Int64())
	if i < 0 {
		i += len(items)
	}
	return items[i], nil
}

// truth is whether a value is true; objects of a program's may say so themselves.
func (e *expression) truth(n *node, v Value) (bool, error) {
	if v.Kind == Recorded {
		return false, undecided("whether %s is true was not recorded", e.source(n))
	}
	return v.Truth(), nil
}

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

// comparisons are the operators that may be chained.
var comparisons = []string{"==", "!=", "<", "<=", ">", ">=", "in", "not", "is"}

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
	single := func(v Value) bool { return v.Kind == None || v.Kind == Bool || v.Kind == Ellipsis }
	if single(x) || single(y) {
		return x.Kind == y.Kind && x.Bool == y.Bool, nil
	}
	if x.Kind == Recorded && y.Kind == Recorded && strings.Contains(x.Text, " at 0x") {
		return x.Text == y.Text, nil
	}
	return false, undecided("identities in %s were not recorded", e.source(n))
}

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

// call knows len and isinstance, and no function of the program's.
func (e *expression) call(n *node) (Value, error) {
	name := n.kids[0].text
	if n.kids[0].kind != nodeName || len(n.args) == 0 || slices.ContainsFunc(n.args, func(a arg) bool { return a.name != "" || a.stars > 0 }) {
		return Value{}, undecided("%s is a call, and a recording runs nothing", e.source(n))
	}
	switch {
	case name == "len" && len(n.args) == 1:
		return e.length(n)
	case name == "isinstance" && len(n.args) == 2:
		return e.isinstance(n)
	}
	return Value{}, undecided("%s is a call, and a recording runs nothing", e.source(n))
}

func (e *expression) length(n *node) (Value, error) {
	v, err := e.value(n.args[0].value)
	if err != nil {
		return Value{}, err
	}
	if v.Kind == Recorded {
		return Value{}, undecided("the length of %s was not recorded", e.source(n.args[0].value))
	}
	if v.Kind == Dict {
		return NewInt(int64(len(v.Items) / 2)), nil
	}
	if v.Kind == Range {
		return NewInt(v.rangeLength()), nil
	}
	items, ok := elements(v)
	if !ok {
		return Value{}, typeError("object of type '%s' has no len()", v.TypeName())
	}
	return Value{Kind: Int, Int: big.NewInt(int64(len(items)))}, nil
}

// isinstance goes by a type's own name: of classes it derives from nothing is known.
func (e *expression) isinstance(n *node) (Value, error) {
	v, err := e.value(n.args[0].value)
	if err != nil {
		return Value{}, err
	}
	types := []*node{n.args[1].value}
	if types[0].kind == nodeTuple {
		types = types[0].kids
	}
	own := v.TypeName()
	for _, t := range types {
		name := e.source(t)
		if name == own || strings.HasSuffix(own, "."+name) || name == "object" || name == "int" && own == "bool" {
			return NewBool(true), nil
		}
	}
	if v.Kind == Recorded {
		return Value{}, undecided("what %s derives from was not recorded", own)
	}
	return NewBool(false), nil
}
