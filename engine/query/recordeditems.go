package query

import (
	"fmt"
	"strings"
)

// attribute is x.name: of an object what was recorded of its attributes, of a plain value
// an AttributeError where its type has none of that name, and else not known.
func (e *expression) attribute(n *node) (Value, error) {
	of, err := e.value(n.kids[0])
	if err != nil {
		return Value{}, err
	}
	// Of an object the bridge recorded some attributes, by name and value in turn (NewRecorded).
	if of.Kind == Recorded {
		for i := 0; i+1 < len(of.Items); i += 2 {
			if of.Items[i].Str == n.text {
				return of.Items[i+1], nil
			}
		}
		return Value{}, undecided("the attribute %s of %s was not recorded", n.text, e.source(n.kids[0]))
	}
	// Names with two underscores are left out of the tables, and every type has some: not known.
	if known := attributesOf[of.Kind]; known != nil && !known[n.text] && !strings.HasPrefix(n.text, "__") {
		return Value{}, &RuntimeError{Class: "AttributeError", Text: fmt.Sprintf("'%s' object has no attribute '%s'", of.TypeName(), n.text)}
	}
	return Value{}, undecided("%s is an attribute of a %s, which is not recorded", e.source(n), of.TypeName())
}

// attributesOf are the attributes of plain values, those with underscores left out, of all
// supported Pythons together: a name that is in none of them raises AttributeError.
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

// item is x[key]; slices are not computed, and what was cut is not known.
func (e *expression) item(n *node) (Value, error) {
	of, err := e.value(n.kids[0])
	if err != nil {
		return Value{}, err
	}
	// x[a, b] and slices: both need more than the items that were recorded.
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

// keyed looks a key up in a dict. It is missing for certain only where all keys are whole.
func (e *expression) keyed(n *node, of, key Value) (Value, error) {
	// A key that was cut might be the one that is looked for, so it keeps the answer open, but
	// only where no whole key is equal: keys of a dict differ.
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

// indexed is a sequence's item, from the end where the number is negative.
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
