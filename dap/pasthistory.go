package dap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/console"
	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/replay"
)

// mostChanges is how many changes of a name are listed.
const mostChanges = 100

// onHistory answers when a name got its values, of a program that has stopped.
func (a *adapter) onHistory(m *wire.Message) {
	var args wire.HistoryArguments
	if err := json.Unmarshal(m.Request.(*wire.OwnRequest).Arguments, &args); err != nil {
		a.fail(m, errBadRequest, err)
		return
	}
	a.history(m, args, func(b wire.HistoryBody) dap.ResponseMessage { return &wire.HistoryResponse{Body: b} })
}

// onHistory is the same in the past.
func (p *past) onHistory(m *wire.Message) {
	var args wire.HistoryArguments
	if err := json.Unmarshal(m.Request.(*wire.OwnRequest).Arguments, &args); err != nil {
		p.a.fail(m, errBadRequest, err)
		return
	}
	p.changes(m, errProgram, args, func(b wire.HistoryBody) { p.a.reply(m, &wire.HistoryResponse{Body: b}) })
}

// when answers the console's command of that name, in words.
func (a *adapter) when(m *wire.Message, name string, frame int) {
	args := wire.HistoryArguments{Expression: name, FrameID: frame}
	if a.past == nil {
		a.history(m, args, func(b wire.HistoryBody) dap.ResponseMessage {
			return &dap.EvaluateResponse{Body: dap.EvaluateResponseBody{Result: inWords(name, b)}}
		})
		return
	}
	a.past.changes(m, errConsole, args, func(b wire.HistoryBody) { a.answer(m, inWords(name, b)) })
}

// inWords lists changes, one a line.
func inWords(name string, b wire.HistoryBody) string {
	if len(b.Changes) == 0 {
		return "No change of " + name + " was recorded up to here."
	}
	var text strings.Builder
	for _, c := range b.Changes {
		where := "?"
		if c.Source != nil {
			where = fmt.Sprintf("%s:%d", filepath.Base(c.Source.Name), c.Line)
		}
		goTo := "now"
		if c.At > 0 {
			goTo = fmt.Sprintf("go %d", c.At)
		}
		fmt.Fprintf(&text, "%-10s %s %s: %s\n", goTo, where, c.Function, c.Text)
	}
	if !b.Whole {
		text.WriteString("There may be earlier ones.\n")
	}
	return strings.TrimRight(text.String(), "\n")
}

// changes answers a request with those up to the moment at which the walk stands.
func (p *past) changes(m *wire.Message, id errorID, args wire.HistoryArguments, answer func(wire.HistoryBody)) {
	f, err := p.frameOf(args.FrameID)
	if err != nil {
		p.a.fail(m, id, err)
		return
	}
	var body wire.HistoryBody
	p.read(m, "Looking for changes", func() { body, err = p.changesIn(f, args.Expression) }, func() {
		if err != nil {
			p.a.fail(m, id, err)
			return
		}
		answer(body)
	})
}

// changesIn lists the newest mostChanges; body.Whole says whether these are all.
func (p *past) changesIn(f *replay.FrameView, name string) (wire.HistoryBody, error) {
	body := wire.HistoryBody{Changes: []wire.HistoryChange{}}
	w, err := f.Watch(strings.TrimSpace(name))
	if err != nil {
		return body, err
	}
	changes, whole := p.walk.History(w, mostChanges)
	body.Whole = whole
	for _, c := range changes {
		one := wire.HistoryChange{At: c.At, Text: c.String(), Function: c.Function, Line: p.line(c.Line)}
		if c.Path != "" {
			one.Source = wire.Source(p.a.links.shown(c.Path))
		}
		body.Changes = append(body.Changes, one)
	}
	return body, nil
}

// history asks what has been recorded so far of a frame of a program that has stopped. What the
// statement before the stop did has not been recorded yet: it is seen by the value of now.
func (a *adapter) history(m *wire.Message, args wire.HistoryArguments, answer func(wire.HistoryBody) dap.ResponseMessage) {
	frame, known := a.stops.frames[args.FrameID]
	if args.FrameID == 0 {
		frame, known = frameAt{thread: a.stops.focus}, a.stops.focus != 0
	}
	switch {
	case !a.recorded():
		a.fail(m, errLaunch, errors.New("the run is not recorded: set \"record\": true in the launch configuration"))
		return
	case !known:
		a.fail(m, errNotStopped, engine.ErrExpired)
		return
	}
	stop, named := a.stops.told[frame.thread], a.links.shown
	var body wire.HistoryBody
	id := errLaunch
	a.ask(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		now, _ := s.Evaluate(ctx, engine.Evaluation{Expression: args.Expression, Frame: args.FrameID, Context: "watch", Timeout: 1})
		found, err := openPresent(ctx, s, stop, named)
		if err != nil {
			return nil, err
		}
		found.a, id = a, errConsole
		found.walk.Cancelled = func() bool { return ctx.Err() != nil }
		defer func() { _ = found.live.past.Close() }()
		body, err = found.presentChanges(frame, args.Expression, now)
		return nil, errors.Join(err, ctx.Err())
	}, func(_ dap.ResponseMessage, err error) {
		if err != nil {
			a.failed(m, id, err)
			return
		}
		a.reply(m, answer(body))
	})
}

