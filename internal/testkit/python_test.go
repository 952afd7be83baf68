package testkit

import (
	"slices"
	"testing"
)

func TestFewStandForAll(t *testing.T) {
	minors := func(of ...int) []Interpreter {
		var all []Interpreter
		for _, minor := range of {
			all = append(all, Interpreter{Major: 3, Minor: minor})
		}
		return all
	}
	for _, row := range []struct{ have, want []Interpreter }{
		{minors(9, 10, 11, 12, 13, 14), minors(9, 12, 14)},
		{minors(9, 10, 11), minors(9, 11)},
		{minors(12, 13, 14), minors(12, 14)},
		{minors(11, 12), minors(11, 12)},
		{minors(13), minors(13)},
	} {
		if got := few(row.have); !slices.Equal(got, row.want) {
			t.Errorf("of %v: %v, want %v", row.have, got, row.want)
		}
	}
}
