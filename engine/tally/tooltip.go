package tally

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tallyho-dev/tallyho/internal/wording"
)

// Tooltip says more about one Part of a label: plain text, several lines. It is
// made when somebody asks, for a large file has tens of thousands.
func (l *Labeler) Tooltip(p Part) string {
	if p.Statement < 0 || p.Statement >= len(l.file.Statements) {
		return ""
	}
	switch p.Kind {
	case PartCount:
		return l.countTooltip(p)
	case PartRaised:
		return l.raisedTooltip(p.Statement)
	case PartReturn:
		return l.valueTooltip(p.Statement, returned(l.file.Statements[p.Statement].Samples))
	case PartValue:
		return l.valueTooltip(p.Statement, l.seriesNamed(p.Statement, p.Name))
	}
	return "There was no room for all of it."
}

// countTooltip says in words what a label's ×n leaves out: that the number is a lower
// bound or not known, that it is a line's and not a statement's, in which threads it ran.
func (l *Labeler) countTooltip(p Part) string {
	s := &l.file.Statements[p.Statement]
	what := "hit"
	if isDef(s.Kind) {
		what = "call"
	}
	n := l.hits(p.Statement)
	lines := []string{wording.Count(n.hits, what)}
	if n.unsure {
		lines = []string{"not known how many " + what + "s"}
		if l.file.Unknown != "" {
			lines = append(lines, tame(l.file.Unknown, l.options.ASCII))
		}
	} else if s.AtLeast {
		lines[0] = "at least " + lines[0] + ": counting was cut short"
	}
	if l.file.ByLine {
		lines = append(lines, "counted by line")
	}
	if s.Raised > 0 {
		lines = append(lines, wording.Grouped(s.Raised)+" of them raised")
	}
	if threads := threadsOf(s.Samples); len(threads) > 1 {
		lines = append(lines, "threads: "+tame(strings.Join(threads, ", "), l.options.ASCII))
	}
	// Values of an edited line would be taken for those of the new text; a count is worth
	// showing all the same, if that is said.
	if p.stale {
		lines = append(lines, "This line was edited after the run: the count is that of the line that ran, its values are not shown.")
	}
	return strings.Join(lines, "\n")
}

// threadsOf are the threads that samples came from, ten at most, in order of their first.
func threadsOf(samples []Sample) []string {
	var out []string
	for _, s := range samples {
		if s.Thread != "" && !slices.Contains(out, s.Thread) && len(out) < 10 {
			out = append(out, s.Thread)
		}
	}
	return out
}

// raisedTooltip lists a Statement's exceptions: how often, of which type, with the message
// of the first of them.
func (l *Labeler) raisedTooltip(i int) string {
	var lines []string
	for _, e := range l.file.Statements[i].Errors {
		lines = append(lines, fmt.Sprintf("%s × %s: %s", wording.Grouped(e.Count), tame(e.Type, false), tame(cutMiddle(e.Message, 200, "…"), false)))
	}
	return strings.Join(lines, "\n")
}

// valueTooltip tells of one name's samples: how many of the hits were sampled, the range
// of numbers, the types, and the first ten different values. The counts are said first,
// for a value that is not listed may still have been there.
func (l *Labeler) valueTooltip(i int, s series) string {
	if len(s.values) == 0 {
		return ""
	}
	lines := []string{fmt.Sprintf("%s: %s of %s sampled, %d different",
		tame(s.name, false), wording.Count(uint64(len(s.values)), "value"), wording.Count(l.hits(i).hits, "hit"), len(s.distinct))}
	if low, high, ok := numberRange(s.distinct); ok && len(s.distinct) > 1 {
		lines = append(lines, "from "+low+" to "+high)
	}
	var types []string
	for _, v := range s.distinct {
		if !slices.Contains(types, v.Type) {
			types = append(types, v.Type)
		}
	}
	lines = append(lines, tame(strings.Join(types, ", "), false))
	for _, v := range s.distinct[:min(len(s.distinct), 10)] {
		lines = append(lines, tame(cutMiddle(v.Repr, 200, "…"), false))
	}
	return strings.Join(lines, "\n")
}

// numberRange is the lowest and the highest of values that are all numbers.
// A value that is no number makes ok false: "from 1 to x" would mean nothing.
func numberRange(all []*Var) (low, high string, ok bool) {
	var least, most float64
	for i, v := range all {
		n, isNumber := parseNumber(v)
		if !isNumber {
			return "", "", false
		}
		if i == 0 || n < least {
			least = n
		}
		if i == 0 || n > most {
			most = n
		}
	}
	format := func(n float64) string { return strconv.FormatFloat(n, 'g', -1, 64) }
	return format(least), format(most), len(all) > 0
}
