package tally

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/internal/wording"
)

// Limits of a hover: what is longer is for the page of all samples.
const (
	hoverRows   = 6   // samples shown, half of them the first, half the last
	hoverValue  = 120 // units of one value
	hoverNames  = 8   // columns
	hoverErrors = 5
)

// Hover is the whole of what is known of the Statement at a Place, as Markdown: a
// heading, a table of the first, the last and the raising samples, and what a
// person must know to trust it. It is "" where nothing was counted. run may
// be nil. Whatever comes from the program stands in code spans, so that it
// cannot bring links or markup.
func (l *Labeler) Hover(p Place, run *Snapshot) string {
	if p.Statement < 0 || p.Statement >= len(l.file.Statements) {
		return ""
	}
	s := &l.file.Statements[p.Statement]
	n := l.hits(p.Statement)
	// Nothing is known, or it is known that there is nothing to say.
	if s.NoCode || !n.known && !n.unsure && len(s.Samples) == 0 || n.known && n.hits == 0 && !l.showsZero(s) {
		return ""
	}
	var b strings.Builder
	b.WriteString(l.heading(p, n, run))
	switch {
	case !isDef(s.Kind) || s.Calls > 0 && len(s.Samples) > 0:
		b.WriteString(table(s.Samples, n.hits, l.options.HoverRows)) // a def's own samples show but the function
	default:
		b.WriteString(l.argumentList(p.Statement))
	}
	b.WriteString(errorList(s))
	b.WriteString(l.notes(p))
	return b.String()
}

// Argument is what a function was called with under one name: its different values.
type Argument struct {
	Name   string
	Values []string
}

// Arguments are those of the calls of the function that a def makes, as far as its
// body's samples tell.
func (l *Labeler) Arguments(def int) []Argument {
	var list []Argument
	for _, s := range l.argumentsOf(def) {
		a := Argument{Name: s.name}
		for _, v := range s.distinct {
			a.Values = append(a.Values, v.Repr)
		}
		list = append(list, a)
	}
	return list
}

