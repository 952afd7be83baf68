package mcp

import (
	"context"
	"fmt"

	"github.com/tallyho-dev/tallyho/engine/report"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// whyDescription is what an agent reads to choose the tool; it says no more than
// tally.WhyNot can answer from one run.
const whyDescription = `Tell why a line did not run: the last test that turned away from it, with its values, the statement that left its block before, or that its function was never called.`

// whyIn is what the tool is asked with: run and file are chosen as in annotate (find).
type whyIn struct {
	Run  string `json:"run,omitempty" jsonschema:"id of a run; default: the newest that has the file"`
	File string `json:"file" jsonschema:"path of the source file"`
	Line int    `json:"line" jsonschema:"the line that did not run"`
}

// whyOut is the answer as data. Reason is one sentence, of tally.WhyNot.
type whyOut struct {
	Run    string        `json:"run"`
	Line   report.Place  `json:"line"`
	Ran    bool          `json:"ran"`
	Reason string        `json:"reason"`
	Turned *report.Place `json:"turned,omitempty" jsonschema:"where control turned another way"`
}

// why tells why a line did not run. It is an error that there is no statement on the
// line; that the line did run is an answer.
func (s *server) why(_ context.Context, _ progress, in whyIn) (string, whyOut, error) {
	var none whyOut
	snapshot, t, err := s.find(where{Run: in.Run, File: in.File})
	if err != nil {
		return "", none, err
	}
	reason := tally.WhyNot(t.file, in.Line)
	if reason.Statement < 0 {
		return "", none, fmt.Errorf("there is no statement on line %d of %s", in.Line, s.roots.short(t.file.Path))
	}
	out := whyOut{Run: snapshot.Session, Ran: reason.Ran, Reason: report.Clean(reason.Text),
		Line: report.PlaceOf(t.file, t.file.Path, t.file.Statements[reason.Statement].Line, "", s.names)}
	a := newAnswer(standardBytes)
	a.line("%s:%d in run %s:", out.Line.File, out.Line.Line, out.Run)
	lines := []string{out.Reason}
	if reason.Turned >= 0 {
		p := report.PlaceOf(t.file, t.file.Path, t.file.Statements[reason.Turned].Line, "", s.names)
		out.Turned = &p
		lines = append(lines, fmt.Sprintf("%s:%d   %s   %s", p.File, p.Line, p.Source, p.Label))
	}
	a.program(lines)
	return a.text(""), out, nil
}
