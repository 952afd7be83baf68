package mcp

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/diag"
	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/report"
)

// sessionsDescription names the three lists of the answer, in its order.
const sessionsDescription = `List the programs of these folders that run with Tallyho now, those that can be asked (they said tallyho.listen()), and the runs that can be looked at.`

// sessionsIn is empty: the folders are the client's roots, or the working directory.
type sessionsIn struct{}

// sessionsOut has what runs, what can be asked, and what has run.
type sessionsOut struct {
	Running []sessionOut `json:"running"`
	Listen  []listenOut  `json:"listen" jsonschema:"programs that ask can attach to"`
	Runs    []runLine    `json:"runs" jsonschema:"newest first"`
}

// sessionOut is a program that is run by Tallyho now; Started is local time.
type sessionOut struct {
	Session string `json:"session"`
	Program string `json:"program"`
	State   string `json:"state"`
	Started string `json:"started"`
}

// listenOut is a program that has said tallyho.listen(), by whose PID ask finds it.
type listenOut struct {
	PID     int    `json:"pid"`
	Program string `json:"program"`
	Python  string `json:"python"` // its version
	Started string `json:"started"`
}

// runLine is a run that annotate, values and why can look at, by its id.
type runLine struct {
	Run     string   `json:"run"`
	Program string   `json:"program"`
	Started string   `json:"started"`
	State   string   `json:"state"`
	Files   []string `json:"files"`
}

// mostRuns bounds the list of runs; the newest are the ones that are asked about.
const mostRuns = 20

// sessions lists what there is to look at and to ask. Only programs of the roots' folders
// are told: what another project runs is none of this client's business.
func (s *server) sessions(ctx context.Context, _ progress, _ sessionsIn) (string, sessionsOut, error) {
	out := sessionsOut{Running: []sessionOut{}, Listen: []listenOut{}, Runs: []runLine{}}
	running, err := hub.List(ctx, s.options.HubDir)
	if err != nil {
		return "", out, err
	}
	a := newAnswer(standardBytes)
	for _, one := range running {
		if s.roots.holds(one.Workspace) {
			out.Running = append(out.Running, sessionOut{one.Session, report.Clean(one.Program), string(one.State), at(one.Started)})
			a.line("running   %s  %s (%s), since %s", one.Session, report.Clean(one.Program), one.State, at(one.Started))
		}
	}
	for _, one := range s.attachable() {
		out.Listen = append(out.Listen, listenOut{one.PID, report.Clean(one.Program), report.Clean(one.Python), at(one.Started)})
		a.line("listens   pid %d  %s, Python %s, since %s: ask can add a query", one.PID, report.Clean(one.Program), report.Clean(one.Python), at(one.Started))
	}
	all := s.runs.all()
	for _, run := range all[:min(len(all), mostRuns)] {
		line := runLine{run.Session, report.Clean(run.Program), at(run.Started), string(run.State), []string{}}
		for _, f := range s.runs.files(run) {
			line.Files = append(line.Files, s.roots.short(f.Path))
		}
		out.Runs = append(out.Runs, line)
		a.line("run       %s  %s, %s: %s", line.Run, line.Program, line.Started, s.runs.names(run))
	}
	if a.b.Len() == 0 {
		a.line("Nothing runs, and there is no run yet: call run.")
	}
	return a.text("these are too many to list"), out, nil
}

// attachable are the programs of these folders that listen.
func (s *server) attachable() []hub.Attachable {
	all, _ := hub.Attachables(s.options.HubDir) // what cannot be read cannot be attached to
	return slices.DeleteFunc(all, func(one hub.Attachable) bool { return !s.roots.holds(one.Cwd) })
}

// at is a moment as a person reads it, in local time and to the second.
func at(t time.Time) string { return t.Local().Format(time.DateTime) }

// explainDescription promises that nothing is run: a query can be checked before a
// program is started with it.
const explainDescription = `Check a query without running anything: its mistakes with a caret under each, what is decided once and what is asked at each event, what that costs, and which functions of the given files it would match.`

// explainIn is a query, and files whose functions it is compared with.
type explainIn struct {
	Query string   `json:"query" jsonschema:"a query in hunter's language"`
	Files []string `json:"files,omitempty" jsonschema:"source files in which it is looked for"`
}

// explainOut has the query's problems and, where it could be parsed, what it costs and
// matches. OK is false where there is an error, true beside warnings.
type explainOut struct {
	OK          bool               `json:"ok"`
	Problems    []problemOut       `json:"problems"`
	Explanation *query.Explanation `json:"explanation,omitempty"`
}

// problemOut is a diag.Diagnostic. Start and End are bytes of the query, from 0.
type problemOut struct {
	Severity string `json:"severity"`
	Text     string `json:"text"`
	Hint     string `json:"hint,omitempty"`
	Start    int    `json:"start" jsonschema:"byte offset in the query"`
	End      int    `json:"end"`
}

const mostSource = 8 << 20 // bytes of a file that is looked into

// explain checks a query without running anything. It is an error only that a file cannot
// be read; mistakes in the query are the answer.
func (s *server) explain(_ context.Context, _ progress, in explainIn) (string, explainOut, error) {
	out := explainOut{Problems: []problemOut{}}
	program, problems := query.ParseTrace(in.Query, nil)
	for _, d := range problems {
		out.Problems = append(out.Problems, problemOut{d.Severity.String(), d.Summary, strings.TrimSpace(d.Detail + " " + d.Hint), d.Span.Start, d.Span.End})
	}
	a := newAnswer(standardBytes)
	if len(problems) > 0 {
		a.program(splitLines(diag.Render("query", in.Query, problems)))
	}
	if program == nil {
		return a.text(""), out, nil
	}
	var codes []query.Code
	for _, name := range in.Files {
		path, err := s.roots.path(name)
		if err != nil {
			return "", out, err
		}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || info.Size() > mostSource {
			return "", out, fmt.Errorf("%s is no source file that can be read", name)
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return "", out, fmt.Errorf("%s cannot be read", name)
		}
		codes = append(codes, query.Scan(path, "", string(source))...)
	}
	e := program.Explain(codes...)
	out.OK, out.Explanation = !problems.HasErrors(), &e
	a.program(splitLines(e.String()))
	return a.text("name fewer files"), out, nil
}
