package page

import (
	"strings"

	"github.com/tallyho-dev/tallyho/engine/redact"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// data is what the script of a page reads. Names are short and lists are positions,
// for there are tens of thousands of them.
type data struct {
	Paths   []string `json:"paths"`   // of files, as they come
	Records [][]any  `json:"records"` // ms, thread, file (-1: none here), path, line, text, query
	Most    uint64   `json:"most"`    // hits of the hottest statement
	Samples int      `json:"samples"` // most that a statement has here
}

// fileData is one file of the page, packed apart from the others.
type fileData struct {
	Source string  `json:"source"` // without secrets, with as many lines
	Labels [][]any `json:"labels"` // line, count, the rest
	// Statements: line, hits, coverage, and an object where there is more.
	Statements [][]any  `json:"statements"`
	Texts      []string `json:"texts"` // names and values, by their places here
}

// statementData is what is not known of every statement.
type statementData struct {
	Text    string      `json:"text,omitempty"` // where others begin on its line
	Calls   uint64      `json:"calls,omitempty"`
	Mean    string      `json:"mean,omitempty"`
	Raised  uint64      `json:"raised,omitempty"`
	AtLeast bool        `json:"atLeast,omitempty"`
	Errors  [][]any     `json:"errors,omitempty"` // type, message, count
	Names   []int       `json:"names,omitempty"`  // of samples' columns, in texts
	Samples []sampleRow `json:"samples,omitempty"`
	Sampled int         `json:"sampled,omitempty"` // how many there are, where not all are here
}

// sampleRow is hit, where it ran (-1), what was returned (-1), what was raised (-1), and
// the value of each name (-1: none).
type sampleRow []int

// textTable gives each text a number.
type textTable struct {
	all    []string
	number map[string]int
}

// of is the number of a text, from 0.
func (t *textTable) of(text string) int {
	n, ok := t.number[text]
	if !ok {
		n = len(t.all)
		t.number[text] = n
		t.all = append(t.all, text)
	}
	return n
}

func (c *content) data(most limit) data {
	d := data{Paths: []string{}, Records: [][]any{}, Most: c.most, Samples: most.samples}
	for _, f := range c.files {
		d.Paths = append(d.Paths, f.Path)
	}
	for _, r := range c.records {
		at, ok := c.index[r.Path]
		if !ok {
			at = -1
		}
		path := r.Path
		if ok {
			path = ""
		}
		d.Records = append(d.Records, []any{r.At.Milliseconds(), r.Thread, at, path, r.Line, strings.TrimRight(r.Text, "\n"), r.Query})
	}
	return d
}

func (c *content) fileData(at int, most limit) fileData {
	f := c.files[at]
	out := fileData{Source: c.sources[at], Labels: c.labels[at], Statements: [][]any{}}
	texts := &textTable{number: map[string]int{}}
	lines := strings.Split(f.Source, "\n")
	for i, coverage := range f.Coverage() {
		if coverage == tally.NoCount {
			continue
		}
		s := &f.Statements[i]
		row := []any{s.Line, s.Hits, int(coverage)}
		more := statementData{Calls: s.Calls, Raised: s.Raised, AtLeast: s.AtLeast}
		if s.Timing != nil {
			more.Mean = s.Timing.Mean()
		}
		if i > 0 && f.Statements[i-1].Line == s.Line || i+1 < len(f.Statements) && f.Statements[i+1].Line == s.Line {
			more.Text = cut(redact.Source(headOf(lines, s)), 200)
		}
		for _, e := range s.Errors {
			more.Errors = append(more.Errors, []any{e.Type, cut(e.Message, 400), e.Count})
		}
		more.take(s.Samples, texts, most)
		if !more.empty() {
			row = append(row, more)
		}
		out.Statements = append(out.Statements, row)
	}
	out.Texts = texts.all
	return out
}

// empty reports whether a row without the object says all.
func (m *statementData) empty() bool {
	return m.Text == "" && m.Calls == 0 && m.Mean == "" && m.Raised == 0 && !m.AtLeast && m.Errors == nil && m.Samples == nil && m.Sampled == 0
}

// take has some samples of a statement: the first and the last ones, and the first that
// raised.
func (m *statementData) take(all []tally.Sample, texts *textTable, most limit) {
	shown := all
	if len(all) > most.samples {
		m.Sampled = len(all)
		shown = nil
		raised := false
		for i, s := range all {
			end := i < (most.samples+1)/2 || i >= len(all)-most.samples/2
			if end || s.Raised != nil && !raised && most.samples > 0 {
				shown = append(shown, s)
				raised = raised || s.Raised != nil
			}
		}
	}
	column := map[int]int{}
	for _, s := range shown {
		for i := range s.Vars {
			name := texts.of(s.Vars[i].Name)
			if _, known := column[name]; !known {
				column[name] = len(m.Names)
				m.Names = append(m.Names, name)
			}
		}
	}
	for _, s := range shown {
		row := make(sampleRow, 4+len(m.Names))
		for i := range row {
			row[i] = -1
		}
		row[0] = int(s.Hit)
		if s.Thread != "" {
			row[1] = texts.of(s.Thread)
		}
		for at, v := range []*tally.Var{s.Return, s.Raised} {
			if v != nil {
				row[2+at] = texts.of(shownValue(v, most))
			}
		}
		for i := range s.Vars {
			row[4+column[texts.of(s.Vars[i].Name)]] = texts.of(shownValue(&s.Vars[i], most))
		}
		m.Samples = append(m.Samples, row)
	}
}

// shownValue is a value's text; a name that had none when it was sampled has a dash.
func shownValue(v *tally.Var, most limit) string {
	if v.Type == "NameError" && v.Repr == "<unavailable>" {
		return "—"
	}
	return cut(v.Repr, most.value)
}

// labelsOf are the labels that an editor would show, the count of each apart.
func labelsOf(f *tally.File) [][]any {
	places := make([]tally.Place, len(f.Statements))
	for i := range f.Statements {
		places[i] = tally.Place{Statement: i, Line: f.Statements[i].Line, Col: f.Statements[i].Col}
	}
	o := tally.DefaultLabelOptions()
	o.MaxLength, o.ValueLength = 140, 48
	out := [][]any{}
	for _, l := range tally.NewLabeler(f, o).Labels(places, 1, 0) {
		count, rest := "", l.Parts
		if rest[0].Kind == tally.PartCount {
			count, rest = rest[0].Text, rest[1:]
		}
		out = append(out, []any{l.Line, count, strings.TrimSpace(tally.Text(rest))})
	}
	return out
}

// headOf is the text of a statement, without the body of a compound one. Columns are in
// characters.
func headOf(lines []string, s *tally.Statement) string {
	var parts []string
	for n := s.Line; n <= s.HeadLine && n <= len(lines); n++ {
		text := []rune(lines[n-1])
		from, to := 0, len(text)
		if n == s.Line {
			from = min(s.Col, to)
		}
		if n == s.HeadLine {
			to = min(s.HeadCol, to)
		}
		parts = append(parts, string(text[min(from, to):to]))
	}
	return strings.TrimSpace(strings.Join(parts, "\n"))
}
