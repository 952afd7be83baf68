package dap

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/replay"
)

// past is a recording that a client walks through: there is no program, and
// nothing runs. The adapter goroutine owns it. References live until the next move.
type past struct {
	a       *adapter
	r       *recording.Recording
	walk    *replay.Past
	halt    replay.Halt
	begun   bool // the client has been told of the first stop
	refs    []pastRef
	frames  []*replay.FrameView
	sources map[string]int // path to the reference of a text that is not the file's any more
	texts   []string
}

// pastRef is what a variables reference stands for.
type pastRef struct {
	names []replay.NamedValue
	value query.Value
}

// pastSettings are what a launch says of a recording.
type pastSettings struct {
	Recording string `json:"recording"`
	Cwd       string `json:"cwd"`
}

// asksForPast is the recording that a launch is to open, "" is none.
func asksForPast(arguments json.RawMessage) pastSettings {
	var s pastSettings
	_ = json.Unmarshal(arguments, &s) // what is no object is refused by the launch
	return s
}

// openPast answers a launch that names a recording.
func (a *adapter) openPast(m *wire.Message, s pastSettings) {
	path := s.Recording
	if s.Cwd != "" && !filepath.IsAbs(path) {
		path = filepath.Join(s.Cwd, path)
	}
	r, err := recording.Open(path)
	if err != nil {
		a.fail(m, errLaunch, fmt.Errorf("the recording cannot be opened: %w", err))
		return
	}
	walk := replay.NewPast(r)
	if walk == nil {
		_ = r.Close()
		a.fail(m, errLaunch, fmt.Errorf("nothing is recorded in %s", path))
		return
	}
	a.past = &past{a: a, r: r, walk: walk, sources: map[string]int{}}
	a.reply(m, &dap.LaunchResponse{})
	a.out.Send(&dap.CapabilitiesEvent{Event: wire.Event("capabilities"), Body: dap.CapabilitiesEventBody{Capabilities: dap.Capabilities{SupportsStepBack: true}}})
	a.out.Send(&dap.InitializedEvent{Event: wire.Event("initialized")})
}

// pastRoutes are the requests that a recording answers. The others are refused.
var pastRoutes = map[string]func(*past, *wire.Message) (dap.ResponseMessage, error){
	"configurationDone":       (*past).configured,
	"threads":                 (*past).onThreads,
	"stackTrace":              (*past).onStack,
	"scopes":                  (*past).onScopes,
	"variables":               (*past).onVariables,
	"evaluate":                (*past).onEvaluate,
	"source":                  (*past).onSource,
	"setBreakpoints":          (*past).onBreakpoints,
	"setExceptionBreakpoints": (*past).onExceptions,
	"setFunctionBreakpoints": func(*past, *wire.Message) (dap.ResponseMessage, error) {
		return &dap.SetFunctionBreakpointsResponse{}, nil
	},
	"continue": moving(func(p *past) (string, bool) { return p.walk.Run(true, p.halt), true }, func() dap.ResponseMessage {
		return &dap.ContinueResponse{Body: dap.ContinueResponseBody{AllThreadsContinued: true}}
	}),
	"reverseContinue": moving(func(p *past) (string, bool) { return p.walk.Run(false, p.halt), true }, func() dap.ResponseMessage { return &dap.ReverseContinueResponse{} }),
	"next":            moving(func(p *past) (string, bool) { return "step", p.walk.Next(true) }, func() dap.ResponseMessage { return &dap.NextResponse{} }),
	"stepBack":        moving(func(p *past) (string, bool) { return "step", p.walk.Next(false) }, func() dap.ResponseMessage { return &dap.StepBackResponse{} }),
	"stepIn":          moving(func(p *past) (string, bool) { return "step", p.walk.In() }, func() dap.ResponseMessage { return &dap.StepInResponse{} }),
	"stepOut":         moving(func(p *past) (string, bool) { return "step", p.walk.Out() }, func() dap.ResponseMessage { return &dap.StepOutResponse{} }),
	"pause":           func(*past, *wire.Message) (dap.ResponseMessage, error) { return &dap.PauseResponse{}, nil },
	"terminate":       (*past).onTerminate,
}

