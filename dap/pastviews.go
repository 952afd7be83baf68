package dap

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/replay"
)

// onThreads lists the threads that were there at this moment, of all processes.
func (p *past) onThreads(*wire.Message) (dap.ResponseMessage, error) {
	threads := []dap.Thread{}
	for _, t := range p.walk.View().Threads {
		threads = append(threads, dap.Thread{Id: p.threadID(t), Name: t.Name + " (recorded)"})
	}
	return &dap.ThreadsResponse{Body: dap.ThreadsResponseBody{Threads: threads}}, nil
}

// threadID is a thread's number for the client: the same at every moment, and of a program
// that is alive the one by which the client knows it.
func (p *past) threadID(t replay.ThreadView) int {
	if p.live != nil {
		if number := p.live.past.Thread(int(t.Process), t.ID); number != 0 {
			return number
		}
	}
	return int(t.Process-1)*100_000 + int(t.ID)
}

// thread is the index of a thread among those of the moment, -1: it is not there.
func (p *past) thread(id int) int {
	return slices.IndexFunc(p.walk.View().Threads, func(t replay.ThreadView) bool { return p.threadID(t) == id })
}

// base is what references and numbers of frames begin after: in a session with a live
// program they are others than the program's own.
func (p *past) base() int {
	if p.live != nil {
		return firstPastRef
	}
	return 0
}

// firstPastRef lies above all that a program's frames and values are called, and below
// the console's records.
const firstPastRef = 1 << 29

// onStack is a page of a thread's stack. Frames that were not recorded (a library's, in
// between) are shown where they were, and have no values.
func (p *past) onStack(m *wire.Message) (dap.ResponseMessage, error) {
	args := m.Request.(*dap.StackTraceRequest).Arguments
	threads := p.walk.View().Threads
	at := p.thread(args.ThreadId)
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
		out := dap.StackFrame{Id: p.base() + len(p.frames), Name: f.Name, Line: p.line(f.Line), Column: p.a.client.ColumnBase, Source: p.source(f)}
		if !f.Recorded {
			out.PresentationHint = "subtle"
		}
		body.StackFrames = append(body.StackFrames, out)
	}
	return &dap.StackTraceResponse{Body: body}, nil
}

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
		return wire.Source(p.a.links.shown(f.Path))
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
		return wire.Source(p.a.links.shown(f.Path))
	}
	return &dap.Source{Name: filepath.Base(f.Path), SourceReference: p.base() + ref, Origin: "as it was recorded"}
}

// onSource answers a text as it was recorded, of a file that has changed since.
func (p *past) onSource(m *wire.Message) (dap.ResponseMessage, error) {
	args := m.Request.(*dap.SourceRequest).Arguments
	ref := args.SourceReference
	if args.Source != nil && ref == 0 {
		ref = args.Source.SourceReference
	}
	ref -= p.base()
	if ref < 1 || ref > len(p.texts) {
		return nil, errors.New("there is no such source")
	}
	return &dap.SourceResponse{Body: dap.SourceResponseBody{Content: p.texts[ref-1], MimeType: "text/x-python"}}, nil
}

// frame is one that onStack has numbered since the walk last moved.
func (p *past) frame(id int) (*replay.FrameView, error) {
	id -= p.base()
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
	body := dap.ScopesResponseBody{Scopes: []dap.Scope{{Name: p.scopeName("Locals", f, f.Locals), PresentationHint: "locals", VariablesReference: p.ref(pastRef{names: f.Locals, frame: f}), NamedVariables: len(f.Locals)}}}
	if len(f.Globals) > 0 {
		body.Scopes = append(body.Scopes, dap.Scope{Name: p.scopeName("Globals", f, f.Globals), VariablesReference: p.ref(pastRef{names: f.Globals, frame: f, globals: true}), NamedVariables: len(f.Globals)})
	}
	return &dap.ScopesResponse{Body: body}, nil
}

