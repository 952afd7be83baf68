package tally

import (
	"slices"
	"testing"
)

func TestLineSpans(t *testing.T) {
	got := LineSpans("é = 1 \n\n\t# no\n  x\x1f")
	line := func(n, start, end int, bare bool) Span {
		return Span{Line: n, Col: start, EndLine: n, EndCol: end, HeadLine: n, HeadCol: end, Kind: "line", NoCode: bare}
	}
	want := []Span{line(1, 0, 5, false), line(2, 0, 0, true), line(3, 1, 5, true), line(4, 2, 3, false)}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
