package page

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/redact"
	"github.com/tallyho-dev/tallyho/engine/report"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// content is what a page shows, redacted. What is exported stands in the HTML.
type content struct {
	Title   string
	Facts   []string  // under the title: how it ended, with what, how long
	Notes   []string  // what the page lacks
	Failed  []failure // exceptions that ended threads
	Files   []fileRow
	Total   report.Totals
	Slowest []place // functions, by the time spent in them
	Hottest []place // statements, by hits

	files   []*tally.File  // redacted values, original sources
	sources []string       // redacted, by file
	labels  [][][]any      // line, count and the rest, by file
	index   map[string]int // of a file, by its whole path
	records []Record
	most    uint64 // hits of the hottest statement
}

// fileRow says how much of a file ran.
type fileRow struct {
	report.FileTotals
	Shown string // its hits
}

// failure is an exception that ended a thread.
type failure struct {
	What   string  // type, message and thread
	Places []place // outermost first, as Python's traceback
}

// place is a line of a file with what is told of it.
type place struct {
	Link string // of the line in this page, "" where its file is not here
	Name string // file:line
	Told string // count, time or function
	Text string // the line, without secrets
}

// newContent is all of a page but its packed data. The files keep their order, by which
// everything else names them.
func newContent(r Run) *content {
	s := r.Snapshot
	if s == nil {
		s = &tally.Snapshot{}
	}
	short := r.Short
	if short == nil {
		short = func(path string) string { return path }
	}
	c := &content{index: map[string]int{}, Title: redactedTitle(cmp.Or(r.What, s.Program, "a run"))}
	for i, f := range s.Files {
		c.index[f.Path] = i
		c.files = append(c.files, redacted(f, short(f.Path)))
		c.sources = append(c.sources, redact.Source(f.Source))
		c.labels = append(c.labels, labelsOf(c.files[i]))
		c.Files = append(c.Files, c.row(c.files[i]))
	}
	c.facts(s, r.Ending)
	c.failures(s, short)
	c.tops()
	for _, one := range r.Records {
		one.Text = redact.Text(one.Text)
		c.records = append(c.records, one)
	}
	if r.LeftOut > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("%s records of tracepoints are left out after the first %s; counts and values are of all.",
			wording.Grouped(uint64(r.LeftOut)), wording.Grouped(uint64(r.LeftOutAfter))))
	}
	return c
}

// redactedTitle leaves out of a command line what looks like a secret.
func redactedTitle(title string) string {
	return strings.Join(redact.Words(strings.Split(title, " ")), " ")
}

// redacted is a File under another path, without secrets in its values.
func redacted(f *tally.File, path string) *tally.File {
	out := *f
	out.Path = path
	out.Statements = slices.Clone(f.Statements)
	for i := range out.Statements {
		s := &out.Statements[i]
		s.Samples = slices.Clone(s.Samples)
		for at := range s.Samples {
			sample := &s.Samples[at]
			sample.Vars = slices.Clone(sample.Vars)
			for v := range sample.Vars {
				sample.Vars[v] = *hidden(&sample.Vars[v])
			}
			sample.Return, sample.Raised = hidden(sample.Return), hidden(sample.Raised)
		}
		s.Errors = slices.Clone(s.Errors)
		for at := range s.Errors {
			s.Errors[at].Message = redact.Text(s.Errors[at].Message)
		}
	}
	return &out
}

// hidden is a value without secrets; the bridge has left out most of them.
func hidden(v *tally.Var) *tally.Var {
	if v == nil {
		return nil
	}
	out := *v
	if name := v.Name[strings.LastIndexByte(v.Name, '.')+1:]; name != "" && redact.IsSecret(strings.Trim(name, `[]"'`)) && isData(v.Type) {
		out.Repr = redact.Placeholder
	}
	out.Repr = redact.Text(out.Repr)
	return &out
}

// isData is false of what no secret is.
func isData(kind string) bool {
	return kind != "NoneType" && kind != "bool" && kind != "function" && kind != "module" && kind != "type"
}

// row adds a file up, and takes its hottest statement into account.
func (c *content) row(f *tally.File) fileRow {
	for i := range f.Statements {
		c.most = max(c.most, f.Statements[i].Hits, f.Statements[i].Calls)
	}
	row := fileRow{FileTotals: report.TotalsOf(f, report.Names{Short: func(path string) string { return path }})}
	row.Shown = wording.Grouped(row.Hits)
	c.Total.Add(row.Totals)
	return row
}

// facts are short enough for one line; times are local.
func (c *content) facts(s *tally.Snapshot, ending string) {
	add := func(fact string) { c.Facts = append(c.Facts, fact) }
	if ending != "" {
		add(ending)
	} else if s.State != "" {
		add(string(s.State))
	}
	if s.Python != "" {
		add("Python " + s.Python)
	}
	if !s.Started.IsZero() {
		add("started " + s.Started.Local().Format(time.DateTime))
	}
	if !s.Ended.IsZero() && s.Ended.After(s.Started) {
		add("took " + took(s.Ended.Sub(s.Started)))
	}
	var hits uint64
	for _, f := range c.Files {
		hits += f.Hits
	}
	add(wording.Grouped(hits) + " hits in " + wording.Count(len(s.Files), "file"))
}

// took is a duration in the precision that a person reads.
func took(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// failures have the line of each frame where its file is in the page, and its place alone
// otherwise.
func (c *content) failures(s *tally.Snapshot, short func(string) string) {
	for _, e := range s.Exceptions {
		f := failure{What: strings.TrimSuffix(e.Type+": "+redact.Text(e.Message), ": ")}
		if e.Thread != "" && e.Thread != "MainThread" {
			f.What += " (" + e.Thread + ")"
		}
		for _, frame := range e.Frames {
			p := place{Name: fmt.Sprintf("%s:%d", short(frame.Path), frame.Line), Told: frame.Function}
			if at, ok := c.index[frame.Path]; ok {
				p.Link = link(c.files[at].Path, frame.Line)
				p.Text = lineOf(c.sources[at], frame.Line)
			}
			f.Places = append(f.Places, p)
		}
		c.Failed = append(c.Failed, f)
	}
}

// link names a line of a file in the page, behind the # of an address.
func link(path string, line int) string { return path + ":" + strconv.Itoa(line) }

// lineOf is a line of a text, cut to 100 characters.
func lineOf(source string, line int) string {
	for n, text := range strings.Split(source, "\n") {
		if n+1 == line {
			return cut(strings.TrimSpace(text), 100)
		}
	}
	return ""
}

// cut is a text of at most so many characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
