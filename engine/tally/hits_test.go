package tally

import (
	"strconv"
	"testing"
)

func TestWhatLinesCannotCountIsUnknown(t *testing.T) {
	f := buildFile(t, "xs = [f(i) for i in y]  #: @0-22 assign m 1 xs=[1/_2] ;; @5-22 comprehension m 0\n")
	if got := labelsOf(f, DefaultLabelOptions())[1]; got != "×1  xs=[1, 2] · ×0" {
		t.Errorf("by statement: %q", got)
	}
	f.ByLine = true
	if got := labelsOf(f, DefaultLabelOptions())[1]; got != "×1  xs=[1, 2]" {
		t.Errorf("by line: %q", got)
	}
}

// TestADefHasTheCallsOfItsFunction: what a person asks there; where calls were not counted, the first
// statement of its body tells, if it is hit once in each of them.
func TestADefHasTheCallsOfItsFunction(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"calls that were counted", "def f(a):  #: def m 1 calls=7\n    return 1  #: return f 4\n", "×7"},
		{"the first statement's hits", "def f(a):  #: def m 1\n    return 1  #: return f 4\n", "×4"},
		{"not the hits of a default", "def f(a=lambda: 1):  #: @0-19 def m 1 ;; @8-17 lambda m 9\n    return 1  #: return f 4\n", "×4"},
		{"a loop counts looks, and not entries", "def f(a):  #: def m 1\n    while a:  #: while f 4\n        a -= 1  #: aug_assign f 3\n", ""},
	} {
		f := buildFile(t, test.text)
		if n := NewLabeler(f, DefaultLabelOptions()).hits(0); shownHits(n) != test.want {
			t.Errorf("%s: got %+v, want %q", test.name, n, test.want)
		}
	}
}

// shownHits is what a label has of hits, "" where they are not known.
func shownHits(n hits) string {
	if !n.known {
		return ""
	}
	return "×" + strconv.FormatUint(n.hits, 10)
}
