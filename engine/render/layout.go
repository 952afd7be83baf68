package render

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tallyho-dev/tallyho/engine/query"
)

// layout is what every line of hunter's printers has in common:
//
//	<pid><thread><file>:<line> <kind> …
//
// Widths are in code points, as Python counts them.
type layout struct {
	action  *query.Action
	colors  palette
	pid     int
	runners map[runner]bool // seen by this Printer
}

// runner is what takes turns with others: a thread, or a task or greenlet in one.
type runner struct {
	thread int
	task   string
}

func newLayout(a *query.Action, o Options) *layout {
	l := &layout{action: a, pid: o.PID, runners: map[runner]bool{}}
	if o.Colors || a.ForceColors {
		l.colors = colored
	} else {
		l.colors = plain
	}
	return l
}

// margin returns the pid and thread columns. The pid shows when it is asked
// for, or is not that of the process the trace began in. Names of threads, tasks
// and greenlets show from the second one on, unless the Action decides.
func (l *layout) margin(r *Record) string {
	var b strings.Builder
	if l.pid == 0 {
		l.pid = r.PID
	}
	if l.action.ForcePID || r.PID != l.pid {
		b.WriteString(left("["+strconv.Itoa(r.PID)+"]", l.action.PIDAlignment))
	}
	l.runners[runner{r.ThreadID, r.Task}] = true
	show := len(l.runners) > 1
	if l.action.Threads != nil {
		show = *l.action.Threads
	}
	if show {
		b.WriteString(left(clean(r.Runner()), l.action.ThreadAlignment))
	}
	return b.String()
}

// place writes the margin and the file column.
func (l *layout) place(w *bytes.Buffer, r *Record) {
	w.WriteString(l.margin(r))
	w.WriteString(l.file(r.Filename))
	w.WriteString(l.colors.colon + ":" + l.colors.reset)
}

// head starts a line that names its event; what follows the kind column is
// the caller's.
func (l *layout) head(w *bytes.Buffer, r *Record) {
	l.place(w, r)
	w.WriteString(left(strconv.Itoa(r.Line), 5) + " ")
	w.WriteString(l.colors.kind + left(string(r.Kind), 9) + " ")
}

// more starts a continuation line: a blank file column and a mark where the
// kind stands, coloured as given.
func (l *layout) more(w *bytes.Buffer, r *Record, color, mark string) {
	w.WriteString(l.margin(r))
	w.WriteString(strings.Repeat(" ", max(l.action.FilenameAlignment, 0)+7))
	w.WriteString(color + left(mark, 9) + " ")
}

// file right-aligns a file name; of a longer one the end is kept. The cut is a
// Python slice, which for widths up to five keeps more instead of less.
func (l *layout) file(name string) string {
	name = clean(name)
	width := l.action.FilenameAlignment
	n := utf8.RuneCountInString(name)
	if n <= width {
		return strings.Repeat(" ", width-n) + name
	}
	from := 5 - width
	if from < 0 {
		from = max(n+from, 0)
	}
	return "[...]" + string([]rune(name)[min(from, n):])
}

// value is how one value shows: its text, with failures and the place of a
// cut in their colours.
func (l *layout) value(v Value) string {
	c := l.colors
	switch v.Status {
	case Missing:
		return "?"
	case FailedRepr:
		return c.failure + "!!! FAILED REPR: " + c.detail + oneLine(v.Text) + c.reset
	case FailedEval:
		return c.failure + "FAILED EVAL: " + c.detail + oneLine(v.Text)
	}
	text := oneLine(v.Text)
	if c.cont == "" {
		return text
	}
	return l.colorCut(text)
}

// colorCut colours the mark that the program left in the middle of a value
// that was longer than the limit.
func (l *layout) colorCut(text string) string {
	const mark = " [...] "
	half := l.action.ReprLimit / 2
	if len(text) < 2*half+len(mark) || utf8.RuneCountInString(text) < 2*half+len(mark) {
		return text
	}
	at := 0
	for range half {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	if !strings.HasPrefix(text[at:], mark) {
		return text
	}
	return text[:at] + " " + l.colors.cont + "[...]" + l.colors.reset + " " + text[at+len(mark):]
}

const noSource = "??? NO SOURCE: "

// source colours what stands for a missing source, which also an error of the
// loader may have put there.
func (l *layout) source(r *Record, text string) string {
	if text == "" {
		text = noSource + "Source code string for " + pyString(r.Filename) + " is empty."
	}
	if detail, ok := strings.CutPrefix(text, noSource); ok {
		return l.colors.source + noSource + l.colors.detail + clean(detail)
	}
	return clean(text)
}

// pyString quotes s as Python's repr does, for the names files have.
func pyString(s string) string {
	quote := "'"
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = `"`
	}
	s = strings.ReplaceAll(s, `\`, `\\`)
	if quote == "'" {
		s = strings.ReplaceAll(s, "'", `\'`)
	}
	return quote + s + quote
}

// left pads s with blanks to width.
func left(s string, width int) string {
	if n := utf8.RuneCountInString(s); n < width {
		return s + strings.Repeat(" ", width-n)
	}
	return s
}

// oneLine is clean for values, in which hunter writes a newline as \n.
func oneLine(s string) string {
	if strings.IndexByte(s, '\n') >= 0 {
		s = strings.ReplaceAll(s, "\n", `\n`)
	}
	return clean(s)
}

// clean escapes control characters but the tab: what a program holds must not
// drive the terminal it is shown on.
func clean(s string) string {
	if strings.IndexFunc(s, isControl) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if isControl(r) {
			b.WriteString(`\x` + string("0123456789abcdef"[r>>4]) + string("0123456789abcdef"[r&15]))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isControl(r rune) bool {
	return r < ' ' && r != '\t' || 0x7f <= r && r < 0xa0
}
