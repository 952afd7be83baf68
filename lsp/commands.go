package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// The commands that a client may execute. Each takes one object, a target.
const (
	cmdShowSamples      = "tallyho.showSamples"
	cmdTraceLine        = "tallyho.traceLine"
	cmdTraceFunction    = "tallyho.traceFunction"
	cmdTraceName        = "tallyho.traceName"
	cmdTraceQuery       = "tallyho.traceQuery"
	cmdRemoveTracepoint = "tallyho.removeTracepoint"
	cmdChooseRun        = "tallyho.chooseRun"   // without a target it asks the person
	cmdFollow           = "tallyho.follow"      // likewise
	cmdCompareWith      = "tallyho.compareWith" // likewise
	cmdWhyNot           = "tallyho.whyNot"
	cmdSavePage         = "tallyho.savePage"
	cmdShowStatus       = "tallyho.showStatus"
)

// errNoneRuns is the answer to what only a running program can do.
var errNoneRuns = errors.New("no program is running; start one with Tallyho, or write the query into launch.json")

// commandTable says what each command does.
var commandTable = []struct {
	name string
	do   func(*server, *world, target) error
}{
	{cmdShowSamples, (*server).showSamples},
	{cmdTraceLine, (*server).traceLine},
	{cmdTraceFunction, (*server).traceFunction},
	{cmdTraceName, (*server).traceName},
	{cmdTraceQuery, (*server).traceQuery},
	{cmdRemoveTracepoint, (*server).removeTracepoint},
	{cmdChooseRun, (*server).chooseRun},
	{cmdFollow, (*server).follow},
	{cmdCompareWith, (*server).compareWith},
	{cmdWhyNot, (*server).tellWhyNot},
	{cmdSavePage, (*server).writePage},
	{cmdShowStatus, (*server).showStatus},
}

// commandNames are told to the client at initialize.
func commandNames() []string {
	var names []string
	for _, c := range commandTable {
		names = append(names, c.name)
	}
	return names
}

// ExecuteCommand does one of our commands. What the person got wrong, or what is no
// longer there, is an answer to them and not a failure of the request.
// A failed request would be shown by some clients as a fault of the server's, by others not at all.
func (s *server) ExecuteCommand(ctx context.Context, p *protocol.ExecuteCommandParams) (protocol.LSPAny, error) {
	for _, c := range commandTable {
		if c.name != p.Command {
			continue
		}
		var t target
		if len(p.Arguments) > 0 {
			if err := json.Unmarshal(p.Arguments[0], &t); err != nil {
				return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%s: %v", c.name, err)
			}
		}
		err := c.do(s, s.worldOf(ctx), t)
		if errors.Is(err, errNoneRuns) && t.ElseKept {
			return protocol.LSPAny(`{"running":false}`), nil
		}
		if err != nil {
			s.announce.message(protocol.MessageTypeWarning, err.Error())
		}
		return nil, nil
	}
	return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "there is no command %q", p.Command)
}

// complete fills in what an argument made by hand leaves out: the run and the path
// of a document, and the line as it was when it ran.
func (s *server) complete(w *world, t target) (target, *view, error) {
	if t.Session != "" && t.Path != "" {
		return t, nil, nil
	}
	v := s.views.of(w, t.URI)
	if v == nil {
		return t, nil, fmt.Errorf("there is no run of %s yet", filepath.Base(filePath(t.URI)))
	}
	t.Session, t.Path = v.run.Session, v.file.Path
	if place := v.at(t.Line, 1<<30); t.Line > 0 && place != nil {
		t.Line = v.file.Statements[place.Statement].Line
	}
	return t, v, nil
}

// showSamples opens a page of samples (samples.go) where the client can show a document.
func (s *server) showSamples(w *world, t target) error {
	t, _, err := s.complete(w, t)
	if err != nil {
		return err
	}
	return s.showPage(w, t)
}

// traceLine logs the variables of a line each time it runs.
func (s *server) traceLine(w *world, t target) error {
	spec := tracepoint.Spec{Path: t.path(), Line: t.Line, LogMessage: "here"}
	if v := s.views.of(w, t.URI); v != nil {
		if place := v.at(t.Line, 0); place != nil {
			if names := namesOf(v.file.Statements[place.Statement].Samples); len(names) > 0 {
				spec.LogMessage = "VarsPrinter(" + quotedList(names[:min(len(names), 8)]) + ")"
			}
		}
	}
	return s.trace(w, t, spec)
}

// traceFunction logs the calls of a function, what they return and raise.
func (s *server) traceFunction(w *world, t target) error {
	name := t.Function
	if v := s.views.of(w, t.URI); name == "" && v != nil {
		name = v.functionAround(t.Line)
	}
	if name == "" || name == "<module>" {
		return fmt.Errorf("there is no function at line %d that ran", t.Line)
	}
	return s.trace(w, t, callsOf(t.path(), name))
}

