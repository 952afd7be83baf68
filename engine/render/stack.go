package render

import (
	"bytes"
	"strconv"
	"strings"
)

// stackPrinter shows on one line where the event is and who called.
type stackPrinter struct {
	*layout
}

func (p *stackPrinter) Print(w *bytes.Buffer, r *Record) {
	c := p.colors
	p.place(w, r)
	w.WriteString(strconv.Itoa(r.Line))
	w.WriteString(c.colon + ":" + c.function + clean(r.Function))
	frames := r.Stack[:min(len(r.Stack), max(p.action.Depth, 0))]
	if len(r.Stack) == 0 {
		detached := "False"
		if r.Detached {
			detached = "True"
		}
		w.WriteString(" " + c.kind + "<= " + c.reset + "no frames available (detached=" + detached + ")")
	}
	for _, f := range frames {
		w.WriteString(" " + c.kind + "<=" + c.reset + " " + clean(tail(f.Filename, p.action.Limit)))
		w.WriteString(c.colon + ":" + c.reset + strconv.Itoa(f.Line))
		w.WriteString(c.colon + ":" + c.function + clean(f.Function))
	}
	w.WriteString(c.reset + "\n")
}

// tail keeps the last n components of a path.
func tail(path string, n int) string {
	if n <= 0 {
		return path
	}
	at := len(path)
	for range n {
		at = strings.LastIndexAny(path[:at], `/\`)
		if at < 0 {
			return path
		}
	}
	return path[at+1:]
}
