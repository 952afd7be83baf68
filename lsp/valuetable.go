package lsp

import (
	"context"
	"fmt"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/text"
	"github.com/tallyho-dev/tallyho/internal/wording"
	"go.lsp.dev/uri"
)

// valueTable is the samples of one statement: a column for each hit that was sampled, a
// row for each name.
type valueTable struct {
	Title   string   `json:"title"`             // "" where there is no statement that ran
	Code    string   `json:"code"`              // the statement's text
	Line    int      `json:"line"`              // from 0, in the text as it is
	Session string   `json:"session,omitempty"` // the run's id
	Run     string   `json:"run,omitempty"`     // the run, in words
	Hits    uint64   `json:"hits"`              // of the statement, or the calls of its function
	AtLeast bool     `json:"atLeast,omitempty"` // Hits is a lower bound
	Edited  bool     `json:"edited,omitempty"`  // the text is no longer what ran
	Columns []uint64 `json:"columns"`           // hits, from 1
	// Distinct says that the cells of a row are its different values, and no column a hit: of a
	// def, whose calls these are.
	Distinct bool `json:"distinct,omitempty"`
	// Recorded says that each column is one that was recorded, and that no other between them was.
	Recorded bool       `json:"recorded,omitempty"`
	Calls    bool       `json:"calls,omitempty"`  // the columns are the calls of a function
	Rows     []valueRow `json:"rows"`             // names, then what was returned and raised
	Errors   []string   `json:"errors,omitempty"` // exceptions that left it, in words
}

// valueRow is a name and what it held; "" where a sample does not have it.
type valueRow struct {
	Name  string   `json:"name"`
	Kind  string   `json:"kind"` // variable, return, exception, thread, process
	Cells []string `json:"cells"`
}

// samplesPlace is a place of which the samples are asked. Of a recorded run all are known: From
// is the first that is wanted, from 1, Most how many at the most, and Wait reads to the recording's
// end where that takes longer than a moment.
type samplesPlace struct {
	here
	From uint64 `json:"from"`
	Most int    `json:"most"`
	Wait bool   `json:"wait"`
}

// samplesAt answers the samples of the statement at a place, and of a recorded run each time that
// it ran.
// Nothing at the place is an empty table and no error: an editor asks at each move of the cursor.
func (s *server) samplesAt(ctx context.Context, w *world, p samplesPlace) (valueTable, error) {
	none := valueTable{Columns: []uint64{}, Rows: []valueRow{}}
	v := s.viewIn(w, uri.URI(p.URI), p.Session)
	if v == nil {
		return none, nil
	}
	where := v.doc.mapper.Convert(inner(p.position()), s.client.encoding, text.UTF32)
	place := v.at(p.Line+1, where.Column)
	if place == nil || place.Line > p.Line+1 || place.HeadLine < p.Line+1 {
		return none, nil
	}
	st := &v.file.Statements[place.Statement]
	t := none
	t.Title = fmt.Sprintf("%s line %d", fileName(v.file), place.Line)
	t.Code = plain(strings.TrimSpace(v.doc.mapper.Line(place.Line - 1)))
	t.Line, t.Session, t.Run = place.Line-1, v.run.Session, s.runInfo(w, v.run, nil).Text
	t.Hits, t.AtLeast, t.Edited = st.Hits, st.AtLeast, place.State == tally.Stale
	for _, e := range st.Errors {
		t.Errors = append(t.Errors, fmt.Sprintf("%s × %s: %s", wording.Grouped(e.Count), plain(e.Type), plain(e.Message)))
	}
	if found, ok := s.iteratedTable(ctx, w, v, place.Statement, p); ok && !t.Edited {
		t.iterated(found)
		return t, nil
	}
	if isDef(st.Kind) && !t.Edited {
		t.distinct(v, place.Statement)
		return t, nil
	}
	samples := st.Samples[:min(len(st.Samples), pageColumns)]
	if t.Edited { // what it says now is not what had these values
		samples = nil
	}
	for i := range samples {
		t.Columns = append(t.Columns, samples[i].Hit)
	}
	t.Rows = append(t.Rows, valueRows(samples)...)
	return t, nil
}

// distinct has the table of a def show what its function was called with.
func (t *valueTable) distinct(v *view, def int) {
	t.Hits, t.Distinct = v.file.Statements[def].Calls, true
	for _, a := range v.labels.Arguments(def) {
		row := valueRow{Name: plain(a.Name), Kind: "variable"}
		for _, value := range a.Values[:min(len(a.Values), pageColumns)] {
			row.Cells = append(row.Cells, plain(value))
		}
		for n := len(t.Columns); n < len(row.Cells); n++ {
			t.Columns = append(t.Columns, uint64(n+1))
		}
		t.Rows = append(t.Rows, row)
	}
}

// valueRows is a row for each name, and for what was returned and raised; one that would be empty is left
// out.
func valueRows(samples []tally.Sample) []valueRow {
	var rows []valueRow
	row := func(name, kind string, cell func(*tally.Sample) string) {
		r, any := valueRow{Name: plain(name), Kind: kind}, false
		for i := range samples {
			text := plain(cell(&samples[i]))
			r.Cells, any = append(r.Cells, text), any || text != ""
		}
		if any {
			rows = append(rows, r)
		}
	}
	for _, name := range namesOf(samples) {
		row(name, "variable", func(s *tally.Sample) string {
			for i := range s.Vars {
				if s.Vars[i].Name == name {
					return s.Vars[i].Repr
				}
			}
			return ""
		})
	}
	row("→", "return", func(s *tally.Sample) string { return shownVar(s.Return) })
	row("✗", "exception", func(s *tally.Sample) string { return shownVar(s.Raised) })
	row("ran in", "thread", func(s *tally.Sample) string { return s.Thread })
	row("process", "process", func(s *tally.Sample) string {
		if s.Process == 0 {
			return ""
		}
		return fmt.Sprint(s.Process)
	})
	return rows
}

// shownVar is a value that a sample may lack.
func shownVar(v *tally.Var) string {
	if v == nil {
		return ""
	}
	return v.Repr
}
