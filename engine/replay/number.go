package replay

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
)

// Number is an int or a float of Python's, compared as Python compares them: exactly, whichever they are.
type Number struct{ v query.Value }

// numberOf is a value as a number; false where it is none, or not one that has an order (nan).
func numberOf(v query.Value) (Number, bool) {
	return Number{v}, v.Kind == query.Int || v.Kind == query.Float && !math.IsNaN(v.Float)
}

// String is Python's text of it.
func (n Number) String() string { return n.v.Repr() }

// Compare is -1, 0 or 1.
func (n Number) Compare(m Number) int {
	switch {
	case n.v.Kind == query.Float && m.v.Kind == query.Float:
		return cmp.Compare(n.v.Float, m.v.Float)
	case n.v.Kind == query.Int && m.v.Kind == query.Int:
		return n.v.Int.Cmp(m.v.Int)
	case n.v.Kind == query.Float:
		return -m.Compare(n)
	// An infinite float is beyond any int, and no Rat.
	case math.IsInf(m.v.Float, 0):
		return cmp.Compare(0, m.v.Float)
	}
	// An int beyond 2**53 has no float of its own.
	exact := new(big.Rat).SetInt(n.v.Int)
	return exact.Cmp(new(big.Rat).SetFloat64(m.v.Float))
}

// MarshalJSON is a number of JSON where there is one, and Python's text of an infinite one.
func (n Number) MarshalJSON() ([]byte, error) {
	if n.v.Kind == query.Float && math.IsInf(n.v.Float, 0) {
		return json.Marshal(n.String())
	}
	return []byte(n.String()), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Number) UnmarshalJSON(text []byte) error {
	t := strings.Trim(string(text), `"`)
	if whole, ok := new(big.Int).SetString(t, 10); ok {
		n.v = query.Value{Kind: query.Int, Int: whole}
		return nil
	}
	switch t {
	case "inf":
		n.v = query.Value{Kind: query.Float, Float: math.Inf(1)}
		return nil
	case "-inf":
		n.v = query.Value{Kind: query.Float, Float: math.Inf(-1)}
		return nil
	}
	var f float64
	if json.Unmarshal([]byte(t), &f) != nil {
		return errors.New("a range has a number that is none")
	}
	n.v = query.Value{Kind: query.Float, Float: f}
	return nil
}
