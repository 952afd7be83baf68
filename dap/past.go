package dap

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/replay"
)

// past is a recording that a client walks through: nothing of it can be changed, and nothing
// runs. The adapter goroutine owns it, but for walk while busy. References live until the
// next move.
type past struct {
	a       *adapter
	r       *recording.Recording // closed when the client is done with it
	walk    *replay.Past
	live    *live                      // the program whose past it is; nil where a file was opened
	owned   map[string][]*replay.Point // of a file's; those of a program are in the ledger
	data    []replay.Watched           // names that data breakpoints watch
	last    int                        // the last number given to a breakpoint
	halts   replay.Halt                // of the walk under way, or the last one
	told    map[int]bool               // breakpoints whose condition could not be decided
	begun   bool                       // the client has been told of the first stop
	busy    *moving                    // nil: nothing is under way
	refs    []pastRef                  // by variables reference, which is base() and its place here, from 1
	frames  []*replay.FrameView        // by frame id, likewise
	targets []uint64                   // steps that goto may go to
	sources map[string]int             // path to the reference of a text that is not the file's any more
	texts   []string                   // by source reference less one
}

// pastRef is what a variables reference stands for.
type pastRef struct {
	names   []replay.NamedValue // of a scope; else it is a value
	frame   *replay.FrameView   // whose names they are
	globals bool                // the names are those of the frame's module
	value   query.Value         // whose parts are shown
	process uint64              // of the value
	path    string              // what the value is called in expressions
}

// pastSettings are what a launch says of a recording.
type pastSettings struct {
	Recording string `json:"recording"` // the file's path
	Cwd       string `json:"cwd"`       // from which a relative one is seen
}

// asksForPast is the recording that a launch is to open, "" is none.
func asksForPast(arguments json.RawMessage) pastSettings {
	var s pastSettings
	_ = json.Unmarshal(arguments, &s) // what is no object is refused by the launch
	return s
}

// openPast answers a launch that names a recording.
// Nothing is started, so that everything that can be wrong is wrong with the file.
func (a *adapter) openPast(m *wire.Message, s pastSettings) {
	path := s.Recording
	if s.Cwd != "" && !filepath.IsAbs(path) {
		path = filepath.Join(s.Cwd, path)
	}
	r, err := recording.Open(path)
	if err != nil {
		a.fail(m, errLaunch, fmt.Errorf("the recording cannot be opened: %w", err))
		return
	}
	walk := replay.NewPast(r)
	if walk == nil {
		_ = r.Close()
		a.fail(m, errLaunch, fmt.Errorf("nothing is recorded in %s", path))
		return
	}
	a.past = &past{a: a, r: r, walk: walk, sources: map[string]int{}}
	a.reply(m, &dap.LaunchResponse{})
	a.tellStepsBack()
	a.out.Send(&dap.InitializedEvent{Event: wire.Event("initialized")})
}

// tellStepsBack has the client show its buttons for walking back.
func (a *adapter) tellStepsBack() {
	a.out.Send(&dap.CapabilitiesEvent{Event: wire.Event("capabilities"), Body: dap.CapabilitiesEventBody{Capabilities: dap.Capabilities{SupportsStepBack: true}}})
}

// pastRoutes are the requests that a recording answers. The others are refused.
var pastRoutes = map[string]func(*past, *wire.Message) (dap.ResponseMessage, error){
	"configurationDone":       (*past).configured,
	"threads":                 (*past).onThreads,
	"stackTrace":              (*past).onStack,
	"scopes":                  (*past).onScopes,
	"variables":               (*past).onVariables,
	"evaluate":                (*past).onEvaluate,
	"source":                  (*past).onSource,
	"exceptionInfo":           (*past).onExceptionInfo,
	"completions":             (*past).onCompletions,
	"dataBreakpointInfo":      (*past).onDataInfo,
	"setBreakpoints":          (*past).onBreakpoints,
	"setFunctionBreakpoints":  (*past).onFunctions,
	"setExceptionBreakpoints": (*past).onExceptions,
	"setDataBreakpoints":      (*past).onData,
	"pause":                   (*past).onPause,
	"cancel":                  (*past).onCancel,
	"terminate":               (*past).onTerminate,
	wire.DumpRequest:          (*past).onDump,
}

