package dap

import (
	"context"
	"errors"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/console"
	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/replay"
)

// live is the program whose past is looked at: it stands where it is, or has ended.
type live struct {
	past  *engine.Past
	now   uint64 // the first step that is not past: where the program stands
	stop  dap.StoppedEventBody
	exit  *engine.Exit // of a program that has ended, and has told nobody yet
	later []func()     // what was heard of the program meanwhile
}

// livingRequests are about the program and not about the moment that is looked at: they are
// answered as ever.
var livingRequests = map[string]bool{
	"setBreakpoints": true, "setFunctionBreakpoints": true, "setExceptionBreakpoints": true, "setDataBreakpoints": true, "breakpointLocations": true,
	"modules": true, "loadedSources": true, "restart": true,
	wire.DumpRequest: true, wire.FollowRequest: true, wire.SetRequest: true, wire.RemoveRequest: true,
}

// takes hands a request on to the program; false: it is about the past.
func (l *live) takes(m *wire.Message, a *adapter) bool {
	living := livingRequests[m.Command]
	switch args := m.Request.(type) {
	case *dap.VariablesRequest:
		living = console.IsRecord(args.Arguments.VariablesReference)
	case *dap.SourceRequest:
		ref := args.Arguments.SourceReference
		if args.Arguments.Source != nil && ref == 0 {
			ref = args.Arguments.Source.SourceReference
		}
		living = ref < firstPastRef
	case *dap.CancelRequest:
		living = args.Arguments.ProgressId == ""
	case *dap.EvaluateRequest:
		living = isCommand(args.Arguments)
	case *dap.TerminateRequest:
		living = l.exit == nil
		if living {
			a.past.drop()
		}
	case *dap.RestartRequest:
		living = l.exit == nil
		if living {
			a.past.drop()
		}
	}
	if living {
		routes[m.Command](a, m)
	}
	return living
}

// isCommand reports what is typed at the console and is no Python.
func isCommand(args dap.EvaluateArguments) bool {
	if args.Context != "repl" {
		return false
	}
	kind := console.ReadTyped(args.Expression, true, true).Kind
	return kind != console.Python && kind != console.PythonWithOthers
}

// onEnterPast takes the requests about the past of a program that has stopped: the first of
// them opens what has been recorded so far, and walks.
func (a *adapter) onEnterPast(m *wire.Message) {
	thread := threadMeant(m)
	if thread == 0 {
		thread = a.stops.focus
	}
	a.inPast(m, thread, func(p *past) { p.handle(m) })
}

// inPast calls do with the past, which is entered where the client does not look at it yet.
// Opening takes a while: the program may have gone on, or another request may have entered, by then.
func (a *adapter) inPast(m *wire.Message, thread int, do func(*past)) {
	switch {
	case a.past != nil:
		do(a.past)
		return
	case !a.recorded():
		a.fail(m, errLaunch, errors.New("the run is not recorded, so there is no way back: set \"record\": true in the launch configuration"))
		return
	case !a.stops.parked[thread]:
		a.fail(m, errNotStopped, errors.New("this thread is not stopped"))
		return
	}
	stop, named := a.stops.told[thread], a.links.shown
	var found *past
	a.ask(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		var err error
		found, err = openPresent(ctx, s, stop, named)
		return nil, err
	}, func(_ dap.ResponseMessage, err error) {
		if err != nil {
			a.failed(m, errLaunch, err)
			return
		}
		switch {
		case a.past != nil || !a.stops.parked[thread]:
			_ = found.live.past.Close()
			if a.past == nil {
				a.fail(m, errNotStopped, errors.New("this thread has gone on meanwhile"))
				return
			}
		default:
			found.a, a.past = a, found
		}
		do(a.past)
	})
}

// recorded reports whether there is a past to walk in.
func (a *adapter) recorded() bool { return a.settings != nil && a.settings.Recorded() }

// openPresent opens what has been recorded, and stands where the thread does.
func openPresent(ctx context.Context, s Session, stop dap.StoppedEventBody, named func(string) string) (*past, error) {
	so, err := s.Past()
	if err != nil {
		return nil, err
	}
	process, id, known := so.ThreadOf(stop.ThreadId)
	walk := replay.NewPresent(so.Recording)
	if !known || !walk.Focus(uint64(process), id) {
		_ = so.Close()
		return nil, errors.New("nothing of this thread's stack has been recorded: where it stands is no code of yours, or the recording begins later")
	}
	l := &live{past: so, now: walk.View().At, stop: stop}
	if noted(ctx, s, walk, stop, named) {
		l.now = walk.View().At
	}
	return &past{r: so.Recording, walk: walk, live: l, sources: map[string]int{}}, nil
}

// noted reports whether the step at which the thread stands is recorded already: then the
// walk stands at it. An event is noted before it stops anybody, but not every place at which a
// thread may stand is one.
func noted(ctx context.Context, s Session, walk *replay.Past, stop dap.StoppedEventBody, named func(string) string) bool {
	kinds := []string{"line", "statement"}
	switch stop.Reason {
	case "exception":
		kinds = []string{"exception"}
	case "function breakpoint":
		kinds = []string{"call"}
	}
	stack, err := s.Stack(ctx, engine.StackPage{Thread: stop.ThreadId, Levels: 1})
	if err != nil || len(stack.Frames) == 0 {
		return false
	}
	top := stack.Frames[0]
	return walk.LastIf(kinds, func(f replay.FrameView) bool {
		return f.Line == top.Line && named(f.Path) == top.Path && f.Name == top.Qualname
	})
}

// leave goes from the past to the present: the program stands where it stood, or the client
// hears of its end.
func (p *past) leave() {
	a, l := p.a, p.live
	p.drop()
	if l.exit != nil {
		a.tellEnd(*l.exit)
		a.leave()
	} else {
		a.console.Send(&dap.StoppedEvent{Event: wire.Event("stopped"), Body: l.stop})
	}
	for _, f := range l.later {
		f()
	}
}

// drop closes the past without a word.
func (p *past) drop() {
	p.interrupt()
	p.a.past = nil
	if p.busy != nil {
		if p.busy.request != nil {
			p.a.fail(p.busy.request, errCancelled, errGivenUp)
		}
		for _, m := range p.busy.waiting {
			p.a.fail(m, errCancelled, errGivenUp)
		}
	}
	if p.live != nil {
		_ = p.live.past.Close()
		return
	}
	_ = p.r.Close()
}

// atEnd reports whether this is a program that has ended, at its last step.
func (p *past) atEnd() bool { return p.live != nil && p.live.exit != nil }

// holdBack keeps what is heard of the program until the past is left; false: the client is
// looking at the program.
func (a *adapter) holdBack(f func()) bool {
	if a.past == nil || a.past.live == nil {
		return false
	}
	a.past.live.later = append(a.past.live.later, f)
	return true
}

// stopsAtEnd has the client look at the last step of a program that has ended; false where it
// is not to.
func (a *adapter) stopsAtEnd(exit engine.Exit) bool {
	if !a.recorded() || !a.settings.StopAtEnd || a.stopping > 0 || a.leaving != nil || a.closed || a.session == nil {
		return false
	}
	so, err := a.session.Past()
	if err != nil {
		a.console.Note("Tallyho: " + err.Error())
		return false
	}
	walk := replay.NewEnd(so.Recording)
	if walk == nil {
		_ = so.Close()
		return false
	}
	a.past = &past{a: a, r: so.Recording, walk: walk, live: &live{past: so, now: 1 << 63, exit: &exit}, sources: map[string]int{}}
	a.past.stopped(replay.Halted{})
	return true
}
