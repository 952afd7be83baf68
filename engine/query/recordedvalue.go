package query

import (
	"slices"
	"strings"
)

// NewRecorded is a value of which only its type and its text are known: an
// object of a program's, or what was cut. Attributes are names and values in turn.
func NewRecorded(typeName, text string, attributes ...Value) Value {
	return Value{Kind: Recorded, Str: typeName, Text: text, Items: attributes}
}

// Whole reports whether all of a value is known, and so what it is equal to.
// Everything that compares recorded values asks this first: of a list that was cut no item
// beyond the cut is known, nor how many there were.
func (v Value) Whole() bool {
	switch v.Kind {
	case Recorded:
		return false
	case List, Tuple, Set, FrozenSet, Dict:
		return !slices.ContainsFunc(v.Items, func(i Value) bool { return !i.Whole() })
	}
	return true
}

// ReadValue is the value that a recorded text shows. What the text does not say
// is Recorded, also within a list and the like.
// The text is what the bridge's renderer wrote (pybridge, values/rendering.py): repr() with
// marks where it cut, and with <…> for objects. A type's name decides what it may be: the same
// text of a class of the program's own says nothing of how that compares.
func ReadValue(typeName, text string) Value {
	whole := NewRecorded(typeName, text)
	kind, known := map[string]ValueKind{"list": List, "tuple": Tuple, "dict": Dict, "set": Set, "frozenset": FrozenSet, "str": Str,
		"bytes": Bytes, "int": Int, "float": Float, "complex": Complex, "bool": Bool, "NoneType": None, "ellipsis": Ellipsis}[typeName]
	if !known {
		return whole
	}
	r := valueReader{text: text}
	v, ok := r.value()
	if !ok || r.pos != len(text) || v.Kind != kind {
		return whole
	}
	return v
}

// valueReader reads what a printer printed of a value.
type valueReader struct {
	text  string
	pos   int
	depth int
}

// rest is what has not been read.
func (r *valueReader) rest() string { return r.text[r.pos:] }

// accept goes past a text, if it is next.
func (r *valueReader) accept(s string) bool {
	if strings.HasPrefix(r.rest(), s) {
		r.pos += len(s)
		return true
	}
	return false
}

// value reads one value of a repr; false where it is nothing that is known, or too deep.
func (r *valueReader) value() (Value, bool) {
	if r.depth++; r.depth > maxDepth {
		return Value{}, false
	}
	defer func() { r.depth-- }()
	start := r.pos
	switch {
	case r.pos >= len(r.text):
		return Value{}, false
	// The renderer's marks for a container within itself, and for what is beyond a limit.
	case r.accept("[...]") || r.accept("..."):
		return NewRecorded("?", r.text[start:r.pos]), true
	case r.accept("set()"):
		return Value{Kind: Set}, true
	case r.accept("frozenset()"):
		return Value{Kind: FrozenSet}, true
	case r.accept("frozenset({"):
		return r.items(FrozenSet, "})")
	case r.accept("{redacted}"):
		return NewRecorded("?", "{redacted}"), true
	case r.accept("["):
		return r.items(List, "]")
	case r.accept("("):
		return r.items(Tuple, ")")
	case r.accept("{"):
		return r.braces()
	case r.accept("<"):
		return r.angled(start)
	}
	return r.scalar()
}

// items reads values up to what closes them.
func (r *valueReader) items(kind ValueKind, closer string) (Value, bool) {
	v := Value{Kind: kind}
	for first := true; ; first = false {
		if r.accept(closer) {
			return v, true
		}
		if !first && !r.accept(", ") && !r.accept(",") {
			return Value{}, false
		}
		if !first && r.accept(closer) {
			return v, true // of a tuple of one
		}
		item, ok := r.value()
		if !ok {
			return Value{}, false
		}
		v.Items = append(v.Items, item)
	}
}

// braces reads a dict or a set.
func (r *valueReader) braces() (Value, bool) {
	if r.accept("}") {
		return Value{Kind: Dict}, true
	}
	v := Value{Kind: Set}
	for first := true; ; first = false {
		if r.accept("}") {
			return v, true
		}
		if !first && !r.accept(", ") {
			return Value{}, false
		}
		item, ok := r.value()
		if !ok {
			return Value{}, false
		}
		v.Items = append(v.Items, item)
		if r.accept(": ") {
			v.Kind = Dict
			if item, ok = r.value(); !ok {
				return Value{}, false
			}
			v.Items = append(v.Items, item)
		}
		if v.Kind == Dict && len(v.Items)%2 != 0 {
			return Value{}, false
		}
	}
}

// angled reads <… object at 0x…>, whose name may have brackets of its own.
// <function <lambda> at 0x…> has: so they are counted.
func (r *valueReader) angled(start int) (Value, bool) {
	depth := 1
	for ; r.pos < len(r.text) && depth > 0; r.pos++ {
		switch r.text[r.pos] {
		case '<':
			depth++
		case '>':
			depth--
		}
	}
	return NewRecorded("?", r.text[start:r.pos]), depth == 0
}

// scalar reads a number, a text, a name, or what reads as a call: deque([1]).
func (r *valueReader) scalar() (Value, bool) {
	start := r.pos
	prefix := start
	for prefix < len(r.text) && strings.IndexByte("bB", r.text[prefix]) >= 0 {
		prefix++
	}
	if prefix < len(r.text) && (r.text[prefix] == '\'' || r.text[prefix] == '"') {
		r.pos = stringEnd(r.text, prefix)
		return literal(r.text[start:r.pos])
	}
	for r.pos < len(r.text) && strings.IndexByte(",:)]}( ", r.text[r.pos]) < 0 {
		r.pos++
	}
	word := r.text[start:r.pos]
	// It may be the repr of anything, with another value's text within: only where it ends is read.
	if r.pos < len(r.text) && r.text[r.pos] == '(' && word != "" {
		r.pos++
		if _, ok := r.call(); !ok {
			return Value{}, false
		}
		return NewRecorded(word, r.text[start:r.pos]), true
	}
	switch word {
	case "nan", "inf", "-inf":
		f, _ := parseFloat(word)
		return Value{Kind: Float, Float: f}, true
	}
	if v, ok := literal(word); ok {
		return v, true
	}
	return NewRecorded("?", word), word != ""
}

// call passes over what stands between the brackets of a call.
func (r *valueReader) call() (Value, bool) {
	depth := 1
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; c {
		case '\'', '"':
			r.pos = stringEnd(r.text, r.pos)
			continue
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				r.pos++
				return Value{}, true
			}
		}
		r.pos++
	}
	return Value{}, false
}

// literal is the value of one, with a sign perhaps.
// The query's own parser reads it, so that a recorded 1_000 or '\x41' is what it is in a query.
func literal(text string) (Value, bool) {
	c := &collector{size: len(text)}
	n := parseExpression(text, c)
	if c.list.HasErrors() {
		return Value{}, false
	}
	sign := false
	if n.kind == nodeUnary && n.text == "-" {
		n, sign = n.kids[0], true
	}
	if n.kind != nodeConst {
		return Value{}, false
	}
	if sign {
		return signed("-", n.value)
	}
	return n.value, true
}