// handle answers a request. While a walk is under way only those that end it are taken; the
// others wait.
func (p *past) handle(m *wire.Message) {
	urgent := m.Command == "pause" || m.Command == "cancel" || m.Command == "terminate"
	switch {
	case p.busy != nil && !urgent:
		p.busy.waiting = append(p.busy.waiting, m)
		return
	case p.live != nil && p.live.takes(m, p.a):
		return
	case p.live == nil && p.typed(m):
		return
	}
	if p.moves(m) {
		return
	}
	route, ok := pastRoutes[m.Command]
	if !ok {
		p.a.fail(m, errUnsupported, fmt.Errorf("%s is not possible: this is the past, and nothing of it can be changed", m.Command))
		return
	}
	r, err := route(p, m)
	if err != nil {
		p.a.fail(m, errProgram, err)
		return
	}
	p.a.reply(m, r)
	if m.Command == "configurationDone" && !p.begun {
		p.begun = true
		p.stopped(replay.Halted{Reason: "entry"})
	}
}

// forget lets go what belonged to the moment before: DAP's ids of frames and references
// hold as long as a thread stands.
func (p *past) forget() { p.refs, p.frames, p.targets = nil, nil, nil }

// stopped tells where the walk is now; no reason is that it could go no further.
func (p *past) stopped(h replay.Halted) {
	v := p.walk.View()
	body := dap.StoppedEventBody{Reason: h.Reason, AllThreadsStopped: true, Description: "Paused in the recording", Text: h.Text, HitBreakpointIds: h.Points}
	if v.Thread >= 0 {
		body.ThreadId = p.threadID(v.Threads[v.Thread])
	}
	switch {
	case h.Reason == "" && p.atEnd():
		body.Reason, body.Description = "pause", "The program has ended; this is the last that was recorded"
	case h.Reason == "":
		body.Reason, body.Description = "pause", "The recording goes no further"
	case p.live != nil:
		body.Description = "Paused in the past (recorded)"
	}
	p.a.console.Send(&dap.StoppedEvent{Event: wire.Event("stopped"), Body: body})
}

// configured answers configurationDone: a recording waits for nothing.
func (p *past) configured(*wire.Message) (dap.ResponseMessage, error) {
	return &dap.ConfigurationDoneResponse{}, nil
}

// onDump refuses: only a program that runs keeps something in memory.
func (p *past) onDump(*wire.Message) (dap.ResponseMessage, error) {
	return nil, errors.New("this recording was opened from its file, and there is nothing more to write: only a program that runs keeps its newest part in memory")
}

// onPause ends a walk that is under way, which tells of a stop where it has come to.
func (p *past) onPause(*wire.Message) (dap.ResponseMessage, error) {
	p.interrupt()
	return &dap.PauseResponse{}, nil
}

// onTerminate ends the session of a file, and of a program leads back to where it stands.
func (p *past) onTerminate(*wire.Message) (dap.ResponseMessage, error) {
	p.interrupt()
	p.a.post(func() {
		if p.live == nil {
			p.a.out.Send(&dap.TerminatedEvent{Event: wire.Event("terminated")})
			return
		}
		p.leave()
	})
	return &dap.TerminateResponse{}, nil
}

// onExceptionInfo is what is known of the exception at which the walk stands.
func (p *past) onExceptionInfo(*wire.Message) (dap.ResponseMessage, error) {
	v := p.walk.View()
	if v.Kind != "exception" {
		return nil, errors.New("there is no exception at this moment")
	}
	name := v.Type
	return &dap.ExceptionInfoResponse{Body: dap.ExceptionInfoResponseBody{ExceptionId: name, Description: v.Value, BreakMode: "always"}}, nil
}

// onCompletions completes the names that were recorded of the frame.
func (p *past) onCompletions(m *wire.Message) (dap.ResponseMessage, error) {
	args := m.Request.(*dap.CompletionsRequest).Arguments
	body := dap.CompletionsResponseBody{Targets: []dap.CompletionItem{}}
	f, err := p.frameOf(args.FrameId)
	if err != nil {
		return nil, err
	}
	for _, n := range slices.Concat(f.Locals, f.Globals) {
		body.Targets = append(body.Targets, dap.CompletionItem{Label: n.Name, Type: "variable"})
	}
	return &dap.CompletionsResponse{Body: body}, nil
}