// scopeName says also since when a scope is as it is shown, where that is not this moment. A step looks at the names of its own frame, and at
// those globals that its code means. So the names of a frame that waits for another are those of the beginning of its line: what the line
// binds before its call (x := …, a comprehension's variable) is not among them. Objects are as any step has seen them last.
func (p *past) scopeName(what string, f *replay.FrameView, names []replay.NamedValue) string {
	changeable := slices.ContainsFunc(names, func(n replay.NamedValue) bool { return n.Changeable })
	locals := what == "Locals"
	switch {
	case f.Seen && (locals || !changeable):
		return what + " (recorded)"
	case f.Seen:
		return what + " (recorded; objects as they were last seen)"
	case len(names) == 0 || !locals && !changeable:
		return what + " (recorded)"
	case !changeable:
		return fmt.Sprintf("%s (recorded; as line %d began)", what, p.line(f.Line))
	case locals:
		return fmt.Sprintf("%s (recorded; as line %d began, objects as they were seen then or later)", what, p.line(f.Line))
	}
	return fmt.Sprintf("%s (recorded; objects as they were seen at line %d or later)", what, p.line(f.Line))
}

// ref numbers what can be looked into, until the walk moves.
func (p *past) ref(r pastRef) int {
	p.refs = append(p.refs, r)
	return p.base() + len(p.refs)
}

// deref is what a number stands for; of another moment it is refused, for it may be something else now.
func (p *past) deref(ref int) (pastRef, error) {
	ref -= p.base()
	if ref < 1 || ref > len(p.refs) {
		return pastRef{}, errors.New("this value belongs to another moment")
	}
	return p.refs[ref-1], nil
}

// onVariables are the children of a value as far as they were recorded. Nothing of the past
// can be set: all are read-only.
func (p *past) onVariables(m *wire.Message) (dap.ResponseMessage, error) {
	args := m.Request.(*dap.VariablesRequest).Arguments
	of, err := p.deref(args.VariablesReference)
	if err != nil {
		return nil, err
	}
	all := of.names
	if of.frame == nil {
		all = of.children()
	}
	first, end := min(max(0, args.Start), len(all)), len(all)
	if args.Count > 0 {
		end = min(end, first+args.Count)
	}
	body := dap.VariablesResponseBody{Variables: []dap.Variable{}}
	for _, n := range all[first:end] {
		v := dap.Variable{Name: n.Name, Value: n.Text, Type: n.Value.TypeName(), EvaluateName: of.expression(n.Name)}
		if len(n.Value.Items) > 0 {
			v.VariablesReference = p.ref(pastRef{value: n.Value, process: of.of(), path: v.EvaluateName})
		}
		v.PresentationHint = readOnly()
		body.Variables = append(body.Variables, v)
	}
	return &dap.VariablesResponse{Body: body}, nil
}

// of is the process that it is a value of.
func (r pastRef) of() uint64 {
	if r.frame != nil {
		return r.frame.Process
	}
	return r.process
}

// expression is what a child is called in expressions.
func (r pastRef) expression(name string) string {
	switch {
	case r.frame != nil:
		return name
	case r.value.Kind == query.Recorded:
		return r.path + "." + name
	case r.value.Kind == query.Set || r.value.Kind == query.FrozenSet:
		return ""
	}
	return r.path + "[" + name + "]"
}

// children are the parts of a recorded value.
func (r pastRef) children() []replay.NamedValue {
	v := r.value
	var out []replay.NamedValue
	add := func(name string, child query.Value) {
		out = append(out, replay.NamedValue{Name: name, Text: replay.Shown(child, child.Repr()), Value: child})
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
	f, err := p.frameOf(args.FrameId)
	if err != nil {
		return nil, err
	}
	v, err := f.Evaluate(strings.TrimSpace(args.Expression))
	if err != nil {
		return nil, err
	}
	body := dap.EvaluateResponseBody{Result: replay.Shown(v, v.Repr()), Type: v.TypeName(), PresentationHint: readOnly()}
	if len(v.Items) > 0 {
		body.VariablesReference = p.ref(pastRef{value: v, process: f.Process, path: strings.TrimSpace(args.Expression)})
	}
	return &dap.EvaluateResponse{Body: body}, nil
}

// frameOf is a frame by its number; 0: the innermost one where the walk stands.
func (p *past) frameOf(id int) (*replay.FrameView, error) {
	if id > 0 {
		return p.frame(id)
	}
	if v := p.walk.View(); v.Thread >= 0 && len(v.Threads[v.Thread].Frames) > 0 {
		return &v.Threads[v.Thread].Frames[0], nil
	}
	return &replay.FrameView{}, nil
}

// readOnly marks what no client should offer to set.
func readOnly() *dap.VariablePresentationHint {
	return &dap.VariablePresentationHint{Attributes: []string{"readOnly"}}
}