// handle answers a request.
func (p *past) handle(m *wire.Message) {
	route, ok := pastRoutes[m.Command]
	if !ok {
		p.a.fail(m, errUnsupported, fmt.Errorf("%s is not possible: this is the past, and nothing of it can be changed", m.Command))
		return
	}
	r, err := route(p, m)
	if err != nil {
		p.a.fail(m, errProgram, err)
		return
	}
	p.a.reply(m, r)
	if m.Command == "configurationDone" && !p.begun {
		p.begun = true
		p.stopped("entry")
	}
}

// moving answers a request to move, and tells of the stop that follows.
func moving(move func(*past) (string, bool), answer func() dap.ResponseMessage) func(*past, *wire.Message) (dap.ResponseMessage, error) {
	return func(p *past, m *wire.Message) (dap.ResponseMessage, error) {
		reason, moved := move(p)
		p.forget()
		p.a.post(func() {
			if !moved {
				reason = ""
			}
			p.stopped(reason)
		})
		return answer(), nil
	}
}

// forget drops what belongs to the moment that is left.
// forget lets go what belonged to the moment before: DAP's ids of frames and references
// hold as long as a thread stands.
func (p *past) forget() { p.refs, p.frames = nil, nil }

// stopped tells where the client is now.
// stopped tells where the walk is now; reason "" is that it could go no further.
func (p *past) stopped(reason string) {
	v := p.walk.View()
	body := dap.StoppedEventBody{Reason: reason, ThreadId: threadID(v.Threads[v.Thread]), AllThreadsStopped: true, Description: "Paused in the recording"}
	switch reason {
	case "":
		body.Reason, body.Description = "pause", "The recording goes no further"
	case "exception":
		body.Text = v.Value
	}
	p.a.out.Send(&dap.StoppedEvent{Event: wire.Event("stopped"), Body: body})
}

func (p *past) configured(*wire.Message) (dap.ResponseMessage, error) {
	return &dap.ConfigurationDoneResponse{}, nil
}

// onThreads lists the threads that were there at this moment, of all processes.
func (p *past) onThreads(*wire.Message) (dap.ResponseMessage, error) {
	threads := []dap.Thread{}
	for _, t := range p.walk.View().Threads {
		threads = append(threads, dap.Thread{Id: threadID(t), Name: t.Name + " (recorded)"})
	}
	return &dap.ThreadsResponse{Body: dap.ThreadsResponseBody{Threads: threads}}, nil
}

// threadID is a thread's number for the client: the same at every moment.
func threadID(t replay.ThreadView) int { return int(t.Process-1)*100_000 + int(t.ID) }

// onStack is a page of a thread's stack. Frames that were not recorded (a library's, in
// between) are shown where they were, and have no values.
func (p *past) onStack(m *wire.Message) (dap.ResponseMessage, error) {
	args := m.Request.(*dap.StackTraceRequest).Arguments
	threads := p.walk.View().Threads
	at := slices.IndexFunc(threads, func(t replay.ThreadView) bool { return threadID(t) == args.ThreadId })
	if at < 0 {
		return nil, errors.New("there is no such thread at this moment")
	}
	frames := threads[at].Frames
	body := dap.StackTraceResponseBody{StackFrames: []dap.StackFrame{}, TotalFrames: len(frames)}
	end := len(frames)
	if args.Levels > 0 {
		end = min(end, max(0, args.StartFrame)+args.Levels)
	}
	for i := max(0, args.StartFrame); i < end; i++ {
		f := &frames[i]
		p.frames = append(p.frames, f)
		out := dap.StackFrame{Id: len(p.frames), Name: f.Name, Line: p.line(f.Line), Column: p.a.client.ColumnBase, Source: p.source(f)}
		if !f.Recorded {
			out.PresentationHint = "subtle"
		}
		body.StackFrames = append(body.StackFrames, out)
	}
	return &dap.StackTraceResponse{Body: body}, nil
}

