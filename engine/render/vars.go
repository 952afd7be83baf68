package render

import (
	"bytes"
	"slices"
	"strings"
)

// varsPrinter shows chosen expressions, one a line; those that do not exist
// where the event is are left out, and with them perhaps the whole Record.
type varsPrinter struct {
	*layout
}

func (p *varsPrinter) Print(w *bytes.Buffer, r *Record) {
	first, c := true, p.colors
	for i, v := range r.Values {
		if v.Status == Skipped || v.Status == Missing {
			continue
		}
		name := v.Name
		if i < len(p.action.Names) {
			name = p.action.Names[i]
		}
		p.row(w, r, first)
		p.bracket(w, name, c.vars+"=> "+c.reset+p.value(v))
		first = false
	}
}

// row starts a printed variable's line: the first one names the event.
func (l *layout) row(w *bytes.Buffer, r *Record, first bool) {
	if first {
		l.head(w, r)
		return
	}
	l.more(w, r, l.colors.cont, "...")
}

func (l *layout) bracket(w *bytes.Buffer, name, rest string) {
	c := l.colors
	w.WriteString(c.vars + "[" + c.varName + clean(name) + " " + rest + c.vars + "]" + c.reset + "\n")
}

// varsSnooper shows what is new among the locals of a code object since its
// last event. Recursive calls share the state, and each return drops it, as
// hunter has it.
type varsSnooper struct {
	*layout
	last map[codeKey]map[string]string
}

type codeKey struct {
	pid, code                  int
	filename, module, function string
}

func keyOf(r *Record) codeKey {
	if r.Code != 0 {
		return codeKey{pid: r.PID, code: r.Code}
	}
	name := r.Qualname
	if name == "" {
		name = r.Function
	}
	return codeKey{pid: r.PID, filename: r.Filename, module: r.Module, function: name}
}

func (p *varsSnooper) Print(w *bytes.Buffer, r *Record) {
	key := keyOf(r)
	seen := p.last[key]
	if seen == nil {
		seen = map[string]string{}
		p.last[key] = seen
	}
	first, c := true, p.colors
	for _, v := range sorted(r.Values) {
		text := p.value(v)
		old, known := seen[v.Name]
		seen[v.Name] = text
		if known && old == text {
			continue
		}
		p.row(w, r, first)
		first = false
		if known {
			p.bracket(w, v.Name, c.vars+": "+c.reset+old+c.vars+" => "+c.reset+text)
		} else {
			p.bracket(w, v.Name, c.vars+":= "+c.reset+text)
		}
	}
	if r.Kind == Return {
		delete(p.last, key)
	}
}

func sorted(values []Value) []Value {
	byName := func(a, b Value) int { return strings.Compare(a.Name, b.Name) }
	if slices.IsSortedFunc(values, byName) {
		return values
	}
	values = slices.Clone(values)
	slices.SortStableFunc(values, byName)
	return values
}
