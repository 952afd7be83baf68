// Package report tells what a run did: the exceptions with the lines that led
// there, the statements at which exceptions were raised, and how much of each
// file ran; as facts for programs and as Markdown for people.
//
// It reads Snapshots and does no I/O. mcp and cmd use it.
package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// Bounds of a report.
const (
	MostNever  = 40 // lines of a file that are named as never reached
	MostRaised = 10
	MostFiles  = 30
)

// Names decides what a report shows of the paths of a run.
type Names struct {
	Holds func(path string) bool   // whether a file is shown at all
	Short func(path string) string // how its path reads best
}

// Exception is one that ended a thread; the last of its lines raised it.
type Exception struct {
	Type    string  `json:"type"`
	Message string  `json:"message"`
	Lines   []Place `json:"lines"` // outermost first; those of files that are not shown are left out
}

// Place is a line of the source with what is known of it.
type Place struct {
	File     string `json:"file"`
	Line     int    `json:"line"`               // from 1
	Function string `json:"function,omitempty"` // qualified
	Source   string `json:"source"`             // trimmed
	Label    string `json:"label,omitempty" jsonschema:"count and values, as at the end of the line in an editor"`
}

// Raised is a statement at which exceptions began, or that they passed.
type Raised struct {
	Place
	Times  uint64 `json:"times"` // how often
	Type   string `json:"type"`  // with the message
	Values string `json:"values,omitempty" jsonschema:"names and values at the last of them"`
}

// File says how much of a file ran.
type File struct {
	File       string `json:"file"`       // as Names.Short has it
	Statements int    `json:"statements"` // that have code
	Ran        int    `json:"ran"`        // of these
	Never      []int  `json:"never" jsonschema:"lines that never ran, in functions that did; the first 40"`
	ByLine     bool   `json:"by_line,omitempty" jsonschema:"counted by line: the interpreter is older than 3.12, or the file very large"`
	Note       string `json:"note,omitempty"` // a sentence on how it was counted, or why not whole
}

// Exceptions are those that ended the run.
func Exceptions(s *tally.Snapshot, n Names) []Exception {
	all := []Exception{}
	for _, e := range s.Exceptions {
		found := Exception{Type: Clean(e.Type), Message: Clean(e.Message), Lines: []Place{}}
		for _, frame := range e.Frames {
			if n.Holds(frame.Path) {
				found.Lines = append(found.Lines, PlaceOf(file(s, frame.Path), frame.Path, frame.Line, frame.Function, n))
			}
		}
		all = append(all, found)
	}
	return all
}

// file is a run's tally of a file, nil if it has none.
func file(s *tally.Snapshot, path string) *tally.File {
	for _, f := range s.Files {
		if f.Path == path {
			return f
		}
	}
	return nil
}

// PlaceOf looks a line up; f may be nil.
func PlaceOf(f *tally.File, path string, line int, function string, n Names) Place {
	p := Place{File: n.Short(path), Line: line, Function: Clean(function)}
	if f == nil {
		return p
	}
	if lines := strings.Split(f.Source, "\n"); line >= 1 && line <= len(lines) {
		p.Source = Clean(strings.TrimSpace(lines[line-1]))
	}
	for _, l := range labels(f, line, line) {
		p.Label = Clean(l.Text())
	}
	return p
}

// labels are what an editor would show at the lines of a file, at full length.
func labels(f *tally.File, first, last int) []tally.LineLabel {
	places := make([]tally.Place, len(f.Statements))
	for i := range f.Statements {
		places[i] = tally.Place{Statement: i, Line: f.Statements[i].Line, Col: f.Statements[i].Col}
	}
	o := tally.DefaultLabelOptions()
	o.MaxLength, o.ValueLength = 160, 60
	return tally.NewLabeler(f, o).Labels(places, first, last)
}

// RaisedIn are the statements that raised most often; where as often, those
// that come first.
func RaisedIn(files []*tally.File, n Names) []Raised {
	found := []Raised{}
	for _, f := range files {
		for i := range f.Statements {
			st := &f.Statements[i]
			for _, e := range st.Errors {
				r := Raised{Place: PlaceOf(f, f.Path, st.Line, st.Function, n), Times: e.Count, Type: Clean(e.Type)}
				if e.Message != "" {
					r.Type += ": " + Clean(e.Message)
				}
				r.Values = lastRaised(st)
				found = append(found, r)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Raised) int { return cmp.Compare(b.Times, a.Times) })
	return found[:min(len(found), MostRaised)]
}

// lastRaised is what the names of a Statement held when it last raised.
func lastRaised(st *tally.Statement) string {
	for _, sample := range slices.Backward(st.Samples) {
		if sample.Raised != nil {
			return Values(sample.Vars)
		}
	}
	return ""
}

// Values writes names and values in a row.
func Values(vars []tally.Var) string {
	var parts []string
	for _, v := range vars {
		parts = append(parts, Clean(v.Name+"="+v.Repr))
	}
	return strings.Join(parts, ", ")
}

// FileOf counts the Statements of a file.
func FileOf(f *tally.File, n Names) File {
	out := File{File: n.Short(f.Path), Never: []int{}, ByLine: f.ByLine, Note: Clean(cmp.Or(f.Unknown, f.Note))}
	for i, coverage := range f.Coverage() {
		st := &f.Statements[i]
		if coverage == tally.NoCount {
			continue
		}
		out.Statements++
		if coverage == tally.DidRun {
			out.Ran++
		} else if Never(st) && len(out.Never) < MostNever && !slices.Contains(out.Never, st.Line) {
			out.Never = append(out.Never, st.Line)
		}
	}
	return out
}

// Never reports whether it is known that a Statement did not run, in code that did.
func Never(st *tally.Statement) bool { return st.Hits == 0 && st.Ran && !st.AtLeast && !st.NoCode }

// Clean is a line without control characters, characters that turn the
// direction of writing, and broken UTF-8.
func Clean(line string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return r
		case unicode.IsControl(r), r == utf8.RuneError, unicode.Is(unicode.Bidi_Control, r):
			return '\uFFFD'
		}
		return r
	}, strings.TrimRight(line, "\r\n"))
}

// Ranges writes line numbers with runs of them joined: 3-5, 9.
func Ranges(lines []int) string {
	var parts []string
	for i := 0; i < len(lines); {
		j := i
		for j+1 < len(lines) && lines[j+1] == lines[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, fmt.Sprint(lines[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", lines[i], lines[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
