package mcp

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/replay"
	"github.com/tallyho-dev/tallyho/engine/report"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// replayDescription names how a recording is made, for an agent cannot see that a file
// is missing because nobody has made one.
const replayDescription = `Ask a recording (made by the command "tallyho record -o FILE program.py") queries in hunter's language: what they print is what they would have printed while the program ran. ` +
	`Nothing is run. follow restricts the answer to one call ("call:shop.price#3"), test ("test:tests/test_cart.py::test_gift"), request ("request:GET /cart#2") or thread.`

// replayIn is a recording, questions, and how much of the answer is wanted.
type replayIn struct {
	File    string   `json:"file" jsonschema:"path of the recording"`
	Queries []string `json:"queries" jsonschema:"queries in hunter's language"`
	Follow  string   `json:"follow,omitempty" jsonschema:"call:NAME#2, test:FILE::NAME, request:GET /path#2 or thread:2"`
	Records int      `json:"records,omitempty" jsonschema:"stop after so many records; default 200, at most 5000"`
	Bytes   int      `json:"bytes,omitempty" jsonschema:"length of the answer's text; default 16000, at most 400000"`
}

// replayOut is the answer as data: per query its hits, together the records in their
// order. More says that reading was ended early, and counts are lower bounds then.
type replayOut struct {
	Steps   uint64         `json:"steps" jsonschema:"steps of the recording that were looked at"`
	Queries []replayAnswer `json:"queries"`
	Records []string       `json:"records" jsonschema:"what the queries printed"`
	More    bool           `json:"more" jsonschema:"there were more records than asked for"`
}

// replayAnswer is one query's. Undecided events are told apart from misses: a recording
// has texts where the query asks for objects.
type replayAnswer struct {
	Query     string `json:"query"`
	Hits      uint64 `json:"hits"`
	Undecided uint64 `json:"undecided" jsonschema:"events of which the recording does not tell whether the query is true"`
	Why       string `json:"why,omitempty"`
}

// replay answers from a recording.
func (s *server) replay(ctx context.Context, _ progress, in replayIn) (string, replayOut, error) {
	var none replayOut
	most, err := bounded("records", in.Records, 200, mostRecords)
	if err != nil {
		return "", none, err
	}
	limit, err := bounded("bytes", in.Bytes, standardBytes, mostBytes)
	if err != nil {
		return "", none, err
	}
	r, err := s.openRecording(in.File)
	if err != nil {
		return "", none, err
	}
	defer r.Close()
	questions, err := questionsOf(in.Queries)
	if err != nil {
		return "", none, err
	}
	printed := &printed{most: most, printers: map[[2]int]render.Printer{}, shared: render.NewShared()}
	asking := replay.NewAsking(questions, printed)
	// Reading ends when enough has been printed: a recording may be gigabytes, and its counts are lower
	// bounds from there on.
	asking.Cancelled = func() bool { return ctx.Err() != nil || printed.more }
	if in.Follow != "" {
		follow, err := replay.ParseFollow(in.Follow)
		if err != nil {
			return "", none, err
		}
		asking.Only = follow.Wants
	}
	if err := r.Read(0, asking); err != nil {
		return "", none, err
	}
	if err := context.Cause(ctx); err != nil {
		return "", none, err
	}
	out := replayOut{Steps: asking.Steps, Records: []string{}, More: printed.more}
	a := newAnswer(limit)
	for i, q := range questions {
		out.Queries = append(out.Queries, replayAnswer{in.Queries[i], q.Hits, q.Undecided, q.Why})
		a.line("Query %d matched %s%s.", i+1, wording.Count(int(q.Hits), "time"), orElse(prefixed(fmt.Sprintf("; %d could not be decided: ", q.Undecided), q.Why), ""))
	}
	if !r.Whole {
		a.line("The recording was not ended as it should: its last moments may be missing.")
	}
	if printed.more {
		a.line("Only the first %d records were looked for.", most)
	}
	for _, line := range printed.lines {
		out.Records = append(out.Records, report.Clean(line))
	}
	if len(printed.lines) > 0 {
		a.program(printed.lines)
	}
	return a.text("ask with fewer records, or a greater bytes"), out, nil
}

