package dap

import (
	"maps"
	"slices"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/replay"
)

// stops is what the client has been told about threads that stopped. The
// adapter goroutine owns it.
type stops struct {
	parked map[int]bool // threads that wait to be looked at
	// focus is the thread that the person looks at: the first that stopped since
	// nothing was. What stops beside it is told, and does not take the focus.
	focus int
	// resuming counts requests to go on that are not answered yet. What happens
	// meanwhile is held back: a client that hears of the next stop before its
	// answer takes the thread for running.
	resuming int
	held     []func()
	told     map[int]dap.StoppedEventBody // what the client was told of each thread that is parked
	frames   map[int]frameAt              // frames that it was told of
	stacks   map[int][]frameAt            // the same of each thread, from the innermost on without a gap
	scopes   map[int]int                  // scopes of those: to their frames
	data     map[string]replay.Watched    // values that it watches, as the recording knows them
}

// stopped takes the engine's report of a thread that stopped.
func (a *adapter) stopped(stop engine.Stop) {
	if a.stops.resuming > 0 {
		a.stops.held = append(a.stops.held, func() { a.stopped(stop) })
		return
	}
	if a.phase != running || a.stopping > 0 || a.holdBack(func() { a.stopped(stop) }) {
		return
	}
	// A thread that stops while it is told to go on may be heard of twice.
	again := a.stops.parked[stop.Thread] && stop.Reason != "goto"
	// The person looks at one thread; what stops beside it is told with preserveFocusHint, and a client stays
	// where it is.
	beside := a.stops.focus != 0 && (a.stops.focus != stop.Thread || again)
	a.stops.park(stop.Thread)
	if !beside {
		a.stops.focus = stop.Thread
	}
	body := dap.StoppedEventBody{
		Reason: stop.Reason, Description: stop.Description, Text: stop.Text, ThreadId: stop.Thread, PreserveFocusHint: beside,
		AllThreadsStopped: stop.All, HitBreakpointIds: a.hit(stop.Tracepoints),
	}
	a.stops.told[stop.Thread] = body
	a.console.Send(&dap.StoppedEvent{Event: wire.Event("stopped"), Body: body})
	for _, other := range stop.Others {
		if a.stops.parked[other] {
			continue
		}
		a.stops.park(other)
		body := dap.StoppedEventBody{Reason: "pause", ThreadId: other, PreserveFocusHint: true}
		a.stops.told[other] = body
		a.console.Send(&dap.StoppedEvent{Event: wire.Event("stopped"), Body: body})
	}
}

// park notes a thread that stands still. What was told of its stack before is of another stop.
func (s *stops) park(thread int) {
	if s.parked == nil {
		s.parked, s.told = map[int]bool{}, map[int]dap.StoppedEventBody{}
	}
	s.parked[thread] = true
	delete(s.stacks, thread)
}

// hit are the client's numbers of tracepoints.
func (a *adapter) hit(tracepoints []int) []int {
	var ids []int
	for _, e := range a.ledger.entries {
		if e.status.ID != 0 && slices.Contains(tracepoints, e.status.ID) && e.sent.Id != 0 {
			ids = append(ids, e.id)
		}
	}
	return ids
}

// continued takes the engine's report of a thread that runs on unasked.
func (a *adapter) continued(r engine.Resumed) {
	if a.stops.resuming > 0 {
		a.stops.held = append(a.stops.held, func() { a.continued(r) })
		return
	}
	if a.holdBack(func() { a.continued(r) }) {
		return
	}
	a.release(r.Thread, r.Together)
	if a.phase == running {
		a.tellContinued(r.Thread, r.All)
		for _, other := range r.Others {
			a.tellContinued(other, false)
		}
	}
}

// tellContinued sends the event for what a client has not asked for itself.
func (a *adapter) tellContinued(thread int, all bool) {
	a.console.Send(&continuedEvent{Event: wire.Event("continued"), Body: continuedBody{ThreadID: thread, All: all}})
}

// continuedEvent is dap.ContinuedEvent that can say that not all continued:
// left out it would mean that they did.
type continuedEvent struct {
	dap.Event
	Body continuedBody `json:"body"`
}

// continuedBody is the event's, with allThreadsContinued also where it is false: left out
// it would mean true.
type continuedBody struct {
	ThreadID int  `json:"threadId"`
	All      bool `json:"allThreadsContinued"`
}

// release notes that threads run on.
func (a *adapter) release(thread int, with engine.Together) {
	if with.All {
		clear(a.stops.parked)
	}
	for _, t := range append(with.Others, thread) {
		delete(a.stops.parked, t)
	}
	maps.DeleteFunc(a.stops.frames, func(_ int, f frameAt) bool { return !a.stops.parked[f.thread] })
	maps.DeleteFunc(a.stops.scopes, func(_, frame int) bool { _, there := a.stops.frames[frame]; return !there })
	if !a.stops.parked[a.stops.focus] {
		a.stops.focus = 0
	}
}

// forgetStops is for a run that begins: nothing of it has stopped.
func (a *adapter) forgetStops() {
	clear(a.stops.parked)
	a.stops.focus = 0
}

// settle delivers what was held back while a request to go on was on its way.
func (a *adapter) settle() {
	if a.stops.resuming--; a.stops.resuming > 0 {
		return
	}
	held := a.stops.held
	a.stops.held = nil
	for _, f := range held {
		f()
	}
}