// line is a line as the client counts them.
// line turns the recording's line into the client's.
func (p *past) line(n int) int { return max(0, n-1+p.a.client.LineBase) }

// source is the file of a frame: the text that was recorded, where the file has
// another one by now.
func (p *past) source(f *replay.FrameView) *dap.Source {
	if f.Path == "" {
		return &dap.Source{Name: f.Filename}
	}
	recorded, known := p.r.State().Sources[f.Path]
	if !known {
		return wire.Source(f.Path)
	}
	ref, looked := p.sources[f.Path]
	if !looked {
		now, err := os.ReadFile(f.Path)
		if err != nil || fmt.Sprintf("%x", sha256.Sum256(now)) != recorded.SHA256 {
			p.texts = append(p.texts, recorded.Text)
			ref = len(p.texts)
		}
		p.sources[f.Path] = ref
	}
	if ref == 0 {
		return wire.Source(f.Path)
	}
	return &dap.Source{Name: filepath.Base(f.Path), SourceReference: ref, Origin: "as it was recorded"}
}

// onSource answers a text as it was recorded, of a file that has changed since.
func (p *past) onSource(m *wire.Message) (dap.ResponseMessage, error) {
	args := m.Request.(*dap.SourceRequest).Arguments
	ref := args.SourceReference
	if args.Source != nil && ref == 0 {
		ref = args.Source.SourceReference
	}
	if ref < 1 || ref > len(p.texts) {
		return nil, errors.New("there is no such source")
	}
	return &dap.SourceResponse{Body: dap.SourceResponseBody{Content: p.texts[ref-1], MimeType: "text/x-python"}}, nil
}

func (p *past) frame(id int) (*replay.FrameView, error) {
	if id < 1 || id > len(p.frames) {
		return nil, errors.New("this frame belongs to another moment")
	}
	return p.frames[id-1], nil
}

// onScopes are what the frame's names were; the globals are those that its code means.
func (p *past) onScopes(m *wire.Message) (dap.ResponseMessage, error) {
	f, err := p.frame(m.Request.(*dap.ScopesRequest).Arguments.FrameId)
	if err != nil {
		return nil, err
	}
	body := dap.ScopesResponseBody{Scopes: []dap.Scope{{Name: "Locals (recorded)", PresentationHint: "locals", VariablesReference: p.ref(pastRef{names: f.Locals}), NamedVariables: len(f.Locals)}}}
	if len(f.Globals) > 0 {
		body.Scopes = append(body.Scopes, dap.Scope{Name: "Globals (recorded)", VariablesReference: p.ref(pastRef{names: f.Globals}), NamedVariables: len(f.Globals)})
	}
	return &dap.ScopesResponse{Body: body}, nil
}

func (p *past) ref(r pastRef) int {
	p.refs = append(p.refs, r)
	return len(p.refs)
}

// onVariables are the children of a value as far as they were recorded. Nothing of the past
// can be set: all are read-only.
func (p *past) onVariables(m *wire.Message) (dap.ResponseMessage, error) {
	args := m.Request.(*dap.VariablesRequest).Arguments
	if args.VariablesReference < 1 || args.VariablesReference > len(p.refs) {
		return nil, errors.New("this value belongs to another moment")
	}
	of := p.refs[args.VariablesReference-1]
	all := of.names
	if all == nil {
		all = childrenOf(of.value)
	}
	first, end := min(max(0, args.Start), len(all)), len(all)
	if args.Count > 0 {
		end = min(end, first+args.Count)
	}
	body := dap.VariablesResponseBody{Variables: []dap.Variable{}}
	for _, n := range all[first:end] {
		v := dap.Variable{Name: n.Name, Value: n.Text, Type: n.Value.TypeName(), EvaluateName: n.Name}
		if len(n.Value.Items) > 0 {
			v.VariablesReference = p.ref(pastRef{value: n.Value})
		}
		v.PresentationHint = &dap.VariablePresentationHint{Attributes: []string{"readOnly"}}
		body.Variables = append(body.Variables, v)
	}
	return &dap.VariablesResponse{Body: body}, nil
}