// questionsOf compiles queries as replay's questions, numbered from 1 as the answer names
// them. It is an error that one asks what no recording can answer.
func questionsOf(queries []string) ([]*replay.Question, error) {
	specs, err := compiled(queries, tracepoint.Options{})
	if err != nil {
		return nil, err
	}
	if len(specs) == 0 {
		return nil, fmt.Errorf("queries is empty: ask at least one")
	}
	var all []*replay.Question
	for i, spec := range specs {
		c, _ := tracepoint.Compile(spec, tracepoint.Options{})
		q, err := replay.NewQuestion(i+1, c)
		if err != nil {
			return nil, fmt.Errorf("query %d: %w", i+1, err)
		}
		all = append(all, q)
	}
	return all, nil
}

// openRecording opens a file of the roots. The error does not tell what else the file is.
// Whether it exists, and what is in it, is not to be found out by asking for it as a recording.
func (s *server) openRecording(name string) (*recording.Recording, error) {
	path, err := s.roots.path(name)
	if err != nil {
		return nil, err
	}
	r, err := recording.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s is no recording that can be read: make one with tallyho record -o FILE program.py", name)
	}
	return r, nil
}

// printed keeps a bounded part of what printers print.
type printed struct {
	most     int // records that are printed
	lines    []string
	n        int  // records that came
	more     bool // there are more than most
	printers map[[2]int]render.Printer
	shared   *render.Shared // what printers have in common
}

// Output is not shown.
func (p *printed) Output(bool, []byte) {}

// Record keeps what a record's printer says of it.
func (p *printed) Record(r render.Record) {
	if p.n++; p.n > p.most {
		p.more = true
		return
	}
	// Printers remember (indentation, the last file), so each action keeps its own.
	key := [2]int{r.Tracepoint, r.ActionID}
	printer, known := p.printers[key]
	if !known {
		printer = render.New(r.Action, render.Options{Shared: p.shared})
		p.printers[key] = printer
	}
	if printer == nil {
		return
	}
	var text bytes.Buffer
	printer.Print(&text, &r)
	if text.Len() > 0 {
		p.lines = append(p.lines, splitLines(text.String())...)
	}
}

// diffDescription says how lines are paired, on which the worth of the answer depends
// after an edit.
const diffDescription = `Lay two recordings (made by "tallyho record -o FILE program.py") side by side: the first place where they part, with the values that led there, ` +
	`and the statements that ran more often in one or left other values. Lines are paired by the recorded texts, so that runs before and after an edit can be compared.`

// diffIn are two recordings; a and b are called the first and the second in the answer.
type diffIn struct {
	A     string `json:"a" jsonschema:"path of the first recording"`
	B     string `json:"b" jsonschema:"path of the second recording"`
	Bytes int    `json:"bytes,omitempty" jsonschema:"length of the answer's text; default 16000, at most 400000"`
}

// diff compares two recordings.
// It is bounded by the text alone: statements are sorted by how much they differ, so that what is cut
// off is what differs least.
func (s *server) diff(ctx context.Context, _ progress, in diffIn) (string, replay.Diff, error) {
	none := replay.Diff{Statements: []replay.StatementDiff{}}
	limit, err := bounded("bytes", in.Bytes, standardBytes, mostBytes)
	if err != nil {
		return "", none, err
	}
	a, err := s.openRecording(in.A)
	if err != nil {
		return "", none, err
	}
	defer a.Close()
	b, err := s.openRecording(in.B)
	if err != nil {
		return "", none, err
	}
	defer b.Close()
	d, err := replay.Compare(a, b, func() bool { return ctx.Err() != nil })
	if err != nil {
		return "", none, err
	}
	if err := context.Cause(ctx); err != nil {
		return "", none, err
	}
	out := newAnswer(limit)
	if d.Same() {
		out.line("Nothing differs.")
	}
	if f := d.First; f != nil {
		out.line("They part at %s:%d, in %s.", s.roots.short(f.Path), f.Line, report.Clean(f.Function))
		switch f.Name {
		case "":
			out.line("Then came %s in the first, %s in the second.", report.Clean(f.A), report.Clean(f.B))
		default:
			out.line("%s is %s in the first, %s in the second.", report.Clean(f.Name), report.Clean(f.A), report.Clean(f.B))
		}
		if len(f.Led) > 0 {
			out.line("Before that: %s.", report.Clean(strings.Join(f.Led, ", ")))
		}
	}
	for _, st := range d.Statements {
		line := fmt.Sprintf("%s:%d %s ×%d (×%d)", s.roots.short(st.Path), max(st.Line, st.LineB), report.Clean(st.Function), st.HitsA, st.HitsB)
		for _, v := range st.Values {
			line += fmt.Sprintf("  %s=%s (%s)", v.Name, v.A, v.B)
		}
		out.line("%s", report.Clean(line))
	}
	return out.text("ask with a greater bytes"), *d, nil
}
