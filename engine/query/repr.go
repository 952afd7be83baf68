package query

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/tallyho-dev/tallyho/engine/query/pyregex"
	"github.com/tallyho-dev/tallyho/engine/text"
)

// Repr is what Python's repr() of v is. Elements of a set are in the order in
// which they were written.
// Printers, messages of errors and hints all show values so: whatever a person reads can be pasted
// into Python again, but for what only a program has.
func (v Value) Repr() string {
	var b strings.Builder
	v.repr(&b)
	return b.String()
}

// repr writes into b, so that a deep value is not copied at each level. What an Object or
// a Recorded value shows was rendered in the program and stands as it came.
func (v Value) repr(b *strings.Builder) {
	switch v.Kind {
	case None:
		b.WriteString("None")
	case Bool:
		b.WriteString(map[bool]string{true: "True", false: "False"}[v.Bool])
	case Int:
		b.WriteString(v.Int.String())
	case Float:
		b.WriteString(FloatRepr(v.Float))
	case Complex:
		b.WriteString(complexRepr(v.Float, v.Imag))
	case Str:
		quoteStr(b, v.Str)
	case Bytes:
		quoteBytes(b, v.Str)
	case Ellipsis:
		b.WriteString("Ellipsis")
	case List:
		v.reprItems(b, "[", "]")
	case Tuple:
		if len(v.Items) == 1 {
			v.reprItems(b, "(", ",)")
			return
		}
		v.reprItems(b, "(", ")")
	// The empty ones have no display of their own: {} is a dict.
	case Set:
		if len(v.Items) == 0 {
			b.WriteString("set()")
			return
		}
		v.reprItems(b, "{", "}")
	case FrozenSet:
		if len(v.Items) == 0 {
			b.WriteString("frozenset()")
			return
		}
		v.reprItems(b, "frozenset({", "})")
	case Dict:
		b.WriteByte('{')
		for i := 0; i+1 < len(v.Items); i += 2 {
			if i > 0 {
				b.WriteString(", ")
			}
			v.Items[i].repr(b)
			b.WriteString(": ")
			v.Items[i+1].repr(b)
		}
		b.WriteByte('}')
	case Range:
		fmt.Fprintf(b, "range(%s, %s", v.Items[0].Int, v.Items[1].Int)
		if v.Items[2].Int.Int64() != 1 {
			fmt.Fprintf(b, ", %s", v.Items[2].Int)
		}
		b.WriteByte(')')
	case Regex:
		v.reprRegex(b)
	case Builtin:
		if builtinTypes[v.Str] {
			fmt.Fprintf(b, "<class '%s'>", v.Str)
		} else {
			fmt.Fprintf(b, "<built-in function %s>", v.Str)
		}
	case Recorded:
		b.WriteString(v.Text)
	case Object:
		fmt.Fprintf(b, "<%s object>", v.Str)
	default:
		b.WriteString(v.Str)
	}
}

// reprItems writes the items between their brackets.
func (v Value) reprItems(b *strings.Builder, open, closer string) {
	b.WriteString(open)
	for i, item := range v.Items {
		if i > 0 {
			b.WriteString(", ")
		}
		item.repr(b)
	}
	b.WriteString(closer)
}

// FloatRepr is the shortest text that reads back as f, as Python writes it: with an
// exponent below 1e-4 and from 1e16 on (format code "r" of CPython's pystrtod.c).
func FloatRepr(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case f != 0 && (math.Abs(f) >= 1e16 || math.Abs(f) < 1e-4):
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// complexRepr leaves the real part out where it is +0, as complex_repr of CPython does;
// -0 is shown, since it is not what was written without it.
func complexRepr(real, imag float64) string {
	part := func(f float64) string { return strings.TrimSuffix(FloatRepr(f), ".0") }
	if real == 0 && !math.Signbit(real) {
		return part(imag) + "j"
	}
	sign := "+"
	if math.Signbit(imag) {
		sign = ""
	}
	return "(" + part(real) + sign + part(imag) + "j)"
}

// quoteFor is the quote Python's repr puts around s.
// Single quotes, unless that would need escapes which double ones would not.
func quoteFor(s string) byte {
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		return '"'
	}
	return '\''
}

