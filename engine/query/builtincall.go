package query

import (
	"strconv"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/text"
)

// builtinCall evaluates the few builtins that make data: set(["a"]),
// range(3), float("inf") … Others cannot be called while a query is read.
func (b *builder) builtinCall(n *node, name string, positional, keywords []argument, ok bool) object {
	if !ok {
		return object{node: n}
	}
	// dict(a=1) is the one builtin whose keywords are data.
	if len(keywords) > 0 && name == "dict" && len(positional) == 0 {
		v := Value{Kind: Dict}
		for _, k := range keywords {
			if !b.plain(k.value) {
				return object{node: n}
			}
			v.Items = append(v.Items, NewStr(k.name), k.value.value)
		}
		return b.value(n, v)
	}
	if len(keywords) > 0 {
		return b.errorf(keywords[0].keyAt, "unexpected-argument", "%s takes no keyword arguments here", name)
	}
	var args []Value
	for _, p := range positional {
		if !b.plain(p.value) {
			return object{node: n}
		}
		args = append(args, p.value.value)
	}
	v, problem := construct(name, args)
	switch problem {
	case "":
		return b.value(n, v)
	case "unknown":
		b.refuse(n, name)
		return object{node: n}
	}
	// The code decides which exception hunter would have raised: ValueError for what cannot be
	// converted, TypeError for the rest (problems.go).
	code := "bad-operand"
	if strings.HasPrefix(problem, "could not convert") || strings.HasPrefix(problem, "invalid literal") {
		code = "bad-value"
	}
	return b.errorf(b.span(n), code, "%s", problem)
}

// refuse says that a builtin is called when the program runs, and not when a query is read.
func (b *builder) refuse(n *node, name string) {
	b.errorf(b.span(n), "unsupported", "%s(…) cannot be called while a query is read; write a lambda event: …", name)
}

// construct calls a builtin type with literals. problem is "unknown" for one
// that is not for data.
func construct(name string, args []Value) (v Value, problem string) {
	// Containers first: they take what can be iterated over, the others one literal.
	kinds := map[string]ValueKind{"list": List, "tuple": Tuple, "set": Set, "frozenset": FrozenSet, "dict": Dict}
	kind, isContainer := kinds[name]
	switch {
	case isContainer && len(args) == 0:
		return Value{Kind: kind}, ""
	case isContainer && kind != Dict && len(args) == 1:
		items, ok := elements(args[0])
		if !ok {
			return v, "'" + args[0].TypeName() + "' object is not iterable"
		}
		if kind == Set || kind == FrozenSet {
			for _, i := range items {
				if !i.hashable() {
					return v, "unhashable type: '" + i.TypeName() + "'"
				}
			}
			items = distinct(items)
		}
		return Value{Kind: kind, Items: items}, ""
	case name == "range":
		return newRange(args)
	case len(args) == 0:
		return emptyOf(name)
	case len(args) == 1:
		return convert(name, args[0])
	}
	return v, "unknown"
}

// maxRange bounds the elements of a range, which travels written out.
const maxRange = 10_000

// newRange is range(…) as a value; a problem in words where Python would raise, or where the range
// is longer than a query may carry.
// It stays a range, so that repr() shows it as it was written; where it is asked it is gone through.
func newRange(args []Value) (v Value, problem string) {
	// start, stop and step, with Python's defaults for the first and the last.
	nums := []int64{0, 0, 1}
	for i, a := range args {
		if a.Kind != Int || !a.Int.IsInt64() || i > 2 {
			return v, "range() takes one to three integers"
		}
		nums[i] = a.Int.Int64()
	}
	switch len(args) {
	case 0:
		return v, "range expected at least 1 argument, got 0"
	case 1:
		nums[0], nums[1] = 0, nums[0]
	}
	if nums[2] == 0 {
		return v, "range() arg 3 must not be zero"
	}
	v = Value{Kind: Range, Items: []Value{NewInt(nums[0]), NewInt(nums[1]), NewInt(nums[2])}}
	if v.rangeLength() > maxRange {
		return v, "range() of more than 10000 numbers; use _gte and _lt"
	}
	return v, ""
}

