package dap

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
)

// onStackTrace answers a page of a stack, innermost frame first; 0 levels are all, and
// totalFrames says how many there are in any case, so that a client can ask for the rest
// (supportsDelayedStackTraceLoading).
func (a *adapter) onStackTrace(m *wire.Message) {
	args := m.Request.(*dap.StackTraceRequest).Arguments
	page := engine.StackPage{Thread: args.ThreadId, Start: max(0, args.StartFrame), Levels: max(0, args.Levels)}
	if f := args.Format; f != nil {
		page.Hex, page.Parameters = f.Hex, f.Parameters || f.ParameterNames || f.ParameterTypes || f.ParameterValues
	}
	at := a.client
	var stack engine.Stack
	a.ask(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		var err error
		stack, err = s.Stack(ctx, page)
		columns := at.columns(ctx, s)
		body := dap.StackTraceResponseBody{StackFrames: make([]dap.StackFrame, 0, len(stack.Frames)), TotalFrames: stack.Total}
		for _, f := range stack.Frames {
			body.StackFrames = append(body.StackFrames, columns.frame(f, args.Format))
		}
		return &dap.StackTraceResponse{Body: body}, err
	}, func(answer dap.ResponseMessage, err error) {
		if err != nil {
			a.failed(m, errProgram, err)
			return
		}
		// Which frame the client looks at is needed to go on in the recording (pasthistory.go).
		if a.recorded() && a.stops.parked[page.Thread] {
			a.stops.lookedAt(page.Thread, page.Start, stack.Frames)
		}
		a.reply(m, answer)
	})
}

// frame is DAP's description of a frame. A label is a frame without a place: a
// heading between others.
// Labels stand between the frames of a coroutine and those of who awaits it.
func (t *columns) frame(f engine.Frame, format *dap.StackFrameFormat) dap.StackFrame {
	out := dap.StackFrame{Id: f.ID, Name: f.Name, PresentationHint: f.Hint}
	if f.Hint == "label" {
		return out
	}
	out.Name = frameName(f, format)
	if f.Module != "" {
		out.ModuleId = f.Module
	}
	p := t.span(f.Path, f.Source, f.Line, f.Column, f.EndLine, f.EndColumn)
	out.Line, out.Column, out.EndLine, out.EndColumn = p.line, p.column, p.endLine, p.endColumn
	out.Source = frameSource(f)
	if format != nil && format.Line {
		out.Name = fmt.Sprintf("%s:%d", out.Name, out.Line)
	}
	return out
}

// frameName is the function's name with what a client's format adds to it.
// The qualified name is what a person looks for; DAP's StackFrameFormat has no word for it.
func frameName(f engine.Frame, format *dap.StackFrameFormat) string {
	name := f.Name
	if f.Qualname != "" {
		name = f.Qualname
	}
	if format == nil {
		return name
	}
	if format.Module && f.Module != "" {
		name = f.Module + "." + name
	}
	// Parameters alone asks for them by name.
	names := format.ParameterNames || format.Parameters && !format.ParameterTypes && !format.ParameterValues
	if !names && !format.ParameterTypes && !format.ParameterValues || f.Parameters == nil {
		return name
	}
	parts := make([]string, 0, len(f.Parameters))
	for _, p := range f.Parameters {
		parts = append(parts, parameterText(p, names, format.ParameterTypes, format.ParameterValues))
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}

// parameterText writes a parameter as Python does: name: type = value.
func parameterText(p engine.Parameter, name, kind, value bool) string {
	var b strings.Builder
	add := func(wanted bool, before, text string) {
		switch {
		case !wanted || text == "":
		case b.Len() > 0:
			b.WriteString(before + text)
		default:
			b.WriteString(text)
		}
	}
	add(name, "", p.Name)
	add(kind, ": ", p.Type)
	equals := "="
	if kind {
		equals = " = "
	}
	add(value, equals, p.Value)
	if b.Len() == 0 {
		return p.Name
	}
	return b.String()
}

// frameSource is where the text of a frame's code is: a file, or what the
// program has of it.
// "deemphasize" has VS Code fold frames of libraries, and skip them when it shows where it stopped.
func frameSource(f engine.Frame) *dap.Source {
	var s *dap.Source
	switch {
	case f.Source != 0:
		s = &dap.Source{Name: f.Filename, SourceReference: f.Source, Origin: "from the program"}
	case f.Path != "":
		s = wire.Source(f.Path)
	default:
		s = &dap.Source{Name: f.Filename}
	}
	if f.Hint == "subtle" {
		s.PresentationHint = "deemphasize"
	}
	return s
}

// onScopes answers the scopes of a frame. Their references hold as long as the thread
// stands, which is as long as DAP wants them to.
func (a *adapter) onScopes(m *wire.Message) {
	frame := m.Request.(*dap.ScopesRequest).Arguments.FrameId
	var scopes []engine.Scope
	a.ask(m, func(ctx context.Context, s Session) (dap.ResponseMessage, error) {
		if frame == 0 {
			return nil, engine.ErrExpired
		}
		var err error
		scopes, err = s.Scopes(ctx, frame)
		body := dap.ScopesResponseBody{Scopes: make([]dap.Scope, 0, len(scopes))}
		for _, sc := range scopes {
			body.Scopes = append(body.Scopes, dap.Scope{Name: sc.Name, PresentationHint: sc.Hint, VariablesReference: sc.Ref,
				NamedVariables: sc.Named, IndexedVariables: sc.Indexed, Expensive: sc.Expensive})
		}
		return &dap.ScopesResponse{Body: body}, err
	}, func(answer dap.ResponseMessage, err error) {
		if err != nil {
			a.failed(m, errProgram, err)
			return
		}
		if _, there := a.stops.frames[frame]; there {
			a.stops.scoped(frame, scopes)
		}
		a.reply(m, answer)
	})
}
