package tally

import (
	"io"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// Where labels stand in an annotated source: in one column, two blanks behind
// the longest line that is not too long.
const (
	annotateMax = 72
	annotateGap = 2
)

// Annotate writes the source that ran with a label at the end of each line
// that has something to tell: counts in one column and what they tell in
// another.
func Annotate(w io.Writer, f *File, o LabelOptions) error {
	// The source is the text that ran: each statement stands where it did.
	places := make([]Place, len(f.Statements))
	for i := range f.Statements {
		s := &f.Statements[i]
		places[i] = Place{Statement: i, Line: s.Line, Col: s.Col}
	}
	// The count is always the first part of a label.
	labels := map[int][]Part{}
	for _, l := range NewLabeler(f, o).Labels(places, 1, 0) {
		labels[l.Line] = l.Parts
	}
	source := strings.Split(strings.TrimSuffix(f.Source, "\n"), "\n")
	column, counts := columnsFor(source, labels)
	var b strings.Builder
	for i, line := range source {
		line = tameSource(line)
		b.WriteString(line)
		if parts := labels[i+1]; len(parts) > 0 {
			pad(&b, cells(line), column)
			b.WriteString(parts[0].Text)
			if rest := strings.TrimPrefix(Text(parts[1:]), "  "); rest != "" {
				pad(&b, cells(parts[0].Text), counts)
				b.WriteString(rest)
			}
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// tameSource is a line as it can be shown on any terminal.
func tameSource(line string) string {
	return tame(strings.TrimRight(strings.ReplaceAll(line, "\t", "    "), " \r\f"), false)
}

// cells is how wide a terminal shows s.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += diag.Width(r)
	}
	return n
}

// pad fills up with blanks from one column to another, at least annotateGap of them.
func pad(b *strings.Builder, from, to int) {
	b.WriteString(strings.Repeat(" ", max(to-from, annotateGap)))
}

// columnsFor finds where labels start, and how wide their counts are.
func columnsFor(source []string, labels map[int][]Part) (column, counts int) {
	for i, line := range source {
		parts := labels[i+1]
		if len(parts) == 0 {
			continue
		}
		if n := cells(tameSource(line)); n <= annotateMax {
			column = max(column, n)
		}
		counts = max(counts, cells(parts[0].Text))
	}
	// One very long count moves only its own line.
	return column + annotateGap, min(counts, 8) + annotateGap
}
