package replay

import (
	"fmt"
	"iter"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// Divergence is the first place at which two runs part: a name that has another
// value after the statement there, or with Name "" a statement after which they
// went on elsewhere. A and B are the values, or the lines that came next.
type Divergence struct {
	Path     string   `json:"path"`
	Line     int      `json:"line"`
	Function string   `json:"function"`
	Name     string   `json:"name"` // "return" and "exception" are what a call ended with
	A        string   `json:"a"`
	B        string   `json:"b"`
	Thread   string   `json:"thread,omitempty"`
	Led      []string `json:"led,omitempty"` // the values that led there, in the first run
	InSecond bool     `json:"-"`             // Path and Line are of the second run
	at       uint64
}

// first walks one thread of both runs in step, up to where they part; nil where they do not.
// The last few values on the way are kept, for they led there.
func (p *pairing) first(s strand, cancelled func() bool) *Divergence {
	nextA, stopA := iter.Pull(p.a.entries(s, cancelled))
	defer stopA()
	nextB, stopB := iter.Pull(p.b.entries(s, cancelled))
	defer stopB()
	var last *entry
	var led []string
	for {
		a, okA := nextA()
		b, okB := nextB()
		if !okA && !okB {
			return nil
		}
		var found *Divergence
		switch {
		case okA && okB:
			found = p.parts(a, b, last)
		case okA:
			found = p.ends(last, a, describe(a), theEnd)
		default:
			found = p.ends(last, b, theEnd, describe(b))
		}
		if found != nil {
			found.Led = led
			return found
		}
		last = a
		for _, n := range a.names {
			// Eight fit on a screen beside the two values.
			if led = append(led, n.Name+" = "+n.A); len(led) > 8 {
				led = led[1:]
			}
		}
	}
}

// theEnd is what comes where a thread has no further step.
const theEnd = "the end"

// describe is a step in a line: what it was, where, and the source there.
func describe(e *entry) string {
	kind := string(kindName(e.kind))
	return fmt.Sprintf("%s %s:%d %s", kind, e.function, e.line, strings.TrimSpace(e.source))
}

// kindName is hunter's word for a kind of step, and ours for one that hunter does not have.
func kindName(k recording.Kind) string {
	if int(k) < len(kinds) {
		return string(kinds[k])
	}
	return "statement"
}

// ends is where one of two threads has no further step: at the last that both had.
func (p *pairing) ends(last, e *entry, a, b string) *Divergence {
	// Without a step before, the place is the one that the other run has.
	inSecond := last == nil && a == theEnd
	if last == nil {
		last = e
	}
	return &Divergence{Path: last.path, Line: last.line, Function: last.function, A: a, B: b, Thread: e.thread, InSecond: inSecond, at: e.at}
}

// parts compares two steps: what they are, then what has changed before them.
func (p *pairing) parts(a, b, last *entry) *Divergence {
	if found := p.values(a, b); found != nil {
		return found
	}
	lineB, known := p.toA(b.key, b.line)
	if a.kind == b.kind && a.key == b.key && a.function == b.function && known && lineB == a.line && a.column == b.column {
		if a.value != b.value {
			name := "return"
			if a.kind == recording.Exception {
				name = "exception"
			}
			return &Divergence{Path: a.path, Line: a.line, Function: a.function, Name: name, A: a.value, B: b.value, Thread: a.thread, at: a.at}
		}
		return nil
	}
	out := &Divergence{A: describe(a), B: describe(b), Thread: a.thread, at: a.at}
	switch {
	case !p.inBoth(a.key, a.line):
		out.Path, out.Line, out.Function = a.path, a.line, a.function
	case !known:
		out.Path, out.Line, out.Function, out.InSecond = b.path, b.line, b.function, true
	case last != nil:
		out.Path, out.Line, out.Function = last.path, last.line, last.function
	default:
		out.Path, out.Line, out.Function = a.path, a.line, a.function
	}
	return out
}

// values compares what has changed before two steps of one frame, or the
// arguments of two calls of one function.
func (p *pairing) values(a, b *entry) *Divergence {
	if a.key != b.key || a.function != b.function || a.kind == recording.Call != (b.kind == recording.Call) {
		return nil
	}
	other := map[string]string{}
	for _, n := range b.names {
		other[n.Name] = n.A
	}
	mine := map[string]bool{}
	for _, n := range a.names {
		mine[n.Name] = true
		if text, ok := other[n.Name]; !ok || text != n.A {
			if !ok {
				// A recording has only what is new at a step.
				text = "unchanged"
			}
			return p.valueAt(a, n.Name, n.A, text)
		}
	}
	for _, n := range b.names {
		if !mine[n.Name] {
			return p.valueAt(a, n.Name, "unchanged", n.A)
		}
	}
	return nil
}

// valueAt is where a name got its value: the statement before, or of an argument
// where the call was made, unless it is the def that was edited.
func (p *pairing) valueAt(a *entry, name, va, vb string) *Divergence {
	d := &Divergence{Path: a.path, Line: a.before, Function: a.function, Name: name, A: va, B: vb, Thread: a.thread, at: a.at}
	if a.before == 0 {
		d.Line = a.line
		if a.kind == recording.Call && a.caller.line > 0 && (!p.edited(a.key, a.line) || p.edited(a.caller.key, a.caller.line)) {
			d.Path, d.Line, d.Function = a.caller.path, a.caller.line, a.caller.function
		}
	}
	return d
}
