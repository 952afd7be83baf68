package query

import (
	"math/big"
	"slices"
	"strings"
)

// call knows len and isinstance, and no function of the program's.
func (e *expression) call(n *node) (Value, error) {
	name := n.kids[0].text
	// A recorded program does not run any more: what a function of its own would answer
	// cannot be known, and what a builtin does with objects of its classes neither.
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

// length is len(x): a container that was cut in recording is no plain value, and its length
// is not known.
func (e *expression) length(n *node) (Value, error) {
	v, err := e.value(n.args[0].value)
	if err != nil {
		return Value{}, err
	}
	if v.Kind == Recorded {
		return Value{}, undecided("the length of %s was not recorded", e.source(n.args[0].value))
	}
	// Of a dict Items has two for each item.
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
	// A name is compared with the type's last part, for the expression may have imported the
	// class under its own name. bool is the one builtin type that derives from another.
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
