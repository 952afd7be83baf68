package dap

import (
	"context"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/replay"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// onDataBreakpointInfo answers whether changes of a name can be watched. What is asked depends on
// where the client asks: a child of a variable by its reference, else an expression in a frame.
// No dataId is DAP's way to say no; the description says why.
//
// Where the run is recorded, it is looked up as well what the recording calls the name: walking
// back, the same breakpoint stops at its changes. All of that is read before the program is asked,
// for the maps are the adapter goroutine's.
func (a *adapter) onDataBreakpointInfo(m *wire.Message) {
	args := m.Request.(*dap.DataBreakpointInfoRequest).Arguments
	point := engine.DataPoint{Ref: args.VariablesReference, Name: args.Name}
	if point.Ref == 0 {
		point = engine.DataPoint{Frame: args.FrameId, Expression: args.Name}
	}
	frame, name := point.Frame, args.Name
	if point.Ref != 0 {
		frame = a.stops.scopes[point.Ref]
	}
	at, known := a.stops.frames[frame]
	stop, named := a.stops.told[at.thread], a.links.shown
	var data string
	var recorded *replay.Watched
	a.ask(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		info, err := s.DataInfo(ctx, point)
		if known && info.Data != "" {
			data, recorded = info.Data, recordedName(ctx, s, at, name, stop, named)
		}
		body := dap.DataBreakpointInfoResponseBody{Description: info.Description}
		if info.Data != "" {
			body.DataId = info.Data
			body.AccessTypes = []dap.DataBreakpointAccessType{"write"}
		}
		// Only writing can be told: CPython has no event for reading.
		return &dap.DataBreakpointInfoResponse{Body: body}, err
	}, func(answer dap.ResponseMessage, err error) {
		if err != nil {
			a.failed(m, errProgram, err)
			return
		}
		if recorded != nil {
			a.stops.watches(data, *recorded)
		}
		a.reply(m, answer)
	})
}

// recordedName is what a recording of the program calls a name of a frame; nil where it does not
// know it.
func recordedName(ctx context.Context, s Session, at frameAt, name string, stop dap.StoppedEventBody, named func(string) string) *replay.Watched {
	p, err := openPresent(ctx, s, stop, named)
	if err != nil {
		return nil
	}
	// Opened for this one name, and closed again: nobody walks yet.
	defer func() { _ = p.live.past.Close() }()
	f := at.in(p.walk.View())
	if f == nil {
		return nil
	}
	w, err := f.Watch(name)
	if err != nil {
		return nil
	}
	return &w
}

// watches notes what a value that may be watched is to the recording.
func (s *stops) watches(data string, w replay.Watched) {
	if s.data == nil {
		s.data = map[string]replay.Watched{}
	}
	s.data[data] = w
}

// onSetDataBreakpoints replaces all data breakpoints. Those of the past are the walk's business
// (pasthalts.go), and are kept here only to be answered.
func (a *adapter) onSetDataBreakpoints(m *wire.Message) {
	args := m.Request.(*dap.SetDataBreakpointsRequest).Arguments
	var wanted []*entry
	for _, b := range args.Breakpoints {
		e := &entry{spec: tracepoint.Spec{Data: b.DataId, Condition: b.Condition, HitCondition: b.HitCondition, Stop: true}}
		_, past := watched(b.DataId)
		switch {
		case past:
			e.problem = "this is a value of the past: walking through it stops where it changed"
		case b.DataId == "":
			e.reject("a data breakpoint needs a dataId")
		case b.AccessType != "" && b.AccessType != "write":
			e.reject("reading cannot be watched, only changes")
		}
		a.judge(e)
		wanted = append(wanted, e)
	}
	a.set(dataOwner, wanted, func(entries []*entry) {
		a.reply(m, &wire.BreakpointsResponse{Body: a.breakpoints(entries)})
	})
}