// quoteStr writes a str as unicode_repr of CPython does. A lone surrogate, which Go has no
// rune for, comes from text.DecodeRune and is escaped like any character that does not print.
func quoteStr(b *strings.Builder, s string) {
	quote := quoteFor(s)
	b.WriteByte(quote)
	for len(s) > 0 {
		r, size := text.DecodeRune(s)
		s = s[size:]
		switch {
		case r == rune(quote) || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7F:
			fmt.Fprintf(b, `\x%02x`, r)
		case r < 0x7F || isPrintable(r):
			b.WriteRune(r)
		case r <= 0xFF:
			fmt.Fprintf(b, `\x%02x`, r)
		case r <= 0xFFFF:
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			fmt.Fprintf(b, `\U%08x`, r)
		}
	}
	b.WriteByte(quote)
}

// isPrintable is Python's str.isprintable for one character.
// Both go by Unicode's categories; Go's tables and the interpreter's may be of different versions
// of Unicode, and then differ in characters that one of them does not know yet.
func isPrintable(r rune) bool {
	return r >= 0xA0 && r != 0xA0 && r != 0xAD && (r < 0xD800 || r > 0xDFFF) && unicode.IsGraphic(r) && !unicode.Is(unicode.Zs, r)
}

// quoteBytes writes bytes, one escape for each that is no printable ASCII.
func quoteBytes(b *strings.Builder, s string) {
	quote := quoteFor(s)
	b.WriteByte('b')
	b.WriteByte(quote)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == quote || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c >= 0x7F:
			fmt.Fprintf(b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(quote)
}

// flagNames are the flags that a pattern's repr lists, in its order.
var flagNames = []struct {
	bit  int
	name string
}{{2, "re.IGNORECASE"}, {4, "re.LOCALE"}, {8, "re.MULTILINE"}, {16, "re.DOTALL"}, {64, "re.VERBOSE"}, {128, "re.DEBUG"}, {256, "re.ASCII"}}

// reprRegex writes a compiled pattern. Flags that stand in the pattern are shown like those
// that were given: Python keeps them together.
func (v Value) reprRegex(b *strings.Builder) {
	// Of a bytes pattern Str is text as well; that there are Items tells them apart (Value.Items).
	pattern := NewStr(v.Str)
	if len(v.Items) > 0 {
		pattern.Kind = Bytes
	}
	b.WriteString("re.compile(")
	b.WriteString(cutRepr(pattern.Repr()))
	flags := v.Flags | pyregex.InlineFlags(v.Str)
	sep := ", "
	for _, f := range flagNames {
		if flags&f.bit != 0 {
			b.WriteString(sep + f.name)
			sep = "|"
		}
	}
	b.WriteByte(')')
}

// cutRepr cuts a pattern as CPython's repr of a pattern does: 200 characters, quotes
// included, without a mark (_sre, "%.200R").
func cutRepr(s string) string {
	r := []rune(s)
	if len(r) > 200 {
		return string(r[:200])
	}
	return s
}

// Truth is Python's truth value of v.
// What a query cannot write down, an object or a callable, is true, as it is in Python unless its
// class says otherwise.
func (v Value) Truth() bool {
	switch v.Kind {
	case None:
		return false
	case Bool:
		return v.Bool
	case Int:
		return v.Int.Sign() != 0
	case Float:
		return v.Float != 0
	case Complex:
		return v.Float != 0 || v.Imag != 0
	case Str, Bytes:
		return v.Str != ""
	case List, Tuple, Set, FrozenSet, Dict:
		return len(v.Items) > 0
	case Range:
		return v.rangeLength() > 0
	}
	return true
}
