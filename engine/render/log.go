package render

import (
	"bytes"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
)

// logPrinter prints a log message: its text with the values of its slots. A
// slot that failed shows why in its place, so that the rest of the message is
// still there.
type logPrinter struct {
	template []query.Piece
}

func (p *logPrinter) Print(w *bytes.Buffer, r *Record) {
	for _, piece := range p.template {
		if piece.Slot < 0 {
			w.WriteString(cleanLines(piece.Text))
			continue
		}
		if piece.Slot >= len(r.Values) {
			w.WriteString("?")
			continue
		}
		w.WriteString(logValue(r.Values[piece.Slot]))
	}
	w.WriteByte('\n')
}

func logValue(v Value) string {
	switch v.Status {
	case Missing, Skipped:
		return "?"
	case FailedEval, FailedRepr:
		return "{" + oneLine(v.Text) + "}"
	}
	return cleanLines(v.Text)
}

// cleanLines is clean, but a message may have several lines.
func cleanLines(s string) string {
	if !strings.Contains(s, "\n") {
		return clean(s)
	}
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = clean(lines[i])
	}
	return strings.Join(lines, "\n")
}
