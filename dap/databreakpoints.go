package dap

import (
	"context"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

func (a *adapter) onDataBreakpointInfo(m *wire.Message) {
	args := m.Request.(*dap.DataBreakpointInfoRequest).Arguments
	point := engine.DataPoint{Ref: args.VariablesReference, Name: args.Name}
	if point.Ref == 0 {
		point = engine.DataPoint{Frame: args.FrameId, Expression: args.Name}
	}
	a.look(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		info, err := s.DataInfo(ctx, point)
		body := dap.DataBreakpointInfoResponseBody{Description: info.Description}
		if info.Data != "" {
			body.DataId = info.Data
			body.AccessTypes = []dap.DataBreakpointAccessType{"write"}
		}
		return &dap.DataBreakpointInfoResponse{Body: body}, err
	})
}

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
