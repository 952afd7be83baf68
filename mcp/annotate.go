package mcp

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/report"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// annotateDescription explains the labels, which agents see nowhere else.
const annotateDescription = `Show the source of a file or function of a run with, at each line's end, how often it ran and with which values: ×3 ran three times, ×0 never although its function ran, ` +
	`x=1 … 9 first and last value, → returned, ✗1 raised once. The most telling lines come first when there are more than fit.`

// annotateIn is a file or a function of a run (where), and which of its lines.
type annotateIn struct {
	where
	First int `json:"first,omitempty" jsonschema:"first line to show"`
	Last  int `json:"last,omitempty" jsonschema:"last line to show"`
	Lines int `json:"lines,omitempty" jsonschema:"lines of source that are shown; default 150, at most 3000"`
	Bytes int `json:"bytes,omitempty" jsonschema:"length of the answer's text; default 16000, at most 400000"`
}

// annotateOut is the annotated source as data; Left lines of the range had no room, and
// Telling are then the ones to look at first.
type annotateOut struct {
	Run     string         `json:"run"`
	File    string         `json:"file"`
	First   int            `json:"first"`
	Last    int            `json:"last"`
	Note    string         `json:"note,omitempty"`
	Telling []report.Place `json:"telling" jsonschema:"the most telling lines, best first"`
	Source  string         `json:"source" jsonschema:"the annotated source"`
	Left    int            `json:"left" jsonschema:"lines that had no room"`
}

// mostTelling lines are named where a file does not fit: as many as a reader would look at.
const mostTelling = 12

// annotate shows a file or a function with the labels that an editor has. Lines are those
// of the file as it ran, which the snapshot carries: it may have been edited since.
func (s *server) annotate(_ context.Context, _ progress, in annotateIn) (string, annotateOut, error) {
	var none annotateOut
	// Limits first: they need no run, and a wrong one is the agent's to mend.
	count, err := bounded("lines", in.Lines, 150, 3000)
	if err != nil {
		return "", none, err
	}
	limit, err := bounded("bytes", in.Bytes, standardBytes, mostBytes)
	if err != nil {
		return "", none, err
	}
	snapshot, t, err := s.find(in.where)
	if err != nil {
		return "", none, err
	}
	if in.First > 0 {
		t.first = in.First
	}
	if in.Last > 0 {
		t.last = min(t.last, in.Last)
	}
	if t.first > t.last {
		return "", none, fmt.Errorf("there are no lines from %d to %d", t.first, t.last)
	}
	// The whole file is annotated, so that columns stay where they are whichever lines are shown.
	var all bytes.Buffer
	if err := tally.Annotate(&all, t.file, wideLabels()); err != nil {
		return "", none, err
	}
	source := splitLines(all.String())
	t.last = min(t.last, len(source))
	if t.first > t.last {
		return "", none, fmt.Errorf("%s has %s", s.roots.short(t.file.Path), wording.Count(len(source), "line"))
	}
	// What was asked for and has no room is counted (Left), and the lines to look at first are named.
	last := min(t.last, t.first+count-1)
	shown := source[t.first-1 : last]
	out := annotateOut{Run: snapshot.Session, File: s.roots.short(t.file.Path), First: t.first, Last: last,
		Note: report.Clean(orElse(t.file.Unknown, t.file.Note)), Telling: s.telling(t), Left: t.last - last}
	a := newAnswer(limit)
	a.line("%s, lines %d to %d of %d, as run %s (%s) counted them.", out.File, out.First, out.Last, len(source), out.Run, snapshot.State)
	if out.Note != "" {
		a.line("Note: %s", out.Note)
	}
	if t.file.ByLine {
		a.line("Counted by line: several statements of a line count together.")
	}
	if out.Left > 0 {
		a.line("\nThe most telling lines:")
		a.program(placeLines(out.Telling))
		a.line("")
	}
	var numbered []string
	for i, line := range shown {
		numbered = append(numbered, fmt.Sprintf("%5d  %s", t.first+i, line))
	}
	a.program(numbered)
	if out.Left > 0 {
		a.line("%d more lines: ask with first=%d, or a greater lines.", out.Left, last+1)
	}
	out.Source, _ = cutHead(strings.Join(shown, "\n"), limit)
	return a.text("ask for fewer lines, or a greater bytes"), out, nil
}

// wideLabels are longer than an editor's: nothing stands beside them.
func wideLabels() tally.LabelOptions {
	o := tally.DefaultLabelOptions()
	o.MaxLength, o.ValueLength = 120, 40
	return o
}

// cutHead is a text of at most limit bytes, its beginning kept.
func cutHead(text string, limit int) (string, bool) {
	if len(text) <= limit {
		return text, false
	}
	return strings.ToValidUTF8(text[:limit], ""), true
}

// telling are the lines that say most: exceptions, then what never ran, then
// what changed its values, then what ran most.
func (s *server) telling(t target) []report.Place {
	type weighed struct{ line, weight int }
	best := map[int]int{}
	for i := range t.file.Statements {
		st := &t.file.Statements[i]
		if st.Line < t.first || st.Line > t.last || st.NoCode {
			continue
		}
		weight := 0
		switch {
		case st.Raised > 0:
			weight = 4
		case st.Hits == 0 && st.Ran:
			weight = 3
		case changes(st):
			weight = 2
		case st.Hits > 0:
			weight = 1
		}
		best[st.Line] = max(best[st.Line], weight)
	}
	var order []weighed
	for line, weight := range best {
		if weight > 0 {
			order = append(order, weighed{line, weight})
		}
	}
	slices.SortFunc(order, func(a, b weighed) int { return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.line, b.line)) })
	found := []report.Place{}
	for _, w := range order[:min(len(order), mostTelling)] {
		found = append(found, report.PlaceOf(t.file, t.file.Path, w.line, t.function, s.names))
	}
	return found
}

// changes reports whether the samples of a Statement show different values.
// They are compared as they are shown: what an agent could not tell apart is no change.
func changes(st *tally.Statement) bool {
	for _, sample := range st.Samples {
		if report.Values(sample.Vars) != report.Values(st.Samples[0].Vars) {
			return true
		}
	}
	return false
}