// rangeLength is the number of elements of a Range, or maxRange+1.
func (v Value) rangeLength() int64 {
	start, stop, step := v.Items[0].Int.Int64(), v.Items[1].Int.Int64(), v.Items[2].Int.Int64()
	if step < 0 {
		start, stop, step = -start, -stop, -step
	}
	if start >= stop {
		return 0
	}
	// Unsigned, for the distance may be more than an int64 holds.
	n := (uint64(stop)-uint64(start)-1)/uint64(step) + 1
	if n > maxRange {
		return maxRange + 1
	}
	return int64(n)
}

// Elements are what iterating over v gives, nothing where Python cannot.
// Elements of a set are in the order in which they were written, which is not Python's; nothing
// that is asked here depends on it.
func (v Value) Elements() []Value {
	all, _ := elements(v)
	return all
}

// elements are what iterating over v gives.
func elements(v Value) ([]Value, bool) {
	switch v.Kind {
	case List, Tuple, Set, FrozenSet:
		return append([]Value{}, v.Items...), true
	case Dict:
		var keys []Value
		for i := 0; i < len(v.Items); i += 2 {
			keys = append(keys, v.Items[i])
		}
		return keys, true
	case Str:
		var out []Value
		for s := v.Str; s != ""; {
			_, size := text.DecodeRune(s)
			out = append(out, NewStr(s[:size]))
			s = s[size:]
		}
		return out, true
	case Bytes:
		var out []Value
		for i := 0; i < len(v.Str); i++ {
			out = append(out, NewInt(int64(v.Str[i])))
		}
		return out, true
	case Range:
		var out []Value
		for i, x := int64(0), v.Items[0].Int.Int64(); i < v.rangeLength(); i++ {
			out = append(out, NewInt(x))
			x += v.Items[2].Int.Int64()
		}
		return out, true
	}
	return nil, false
}

// emptyOf is str(), int() and so on: the value of a type that is called without arguments.
func emptyOf(name string) (Value, string) {
	switch name {
	case "str":
		return NewStr(""), ""
	case "int":
		return NewInt(0), ""
	case "float":
		return Value{Kind: Float}, ""
	case "bool":
		return NewBool(false), ""
	case "bytes":
		return Value{Kind: Bytes}, ""
	}
	return Value{}, "unknown"
}

// convert calls int, float, bool, str or bytes with one literal.
// Only what is the same in all versions of Python and needs no object of the program is done;
// "unknown" refuses the rest, and the person is told to write a lambda.
func convert(name string, a Value) (Value, string) {
	switch {
	case name == "bool":
		return NewBool(a.Truth()), ""
	case name == "str" && a.Kind == Str:
		return a, ""
	case name == "str" && (a.isNumber() || a.Kind == None):
		return NewStr(a.Repr()), ""
	case name == "float" && a.isNumber():
		return Value{Kind: Float, Float: a.asFloat()}, ""
	case name == "int" && (a.Kind == Int || a.Kind == Bool):
		return Value{Kind: Int, Int: a.asInt()}, ""
	case name == "float" && a.Kind == Str:
		f, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(a.Str), "_", ""), 64)
		// Go's parser reads hexadecimal floats, which float() does not.
		if err != nil || strings.ContainsAny(a.Str, "xXpP") {
			return Value{}, "could not convert string to float: " + a.Repr()
		}
		return Value{Kind: Float, Float: f}, ""
	case name == "int" && a.Kind == Str:
		s := strings.TrimSpace(a.Str)
		v, problem := parseNumber(strings.TrimLeft(s, "+-"))
		if problem != "" || v.Kind != Int || strings.HasPrefix(s, "0x") {
			return Value{}, "invalid literal for int() with base 10: " + a.Repr()
		}
		if strings.HasPrefix(s, "-") {
			v, _ = signed("-", v)
		}
		return v, ""
	}
	return Value{}, "unknown"
}
