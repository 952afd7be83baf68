package dap

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/replay"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// halt is where a walk halts: at the breakpoints of a recording that was opened, or at those
// of the program whose past it is.
func (p *past) halt() replay.Halt {
	h := replay.Halt{}
	if p.live != nil {
		for _, e := range p.a.ledger.entries {
			p.addEntry(&h, e)
		}
		return h
	}
	for _, points := range p.owned {
		h.Points = append(h.Points, points...)
	}
	h.Data = p.data
	return h
}

// addEntry adds a breakpoint of a program that stops.
func (p *past) addEntry(h *replay.Halt, e *entry) {
	s := e.spec
	w, ok := watched(s.Data)
	if !ok {
		w, ok = p.a.stops.data[s.Data]
	}
	if ok {
		h.Data = append(h.Data, w)
		return
	}
	if !s.Stop || e.problem != "" || s.Data != "" {
		return
	}
	s.Path = realPath(s.Path)
	if e.status.Line > 0 {
		s.Line = e.status.Line
	}
	if !e.inline {
		s.Column = 0
	}
	if point, err := replay.NewPoint(e.id, s); err == nil {
		h.Points = append(h.Points, point)
	}
}

// own makes points all that one request asks of a recording, and answers it.
func (p *past) own(owner string, specs []tracepoint.Spec, tell func(i int, one *dap.Breakpoint)) []dap.Breakpoint {
	if p.owned == nil {
		p.owned = map[string][]*replay.Point{}
	}
	p.owned[owner] = nil
	answers := make([]dap.Breakpoint, len(specs))
	for i, s := range specs {
		p.last++
		answers[i] = dap.Breakpoint{Id: p.last, Verified: true}
		if tell != nil {
			tell(i, &answers[i])
		}
		if !answers[i].Verified {
			continue
		}
		point, err := replay.NewPoint(p.last, s)
		if err != nil {
			answers[i].Verified, answers[i].Message = false, err.Error()
			continue
		}
		p.owned[owner] = append(p.owned[owner], point)
	}
	return answers
}

// onBreakpoints takes lines with conditions, at which the walk halts both ways.
func (p *past) onBreakpoints(m *wire.Message) (dap.ResponseMessage, error) {
	args := m.Request.(*dap.SetBreakpointsRequest).Arguments
	path := realPath(p.a.client.path(args.Source.Path))
	specs := make([]tracepoint.Spec, len(args.Breakpoints))
	for i, b := range args.Breakpoints {
		specs[i] = tracepoint.Spec{Path: path, Line: p.a.client.ownLine(b.Line), Condition: b.Condition, Stop: true}
	}
	answers := p.own(sourceOwner+path, specs, func(i int, one *dap.Breakpoint) {
		b := args.Breakpoints[i]
		one.Line, one.Source = b.Line, &args.Source
		if b.HitCondition != "" || b.LogMessage != "" {
			one.Verified, one.Message = false, "In a recording a breakpoint may have a condition; for messages ask it with tallyho replay."
		}
	})
	return &dap.SetBreakpointsResponse{Body: dap.SetBreakpointsResponseBody{Breakpoints: answers}}, nil
}

// onFunctions takes functions, at whose calls the walk halts.
func (p *past) onFunctions(m *wire.Message) (dap.ResponseMessage, error) {
	args := m.Request.(*dap.SetFunctionBreakpointsRequest).Arguments
	specs := make([]tracepoint.Spec, len(args.Breakpoints))
	for i, b := range args.Breakpoints {
		specs[i] = tracepoint.Spec{Function: strings.TrimSpace(b.Name), Condition: b.Condition, Stop: true}
	}
	answers := p.own(functionOwner, specs, nil)
	return &dap.SetFunctionBreakpointsResponse{Body: dap.SetFunctionBreakpointsResponseBody{Breakpoints: answers}}, nil
}