// callsOf asks for the calls of a function. The action is the query's only one: inside
// a Q it would be one more beside the one that prints the line.
func callsOf(file, function string) tracepoint.Spec {
	return tracepoint.Spec{Query: fmt.Sprintf(
		"kind_in=(\"call\", \"return\", \"exception\"), function=%s, filename_endswith=%s, action=CallPrinter",
		strconv.Quote(function[strings.LastIndex(function, ".")+1:]), strconv.Quote(path.Base(filepath.ToSlash(file))))}
}

// traceName logs a variable at every line that names it.
func (s *server) traceName(w *world, t target) error {
	if t.Name == "" {
		return fmt.Errorf("there is no name here to trace")
	}
	return s.trace(w, t, usesOf(t.path(), t.Name))
}

// traceQuery asks a query that a person has written.
func (s *server) traceQuery(w *world, t target) error {
	if strings.TrimSpace(t.Query) == "" {
		return fmt.Errorf("there is no query to ask")
	}
	if problems := mistakesIn(t.Query); problems.HasErrors() {
		return fmt.Errorf("%s", strings.TrimSpace(diag.Render("query", t.Query, problems)))
	}
	return s.trace(w, t, tracepoint.Spec{Query: t.Query})
}

// path is the file a target is in, as far as it says.
func (t target) path() string {
	if t.Path != "" {
		return t.Path
	}
	return filePath(t.URI)
}

// trace sends a tracepoint to the running program that a target is about, else to
// the newest that runs.
func (s *server) trace(w *world, t target, spec tracepoint.Spec) error {
	session, ok := w.live(t.Session)
	if !ok {
		return errNoneRuns
	}
	if err := s.tracer.add(session, spec); err != nil {
		return err
	}
	s.announce.message(protocol.MessageTypeInfo, "Tracing "+describe(spec)+"; see the debug console.")
	return nil
}

// describe is a tracepoint in a sentence.
func describe(spec tracepoint.Spec) string {
	if spec.Query != "" {
		return spec.Query
	}
	return fmt.Sprintf("%s line %d", filepath.Base(spec.Path), spec.Line)
}

// removeTracepoint takes back one that this editor has asked for; lenses list those.
func (s *server) removeTracepoint(_ *world, t target) error {
	err := s.tracer.remove(t.Session, t.ID)
	s.announce.lensesChanged()
	return err
}

// chooseRun takes the annotations from one run, or from the newest of each file.
func (s *server) chooseRun(w *world, t target) error {
	if t.Session == newestRuns {
		t.Session = ""
	} else if t.Session == "" && len(w.runs.whole()) > 0 {
		s.askForRun(w)
		return nil
	}
	s.choose(t.Session)
	return nil
}

// newestRuns takes the annotations from the newest run of each file.
const newestRuns = "newest"

// askForRun has the person choose.
func (s *server) askForRun(w *world) {
	s.announce.call(func(ctx context.Context) {
		const newest = "Newest run of each file"
		titles := map[string]string{newest: ""}
		ask := &protocol.ShowMessageRequestParams{
			Type: protocol.MessageTypeInfo, Message: "Show the annotations of which run?",
			Actions: []protocol.MessageActionItem{{Title: newest}},
		}
		whole := w.runs.whole()
		for _, run := range whole[:min(len(whole), maxRunsTold)] {
			title := s.runInfo(w, run, nil).Text
			if _, twice := titles[title]; twice {
				title += " (" + run.Session + ")"
			}
			titles[title] = run.Session
			ask.Actions = append(ask.Actions, protocol.MessageActionItem{Title: title})
		}
		var answer *protocol.MessageActionItem
		if err := s.request(ctx, protocol.MethodWindowShowMessageRequest, ask, &answer); err != nil || answer == nil {
			return
		}
		if session, ok := titles[answer.Title]; ok {
			s.choose(session)
		}
	})
}

// choose sets the run that annotations come from; what was followed in another one ends.
func (s *server) choose(session string) {
	s.picker.stop()
	s.changeRuns(func(r *runs) *runs {
		next := *r
		next.chosen, next.followed, next.compared = session, nil, nil
		return &next
	})
}

// showStatus says in one sentence for each run what there is.
func (s *server) showStatus(w *world, _ target) error {
	state := s.runState(w)
	text := state.Text
	for _, run := range state.Runs[:min(len(state.Runs), 5)] {
		if run.Text != text {
			text += "\n" + run.Text
		}
	}
	s.announce.message(protocol.MessageTypeInfo, text)
	return nil
}

// functionAround is the qualified name of the function that holds a line of the
// document, "" where none that ran does.
func (v *view) functionAround(line int) string {
	place := v.at(line, 1<<30)
	if place == nil {
		return ""
	}
	if isDef(v.file.Statements[place.Statement].Kind) {
		return v.functionAt(place)
	}
	return v.file.Statements[place.Statement].Function
}

// live is the session of a run that is not over: that of the target, else the newest.
func (w *world) live(session string) (string, bool) {
	if run := w.runs.session(session); run != nil && run.State != tally.Ended {
		return session, true
	}
	for _, run := range w.runs.all {
		if run.State != tally.Ended {
			return run.Session, true
		}
	}
	return "", false
}

// quotedList is names as texts of a query.
func quotedList(names []string) string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strconv.Quote(name)
	}
	return strings.Join(out, ", ")
}
