package report

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

var plainNames = Names{Holds: func(string) bool { return true }, Short: func(path string) string { return path }}

// tallied is a file in which each line is a statement that ran so many times; -1: it has no code,
// -2: it may have run and nobody counted it.
func tallied(path string, lines ...any) *tally.File {
	f := &tally.File{Path: path}
	for i := 0; i < len(lines); i += 2 {
		text, hits := lines[i].(string), lines[i+1].(int)
		line := i/2 + 1
		s := tally.Statement{Line: line, EndLine: line, EndCol: len(text), HeadLine: line, HeadCol: len(text), Kind: "expression",
			Function: "<module>", Hits: uint64(max(hits, 0)), Ran: true, NoCode: hits == -1, AtLeast: hits == -2}
		f.Source += text + "\n"
		f.Statements = append(f.Statements, s)
	}
	return f
}

func TestTotals(t *testing.T) {
	got := TotalsOf(tallied("a.py", "a()", 3, "b()", 0, "'''doc'''", -1, "c()", -2, "d()", 0), plainNames)
	want := FileTotals{File: "a.py", Totals: Totals{Statements: 4, Ran: 1, Never: 2, Unsure: 1}, Hits: 3, Lines: []int{2, 5}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for totals, percent := range map[Totals]int{{}: -1, {Ran: 999, Never: 1}: 99, {Ran: 3}: 100, {Never: 2, Unsure: 3}: 0, {Unsure: 3}: -1} {
		if got := totals.Percent(); got != percent {
			t.Errorf("%+v is %d %%, want %d", totals, got, percent)
		}
	}
}

func TestSlowestAndHottest(t *testing.T) {
	f := tallied("a.py", "def f(): pass", 1, "def g(): pass", 1, "x()", 7, "y()", 1, "z()", 9)
	f.Statements[0].Calls, f.Statements[0].Timing = 1000, &tally.Timing{Calls: 10, Total: 100 * time.Millisecond, Sure: 10} // 10 s in all
	f.Statements[1].Calls, f.Statements[1].Timing = 2, &tally.Timing{Calls: 2, Total: 4 * time.Second, Sure: 2}
	told := func(all []Spot) (out []string) {
		for _, s := range all {
			out = append(out, fmt.Sprintf("%d:%d", s.File, s.Statement.Line))
		}
		return out
	}
	files := []*tally.File{tallied("b.py", "v()", 8), f}
	if got, want := told(Slowest(files, 5)), []string{"1:1", "1:2"}; !reflect.DeepEqual(got, want) {
		t.Errorf("slowest are %v, want %v", got, want)
	}
	if got, want := told(Hottest(files, 2)), []string{"1:5", "0:1"}; !reflect.DeepEqual(got, want) {
		t.Errorf("hottest are %v, want %v", got, want)
	}
}

func TestCompare(t *testing.T) {
	before := &tally.Snapshot{Files: []*tally.File{
		tallied("a.py", "one()", 1, "two()", 2, "three()", 0, "four(4)", 4, "five()", -2, "six()", 6),
		tallied("gone.py", "x()", 1)}}
	after := &tally.Snapshot{Files: []*tally.File{
		tallied("a.py", "one()", 1, "new()", 5, "two()", 20, "three()", 3, "four(44)", 5, "five()", 7, "six()", 8),
		tallied("fresh.py", "x()", 1)}}
	after.Files[0].Statements[6].AtLeast = true
	c := Compare(before, after, plainNames, false)
	var got []string
	for _, d := range c.Differences {
		got = append(got, fmt.Sprintf("%s:%d %s %d→%d", d.File, d.Line, d.Source, d.Before.Hits, d.After.Hits))
	}
	want := []string{"a.py:4 three() 0→3", "a.py:3 two() 2→20", "a.py:7 six() 6→8"}
	if c.Files != 1 || !reflect.DeepEqual(got, want) {
		t.Errorf("in %d files\n%s\nwant\n%s", c.Files, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got, want := fmt.Sprint(c.OnlyBefore, c.OnlyAfter), "[gone.py] [fresh.py]"; got != want {
		t.Errorf("only in one are %s, want %s", got, want)
	}
	if found := Compare(after, after, plainNames, true).Differences; len(found) > 0 {
		t.Errorf("a run differs from itself: %v", found)
	}
	// A bound that the other number is above says nothing.
	before.Files[0].Statements[1].AtLeast = true
	if found := Compare(before, after, plainNames, false).Differences; len(found) != 2 {
		t.Errorf("with a lower bound before: %v", found)
	}
}

// TestCompareValues: where they are asked for, a statement that ran as often differs by
// its first or last values; an edited one is compared by neither.
func TestCompareValues(t *testing.T) {
	valued := func(f *tally.File, at int, reprs ...string) *tally.File {
		for _, r := range reprs {
			f.Statements[at].Samples = append(f.Statements[at].Samples, tally.Sample{Vars: []tally.Var{{Name: "n", Repr: r}}})
		}
		return f
	}
	before := &tally.Snapshot{Files: []*tally.File{valued(valued(tallied("a.py", "one()", 2, "two()", 2, "three(3)", 1), 0, "1", "5"), 1, "1", "8", "2")}}
	after := &tally.Snapshot{Files: []*tally.File{valued(valued(valued(tallied("a.py", "one()", 2, "two()", 2, "three(4)", 1), 0, "1", "6"), 1, "1", "9", "2"), 2, "4")}}
	var got []string
	for _, d := range Compare(before, after, plainNames, true).Differences {
		got = append(got, fmt.Sprintf("%d %s | %s", d.Line, d.ValuesBefore, d.ValuesAfter))
	}
	if want := []string{"1 n=1 … n=5 | n=1 … n=6"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if found := Compare(before, after, plainNames, false).Differences; len(found) > 0 {
		t.Errorf("values that nobody asked for: %v", found)
	}
}