// onExceptions takes the filters that a recording can tell: it has each exception with what
// became of it.
func (p *past) onExceptions(m *wire.Message) (dap.ResponseMessage, error) {
	args := m.Request.(*dap.SetExceptionBreakpointsRequest).Arguments
	var specs []tracepoint.Spec
	for _, filter := range args.Filters {
		specs = append(specs, tracepoint.Spec{Exceptions: filter, Stop: true})
	}
	for _, o := range args.FilterOptions {
		specs = append(specs, tracepoint.Spec{Exceptions: o.FilterId, Condition: o.Condition, Stop: true})
	}
	answers := p.own(exceptionOwner, specs, nil)
	return &dap.SetExceptionBreakpointsResponse{Body: dap.SetExceptionBreakpointsResponseBody{Breakpoints: answers}}, nil
}

// sayUndecided tells, once for each, of breakpoints whose condition the recording could not decide.
func (p *past) sayUndecided() {
	for _, point := range p.halts.Points {
		if times, why := point.Undecided(); times > 0 && !p.told[point.ID] {
			if p.told == nil {
				p.told = map[int]bool{}
			}
			p.told[point.ID] = true
			p.a.console.Note(fmt.Sprintf("Tallyho: breakpoint #%d could not be decided at %d events and did not stop there: %s.", point.ID, times, why))
		}
	}
}

// watchedPrefix begins the DAP's ids of names of the past.
const watchedPrefix = "recorded:"

// onDataInfo names what walking through the past can halt at the changes of.
func (p *past) onDataInfo(m *wire.Message) (dap.ResponseMessage, error) {
	args := m.Request.(*dap.DataBreakpointInfoRequest).Arguments
	w, err := p.watch(args)
	if err != nil {
		return &dap.DataBreakpointInfoResponse{Body: dap.DataBreakpointInfoResponseBody{Description: err.Error()}}, nil
	}
	id, _ := json.Marshal(w)
	return &dap.DataBreakpointInfoResponse{Body: dap.DataBreakpointInfoResponseBody{DataId: watchedPrefix + string(id),
		Description: args.Name + " (recorded)", AccessTypes: []dap.DataBreakpointAccessType{"write"}}}, nil
}

// watch is what the recording calls the name that a client points at: in a frame, or an attribute
// of an object, which the recording numbers.
func (p *past) watch(args dap.DataBreakpointInfoArguments) (replay.Watched, error) {
	if args.VariablesReference == 0 {
		f, err := p.frameOf(args.FrameId)
		if err != nil {
			return replay.Watched{}, err
		}
		return f.Watch(args.Name)
	}
	of, err := p.deref(args.VariablesReference)
	switch {
	case err != nil:
		return replay.Watched{}, err
	case of.frame != nil:
		return of.frame.Watch(args.Name)
	case of.value.Identity == 0:
		return replay.Watched{}, errors.New("only names and attributes of objects are followed through a recording")
	}
	return replay.Watched{Process: of.process, Object: of.value.Identity, Name: args.Name}, nil
}

// watched reads such an id.
func watched(id string) (w replay.Watched, ok bool) {
	text, ok := strings.CutPrefix(id, watchedPrefix)
	return w, ok && json.Unmarshal([]byte(text), &w) == nil
}

// onData replaces the names at whose changes the walk halts.
func (p *past) onData(m *wire.Message) (dap.ResponseMessage, error) {
	p.data = nil
	body := dap.SetDataBreakpointsResponseBody{Breakpoints: []dap.Breakpoint{}}
	for _, b := range m.Request.(*dap.SetDataBreakpointsRequest).Arguments.Breakpoints {
		p.last++
		w, ok := watched(b.DataId)
		one := dap.Breakpoint{Id: p.last, Verified: ok}
		switch {
		case !ok:
			one.Message = "this is no name of the recording"
		case b.Condition != "" || b.HitCondition != "":
			one.Verified, one.Message = false, "In a recording each change stops; there are no conditions on them."
		default:
			p.data = append(p.data, w)
		}
		body.Breakpoints = append(body.Breakpoints, one)
	}
	return &dap.SetDataBreakpointsResponse{Body: body}, nil
}
