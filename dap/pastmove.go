package dap

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/replay"
)

// moving is a walk that is under way, off the adapter goroutine: in a long recording it may take
// its time. What the client asks meanwhile waits.
type moving struct {
	number    int
	cancelled atomic.Bool
	shown     bool // the client shows that it takes long
	waiting   []*wire.Message
}

func (m *moving) progressID() string { return fmt.Sprintf("walk-%d", m.number) }

// walk is one way of moving: it says what was met, and whether anything has moved.
type walk struct {
	forwards bool
	far      bool // where nothing is met, the end that way is gone to
	go_      func(*past) (replay.Halted, bool)
}

func step(move func(*replay.Past) bool) func(*past) (replay.Halted, bool) {
	return func(p *past) (replay.Halted, bool) { return replay.Halted{Reason: "step"}, move(p.walk) }
}

// walks are the requests to move: over calls, into them, out of them, and until something stops.
var walks = map[string]walk{
	"next":            {forwards: true, go_: step(func(w *replay.Past) bool { return w.Next(true) })},
	"stepBack":        {go_: step(func(w *replay.Past) bool { return w.Next(false) })},
	"stepIn":          {forwards: true, go_: step((*replay.Past).In)},
	"stepOut":         {forwards: true, go_: step((*replay.Past).Out)},
	"continue":        {forwards: true, far: true, go_: func(p *past) (replay.Halted, bool) { return p.walk.Run(true, p.halt()) }},
	"reverseContinue": {far: true, go_: func(p *past) (replay.Halted, bool) { return p.walk.Run(false, p.halt()) }},
}

// moves takes a request to move; false: it is none.
func (p *past) moves(m *wire.Message) bool {
	w, known := walks[m.Command]
	switch {
	case m.Command == "goto":
		p.onGoto(m)
		return true
	case m.Command == wire.GoRequest:
		p.onGo(m)
		return true
	case !known:
		return false
	}
	if id := threadMeant(m); id != 0 {
		i := p.thread(id)
		if i < 0 {
			p.a.fail(m, errNotStopped, errors.New("there is no such thread at this moment"))
			return true
		}
		v := p.walk.View().Threads[i]
		p.walk.Focus(v.Process, v.ID)
	}
	p.a.reply(m, walked(m.Command))
	p.start(w)
	return true
}

// threadMeant is the thread that a request is about.
func threadMeant(m *wire.Message) int {
	var args struct {
		Arguments struct {
			ThreadID int `json:"threadId"`
		} `json:"arguments"`
	}
	_ = json.Unmarshal(m.Raw, &args)
	return args.Arguments.ThreadID
}

// walked is the answer to a request to move.
func walked(command string) dap.ResponseMessage {
	switch command {
	case "next":
		return &dap.NextResponse{}
	case "stepBack":
		return &dap.StepBackResponse{}
	case "stepIn":
		return &dap.StepInResponse{}
	case "stepOut":
		return &dap.StepOutResponse{}
	case "reverseContinue":
		return &dap.ReverseContinueResponse{}
	}
	return &dap.ContinueResponse{Body: dap.ContinueResponseBody{AllThreadsContinued: true}}
}

// start walks, and tells where that has led.
func (p *past) start(w walk) {
	p.forget()
	p.a.progress.number++
	busy := &moving{number: p.a.progress.number}
	p.busy = busy
	p.walk.Cancelled = busy.cancelled.Load
	points := p.halt() // the ledger is the adapter goroutine's
	p.halts = points
	timer := time.AfterFunc(slowStart, func() { p.a.post(func() { p.tellSlow(busy) }) })
	p.a.asides.Go(func() {
		halted, moved := w.go_(p)
		p.a.post(func() {
			timer.Stop()
			p.arrived(w, busy, halted, moved)
		})
	})
}

// tellSlow has the client show that a walk takes long, with a button that ends it.
func (p *past) tellSlow(busy *moving) {
	if p.busy != busy || !p.a.client.progress {
		return
	}
	busy.shown = true
	p.a.out.Send(&dap.ProgressStartEvent{Event: wire.Event("progressStart"), Body: dap.ProgressStartEventBody{
		ProgressId: busy.progressID(), Title: "Walking through the recording", Cancellable: true}})
}

// interrupt ends a walk that is under way: nothing has moved then.
func (p *past) interrupt() {
	if p.busy != nil {
		p.busy.cancelled.Store(true)
	}
}

// arrived takes in where a walk has led, and what was asked meanwhile.
func (p *past) arrived(w walk, busy *moving, halted replay.Halted, moved bool) {
	if p.a.past != p || p.busy != busy {
		return
	}
	p.busy = nil
	if busy.shown {
		p.a.out.Send(&dap.ProgressEndEvent{Event: wire.Event("progressEnd"), Body: dap.ProgressEndEventBody{ProgressId: busy.progressID()}})
	}
	p.sayUndecided()
	cancelled := busy.cancelled.Load()
	switch {
	case cancelled && !moved:
		p.stopped(replay.Halted{Reason: "pause"})
	case w.forwards && p.live != nil && (!moved || p.walk.View().At >= p.live.now):
		p.leave()
	case !moved && w.far:
		p.walk.ToEnd(w.forwards)
		p.stopped(replay.Halted{})
	case !moved:
		p.stopped(replay.Halted{})
	default:
		p.stopped(halted)
	}
	for _, m := range busy.waiting {
		p.a.handle(m)
	}
}

// onGotoTargets lists the records of a line: the times that it was reached, the nearest ones.
func (p *past) onGotoTargets(m *wire.Message) (dap.ResponseMessage, error) {
	args := m.Request.(*dap.GotoTargetsRequest).Arguments
	path, line := realPath(p.a.client.path(args.Source.Path)), p.a.client.ownLine(args.Line)
	body := dap.GotoTargetsResponseBody{Targets: []dap.GotoTarget{}}
	for _, r := range p.walk.Reached(path, line, mostTargets) {
		p.targets = append(p.targets, r.At)
		body.Targets = append(body.Targets, dap.GotoTarget{Id: p.base() + len(p.targets), Label: r.Label, Line: args.Line})
	}
	return &dap.GotoTargetsResponse{Body: body}, nil
}

// mostTargets is how many records of a line are offered.
const mostTargets = 40

func (p *past) onGoto(m *wire.Message) {
	id := m.Request.(*dap.GotoRequest).Arguments.TargetId - p.base()
	if id < 1 || id > len(p.targets) {
		p.a.fail(m, errProgram, errors.New("this place belongs to another moment"))
		return
	}
	p.a.reply(m, &dap.GotoResponse{})
	p.jump(p.targets[id-1])
}

// onGo goes to a step by its number: one that a history has told of.
func (p *past) onGo(m *wire.Message) {
	var args wire.GoArguments
	if err := json.Unmarshal(m.Request.(*wire.OwnRequest).Arguments, &args); err != nil {
		p.a.fail(m, errBadRequest, err)
		return
	}
	p.a.reply(m, &wire.GoResponse{})
	p.jump(args.At)
}

// jump goes to a step.
func (p *past) jump(at uint64) {
	p.start(walk{go_: func(p *past) (replay.Halted, bool) { return replay.Halted{Reason: "goto"}, p.walk.GoTo(at) }})
}

// realPath is a file by what links lead to, as recordings have it.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}
