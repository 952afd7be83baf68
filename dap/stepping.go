package dap

import (
	"context"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
)

// The requests that let a thread go on. DAP's singleThread leaves the others where they
// stand; without it all go on, and a step takes them along as the configuration says.
//
// allThreadsContinued is always sent: DAP takes its absence from the answer to continue
// for true. A continued event is for what nobody asked for; a client knows of the thread
// that it resumed by the answer, so only of the others is it told by events.

// onContinue lets one thread go on, or all: DAP's default.
func (a *adapter) onContinue(m *wire.Message) {
	args := m.Request.(*dap.ContinueRequest).Arguments
	a.resume(m, engine.Resumption{Thread: args.ThreadId, How: "continue", All: !args.SingleThread}, func(with engine.Together) dap.ResponseMessage {
		return &dap.ContinueResponse{Body: dap.ContinueResponseBody{AllThreadsContinued: with.All}}
	})
}

// onNext goes to the next line or statement of this frame; calls run through.
func (a *adapter) onNext(m *wire.Message) {
	args := m.Request.(*dap.NextRequest).Arguments
	a.resume(m, engine.Resumption{Thread: args.ThreadId, How: "next", All: a.stepsAll(args.SingleThread), Granularity: granularity(args.Granularity)},
		func(engine.Together) dap.ResponseMessage { return &dap.NextResponse{} })
}

// onStepIn goes into the next call, or into the one that stepInTargets has named.
func (a *adapter) onStepIn(m *wire.Message) {
	args := m.Request.(*dap.StepInRequest).Arguments
	a.resume(m, engine.Resumption{Thread: args.ThreadId, How: "in", All: a.stepsAll(args.SingleThread), Target: args.TargetId, Granularity: granularity(args.Granularity)},
		func(engine.Together) dap.ResponseMessage { return &dap.StepInResponse{} })
}

// onStepOut goes on until this frame has returned.
func (a *adapter) onStepOut(m *wire.Message) {
	args := m.Request.(*dap.StepOutRequest).Arguments
	a.resume(m, engine.Resumption{Thread: args.ThreadId, How: "out", All: a.stepsAll(args.SingleThread), Granularity: granularity(args.Granularity)},
		func(engine.Together) dap.ResponseMessage { return &dap.StepOutResponse{} })
}

// onGoto sets where the thread will go on, and stops there again without running anything.
func (a *adapter) onGoto(m *wire.Message) {
	args := m.Request.(*dap.GotoRequest).Arguments
	a.resume(m, engine.Resumption{Thread: args.ThreadId, How: "goto", Target: args.TargetId},
		func(engine.Together) dap.ResponseMessage { return &dap.GotoResponse{} })
}

// stepsAll reports whether the other threads run while one steps.
func (a *adapter) stepsAll(single bool) bool {
	if single {
		return false
	}
	return a.settings == nil || a.settings.StepsAll == nil || *a.settings.StepsAll
}

// granularity is the engine's: an instruction is no more than a statement to it, since
// nothing that a person could look at changes between two instructions of one. DAP's default
// is "statement".
func granularity(g dap.SteppingGranularity) string {
	if g == "line" {
		return "line"
	}
	return "statement"
}

// resume lets a thread go on. The driver's turn comes first, so that
// breakpoints set before are armed. Its answer goes out before any event of what follows
// (stops.resuming holds those back): DAP's clients take a thread for running once they
// are answered, and would show a stop that came earlier as over. The program may well stop
// again before the answer is written; the events are then sent after it, in their order.
func (a *adapter) resume(m *wire.Message, r engine.Resumption, answer func(engine.Together) dap.ResponseMessage) {
	armed := make(chan struct{})
	a.driver.do(func(*driver) { close(armed) })
	a.stops.resuming++
	var with engine.Together
	sent := a.ask(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		select {
		case <-armed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		var err error
		with, err = s.Resume(ctx, r)
		return nil, err
	}, func(_ dap.ResponseMessage, err error) {
		defer a.settle()
		if err != nil {
			a.failed(m, errProgram, err)
			return
		}
		a.release(r.Thread, with)
		a.reply(m, answer(with))
		for _, other := range with.Others {
			a.tellContinued(other, false)
		}
	})
	if !sent {
		a.settle()
	}
}

// onPause answers that it was asked; that the thread has stopped comes as an event, when it
// does: a thread inside a C function parks at its next event in Python.
func (a *adapter) onPause(m *wire.Message) {
	thread := m.Request.(*dap.PauseRequest).Arguments.ThreadId
	if a.asksFleet() {
		a.pauseProcess(m, thread)
		return
	}
	a.look(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		return &dap.PauseResponse{}, s.Pause(ctx, thread)
	})
}

// onStepInTargets lists the calls of the line that a frame stands at, by their places.
func (a *adapter) onStepInTargets(m *wire.Message) {
	frame := m.Request.(*dap.StepInTargetsRequest).Arguments.FrameId
	at := a.client
	a.look(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		targets, err := s.StepTargets(ctx, frame)
		columns := at.columns(ctx, s)
		body := dap.StepInTargetsResponseBody{Targets: make([]dap.StepInTarget, 0, len(targets))}
		for _, t := range targets {
			p := columns.span(t.Path, 0, t.Line, t.Column, t.EndLine, t.EndColumn)
			body.Targets = append(body.Targets, dap.StepInTarget{Id: t.ID, Label: t.Label,
				Line: p.line, Column: p.column, EndLine: p.endLine, EndColumn: p.endColumn})
		}
		return &dap.StepInTargetsResponse{Body: body}, err
	})
}

// onGotoTargets lists the places on a line that a thread could be made to go on at.
func (a *adapter) onGotoTargets(m *wire.Message) {
	args := m.Request.(*dap.GotoTargetsRequest).Arguments
	path, line, at := a.client.path(args.Source.Path), a.client.ownLine(args.Line), a.client
	a.look(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		targets, err := s.GotoTargets(ctx, path, line)
		columns := at.columns(ctx, s)
		body := dap.GotoTargetsResponseBody{Targets: make([]dap.GotoTarget, 0, len(targets))}
		for _, t := range targets {
			p := columns.span(path, 0, t.Line, t.Column, t.EndLine, t.EndColumn)
			body.Targets = append(body.Targets, dap.GotoTarget{Id: t.ID, Label: t.Label,
				Line: p.line, Column: p.column, EndLine: p.endLine, EndColumn: p.endColumn})
		}
		return &dap.GotoTargetsResponse{Body: body}, err
	})
}
