package dap

import (
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// Owners of tracepoints. A source file's breakpoints are owned by
// sourceOwner + path.
const (
	sourceOwner    = "source "
	functionOwner  = "functions"
	exceptionOwner = "exceptions"
	dataOwner      = "data"
	launchOwner    = "launch"
	consoleOwner   = "console"
)

// onSetBreakpoints replaces the breakpoints of one file. The answer has one for each that was
// asked for, in their order, whatever became of it: that is how the client knows which is which.
// "lines" is its older form, which DAP has deprecated.
func (a *adapter) onSetBreakpoints(m *wire.Message) {
	args := m.Request.(*dap.SetBreakpointsRequest).Arguments
	path := a.client.path(args.Source.Path)
	a.links.learnFile(path)
	var wanted []*entry
	modes := wire.Extra[wire.ModesExtra](m.Raw).Breakpoints
	for i, b := range args.Breakpoints {
		wanted = append(wanted, a.sourceEntry(path, b, wire.ModeOf(modes, i)))
	}
	if args.Breakpoints == nil {
		for _, line := range args.Lines {
			wanted = append(wanted, a.sourceEntry(path, dap.SourceBreakpoint{Line: line}, ""))
		}
	}
	a.set(sourceOwner+path, wanted, func(entries []*entry) {
		a.reply(m, &wire.BreakpointsResponse{Body: a.breakpoints(entries)})
	})
}

// path turns the client's spelling of a path into ours. An empty path (code
// without a file) stays empty.
// pathFormat says "uri" or "path"; some clients say "path" and send URIs.
func (c client) path(path string) string {
	if c.uris || strings.HasPrefix(path, "file:///") {
		if u, err := url.Parse(path); err == nil && u.Scheme == "file" {
			path = u.Path
			if runtime.GOOS == "windows" {
				path = strings.TrimPrefix(path, "/")
			}
		}
	}
	if path == "" {
		return ""
	}
	return filepath.Clean(filepath.FromSlash(path))
}

// sourceEntry is one breakpoint in a file, judged as far as it can be without
// a program.
func (a *adapter) sourceEntry(path string, b dap.SourceBreakpoint, mode string) *entry {
	e := &entry{spec: tracepoint.Spec{
		Path:         path,
		Line:         a.client.ownLine(b.Line),
		Condition:    b.Condition,
		HitCondition: b.HitCondition,
		LogMessage:   b.LogMessage,
	}}
	e.apply(mode)
	if b.Column != 0 {
		e.place(&columns{client: a.client}, b.Column)
	}
	switch {
	case path == "":
		e.reject("this code has no file")
	case e.spec.Line < 1:
		e.reject(fmt.Sprintf("there is no line %d: the first one is %d", b.Line, a.client.LineBase))
	}
	a.judge(e)
	return e
}

// place gives an entry the column that the client has named. One in the white
// space before the line's code means the line; of a text that is not here
// nothing is known.
func (e *entry) place(columns *columns, column int) {
	if e.spec.Path == "" {
		return
	}
	at := columns.own(e.spec.Path, e.spec.Line, column)
	if begins := columns.begins(e.spec.Path, e.spec.Line); at >= begins {
		e.spec.Column, e.inline = at+1, begins >= 0 && at > begins
	}
}

// judge looks for mistakes in the texts of an entry.
// It needs no program, so that a client is told at once, before anything runs.
func (a *adapter) judge(e *entry) {
	if e.problem != "" {
		return
	}
	if problem := checkSpec(e.spec, a.careful()); problem != "" {
		e.reject(problem)
	}
}

// careful reports whether only queries and plain names are allowed.
func (a *adapter) careful() bool { return a.settings != nil && a.settings.Mode == "careful" }

// reject keeps an entry from being armed, for good; the client shows the problem beside it.
func (e *entry) reject(problem string) { e.problem, e.failed = problem, true }

// onSetFunctionBreakpoints replaces all function breakpoints. A name may be a query as well: one
// that says what is to be done does that, others stop.
func (a *adapter) onSetFunctionBreakpoints(m *wire.Message) {
	args := m.Request.(*dap.SetFunctionBreakpointsRequest).Arguments
	var wanted []*entry
	for _, b := range args.Breakpoints {
		e := &entry{spec: tracepoint.Spec{
			Function:     strings.TrimSpace(b.Name),
			Condition:    b.Condition,
			HitCondition: b.HitCondition,
			Stop:         !ownActions(strings.TrimSpace(b.Name)),
		}}
		if e.spec.Function == "" {
			e.reject("a function breakpoint needs a name")
		}
		a.judge(e)
		wanted = append(wanted, e)
	}
	a.set(functionOwner, wanted, func(entries []*entry) {
		a.reply(m, &wire.BreakpointsResponse{Body: a.breakpoints(entries)})
	})
}

// set makes wanted all that owner asks for, in the ledger and in the program if
// there is one, and then calls done. The adapter goroutine calls it and runs
// done.
func (a *adapter) set(owner string, wanted []*entry, done func([]*entry)) {
	if a.settings != nil && a.settings.NoDebug {
		for _, e := range wanted {
			e.problem = "the program runs without debugging"
		}
	}
	entries := a.ledger.replace(owner, wanted)
	specs := a.ledger.specs(owner)
	a.driver.do(func(d *driver) {
		if d.session == nil || a.plain.Load() {
			a.post(func() {
				done(entries)
				a.changed()
			})
			return
		}
		statuses, err := d.session.Replace(owner, specs)
		a.post(func() {
			if err != nil && a.phase != ended {
				a.console.Note("Tracepoints could not be changed: " + err.Error())
			}
			a.ledger.assign(owner, statuses)
			done(entries)
			a.changed()
		})
	})
}

// breakpoints is the answer about entries, one for each, in order.
func (a *adapter) breakpoints(entries []*entry) wire.BreakpointsBody {
	body := wire.BreakpointsBody{Breakpoints: make([]wire.Breakpoint, 0, len(entries))}
	for _, e := range entries {
		e.sent = a.breakpoint(e)
		body.Breakpoints = append(body.Breakpoints, e.sent)
	}
	return body
}

// breakpoint is what the client is told about an entry. Hits are not part of it
// while the program runs, unless they are all that is asked for: they would make
// a flood of events.
func (a *adapter) breakpoint(e *entry) wire.Breakpoint {
	b := wire.Breakpoint{Breakpoint: dap.Breakpoint{Id: e.id}}
	if e.spec.Path != "" {
		b.Source = wire.Source(e.spec.Path)
		line := e.spec.Line
		if e.status.Line > 0 {
			line = e.status.Line
		}
		if e.status.Column > 0 {
			columns := columns{client: a.client}
			b.Column = columns.span(e.spec.Path, 0, line, e.status.Column-1, 0, 0).column
		}
		line += a.client.LineBase - 1
		b.Line = &line
	}
	switch {
	case e.failed:
		b.Reason = "failed"
	case e.problem != "":
		b.Reason = "pending"
	case e.status.State == tracepoint.Armed, e.placed():
		b.Verified = true
	case e.status.State == tracepoint.Failed:
		b.Reason = "failed"
	default:
		b.Reason = "pending"
	}
	quiet := *e
	if a.phase != ended && !e.spec.Count {
		quiet.status.Hits = 0
	}
	b.Message = quiet.describe()
	if text := a.console.Took(e.timed()); text != "" {
		b.Message = text
	}
	if e.inline && b.Verified && e.status.Column == 0 {
		b.Message += "; for the whole line: columns are not told apart"
	}
	return b
}

// announce sends a breakpoint event if the client does not know the entry's
// state yet. Only the client's own breakpoints have events; of the others the
// console says once what they may have meant.
func (a *adapter) announce(e *entry) {
	if e.owner == launchOwner || e.owner == consoleOwner {
		switch {
		case e.hints() && !e.hinted:
			e.hinted = true
			a.console.Note(fmt.Sprintf("Tallyho: #%d %s %s", e.id, e.where(), e.describe()))
		case e.hinted && e.status.State == tracepoint.Armed:
			e.hinted = false
			a.console.Note(fmt.Sprintf("Tallyho: #%d %s matches after all: armed at %s", e.id, e.where(), wording.Count(e.status.Places, "place")))
		}
		return
	}
	if e.sent.Id == 0 {
		return
	}
	now := a.breakpoint(e)
	if same(now, e.sent) {
		return
	}
	e.sent = now
	a.out.Send(&wire.BreakpointEvent{Event: wire.Event("breakpoint"), Body: wire.BreakpointEventBody{Reason: "changed", Breakpoint: now}})
}

// tellRaised says once that the condition or the query of an entry has raised:
// it does not hold then, and is asked on.
func (a *adapter) tellRaised(e *entry) {
	told := e.raised
	if e.raised = e.status.Raised(); e.raised && !told {
		a.console.Note(fmt.Sprintf("Tallyho: #%d %s raised %s. It does not hold where it raises, and goes on.", e.id, e.where(), e.status.Message))
	}
}

// same reports whether a client would show both alike.
func same(a, b wire.Breakpoint) bool {
	moved := a.Line != nil && b.Line != nil && *a.Line != *b.Line
	return a.Verified == b.Verified && a.Message == b.Message && a.Reason == b.Reason && a.Column == b.Column && !moved
}
