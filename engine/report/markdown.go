package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// Run is what a report says of a run besides what its Snapshot holds.
type Run struct {
	What     string // program and arguments
	Exit     int
	Signal   string // that killed it, "" for none
	Snapshot *tally.Snapshot
	// Changed are the lines that a person has changed lately, by absolute path;
	// nil where nobody knows. Base names what they are compared with.
	Changed map[string][]int
	Base    string
}

// Mark is the first line of a report, by which it is known for one of ours.
const Mark = "<!-- tallyho run --report -->"

// Markdown writes a report for a page of a code host: what ended the run with
// the values that led there, the changed lines that never ran, and how much of
// each file did.
func Markdown(w io.Writer, r Run, n Names) error {
	var b strings.Builder
	how := fmt.Sprintf("exit code %d", r.Exit)
	if r.Signal != "" {
		how = "ended by " + r.Signal
	}
	fmt.Fprintf(&b, "%s\n\n# %s: %s\n", Mark, code(r.What), how)
	if r.Snapshot != nil {
		r.body(&b, n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// body is what comes below the title, for a run of which something was counted.
func (r Run) body(b *strings.Builder, n Names) {
	var files []*tally.File
	for _, f := range r.Snapshot.Files {
		if n.Holds(f.Path) {
			files = append(files, f)
		}
	}
	for _, e := range Exceptions(r.Snapshot, n) {
		fmt.Fprintf(b, "\n## Ended by %s\n\n", code(e.Type+": "+e.Message))
		places(b, e.Lines)
	}
	if raised := RaisedIn(files, n); len(raised) > 0 {
		b.WriteString("\n## Exceptions, handled or not\n\n| where | statement | exception | times | values at the last |\n|---|---|---|---|---|\n")
		for _, one := range raised {
			fmt.Fprintf(b, "| %s | %s | %s | %d | %s |\n", code(fmt.Sprintf("%s:%d", one.File, one.Line)), code(one.Source), code(one.Type), one.Times, code(one.Values))
		}
	}
	r.changed(b, files, n)
	b.WriteString("\n## Files\n\n| file | statements that ran | lines never reached, in functions that ran |\n|---|---|---|\n")
	for _, f := range files[:min(len(files), MostFiles)] {
		one := FileOf(f, n)
		fmt.Fprintf(b, "| %s | %d of %d | %s |\n", code(one.File), one.Ran, one.Statements, Ranges(one.Never))
	}
	if more := len(files) - MostFiles; more > 0 {
		fmt.Fprintf(b, "\n%d more files ran.\n", more)
	}
}

// changed lists the changed lines that did not run.
func (r Run) changed(b *strings.Builder, files []*tally.File, n Names) {
	if r.Changed == nil {
		return
	}
	var rows []Place
	for _, f := range files {
		lines := map[int]bool{}
		for _, line := range r.Changed[f.Path] {
			lines[line] = true
		}
		for i := range f.Statements {
			st := &f.Statements[i]
			if lines[st.Line] && st.Hits == 0 && !st.NoCode && !st.AtLeast && f.Unknown == "" {
				p := PlaceOf(f, f.Path, st.Line, st.Function, n)
				p.Label = tally.WhyNot(f, st.Line).Text
				rows = append(rows, p)
			}
		}
	}
	fmt.Fprintf(b, "\n## Lines changed since %s that never ran\n\n", code(r.Base))
	if len(rows) == 0 {
		b.WriteString("None.\n")
		return
	}
	b.WriteString("| where | statement | why |\n|---|---|---|\n")
	for _, p := range rows[:min(len(rows), MostNever)] {
		fmt.Fprintf(b, "| %s | %s | %s |\n", code(fmt.Sprintf("%s:%d", p.File, p.Line)), code(p.Source), code(p.Label))
	}
	if more := len(rows) - MostNever; more > 0 {
		fmt.Fprintf(b, "\n%d more.\n", more)
	}
}

// places are the rows of a traceback, the last one raised.
func places(b *strings.Builder, all []Place) {
	b.WriteString("| where | in | line | count and values |\n|---|---|---|---|\n")
	for _, p := range all {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", code(fmt.Sprintf("%s:%d", p.File, p.Line)), code(p.Function), code(p.Source), code(p.Label))
	}
}

// code is text in a code span, which nothing in it can leave: not a backtick,
// and not the bar that ends a cell of a table.
func code(text string) string {
	text = strings.ReplaceAll(Clean(text), "|", "¦")
	text = strings.TrimSpace(strings.ReplaceAll(text, "`", "ˋ"))
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}
