package render

import (
	"bytes"
	"slices"
	"strings"
)

// callPrinter shows calls as a tree. All of a Session's share one stack per
// thread, which only shown events maintain, so that a query that drops returns
// indents further and further, as hunter's does; but not for ever.
type callPrinter struct {
	*layout
	shared *Shared
}

func (p *callPrinter) Print(w *bytes.Buffer, r *Record) {
	if r.Cleanup {
		p.forget(r.PID)
	}
	key := threadKey{r.PID, r.ThreadID}
	if r.Kind == Call && !r.Builtin {
		p.shared.push(key, keyOfCall(r))
	}
	stack := p.shared.calls[key]
	indent := len(stack) - 1
	if r.Kind == Line {
		indent++
	}

	p.head(w, r)
	if r.Kind == Line {
		w.WriteString(p.colors.reset)
	}
	w.WriteString(strings.Repeat("   ", min(max(indent, 0), deepest)))
	if r.Builtin {
		p.builtin(w, r)
	} else {
		p.event(w, r)
	}
	w.WriteByte('\n')

	if n := len(stack); r.Kind == Return && !r.Builtin && n > 0 && stack[n-1] == (callKey{r.Module, r.Function}) {
		p.shared.pop(key)
	}
}

// deepest is how many levels are indented: a thousand calls whose returns are
// not shown would else fill the screen with blanks.
const deepest = 60

// keyOfCall is what a call leaves on the stack for its return to find. A call
// that Backlog made up without variables has no module in hunter's compiled
// engine, so that its return does not find it and the indentation stays.
func keyOfCall(r *Record) callKey {
	known := func(v Value) bool { return v.Status != Missing }
	if r.Synthetic && !slices.ContainsFunc(r.Values, known) {
		return callKey{"", r.Function}
	}
	return callKey{r.Module, r.Function}
}

func (p *callPrinter) event(w *bytes.Buffer, r *Record) {
	c, name := p.colors, clean(r.Function)
	arrow := c.call[r.Kind]
	switch r.Kind {
	case Call:
		w.WriteString(arrow + "=>" + c.normal + " " + name + "(")
		p.arguments(w, r.Values)
		w.WriteString(arrow + c.normal + ")" + c.reset)
	case Return:
		w.WriteString(arrow + "<=" + c.normal + " " + name + ": " + c.reset + p.only(r))
	case Exception:
		w.WriteString(arrow + " !" + c.normal + " " + name + ": " + c.reset + p.only(r))
	default:
		w.WriteString(p.source(r, strings.TrimSpace(r.Source)) + c.reset)
	}
}

func (p *callPrinter) arguments(w *bytes.Buffer, values []Value) {
	c := p.colors
	for i, v := range values {
		if i > 0 {
			w.WriteString(", ")
		}
		name := strings.TrimLeft(v.Name, "*")
		stars := v.Name[:len(v.Name)-len(name)]
		w.WriteString(c.vars + stars + c.varName + clean(name) + c.vars + "=" + c.reset + p.value(v))
	}
}

// builtin shows a C function's event, which is not part of the tree.
func (p *callPrinter) builtin(w *bytes.Buffer, r *Record) {
	c := p.colors
	arrow, name := c.call[r.Kind], clean(r.Module+"."+r.Function)
	switch r.Kind {
	case Call:
		w.WriteString(arrow + " >" + c.builtin + " " + name + ": " + p.source(r, strings.TrimSpace(r.Source)))
	case Return:
		w.WriteString(arrow + " <" + c.builtin + " " + name)
	default:
		w.WriteString(arrow + " ! " + c.builtin + name)
	}
	w.WriteString(c.reset)
}

// only is the one value of a return or an exception.
func (l *layout) only(r *Record) string {
	if len(r.Values) == 0 {
		return "None"
	}
	return l.value(r.Values[0])
}

func (p *callPrinter) forget(pid int) {
	for key := range p.shared.calls {
		if key.pid == pid {
			delete(p.shared.calls, key)
		}
	}
}

// mostCalls bounds a thread's stack: what lies deeper never returns where we
// could see it.
const mostCalls = 10_000

// push notes a thread's call; of a stack that only grows the older half goes.
func (s *Shared) push(key threadKey, call callKey) {
	stack := s.calls[key]
	if len(stack) == mostCalls {
		stack = slices.Clone(stack[mostCalls/2:])
	}
	s.calls[key] = append(stack, call)
}

// pop drops a thread's innermost call, and the thread with its last.
func (s *Shared) pop(key threadKey) {
	stack := s.calls[key]
	if len(stack) == 1 {
		delete(s.calls, key)
		return
	}
	s.calls[key] = stack[:len(stack)-1]
}
