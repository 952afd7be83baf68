package dap

import (
	"context"
	"io"
	"os"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/text"
)

// largestSource is how many bytes of a file are read for the sake of columns;
// in a longer one the columns are those of characters.
const largestSource = 8 << 20

// columns converts columns between the engine's characters and the client's
// UTF-16 units. They differ where a line holds characters outside the basic
// plane, so the texts are needed; each is read at most once. One request has one
// columns, used by one goroutine.
type columns struct {
	client client
	texts  map[textKey]*text.Mapper
	// content fetches source that has no file; nil where there is none.
	content func(source int) (string, error)
}

// textKey names a file, or a source of the program's.
type textKey struct {
	path   string
	source int
}

// columns are for one request about the program.
func (c client) columns(ctx context.Context, s Session) *columns {
	t := &columns{client: c}
	if s != nil {
		t.content = func(source int) (string, error) { return s.SourceText(ctx, source) }
	}
	return t
}

// span is a place in the client's numbers.
type span struct{ line, column, endLine, endColumn int }

// span turns a place of the engine's (lines from 1, columns from 0) in a file,
// or where source is not 0 in that source, into the client's numbers. An end
// that is not known stays 0.
func (t *columns) span(path string, source, line, column, endLine, endColumn int) span {
	c := t.client
	s := span{line: line + c.LineBase - 1, column: t.units(path, source, line, column) + c.ColumnBase}
	if endLine > 0 {
		s.endLine, s.endColumn = endLine+c.LineBase-1, t.units(path, source, endLine, endColumn)+c.ColumnBase
	}
	return s
}

// units is a column of characters in UTF-16 units.
func (t *columns) units(path string, source, line, column int) int {
	if column <= 0 {
		return column
	}
	return t.convert(path, source, text.Position{Line: line - 1, Column: column}, text.UTF32, text.UTF16)
}

// own turns the client's column into the engine's.
func (t *columns) own(path string, line, column int) int {
	column -= t.client.ColumnBase
	if column <= 0 {
		return 0
	}
	return t.convert(path, 0, text.Position{Line: line - 1, Column: column}, text.UTF16, text.UTF32)
}

// begins is the column, from 0 in characters, at which a line's text begins; -1
// where there is none.
func (t *columns) begins(path string, line int) int {
	text := t.text(path, 0).Line(line - 1)
	code := strings.TrimLeft(text, " \t\f")
	if code == "" {
		return -1
	}
	return len(text) - len(code)
}

// convert leaves a column that lies beyond its line as far beyond.
func (t *columns) convert(path string, source int, p text.Position, from, to text.Encoding) int {
	m := t.text(path, source)
	line := m.Line(p.Line)
	if len(line) == text.Length(line, from) {
		return p.Column
	}
	beyond := max(0, p.Column-text.Length(line, from))
	return m.Convert(p, from, to).Column + beyond
}

// text is the text of a file or a source; empty where it cannot be read.
func (t *columns) text(path string, source int) *text.Mapper {
	key := textKey{path, source}
	if m := t.texts[key]; m != nil {
		return m
	}
	if t.texts == nil {
		t.texts = map[textKey]*text.Mapper{}
	}
	var content string
	switch {
	case source != 0 && t.content != nil:
		content, _ = t.content(source)
	case source == 0 && path != "":
		content = readSource(path)
	}
	m := text.New(content)
	t.texts[key] = m
	return m
}

// readSource is a file's text, to turn columns of one unit into the other; "" of what is none or too
// long, of which columns are told as they come.
func readSource(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() > largestSource {
		return ""
	}
	data, err := io.ReadAll(io.LimitReader(f, largestSource))
	if err != nil {
		return ""
	}
	return string(data)
}

// ownLine turns the client's line into the engine's.
func (c client) ownLine(line int) int { return line - c.LineBase + 1 }
