package dap

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/config"
	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// restarting is a run that begins when the one before it has ended.
type restarting struct {
	request  *wire.Message    // is answered when the new run has begun
	settings *config.Settings // of the new run
	config   engine.Config    // the same, for the engine
}

// onRestart ends the program and starts it again, with the arguments that come
// along or those of the launch. Tracepoints stay. A mistake in the arguments
// leaves the program alone.
// supportsRestartRequest: without it a client would disconnect and launch, and lose what the console
// and its history hold.
func (a *adapter) onRestart(m *wire.Message) {
	if a.phase != running && a.phase != waiting || a.restart != nil {
		a.fail(m, errOrder, errNoProgram)
		return
	}
	if a.attached() {
		a.fail(m, errOrder, errors.New("a program that was attached to is not ours to start again"))
		return
	}
	arguments := a.restartArguments(m)
	settings, c, err := a.decode(arguments)
	if err != nil {
		a.fail(m, errLaunch, err)
		return
	}
	a.configured = true
	a.arguments = arguments
	a.restart = &restarting{m, settings, c}
	told, session := a.unpark(), a.session
	a.aside("end the program", func() error {
		select {
		case <-told:
		case <-a.out.Unread():
		case <-time.After(drainTime):
		}
		return session.Kill()
	})
}

// unpark tells the client that nothing is stopped any more: threads of the run
// that ends would else be shown as stopped, and looked at, in the next. The
// channel is closed once the client has been told.
func (a *adapter) unpark() <-chan struct{} {
	if len(a.stops.parked) == 0 {
		told := make(chan struct{})
		close(told)
		return told
	}
	first := slices.Min(slices.Collect(maps.Keys(a.stops.parked)))
	clear(a.stops.parked)
	message, told := wire.Watch(&continuedEvent{Event: wire.Event("continued"), Body: continuedBody{ThreadID: first, All: true}})
	a.console.Send(message)
	return told
}

// restartArguments are those that come along, or of the last start.
func (a *adapter) restartArguments(m *wire.Message) json.RawMessage {
	var args struct {
		Arguments json.RawMessage `json:"arguments"`
	}
	if r := m.Request.(*dap.RestartRequest); len(r.Arguments) > 0 {
		_ = json.Unmarshal(r.Arguments, &args)
	}
	if len(args.Arguments) == 0 || string(args.Arguments) == "null" {
		return a.retrace(a.arguments)
	}
	return args.Arguments
}

// startAgain begins the next run once the last one has ended. What was watched
// in the last one is gone.
// Breakpoints of lines and functions are the person's, and hold for every run; the value that a
// data breakpoint watches was an object of the run before.
func (a *adapter) startAgain() {
	next := a.restart
	a.restart, a.session = nil, nil
	a.stopping, a.threads, a.stops = 0, nil, stops{}
	for _, e := range a.ledger.entries {
		if e.owner == dataOwner && e.problem == "" {
			e.problem = "this was a value of the run before"
		}
	}
	a.ledger.forget()
	next.config.Tracepoints = nil
	if !next.settings.NoDebug {
		next.config.Tracepoints = a.ledger.all()
	}
	a.begin(next.request, next.settings, next.config)
}

// forget drops what the engine said of entries: another one will number them
// anew.
func (l *ledger) forget() {
	l.early = nil
	for _, e := range l.entries {
		e.status = tracepoint.Status{}
	}
}
