package render

import (
	"bytes"
	"fmt"
	"path"
	"strings"
)

// silencedPrinter tells of an exception that the program swallows: what was
// raised and where, where it ends, and the lines that ran before.
type silencedPrinter struct{}

// Print takes the exception, the place where it is swallowed, and then a value
// for each line before, whose name is its place.
func (silencedPrinter) Print(w *bytes.Buffer, r *Record) {
	if len(r.Values) < 2 {
		return
	}
	fmt.Fprintf(w, "%s raised at %s:%d in %s, swallowed at %s\n", clean(r.Values[0].Text),
		clean(short(r.Filename)), r.Line, clean(r.Qualname), clean(short(r.Values[1].Text)))
	here := fmt.Sprintf("%s:%d", r.Filename, r.Line)
	lines := r.Values[2:]
	if n := len(lines); n == 0 || lines[n-1].Name != here {
		lines = append(lines[:n:n], Value{Name: here, Text: strings.TrimSpace(r.Source)})
	}
	wide := 0
	for _, l := range lines {
		wide = max(wide, len(short(l.Name)))
	}
	for i, l := range lines {
		mark := " "
		if i == len(lines)-1 {
			mark = ">"
		}
		fmt.Fprintf(w, "  %s %-*s  %s\n", mark, wide, clean(short(l.Name)), clean(l.Text))
	}
}

// short is a place without its folders.
func short(place string) string { return path.Base(strings.ReplaceAll(place, "\\", "/")) }
