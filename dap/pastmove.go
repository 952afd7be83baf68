package dap

import (
	"encoding/json"
	"errors"
	"path/filepath"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/replay"
)

// walk is one way of moving: it says what was met, and whether anything has moved.
type walk struct {
	forwards bool
	far      bool // where nothing is met, the end that way is gone to
	go_      func(*past) (replay.Halted, bool)
}

// step is a walk by one, which has no reason of its own to stop.
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

// moves takes a request to move, or one that reads what may be much of the recording; false: it is neither.
func (p *past) moves(m *wire.Message) bool {
	w, known := walks[m.Command]
	switch {
	case m.Command == "goto":
		p.onGoto(m)
		return true
	case m.Command == "gotoTargets":
		p.onGotoTargets(m)
		return true
	case m.Command == wire.HistoryRequest:
		p.onHistory(m)
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
	points := p.halt() // the ledger is the adapter goroutine's
	p.halts = points
	var halted replay.Halted
	var moved bool
	p.begin("Walking through the recording", func() { halted, moved = w.go_(p) }, func(busy *moving) { p.arrived(w, busy, halted, moved) })
}

// arrived takes in where a walk has led, and what was asked meanwhile.
func (p *past) arrived(w walk, busy *moving, halted replay.Halted, moved bool) {
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
}

// onGotoTargets lists the records of a line: the times that it was reached, the nearest ones.
func (p *past) onGotoTargets(m *wire.Message) {
	args := m.Request.(*dap.GotoTargetsRequest).Arguments
	path, line := realPath(p.a.client.path(args.Source.Path)), p.a.client.ownLine(args.Line)
	var reached []replay.Reached
	p.read(m, "Looking for the times of a line", func() { reached = p.walk.Reached(path, line, mostTargets) }, func() {
		body := dap.GotoTargetsResponseBody{Targets: []dap.GotoTarget{}}
		for _, r := range reached {
			p.targets = append(p.targets, r.At)
			body.Targets = append(body.Targets, dap.GotoTarget{Id: p.base() + len(p.targets), Label: r.Label, Line: args.Line})
		}
		p.a.reply(m, &dap.GotoTargetsResponse{Body: body})
	})
}

// mostTargets is how many records of a line are offered.
const mostTargets = 40

// onGoto goes to one of the times that onGotoTargets has listed. Its ids hold for this moment only.
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
