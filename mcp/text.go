package mcp

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tallyho-dev/tallyho/engine/report"
)

// fence marks what comes from the program. A fence inside is broken up, so that
// nothing of the program's can pretend to be outside.
const fence = "~~~"

// answer is text under way: lines are taken until the limit in bytes is reached.
type answer struct {
	b     strings.Builder
	limit int
	left  int // lines that were not taken
}

// newAnswer takes so many bytes.
func newAnswer(limit int) *answer { return &answer{limit: limit} }

// line adds a line of our own.
func (a *answer) line(format string, args ...any) { a.add(fmt.Sprintf(format, args...)) }

// program adds a block of lines that come from the program or its source.
func (a *answer) program(lines []string) {
	a.add(fence)
	for _, line := range lines {
		a.add(strings.ReplaceAll(report.Clean(line), fence, "~ ~ ~"))
	}
	// The closing fence is not optional.
	a.b.WriteString(fence + "\n")
}

// add takes a line where it has room. After one that had none, none is taken: a gap would read
// as if nothing were missing.
func (a *answer) add(line string) {
	if a.left > 0 || a.b.Len()+len(line)+1 > a.limit {
		a.left++
		return
	}
	a.b.WriteString(line + "\n")
}

// text is the whole, with a last line about what had no room.
func (a *answer) text(more string) string {
	if a.left > 0 {
		fmt.Fprintf(&a.b, "(%d more lines did not fit into %d bytes; %s)\n", a.left, a.limit, more)
	}
	return a.b.String()
}

// cut is a text of at most limit bytes, its end kept where the whole has no room.
func cut(text string, limit int) (string, bool) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= limit {
		return text, false
	}
	tail := text[len(text)-limit:]
	for len(tail) > 0 && !utf8.RuneStart(tail[0]) {
		tail = tail[1:]
	}
	return tail, true
}

// splitLines are the lines of a text; a newline at its end begins none.
func splitLines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }

// bounded is a number of the caller's within its limits: 0 is the default.
func bounded(name string, n, standard, most int) (int, error) {
	switch {
	case n == 0:
		return standard, nil
	case n < 0 || n > most:
		return 0, fmt.Errorf("%s is %d; it can be 1 to %d", name, n, most)
	}
	return n, nil
}