// childrenOf are the parts of a recorded value.
func childrenOf(v query.Value) []replay.NamedValue {
	var out []replay.NamedValue
	add := func(name string, child query.Value) {
		out = append(out, replay.NamedValue{Name: name, Text: child.Repr(), Value: child})
	}
	switch v.Kind {
	case query.Dict:
		for i := 0; i+1 < len(v.Items); i += 2 {
			add(v.Items[i].Repr(), v.Items[i+1])
		}
	case query.Recorded:
		for i := 0; i+1 < len(v.Items); i += 2 {
			add(v.Items[i].Str, v.Items[i+1])
		}
	default:
		for i, item := range v.Items {
			add(fmt.Sprint(i), item)
		}
	}
	return out
}

// onEvaluate computes on recorded values; no code runs. Without a frame it is the innermost
// one of the thread that the walk stands in.
func (p *past) onEvaluate(m *wire.Message) (dap.ResponseMessage, error) {
	args := m.Request.(*dap.EvaluateRequest).Arguments
	f := &replay.FrameView{}
	if args.FrameId > 0 {
		found, err := p.frame(args.FrameId)
		if err != nil {
			return nil, err
		}
		f = found
	} else if t := p.walk.View().Threads; len(t) > 0 && len(t[p.walk.View().Thread].Frames) > 0 {
		f = &t[p.walk.View().Thread].Frames[0]
	}
	v, err := f.Evaluate(strings.TrimSpace(args.Expression))
	if err != nil {
		return nil, err
	}
	body := dap.EvaluateResponseBody{Result: v.Repr(), Type: v.TypeName()}
	if len(v.Items) > 0 {
		body.VariablesReference = p.ref(pastRef{value: v})
	}
	return &dap.EvaluateResponse{Body: body}, nil
}

// onBreakpoints takes lines with conditions, at which the walk halts both ways.
func (p *past) onBreakpoints(m *wire.Message) (dap.ResponseMessage, error) {
	args := m.Request.(*dap.SetBreakpointsRequest).Arguments
	path := args.Source.Path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	lines := map[int]string{}
	body := dap.SetBreakpointsResponseBody{Breakpoints: []dap.Breakpoint{}}
	for _, b := range args.Breakpoints {
		line := b.Line - p.a.client.LineBase + 1
		one := dap.Breakpoint{Verified: true, Line: b.Line, Source: &args.Source}
		if b.HitCondition != "" || b.LogMessage != "" {
			one.Verified, one.Message = false, "In a recording a breakpoint may have a condition; for messages ask it with tallyho replay."
		} else {
			lines[line] = b.Condition
		}
		body.Breakpoints = append(body.Breakpoints, one)
	}
	if p.halt.Lines == nil {
		p.halt.Lines = map[string]map[int]string{}
	}
	p.halt.Lines[path] = lines
	return &dap.SetBreakpointsResponse{Body: body}, nil
}

func (p *past) onExceptions(m *wire.Message) (dap.ResponseMessage, error) {
	args := m.Request.(*dap.SetExceptionBreakpointsRequest).Arguments
	p.halt.Exceptions = false
	body := dap.SetExceptionBreakpointsResponseBody{Breakpoints: []dap.Breakpoint{}}
	for _, filter := range args.Filters {
		raised := filter == "raised"
		p.halt.Exceptions = p.halt.Exceptions || raised
		one := dap.Breakpoint{Verified: raised}
		if !raised {
			one.Message = "In a recording exceptions stop where they are raised: use that filter."
		}
		body.Breakpoints = append(body.Breakpoints, one)
	}
	for range args.FilterOptions {
		body.Breakpoints = append(body.Breakpoints, dap.Breakpoint{Message: "In a recording exceptions stop where they are raised, without conditions."})
	}
	return &dap.SetExceptionBreakpointsResponse{Body: body}, nil
}

func (p *past) onTerminate(*wire.Message) (dap.ResponseMessage, error) {
	p.a.post(func() { p.a.out.Send(&dap.TerminatedEvent{Event: wire.Event("terminated")}) })
	return &dap.TerminateResponse{}, nil
}