// argumentList says what the function of a def was called with, as far as its body's
// samples tell.
func (l *Labeler) argumentList(i int) string {
	var b strings.Builder
	for _, s := range l.argumentsOf(i) {
		shown := s.distinct[:min(len(s.distinct), l.options.HoverRows)]
		values := make([]string, len(shown))
		for at, v := range shown {
			values[at] = codeSpan(cutMiddle(v.Repr, hoverValue, "…"))
		}
		if more := len(s.distinct) - len(shown); more > 0 {
			values = append(values, fmt.Sprintf("%d more", more))
		}
		fmt.Fprintf(&b, "\n* %s: %s", codeSpan(s.name), strings.Join(values, ", "))
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

// heading is the line number, the head of the statement, and what is known of all its hits
// together, without values.
func (l *Labeler) heading(p Place, n hits, run *Snapshot) string {
	s := &l.file.Statements[p.Statement]
	head, _, more := strings.Cut(l.head(p.Statement), "\n")
	if more {
		head += " …"
	}
	parts := []string{}
	if run != nil {
		parts = append(parts, runState(run))
	}
	what := "hit"
	if isDef(s.Kind) {
		what = "call"
	}
	if n.known {
		hits := wording.Count(n.hits, what)
		if s.AtLeast {
			hits = "at least " + hits
		}
		parts = append(parts, hits)
	} else if n.unsure {
		parts = append(parts, what+"s not known")
	}
	if s.Raised > 0 {
		parts = append(parts, wording.Grouped(s.Raised)+" raised")
	}
	if t := s.Timing; t != nil && t.Mean() != "" {
		took := t.Mean()
		if t.Calls > 1 {
			took += " mean of " + wording.Grouped(t.Calls)
		} else if n.hits > 1 {
			took += " in one"
		}
		parts = append(parts, took)
	}
	return fmt.Sprintf("**line %d** %s — %s\n", p.Line, codeSpan(cutMiddle(head, hoverValue, "…")), strings.Join(parts, ", "))
}

// runState says which run it was: "run 14:02:11, ended 14:02:13".
func runState(run *Snapshot) string {
	state := string(run.State)
	if run.State == Ended && !run.Ended.IsZero() {
		state += " " + clock(run.Ended, run.Started)
	}
	return "run " + clock(run.Started, time.Now()) + ", " + state
}

// clock writes a time of day, with its date where that is not the other's.
func clock(t, other time.Time) string {
	t, other = t.Local(), other.Local()
	if t.YearDay() != other.YearDay() || t.Year() != other.Year() {
		return t.Format("2006-01-02 15:04:05")
	}
	return t.Format("15:04:05")
}

// table shows samples as rows, with one column for each name.
func table(samples []Sample, hits uint64, rows int) string {
	if len(samples) == 0 {
		return ""
	}
	shown := pick(samples, rows)
	head := columnsOf(shown)
	var b strings.Builder
	b.WriteString("\n|")
	for _, c := range head {
		b.WriteString(" " + c.title + " |")
	}
	b.WriteString("\n|" + strings.Repeat(" --- |", len(head)) + "\n")
	for _, s := range shown {
		b.WriteString("|")
		for _, c := range head {
			b.WriteString(" " + c.cell(s) + " |")
		}
		b.WriteString("\n")
	}
	if len(shown) < len(samples) || uint64(len(samples)) < hits {
		fmt.Fprintf(&b, "\n%d of %s shown, %d sampled\n", len(shown), wording.Count(hits, "hit"), len(samples))
	}
	return b.String()
}

// pick takes the first and last samples, rows of them, and those that raised.
func pick(samples []Sample, rows int) []Sample {
	if len(samples) <= rows {
		return samples
	}
	var out []Sample
	errors := 0
	for i, s := range samples {
		end := i < (rows+1)/2 || i >= len(samples)-rows/2
		if !end && (s.Raised == nil || errors == hoverErrors) {
			continue
		}
		if !end {
			errors++
		}
		out = append(out, s)
	}
	return out
}

// column is one column of a hover's table: its title, and its cell for a sample, both Markdown.
type column struct {
	title string
	cell  func(Sample) string
}

// columnsOf has a column for each thing that one of the samples has: a number first, then where
// it ran, names, and what came of it. Names beyond hoverNames have none.
func columnsOf(samples []Sample) []column {
	out := []column{{"#", func(s Sample) string { return strconv.FormatUint(s.Hit, 10) }}}
	var names []string
	var thread, process, returns, raises bool
	for _, s := range samples {
		thread = thread || s.Thread != ""
		process = process || s.Process != 0
		returns = returns || s.Return != nil
		raises = raises || s.Raised != nil
		for _, v := range s.Vars {
			if !slices.Contains(names, v.Name) && len(names) < hoverNames {
				names = append(names, v.Name)
			}
		}
	}
	if process {
		out = append(out, column{"process", func(s Sample) string { return strconv.Itoa(s.Process) }})
	}
	if thread {
		out = append(out, column{"ran in", func(s Sample) string { return codeSpan(cutMiddle(s.Thread, hoverValue, "…")) }})
	}
	for _, name := range names {
		out = append(out, column{codeSpan(name), func(s Sample) string { return valueNamed(s, name) }})
	}
	if returns {
		out = append(out, column{"→", func(s Sample) string { return cellOf(s.Return) }})
	}
	if raises {
		out = append(out, column{"✗", func(s Sample) string { return cellOf(s.Raised) }})
	}
	return out
}

// valueNamed is the cell of a name; "" where the sample does not have it.
func valueNamed(s Sample, name string) string {
	for i := range s.Vars {
		if s.Vars[i].Name == name {
			return cellOf(&s.Vars[i])
		}
	}
	return ""
}

// cellOf is a value in a table. A name that was not bound yet is written by the bridge as the
// NameError that reading it raises: the cell stays empty.
func cellOf(v *Var) string {
	if v == nil || v.Type == "NameError" && v.Repr == "<unavailable>" {
		return ""
	}
	return codeSpan(cutMiddle(v.Repr, hoverValue, "…"))
}

// errorList has a line for each type of exception that the statement raised, with the last
// message.
func errorList(s *Statement) string {
	var b strings.Builder
	for _, e := range s.Errors {
		fmt.Fprintf(&b, "\n✗ %s × %s: %s\n", wording.Grouped(e.Count), codeSpan(cutMiddle(e.Type, hoverValue, "…")), codeSpan(cutMiddle(e.Message, hoverValue, "…")))
	}
	return b.String()
}

// notes are the sentences that say how far all above them can be trusted.
func (l *Labeler) notes(p Place) string {
	s := &l.file.Statements[p.Statement]
	var notes []string
	switch {
	case p.State != Fresh:
		head, _, _ := strings.Cut(l.head(p.Statement), "\n")
		notes = append(notes, "This line was edited after the run; the values are from: "+codeSpan(cutMiddle(head, hoverValue, "…")))
	case p.FunctionEdited:
		notes = append(notes, "This function was edited after the run.")
	}
	for _, note := range []string{l.file.Note, l.file.Unknown} {
		if note != "" {
			notes = append(notes, Prose(note))
		}
	}
	if l.file.Raw && s.Hits > 0 && len(s.Samples) == 0 && !isDef(s.Kind) {
		notes = append(notes, "No values: the program has very much code, of which this was counted without being looked into. It ran too little after that; the setting eager looks into more.")
	}
	for _, reason := range sortedKeys(s.Skipped) {
		notes = append(notes, wording.Count(s.Skipped[reason], "sample")+" skipped: "+codeSpan(reason))
	}
	if len(notes) == 0 {
		return ""
	}
	return "\n*" + strings.Join(notes, "*\n\n*") + "*\n"
}

// sortedKeys makes the order of the same hover the same each time.
func sortedKeys(m map[string]uint64) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// maxProse is the longest sentence that is shown of a file.
const maxProse = 600

// Prose shows a sentence that came from elsewhere as its words, in Markdown: it
// brings no link, no markup and no line of its own.
func Prose(s string) string {
	var b strings.Builder
	for _, r := range cutMiddle(tame(s, false), maxProse, "…") {
		if strings.ContainsRune("\\`*_[]<>()#!|~&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// codeSpan shows any text literally, also in a table's cell.
func codeSpan(s string) string {
	s = strings.ReplaceAll(tame(s, false), "|", `\|`)
	if s == "" {
		return ""
	}
	// Markdown's rule: a fence is longer than any row of backticks within.
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if fence != "`" || strings.HasPrefix(s, " ") {
		s = " " + s + " "
	}
	return fence + s + fence
}
