package diag

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tabWidth is how many columns a tab is shown as; the caret line counts the
// same, so that carets stand under what they mean in any terminal.
const tabWidth = 4

// Render shows every Diagnostic with the line it is about and carets under its
// span, name before the first line of each ("query", a file's name):
//
//	query:1:1: error: unknown field "modul"
//	  modul="x"
//	  ^~~~~
//	  Fields are module, function, …  Did you mean "module"?
//
// Columns count characters from 1. Spans outside the text are clamped. The
// result ends with a newline unless it is empty.
func Render(name, text string, list List) string {
	var b strings.Builder
	for i, d := range list {
		if i > 0 {
			b.WriteByte('\n')
		}
		renderOne(&b, name, text, d)
	}
	return b.String()
}

func renderOne(b *strings.Builder, name, text string, d Diagnostic) {
	start := clamp(d.Span.Start, 0, len(text))
	end := clamp(d.Span.End, start, len(text))
	number, line, at := lineOf(text, start)
	end = min(end-(start-at), len(line))
	fmt.Fprintf(b, "%s:%d:%d: %s: %s\n", name, number, utf8.RuneCountInString(line[:at])+1, d.Severity, oneLine(d.Summary))
	shown, _ := show(line)
	before, pad := show(line[:at])
	_, width := show(line[at:max(at, end)])
	if cut := pad - 72; cut > 0 && len(before) > 0 {
		shown, pad = cutLeft(line, at, cut)
	}
	fmt.Fprintf(b, "  %s\n  %s^%s\n", clip(shown, pad+max(width, 1)+60),
		strings.Repeat(" ", pad), strings.Repeat("~", max(0, width-1)))
	if detail := strings.TrimSpace(oneLine(d.Detail) + "  " + oneLine(d.Hint)); detail != "" {
		fmt.Fprintf(b, "  %s\n", detail)
	}
}

// String names a Severity as compilers do.
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	case Information:
		return "note"
	}
	return "hint"
}

// lineOf is the 1-based number and the text of the line that holds offset, and
// the offset within it.
func lineOf(text string, offset int) (number int, line string, at int) {
	number, start := 1, 0
	for i := 0; i < offset; i++ {
		if text[i] == '\n' || text[i] == '\r' && (i+1 >= len(text) || text[i+1] != '\n') {
			number, start = number+1, i+1
		}
	}
	line = text[start:]
	if i := strings.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	return number, line, min(offset-start, len(line))
}

// show is s as it is printed, and how many columns that takes: tabs become
// blanks, control characters and broken bytes a replacement sign.
func show(s string) (string, int) {
	var b strings.Builder
	column := 0
	for _, r := range s {
		switch {
		case r == '\t':
			n := tabWidth - column%tabWidth
			b.WriteString(strings.Repeat(" ", n))
			column += n
		case unicode.IsControl(r) || bidi(r):
			b.WriteRune(utf8.RuneError)
			column++
		default:
			b.WriteRune(r)
			column += Width(r)
		}
	}
	return b.String(), column
}

// cutLeft shows line without its first cut columns, so that a mistake far to
// the right of a long query stays on the screen.
func cutLeft(line string, at, cut int) (string, int) {
	i, column := 0, 0
	for i < at && column < cut {
		r, size := utf8.DecodeRuneInString(line[i:])
		i += size
		column += max(1, Width(r))
	}
	shown, _ := show(line[i:])
	_, pad := show(line[i:at])
	return "… " + shown, pad + 2
}

// clip cuts s after some columns.
func clip(s string, columns int) string {
	column := 0
	for i, r := range s {
		column += Width(r)
		if column > columns {
			return s[:i] + " …"
		}
	}
	return s
}

// bidi reports characters that reorder what a person sees.
func bidi(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

func oneLine(s string) string {
	s, _ = show(strings.ReplaceAll(s, "\n", " "))
	return s
}

func clamp(n, low, high int) int { return max(low, min(n, high)) }
