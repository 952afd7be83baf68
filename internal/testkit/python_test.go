package testkit

import "testing"

func TestFewStandForAll(t *testing.T) {
	minors := func(of ...int) []Interpreter {
		var all []Interpreter
		for _, minor := range of {
			all = append(all, Interpreter{Major: 3, Minor: minor})
		}
		return all
	}
	for _, row := range []struct {
		have, short, usual []Interpreter
	}{
		{minors(9, 10, 11, 12, 13, 14), minors(9, 14), minors(9, 12, 14)},
		{minors(9, 10, 11), minors(9, 11), minors(9, 11)},
		{minors(12, 13, 14), minors(12, 14), minors(12, 14)},
		{minors(11, 12), minors(11, 12), minors(11, 12)},
		{minors(13), minors(13), minors(13)},
	} {
		for monitoring, want := range map[bool][]Interpreter{false: row.short, true: row.usual} {
			got := few(row.have, monitoring)
			same := len(got) == len(want)
			for i := range got {
				same = same && got[i] == want[i]
			}
			if !same {
				t.Errorf("of %v, with monitoring %v: %v, want %v", row.have, monitoring, got, want)
			}
		}
	}
}
