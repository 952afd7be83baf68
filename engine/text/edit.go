package text

import (
	"fmt"
	"slices"
	"strings"
)

// Change is one edit of a document: the text between Start and End becomes
// Text, or, when Whole is set, the document does. It has the shape of LSP's
// content change event.
type Change struct {
	Whole      bool
	Start, End Position
	Text       string
}

// Apply makes the changes one after the other, each in the text the one before
// left, and returns what comes of it. A range that ends before it starts is an
// error; positions outside the text are clamped, as LSP asks.
//
// The text is cut into lines once and put together once: thousands of changes
// cost little more than one.
func (m *Mapper) Apply(changes []Change, enc Encoding) (*Mapper, error) {
	lines := m.cut()
	for i, c := range changes {
		if c.Whole {
			lines = New(c.Text).cut()
			continue
		}
		var err error
		if lines, err = replace(lines, c, enc); err != nil {
			return nil, fmt.Errorf("apply change %d: %w", i, err)
		}
	}
	return join(lines), nil
}

// cut returns the lines with their ends. There is at least one.
func (m *Mapper) cut() []string {
	lines := make([]string, len(m.starts))
	for i, start := range m.starts {
		end := len(m.text)
		if i+1 < len(m.starts) {
			end = m.starts[i+1]
		}
		lines[i] = m.text[start:end]
	}
	return lines
}

// join is the Mapper of lines that cut has made.
func join(lines []string) *Mapper {
	starts := make([]int, len(lines))
	size := 0
	for i, line := range lines {
		starts[i] = size
		size += len(line)
	}
	var b strings.Builder
	b.Grow(size)
	for _, line := range lines {
		b.WriteString(line)
	}
	return &Mapper{text: b.String(), starts: starts}
}

// replace makes one change in a text that is cut into lines.
func replace(lines []string, c Change, enc Encoding) ([]string, error) {
	from, fromAt := locate(lines, c.Start, enc)
	to, toAt := locate(lines, c.End, enc)
	if to < from || to == from && toAt < fromAt {
		return nil, fmt.Errorf("range ends at %d:%d before it starts at %d:%d", c.End.Line, c.End.Column, c.Start.Line, c.Start.Column)
	}
	text := lines[from][:fromAt] + c.Text + lines[to][toAt:]
	if from > 0 && strings.HasPrefix(text, "\n") && strings.HasSuffix(lines[from-1], "\r") {
		from-- // the two become one line end
		text = lines[from] + text
	}
	fresh := New(text).cut()
	if to+1 < len(lines) && fresh[len(fresh)-1] == "" {
		fresh = fresh[:len(fresh)-1] // the line behind the last line end is there already
	}
	return slices.Replace(lines, from, to+1, fresh...), nil
}

// locate is the line of a Position and the offset in it; both are clamped.
func locate(lines []string, p Position, enc Encoding) (line, offset int) {
	switch {
	case p.Line < 0:
		return 0, 0
	case p.Line >= len(lines):
		return len(lines) - 1, len(lines[len(lines)-1])
	}
	text := lines[p.Line]
	body := strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	return p.Line, columnOffset(body, p.Column, enc)
}
