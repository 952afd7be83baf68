package mcp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/report"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// valuesDescription tells samples from counts: an agent must not take forty rows for
// forty hits.
const valuesDescription = `Show every sample of the statements on a line, or in a function, as a table: a row for each sampled hit with the values of the names, what was returned and raised. ` +
	`Samples are the first hits, then ever rarer ones, and the last; counts are exact.`

// valuesIn is a file or function (where), one line of it perhaps, and how many rows.
type valuesIn struct {
	where
	Line int `json:"line,omitempty" jsonschema:"a line of the file; default: all lines of the function"`
	Rows int `json:"rows,omitempty" jsonschema:"rows shown of each statement; default 40, at most 10000"`
	// Bytes is as in run.
	Bytes int `json:"bytes,omitempty" jsonschema:"length of the answer's text; default 16000, at most 400000"`
}

// valuesOut has a table for each statement that begins or has its header on the lines.
type valuesOut struct {
	Run        string         `json:"run"`
	File       string         `json:"file"`
	Statements []statementOut `json:"statements"`
}

// statementOut is one statement's table. Hits are of the whole run, and exact unless
// AtLeast is set; Samples are of some of them.
type statementOut struct {
	Line    int         `json:"line"`
	Source  string      `json:"source"`
	Hits    uint64      `json:"hits"`
	AtLeast bool        `json:"at_least,omitempty" jsonschema:"hits is a lower bound"`
	Raised  uint64      `json:"raised"`
	Samples []sampleOut `json:"samples"`
}

// sampleOut is one sampled hit. Values are texts as they were rendered in the program.
type sampleOut struct {
	Hit    uint64            `json:"hit" jsonschema:"which hit of the statement, from 1"`
	Values map[string]string `json:"values"`
	Return string            `json:"return,omitempty"`
	Raised string            `json:"raised,omitempty"`
	Thread string            `json:"thread,omitempty"`
}

// values shows samples as tables. It needs a line or a function: all samples of a file
// would fit into no answer.
func (s *server) values(_ context.Context, _ progress, in valuesIn) (string, valuesOut, error) {
	var none valuesOut
	rows, err := bounded("rows", in.Rows, 40, 10_000)
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
	if in.Line > 0 {
		t.first, t.last = in.Line, in.Line
	} else if t.function == "" {
		return "", none, fmt.Errorf("line or function says which statements are meant")
	}
	out := valuesOut{Run: snapshot.Session, File: s.roots.short(t.file.Path), Statements: []statementOut{}}
	a := newAnswer(limit)
	for i := range t.file.Statements {
		st := &t.file.Statements[i]
		// A header of several lines is one statement: any of its lines names it.
		if st.NoCode || st.Line > t.last || max(st.HeadLine, st.Line) < t.first {
			continue
		}
		one := s.statementOut(t.file, st, rows)
		out.Statements = append(out.Statements, one)
		a.line("%s:%d  ran %s%d times, raised %d times, %s sampled", out.File, st.Line, atLeast(st), st.Hits, st.Raised, wording.Count(len(st.Samples), "hit"))
		a.program(append([]string{one.Source}, table(one.Samples)...))
		if hidden := len(st.Samples) - len(one.Samples); hidden > 0 {
			a.line("%d more samples between the first and the last of these: ask with a greater rows.", hidden)
		}
	}
	if len(out.Statements) == 0 {
		return "", none, fmt.Errorf("there is no statement on line %d of %s", t.first, out.File)
	}
	return a.text("ask for one line, or a greater bytes"), out, nil
}

// atLeast stands before a count that is a lower bound.
func atLeast(st *tally.Statement) string {
	if st.AtLeast {
		return "at least "
	}
	return ""
}

// statementOut is a statement with at most so many samples, from both ends.
// Texts are those of the samples, which the bridge has cut and redacted; nothing is evaluated here.
func (s *server) statementOut(f *tally.File, st *tally.Statement, rows int) statementOut {
	out := statementOut{Line: st.Line, Source: report.PlaceOf(f, f.Path, st.Line, "", s.names).Source, Hits: st.Hits, AtLeast: st.AtLeast, Raised: st.Raised, Samples: []sampleOut{}}
	samples := st.Samples
	if len(samples) > rows {
		// The first and the last tell most.
		half := (rows + 1) / 2
		samples = append(slices.Clone(samples[:half]), samples[len(samples)-(rows-half):]...)
	}
	for _, sample := range samples {
		one := sampleOut{Hit: sample.Hit, Values: map[string]string{}, Thread: report.Clean(sample.Thread)}
		for _, v := range sample.Vars {
			one.Values[report.Clean(v.Name)] = report.Clean(v.Repr)
		}
		if sample.Return != nil {
			one.Return = report.Clean(sample.Return.Repr)
		}
		if sample.Raised != nil {
			one.Raised = report.Clean(sample.Raised.Type + ": " + sample.Raised.Repr)
		}
		out.Samples = append(out.Samples, one)
	}
	return out
}

// table writes samples in columns: hit, the names in order of their first
// appearance, returned, raised.
func table(samples []sampleOut) []string {
	names := []string{}
	for _, s := range samples {
		var own []string
		for name := range s.Values {
			if !slices.Contains(names, name) {
				own = append(own, name)
			}
		}
		slices.Sort(own)
		names = append(names, own...)
	}
	head := append([]string{"hit"}, names...)
	head = append(head, "→", "✗", "in")
	cells := [][]string{head}
	for _, s := range samples {
		row := []string{fmt.Sprint(s.Hit)}
		for _, name := range names {
			row = append(row, s.Values[name])
		}
		cells = append(cells, append(row, s.Return, s.Raised, s.Thread))
	}
	var lines []string
	for _, row := range withoutEmpty(cells) {
		lines = append(lines, strings.Join(row, " | "))
	}
	return lines
}

// withoutEmpty leaves away the columns in which nothing but the head stands.
func withoutEmpty(cells [][]string) [][]string {
	var out [][]string
	for _, row := range cells {
		var kept []string
		for column, cell := range row {
			if slices.ContainsFunc(cells[1:], func(r []string) bool { return r[column] != "" }) {
				kept = append(kept, cell)
			}
		}
		out = append(out, kept)
	}
	if len(cells) == 1 {
		return nil
	}
	return out
}
