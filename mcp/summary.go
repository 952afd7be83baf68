package mcp

import (
	"fmt"
	"os"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/report"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// summary is what a run did, in numbers and places. Without a snapshot (nothing was
// counted) it has the queries' statuses and the output alone. Slices are never nil:
// the schema that clients validate by has arrays there.
func (s *server) summary(session *engine.Session, seen seen, snapshot *tally.Snapshot) runOut {
	out := runOut{Run: session.ID(), Records: seen.records, Notices: seen.notices, Queries: []asked{},
		Exceptions: []report.Exception{}, Raised: []report.Raised{}, Files: []report.File{}}
	if out.Notices == nil {
		out.Notices = []string{}
	}
	// What the program wrote is cut from the front: its end says how it ended.
	out.Stdout, _ = cut(string(seen.stdout.bytes), mostOutput)
	out.Stderr, _ = cut(string(seen.stderr.bytes), mostOutput)
	for _, status := range session.Statuses() {
		out.Queries = append(out.Queries, asked{status.Spec.Query, status.Hits, string(status.State), status.Message})
	}
	if snapshot == nil {
		return out
	}
	out.Python = snapshot.Python
	out.Exceptions = report.Exceptions(snapshot, s.names)
	files := s.runs.files(snapshot)
	for _, f := range files[:min(len(files), report.MostFiles)] {
		out.Files = append(out.Files, report.FileOf(f, s.names))
	}
	out.Raised = report.RaisedIn(files, s.names)
	return out
}

// runText is the summary for a reader.
// In the order in which a person would want it: how it ended, what ended it, what raised, what the queries
// found, what never ran, and what it printed last.
func (s *server) runText(in runIn, out runOut, seen seen, l runLimits) string {
	a := newAnswer(l.bytes)
	what := orElse(in.Program, orElse(in.Module, orElse(in.Pytest, "the code")))
	how := fmt.Sprintf("ended with exit code %d", out.Exit)
	if out.Signal != "" {
		how = "was ended by " + out.Signal
	}
	if out.TimedOut {
		how = fmt.Sprintf("was ended after its limit of %d seconds (%s)", l.seconds, how)
	}
	a.line("%s %s after %.2f s, Python %s. Run %s.", report.Clean(what), how, out.Seconds, out.Python, out.Run)
	for _, n := range out.Notices {
		a.line("Notice: %s", report.Clean(n))
	}
	for _, e := range out.Exceptions {
		a.line("\nEnded by %s. The lines that led there, the last one raised it:", e.Type)
		a.program(append(placeLines(e.Lines), "  "+e.Type+": "+e.Message))
	}
	if len(out.Raised) > 0 {
		a.line("\nStatements that raised or passed exceptions, handled or not:")
		var lines []string
		for _, r := range out.Raised {
			lines = append(lines, fmt.Sprintf("%s:%d  %s   ✗%d %s  %s", r.File, r.Line, r.Source, r.Times, r.Type, r.Values))
		}
		a.program(lines)
	}
	for i, q := range out.Queries {
		a.line("\nQuery %d matched %d times (%s)%s", i+1, q.Hits, q.State, orElse(prefixed(": ", report.Clean(q.Message)), "."))
	}
	if len(seen.lines) > 0 {
		a.line("Records (%d of %d):", min(seen.records, l.records), seen.records)
		a.program(seen.lines)
	}
	a.line("\nFiles that ran (statements that ran of all; lines never reached in functions that ran):")
	for _, f := range out.Files {
		a.line("  %s: %d of %d%s%s", f.File, f.Ran, f.Statements, prefixed("; never: ", report.Ranges(f.Never)), prefixed("; ", f.Note))
	}
	for _, stream := range []struct {
		name string
		tail tail
		text string
	}{{"stdout", seen.stdout, out.Stdout}, {"stderr", seen.stderr, out.Stderr}} {
		if stream.tail.total > 0 {
			a.line("\n%s (the last %d of %d bytes):", stream.name, len(stream.text), stream.tail.total)
			a.program(splitLines(stream.text))
		}
	}
	return a.text("ask again with a greater bytes, or look at one file with annotate")
}

// placeLines are places as a reader sees them: where, what stands there, and the label
// that an editor would show.
func placeLines(places []report.Place) []string {
	var lines []string
	for _, p := range places {
		lines = append(lines, fmt.Sprintf("%s:%d in %s   %s   %s", p.File, p.Line, p.Function, p.Source, p.Label))
	}
	return lines
}

// prefixed is the text behind its prefix, nothing where there is no text: sentences are
// joined with it.
func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// orElse is the text, or the other one where it is empty.
func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// exists reports whether there is a file of that path, also one that cannot be read.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
