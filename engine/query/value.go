package query

import "math/big"

// ValueKind is the type of a Value.
type ValueKind uint8

// The kinds of Value. Object, Code and the like occur in events only.
const (
	None ValueKind = iota
	Bool
	Int
	Float
	Complex
	Str
	Bytes
	Ellipsis
	List
	Tuple
	Set
	FrozenSet
	Dict
	Range
	Regex    // a compiled pattern: Str, Flags, and Items[0] when the pattern is bytes
	Callable // a lambda or another Python expression: Str is its text
	Builtin  // a builtin by its name
	Object   // anything else: Str is its type's name
	Recorded // what a recording knows only in part: Str is its type's name, Text its text
)

// Value is an immutable Python value as far as a query can write it down. The
// zero Value is None.
type Value struct {
	Kind     ValueKind
	Bool     bool
	Int      *big.Int
	Float    float64 // also the real part of a Complex
	Imag     float64
	Str      string  // Str (UTF-8 in which a lone surrogate may stand), Bytes, Regex, Callable, Builtin, Object
	Items    []Value // elements; of a Dict key, value, key, value …; of a Range start, stop, step
	Text     string  // Recorded: what a printer showed of it
	Identity uint64  // Recorded: which object of the recording it is, 0 unknown
	Flags    int     // Regex: as given, without the inline ones
	Arity    arity   // Callable: how many arguments a lambda takes
}

// arity is the number of positional arguments a lambda takes; the zero value
// means nobody knows.
type arity struct {
	known    bool
	min, max int // max < 0: any number
}

// accepts reports whether a call with n arguments can work.
func (a arity) accepts(n int) bool {
	return !a.known || n >= a.min && (a.max < 0 || n <= a.max)
}

// NewStr makes a str.
func NewStr(s string) Value { return Value{Kind: Str, Str: s} }

// NewInt makes an int.
func NewInt(n int64) Value { return Value{Kind: Int, Int: big.NewInt(n)} }

// NewBool makes a bool.
func NewBool(b bool) Value { return Value{Kind: Bool, Bool: b} }

// NewDict makes a dict of keys and values in turn.
func NewDict(items ...Value) Value { return Value{Kind: Dict, Items: items} }

// typeNames are what Python calls the kinds.
var typeNames = [...]string{
	None: "NoneType", Bool: "bool", Int: "int", Float: "float", Complex: "complex", Str: "str", Bytes: "bytes",
	Ellipsis: "ellipsis", List: "list", Tuple: "tuple", Set: "set", FrozenSet: "frozenset", Dict: "dict", Range: "range",
	Regex: "re.Pattern", Callable: "function", Builtin: "builtin_function_or_method",
}

// TypeName is what Python calls the type of v.
func (v Value) TypeName() string {
	if v.Kind == Object || v.Kind == Recorded {
		return v.Str
	}
	if v.Kind == Builtin && builtinTypes[v.Str] {
		return "type"
	}
	return typeNames[v.Kind]
}

// callable reports whether Python can call v.
func (v Value) callable() bool { return v.Kind == Callable || v.Kind == Builtin }

// hashable reports whether v can be an element of a set or a key.
func (v Value) hashable() bool {
	switch v.Kind {
	case List, Set, Dict:
		return false
	case Tuple:
		for _, i := range v.Items {
			if !i.hashable() {
				return false
			}
		}
	}
	return true
}

// isNumber reports bool, int or float, which compare with each other.
func (v Value) isNumber() bool { return v.Kind == Bool || v.Kind == Int || v.Kind == Float }
