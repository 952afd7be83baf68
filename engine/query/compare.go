package query

import (
	"fmt"
	"math"
	"math/big"
	"sort"
	"strconv"
	"strings"
)

// RuntimeError is what a test raises when an event reaches it: Class is
// Python's exception.
type RuntimeError struct {
	Class string
	Text  string
}

// Error is Class: Text.
func (e *RuntimeError) Error() string { return e.Class + ": " + e.Text }

// typeError is what Python raises where two kinds do not go together.
func typeError(format string, args ...any) error {
	return &RuntimeError{Class: "TypeError", Text: fmt.Sprintf(format, args...)}
}

// equal is Python's a == b for values without an __eq__ of their own.
// Numbers of all types compare by what they are worth, sets with frozensets; any other two types
// differ, and so do a str and bytes.
func equal(a, b Value) bool {
	if (a.isNumber() || a.Kind == Complex) && (b.isNumber() || b.Kind == Complex) {
		return equalNumbers(a, b)
	}
	isSet := func(k ValueKind) bool { return k == Set || k == FrozenSet }
	if a.Kind != b.Kind && !(isSet(a.Kind) && isSet(b.Kind)) {
		return false
	}
	switch a.Kind {
	case None, Ellipsis:
		return true
	case Str, Bytes, Builtin:
		return a.Str == b.Str
	case List, Tuple:
		return equalItems(a.Items, b.Items)
	case Set, FrozenSet:
		return len(a.Items) == len(b.Items) && subset(a.Items, b.Items)
	case Dict:
		return equalDicts(a.Items, b.Items)
	case Range:
		x, _ := elements(a)
		y, _ := elements(b)
		return equalItems(x, y)
	case Regex:
		return a.Str == b.Str && a.Flags == b.Flags && len(a.Items) == len(b.Items)
	}
	return false
}

// containsValue is a linear search: operands that people write are short.
// Nothing is hashed, so a NaN is in no list here, though Python would find the same object again.
func containsValue(items []Value, v Value) bool {
	for _, i := range items {
		if equal(i, v) {
			return true
		}
	}
	return false
}

// key is a text that two hashable values share if and only if they are equal: 1, 1.0 and
// True are one key of a dict.
// It is for finding doubles in long displays, where comparing each with each would take too long.
func (v Value) key() string {
	switch v.Kind {
	case Bool, Int:
		return v.asInt().String()
	case Float, Complex:
		if v.Imag == 0 && v.Float == math.Trunc(v.Float) && !math.IsInf(v.Float, 0) {
			i, _ := big.NewFloat(v.Float).Int(nil)
			return i.String()
		}
		v.Kind = Complex
	case Tuple, FrozenSet:
		parts := make([]string, len(v.Items))
		for i, item := range v.Items {
			parts[i] = strconv.Quote(item.key())
		}
		if v.Kind == FrozenSet {
			sort.Strings(parts)
		}
		return typeNames[v.Kind] + strings.Join(parts, ",")
	}
	return v.TypeName() + v.Repr()
}

// equalNumbers is exact between int and float; a NaN equals nothing.
// 2**53 and 2**53 + 1 differ, and only one of them equals float(2**53).
func equalNumbers(a, b Value) bool {
	if a.Kind == Complex || b.Kind == Complex {
		return a.Imag == b.Imag && a.asFloat() == b.asFloat()
	}
	c, ok := compareNumbers(a, b)
	return ok && c == 0
}

