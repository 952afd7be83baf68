package render

import (
	"bytes"
	"strings"
)

// codePrinter shows the source of each event, and the value of a return or an
// exception below it.
type codePrinter struct {
	*layout
}

func (p *codePrinter) Print(w *bytes.Buffer, r *Record) {
	text := r.Source
	if r.Kind == Call && r.FullSource != "" {
		text = r.FullSource
	}
	lines := splitLines(p.missing(r, text))
	color := p.colors.code[r.Kind]
	for i, line := range lines {
		switch {
		case i == 0:
			p.head(w, r)
		case i == len(lines)-1:
			p.more(w, r, p.colors.kind, "   *")
		default:
			p.more(w, r, p.colors.kind, "   |")
		}
		w.WriteString(color + line + p.colors.reset + "\n")
	}
	if r.Kind == Return || r.Kind == Exception {
		p.more(w, r, p.colors.cont, "...")
		w.WriteString(color + string(r.Kind) + " value: " + p.colors.normal + p.only(r) + p.colors.reset + "\n")
	}
}

// missing is source, applied to each line of a text of several.
func (p *codePrinter) missing(r *Record, text string) string {
	lines := splitLines(text)
	if len(lines) < 2 {
		return p.source(r, strings.TrimRight(text, "\r\n"))
	}
	for i := range lines {
		lines[i] = clean(lines[i])
	}
	return strings.Join(lines, "\n")
}

func splitLines(s string) []string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}
