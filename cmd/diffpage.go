package cmd

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/page"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/redact"
	"github.com/tallyho-dev/tallyho/engine/replay"
	"github.com/tallyho-dev/tallyho/internal/results"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// twoRuns are recordings whose Diff is put in a page.
type twoRuns struct {
	a, b         *recording.Recording   // the first and the second, as they stand on the command line
	nameA, nameB string                 // their files, for the page's head
	sources      map[sourceKey][]string // lines without secrets, split once for each file
}

// sourceKey is a file of the first or the second run.
type sourceKey struct {
	second bool
	path   string // as the program had it
}

// diffPage looks whether the page can be written, before anything is read; nil without a name.
// The file is not touched before the page is whole (internal/results): a failure leaves the
// old page. The files in not are the recordings, which a slip of the hand must not write
// over.
func (w *world) diffPage(name string, not ...string) (io.Writer, func(), error) {
	switch name {
	case "":
		return nil, func() {}, nil
	case "-":
		return w.stdout, func() {}, nil
	}
	f, err := results.Check(name, 0o666, not...)
	if err != nil {
		return nil, nil, usageError("--html: %v", err)
	}
	return f, func() { _ = f.Close() }, nil
}

// write writes the page of a Diff.
// Values and sources go through redact in the page (engine/page), whatever the recordings hold.
func (t *twoRuns) write(to io.Writer, d *replay.Diff) error {
	t.sources = map[sourceKey][]string{}
	c := page.Comparison{A: sideOf(t.a, t.nameA), B: sideOf(t.b, t.nameB), First: t.parting(d.First), OnlyA: printableAll(d.OnlyA), OnlyB: printableAll(d.OnlyB), Same: d.Same()}
	for _, lack := range lacks(t.a) {
		c.Notes = append(c.Notes, "The first: "+lack+".")
	}
	for _, lack := range lacks(t.b) {
		c.Notes = append(c.Notes, "The second: "+lack+".")
	}
	for i := range d.Statements {
		c.Statements = append(c.Statements, t.statement(&d.Statements[i]))
	}
	if err := page.WriteDiff(to, c); err != nil {
		return fmt.Errorf("the page cannot be written: %w", cause(err))
	}
	if err := placed(to); err != nil {
		return fmt.Errorf("the page cannot be written: %w", cause(err))
	}
	return nil
}

// sideOf is what the page says of one recording at its head.
func sideOf(r *recording.Recording, name string) page.Side {
	about := r.State().About
	s := page.Side{Name: printable(filepath.Base(name)), Facts: []string{printable(about.Program)}}
	if about.Python != "" {
		s.Facts = append(s.Facts, "Python "+printable(about.Python))
	}
	if at, err := time.Parse(time.RFC3339Nano, about.Started); err == nil {
		s.Facts = append(s.Facts, "started "+at.Local().Format(time.DateTime))
	}
	s.Facts = append(s.Facts, wording.Count(r.Steps(), "step"))
	return s
}

// parting is where the two part, with the source of the run that has the place.
func (t *twoRuns) parting(f *replay.Divergence) *page.Parting {
	if f == nil {
		return nil
	}
	r := t.a
	if f.InSecond {
		r = t.b
	}
	p := &page.Parting{Place: fmt.Sprintf("%s:%d", shortPath(f.Path), f.Line), Function: printable(f.Function), Name: printable(f.Name),
		A: printable(f.A), B: printable(f.B), Led: printableAll(f.Led), Source: r.State().Sources[f.Path].Text, Line: f.Line}
	if f.Thread != "MainThread" {
		p.Thread = printable(f.Thread)
	}
	return p
}

// statement is a row of the page; a statement that the first run does not have is shown by the
// second's text.
func (t *twoRuns) statement(s *replay.StatementDiff) page.Differing {
	d := page.Differing{Place: fmt.Sprintf("%s:%d", shortPath(s.Path), max(s.Line, s.LineB)), Function: printable(s.Function),
		HitsA: "×" + wording.Grouped(s.HitsA), HitsB: "×" + wording.Grouped(s.HitsB)}
	switch {
	case s.Line == 0:
		d.Text = t.line(sourceKey{true, s.Path}, s.LineB)
	default:
		d.Place = fmt.Sprintf("%s:%d", shortPath(s.Path), s.Line)
		if s.LineB != 0 {
			d.Place += fmt.Sprintf(" (%d in the second)", s.LineB)
		}
		d.Text = t.line(sourceKey{false, s.Path}, s.Line)
	}
	for _, v := range s.Values {
		d.Values = append(d.Values, page.TwoValues{Name: printable(v.Name), A: printable(v.A), B: printable(v.B)})
	}
	return d
}

// line is a line of a source, without secrets.
func (t *twoRuns) line(of sourceKey, line int) string {
	lines, known := t.sources[of]
	if !known {
		r := t.a
		if of.second {
			r = t.b
		}
		lines = strings.Split(redact.Source(r.State().Sources[of.path].Text), "\n")
		t.sources[of] = lines
	}
	if line < 1 || line > len(lines) {
		return ""
	}
	return printable(strings.TrimSpace(lines[line-1]))
}

// printableAll is printable for each.
func printableAll(all []string) []string {
	out := make([]string, len(all))
	for i, one := range all {
		out[i] = printable(one)
	}
	return out
}