// equalItems compares item by item; the order counts.
func equalItems(a, b []Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

// subset reports whether every item of a is in b.
func subset(a, b []Value) bool {
	for _, x := range a {
		if !containsValue(b, x) {
			return false
		}
	}
	return true
}

// equalDicts compares keys and values that stand in turn, in any order of the keys.
func equalDicts(a, b []Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i+1 < len(a); i += 2 {
		// The last equal key counts: a dict that was written down has each key once (build.go).
		found := false
		for j := 0; j+1 < len(b); j += 2 {
			if equal(a[i], b[j]) {
				found = equal(a[i+1], b[j+1])
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// compareNumbers compares exactly, as Python does for int and float; ok is
// false for a NaN.
func compareNumbers(a, b Value) (order int, ok bool) {
	if a.Kind != Float && b.Kind != Float {
		return a.asInt().Cmp(b.asInt()), true
	}
	x, y := a.Float, b.Float
	if a.Kind == Float && math.IsNaN(x) || b.Kind == Float && math.IsNaN(y) {
		return 0, false
	}
	exactly := func(v Value) *big.Float {
		if v.Kind == Float {
			return new(big.Float).SetFloat64(v.Float)
		}
		return new(big.Float).SetInt(v.asInt())
	}
	return exactly(a).Cmp(exactly(b)), true
}

// symbols are the comparisons as Python's messages write them.
var symbols = map[Op]string{Lt: "<", Lte: "<=", Gt: ">", Gte: ">="}

// ordered is Python's a < b and the like: numbers exactly, texts by code point, sequences by
// their first items that differ, sets by inclusion. Other pairs are a TypeError.
// UTF-8 sorts as code points do, also where a lone surrogate is in it, so bytes are compared.
func ordered(op Op, a, b Value) (bool, error) {
	holds := func(c int) bool {
		switch op {
		case Lt:
			return c < 0
		case Lte:
			return c <= 0
		case Gt:
			return c > 0
		}
		return c >= 0
	}
	switch {
	case a.isNumber() && b.isNumber():
		c, ok := compareNumbers(a, b)
		return ok && holds(c), nil
	case a.Kind == Str && b.Kind == Str, a.Kind == Bytes && b.Kind == Bytes:
		return holds(strings.Compare(a.Str, b.Str)), nil
	case a.Kind == b.Kind && (a.Kind == List || a.Kind == Tuple):
		for i := 0; i < len(a.Items) && i < len(b.Items); i++ {
			if !equal(a.Items[i], b.Items[i]) {
				return ordered(op, a.Items[i], b.Items[i])
			}
		}
		return holds(len(a.Items) - len(b.Items)), nil
	// Of two sets neither need be in the other: all four may be false.
	case (a.Kind == Set || a.Kind == FrozenSet) && (b.Kind == Set || b.Kind == FrozenSet):
		below, above := subset(a.Items, b.Items), subset(b.Items, a.Items)
		return map[Op]bool{Lt: below && !above, Lte: below, Gt: above && !below, Gte: above}[op], nil
	}
	return false, typeError("'%s' not supported between instances of '%s' and '%s'", symbols[op], a.TypeName(), b.TypeName())
}

// contains is Python's item in container: of a text its parts, of a dict its keys, of bytes
// parts and numbers of a byte. The error is the one that Python raises.
func contains(container, item Value) (bool, error) {
	switch container.Kind {
	case Str:
		if item.Kind != Str {
			return false, typeError("'in <string>' requires string as left operand, not %s", item.TypeName())
		}
		return strings.Contains(container.Str, item.Str), nil
	case Bytes:
		switch {
		case item.Kind == Bytes:
			return strings.Contains(container.Str, item.Str), nil
		case item.Kind == Int || item.Kind == Bool:
			n := item.asInt()
			if !n.IsInt64() || n.Int64() < 0 || n.Int64() > 255 {
				return false, &RuntimeError{Class: "ValueError", Text: "byte must be in range(0, 256)"}
			}
			return strings.IndexByte(container.Str, byte(n.Int64())) >= 0, nil
		}
		return false, typeError("a bytes-like object is required, not '%s'", item.TypeName())
	case Set, FrozenSet, Dict:
		if !item.hashable() {
			return false, typeError("unhashable type: '%s'", item.TypeName())
		}
	}
	items, ok := elements(container)
	if !ok {
		return false, typeError("argument of type '%s' is not iterable", container.TypeName())
	}
	return containsValue(items, item), nil
}

// affix is value.startswith(operand) or endswith; a tuple is any of several, and one item of
// the wrong type raises only where it is reached.
// The last is how CPython's tailmatch goes through a tuple, so faultPrefix tells which item is first.
func affix(op Op, value, operand Value) (bool, error) {
	has := strings.HasPrefix
	if op == EndsWith {
		has = strings.HasSuffix
	}
	if value.Kind != Str && value.Kind != Bytes {
		return false, &RuntimeError{Class: "AttributeError", Text: fmt.Sprintf("'%s' object has no attribute '%s'", value.TypeName(), op)}
	}
	if operand.Kind == value.Kind {
		return has(value.Str, operand.Str), nil
	}
	if operand.Kind != Tuple {
		return false, typeError("%s first arg must be %s or a tuple of %[2]s, not %s", op, value.TypeName(), operand.TypeName())
	}
	for _, o := range operand.Items {
		if o.Kind != value.Kind {
			return false, typeError("tuple for %s must only contain %s, not %s", op, value.TypeName(), o.TypeName())
		}
		if has(value.Str, o.Str) {
			return true, nil
		}
	}
	return false, nil
}

// matches is re.compile(operand).match(value): anchored at the start alone. A pattern that
// backtracks for too long is an error of ours; Python would hang the program.
func matches(value, operand Value) (bool, error) {
	isBytes := len(operand.Items) > 0
	switch {
	case value.Kind != Str && value.Kind != Bytes:
		return false, typeError("expected string or bytes-like object, got '%s'", value.TypeName())
	case isBytes && value.Kind == Str:
		return false, typeError("cannot use a bytes pattern on a string-like object")
	case !isBytes && value.Kind == Bytes:
		return false, typeError("cannot use a string pattern on a bytes-like object")
	}
	ok, finished := operand.match(value.Str)
	if !finished {
		return false, &RuntimeError{Class: "TimeoutError", Text: "the pattern takes too long to match"}
	}
	return ok, nil
}

// Holds asks one test of a value, with nothing converted: lineno='29' never holds. The error
// is a *RuntimeError, what hunter's test would raise when the event comes.
// It is what the reference evaluator and a recording ask; the bridge has the same in Python
// (query/nodes.py) and C, held together by the tests of package reference.
func (t Test) Holds(value Value) (bool, error) {
	switch t.Op {
	case In:
		return contains(t.Operand, value)
	case Contains:
		return contains(value, t.Operand)
	case StartsWith, EndsWith:
		return affix(t.Op, value, t.Operand)
	case Matches:
		return matches(value, t.Operand)
	case Lt, Lte, Gt, Gte:
		return ordered(t.Op, value, t.Operand)
	}
	return equal(value, t.Operand), nil
}

// HoldsName asks a test of a function's name, or of the last parts of its
// qualified one: f and C.f both name the method f of class C.
// Every form is asked, the shortest first, until one holds: so ~Q(function="f") excludes C.f.
func (t Test) HoldsName(function, qualname string) (bool, error) {
	names := []string{function}
	for rest := qualname; ; {
		names = append(names, rest)
		_, after, ok := strings.Cut(rest, ".")
		if !ok {
			break
		}
		rest = after
	}
	for _, n := range names {
		if ok, err := t.Holds(NewStr(n)); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}