// presentChanges are those of a frame of the program, with what is not recorded yet.
// Recorded and present value are compared as texts; where the recorded one was cut, or is an object,
// nothing says that it has changed, and nothing is made up.
func (p *past) presentChanges(at frameAt, name string, now engine.Variable) (wire.HistoryBody, error) {
	f := at.in(p.walk.View())
	if f == nil {
		return wire.HistoryBody{}, errors.New("the names of this frame were not recorded")
	}
	body, err := p.changesIn(f, name)
	then, failed := f.Evaluate(name)
	if failed == nil && (len(body.Changes) == 0 || then.Repr() == now.Value || then.Identity != 0 || !then.Whole()) {
		return body, err
	}
	if now.Value == "" {
		return body, err
	}
	newest := wire.HistoryChange{Text: name + " = " + now.Value, Function: f.Name, Line: p.line(f.Line), Source: wire.Source(p.a.links.shown(f.Path))}
	if failed == nil {
		newest.Text += " (was " + then.Repr() + ")"
	} else {
		body.Whole = true
	}
	newest.At = p.walk.LastLine(f)
	body.Changes = append([]wire.HistoryChange{newest}, body.Changes...)
	return body, nil
}

// goTo answers the console's command "go N".
func (a *adapter) goTo(m *wire.Message, text string) {
	at, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		a.fail(m, errConsole, errors.New("go needs the number of a step: when NAME lists those at which a name got its values"))
		return
	}
	a.inPast(m, a.stops.focus, func(p *past) {
		a.answer(m, fmt.Sprintf("at step %d", at))
		p.jump(at)
	})
}

// typed takes what is typed at the console of a recording that was opened, and is no Python; false: it is not that. No program
// is there to be traced.
func (p *past) typed(m *wire.Message) bool {
	r, ok := m.Request.(*dap.EvaluateRequest)
	if !ok || !isCommand(r.Arguments) {
		return false
	}
	switch line := console.ReadTyped(r.Arguments.Expression, true, true); line.Kind {
	case console.When:
		p.a.when(m, line.Text, r.Arguments.FrameId)
	case console.Go:
		p.a.goTo(m, line.Text)
	case console.Help:
		p.a.answer(m, console.HelpText())
	case console.Dump:
		_, err := p.onDump(m)
		p.a.fail(m, errConsole, err)
	default:
		p.a.fail(m, errConsole, errors.New("this recording was opened without a program, and there is nothing to trace: ask it with tallyho replay FILE -q QUERY"))
	}
	return true
}

// frameAt is a frame of the program that the client was told of: which one of its function's on
// its thread's stack, from the innermost.
type frameAt struct {
	thread     int
	name, path string
	nth        int
}

// in is the frame as it was recorded, nil where it was not.
func (f frameAt) in(v *replay.View) *replay.FrameView {
	if v.Thread < 0 {
		return nil
	}
	n := 0
	for i := range v.Threads[v.Thread].Frames {
		one := &v.Threads[v.Thread].Frames[i]
		if f.name == "" && one.Recorded {
			return one
		}
		if one.Name == f.name && one.Path == f.path {
			if n == f.nth {
				return one
			}
			n++
		}
	}
	return nil
}

// scoped notes the scopes of such a frame.
func (s *stops) scoped(frame int, scopes []engine.Scope) {
	if s.scopes == nil {
		s.scopes = map[int]int{}
	}
	for _, one := range scopes {
		s.scopes[one.Ref] = frame
	}
}

// lookedAt notes the frames that the client is told of, a page of a thread's stack at a time. Which
// one of a function's a frame is, is known by counting from the innermost on: a page
// that lies beyond what was told is of no use.
func (s *stops) lookedAt(thread, start int, frames []engine.Frame) {
	if s.frames == nil {
		s.frames, s.stacks = map[int]frameAt{}, map[int][]frameAt{}
	}
	if start > len(s.stacks[thread]) {
		return
	}
	stack := s.stacks[thread][:start:start]
	for _, f := range frames {
		one := frameAt{thread: thread, name: f.Name, path: realPath(f.Path)}
		if f.Qualname != "" {
			one.name = f.Qualname
		}
		for _, inner := range stack {
			if inner.name == one.name && inner.path == one.path {
				one.nth++
			}
		}
		stack = append(stack, one)
		s.frames[f.ID] = one
	}
	s.stacks[thread] = stack
}

// onDump has what a recording keeps in memory written.
func (a *adapter) onDump(m *wire.Message) {
	a.dumpRecording(m, func(path string) { a.reply(m, &wire.DumpResponse{Body: wire.DumpBody{Path: path}}) })
}

// dumpRecording writes what a recording keeps in memory, while the program runs or stands; written answers where.
func (a *adapter) dumpRecording(m *wire.Message, written func(path string)) {
	if !a.recorded() {
		a.fail(m, errConsole, errors.New("the run is not recorded: set \"record\": {\"last\": \"64M\"} in the launch configuration"))
		return
	}
	var path string
	a.ask(m, func(_ context.Context, s Session) (dap.ResponseMessage, error) {
		var err error
		path, err = s.DumpRecording()
		return nil, err
	}, func(_ dap.ResponseMessage, err error) {
		if err != nil {
			a.failed(m, errConsole, err)
			return
		}
		written(path)
	})
}
