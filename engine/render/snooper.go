package render

import (
	"bytes"
	"slices"
	"strings"
)

// errorSnooper shows exceptions that were silenced: what came before one, and
// what followed until the function that swallowed it returned. One origin at
// a time, over all threads; an exception that travels outwards takes the
// origin with it.
type errorSnooper struct {
	code    codePrinter
	backlog []*Record
	origin  *Record
	events  []*Record
}

func (p *errorSnooper) Print(w *bytes.Buffer, r *Record) {
	a := p.code.action
	kept := *r // the caller owns r
	r = &kept
	if a.MaxBacklog > 0 {
		p.remember(r, a.MaxBacklog)
	}
	switch {
	case r.Kind == Exception && p.origin == nil:
		p.origin, p.events = r, slices.Clone(p.backlog)
	case p.origin == nil:
	case r.Kind == Exception:
		p.events = append(p.events, r)
		if p.origin.Depth > r.Depth {
			p.origin = r
		}
	case r.Kind == Return:
		p.events = append(p.events, r)
		switch {
		case r.Depth != p.origin.Depth-1:
		case r.ReturnOp:
			p.dump(w, "function exit")
		default: // it left the function: nothing was silenced here
			p.forget()
		}
	case r.Depth > p.origin.Depth+a.MaxDepth:
	case len(p.events) > a.MaxEvents:
		p.dump(w, "too many lines")
	default:
		p.events = append(p.events, r)
	}
}

func (p *errorSnooper) remember(r *Record, limit int) {
	if len(p.backlog) >= limit {
		copy(p.backlog, p.backlog[1:])
		p.backlog = p.backlog[:limit-1]
	}
	p.backlog = append(p.backlog, r)
}

// dump prints what was gathered around the origin, and forgets it.
func (p *errorSnooper) dump(w *bytes.Buffer, why string) {
	c := p.code.colors
	w.WriteString(c.function + strings.Repeat(">", 46) + " tracing " + c.yellow + clean(p.origin.Function))
	w.WriteString(c.blue() + " on " + c.red + p.code.only(p.origin) + c.reset + "\n")
	for _, r := range p.events {
		p.code.Print(w, r)
	}
	w.WriteString(c.dashes + strings.Repeat("-", 46) + " " + why + c.reset + "\n")
	p.forget()
}

func (p *errorSnooper) forget() { p.origin, p.events = nil, nil }

// blue is the heading's own colour again, without the brightness that it
// still has.
func (c palette) blue() string {
	if c.function == "" {
		return ""
	}
	return sgrBlue
}
