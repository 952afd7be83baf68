package dap

import (
	"context"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/engine"
)

func (a *adapter) onStackTrace(m *message) {
	args := m.request.(*dap.StackTraceRequest).Arguments
	at := a.client
	a.look(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		stack, err := s.Stack(ctx, args.ThreadId, max(0, args.StartFrame), max(0, args.Levels))
		body := dap.StackTraceResponseBody{StackFrames: make([]dap.StackFrame, 0, len(stack.Frames)), TotalFrames: stack.Total}
		for _, f := range stack.Frames {
			body.StackFrames = append(body.StackFrames, at.frame(f, args.Format))
		}
		return &dap.StackTraceResponse{Body: body}, err
	})
}

// frame is DAP's description of a frame. A label is a frame without a place.
func (c client) frame(f engine.Frame, format *dap.StackFrameFormat) dap.StackFrame {
	out := dap.StackFrame{Id: f.ID, Name: f.Name, PresentationHint: f.Hint}
	if f.Qualname != "" {
		out.Name = f.Qualname
	}
	if f.Hint == "label" {
		return out
	}
	if format != nil && format.Module && f.Module != "" {
		out.Name = f.Module + "." + out.Name
	}
	if f.Module != "" {
		out.ModuleId = f.Module
	}
	p := c.span(f.Line, f.Column, f.EndLine, f.EndColumn)
	out.Line, out.Column, out.EndLine, out.EndColumn = p.line, p.column, p.endLine, p.endColumn
	out.Source = frameSource(f)
	return out
}

// frameSource is where the text of a frame's code is: a file, or what the
// program has of it.
func frameSource(f engine.Frame) *dap.Source {
	var s *dap.Source
	switch {
	case f.Source != 0:
		s = &dap.Source{Name: f.Filename, SourceReference: f.Source, Origin: "from the program"}
	case f.Path != "":
		s = source(f.Path)
	default:
		s = &dap.Source{Name: f.Filename}
	}
	if f.Hint == "subtle" {
		s.PresentationHint = "deemphasize"
	}
	return s
}

func (a *adapter) onScopes(m *message) {
	frame := m.request.(*dap.ScopesRequest).Arguments.FrameId
	a.look(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		if frame == 0 {
			return nil, engine.ErrExpired
		}
		scopes, err := s.Scopes(ctx, frame)
		body := dap.ScopesResponseBody{Scopes: make([]dap.Scope, 0, len(scopes))}
		for _, sc := range scopes {
			body.Scopes = append(body.Scopes, dap.Scope{Name: sc.Name, PresentationHint: sc.Hint, VariablesReference: sc.Ref,
				NamedVariables: sc.Named, IndexedVariables: sc.Indexed, Expensive: sc.Expensive})
		}
		return &dap.ScopesResponse{Body: body}, err
	})
}
