package tally

import (
	"slices"
	"testing"
)

func TestFates(t *testing.T) {
	f := buildFile(t, dead[1:])
	covered := func() (out []Coverage) {
		for i, coverage := range f.Coverage() {
			if f.Statements[i].Kind != "lambda" {
				out = append(out, coverage)
			}
		}
		return out
	}
	want := []Coverage{DidRun, DidRun, NoCount, DidRun, NeverRan, DidRun, DidRun, NoCount, NoCount, NoCount, DidRun, NeverRan}
	if got := covered(); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	f.Unknown = "some of it was not counted"
	want[4] = Unsure // nothing of its function was seen
	if got := covered(); !slices.Equal(got, want) {
		t.Errorf("with code that was not counted:\ngot  %v\nwant %v", got, want)
	}
	f.Unknown = ""
	f.Statements[len(f.Statements)-1].AtLeast = true
	want[4], want[11] = NeverRan, Unsure
	if got := covered(); !slices.Equal(got, want) {
		t.Errorf("with a lower bound of 0:\ngot  %v\nwant %v", got, want)
	}
	f = buildFile(t, dead[1:]) // attached to after its import: only f was seen
	for i := range f.Statements {
		if s := &f.Statements[i]; s.Function != "f" {
			s.Hits, s.Ran = 0, false
		}
	}
	for i, coverage := range f.Coverage() {
		if coverage != Unsure && coverage != NoCount && f.Statements[i].Function != "f" {
			t.Errorf("attached to: statement %d is %v", i, coverage)
		}
	}
	f = &File{ByLine: true, Source: "x", Statements: []Statement{{Kind: "expression", Line: 1, Ran: true}, {Kind: "lambda", Line: 1, Ran: true}}}
	if got := f.Coverage(); !slices.Equal(got, []Coverage{NeverRan, NoCount}) {
		t.Errorf("by line: got %v", got)
	}
}
