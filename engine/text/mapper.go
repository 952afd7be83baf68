package text

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// Encoding is the unit columns are counted in.
type Encoding uint8

// The encodings LSP and DAP know. UTF8 counts bytes, UTF32 code points.
const (
	UTF16 Encoding = iota
	UTF8
	UTF32
)

// Position is a place in a text. Line and Column count from 0.
type Position struct{ Line, Column int }

// Span is a half-open range of byte offsets.
type Span struct{ Start, End int }

// Mapper converts between byte offsets and Positions of one immutable text.
//
// A line ends with "\n", "\r\n" or a lone "\r", which is what LSP says and
// what Python's tokenizer does. A byte that is not valid UTF-8 counts as one
// character of one unit, so that every offset has a Position and back.
type Mapper struct {
	text   string
	starts []int // byte offset of each line's first character
}

// New indexes the lines of text.
func New(text string) *Mapper {
	starts := make([]int, 1, strings.Count(text, "\n")+1)
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\n':
			starts = append(starts, i+1)
		case '\r':
			if i+1 < len(text) && text[i+1] == '\n' {
				i++
			}
			starts = append(starts, i+1)
		}
	}
	return &Mapper{text: text, starts: starts}
}

// Text is the whole text.
func (m *Mapper) Text() string { return m.text }

// Lines is the number of lines; a text that ends with a line end has one more,
// empty, line after it.
func (m *Mapper) Lines() int { return len(m.starts) }

// Line is the text of a line without its end, or "" when there is no such
// line.
func (m *Mapper) Line(line int) string {
	if line < 0 || line >= len(m.starts) {
		return ""
	}
	s := m.LineSpan(line)
	return m.text[s.Start:s.End]
}

// LineSpan is the range of a line without its end, clamped to the text.
func (m *Mapper) LineSpan(line int) Span {
	switch {
	case line < 0:
		return Span{}
	case line >= len(m.starts):
		return Span{len(m.text), len(m.text)}
	}
	start, end := m.starts[line], len(m.text)
	if line+1 < len(m.starts) {
		end = m.starts[line+1]
	}
	if end > start && m.text[end-1] == '\n' {
		end--
	}
	if end > start && m.text[end-1] == '\r' {
		end--
	}
	return Span{start, end}
}

// Position is where a byte offset lies. Offsets outside the text are clamped;
// one inside a character is that character's; one inside a line end is the end
// of its line.
func (m *Mapper) Position(offset int, enc Encoding) Position {
	offset = max(0, min(offset, len(m.text)))
	line := sort.Search(len(m.starts), func(i int) bool { return m.starts[i] > offset }) - 1
	span := m.LineSpan(line)
	end := min(offset, span.End)
	column, i := 0, span.Start
	for i < end {
		size, units := unitsAt(m.text[i:span.End], enc)
		if i+size > end {
			break
		}
		column += units
		i += size
	}
	return Position{line, column}
}

// Offset is the byte offset of a Position. A line after the last is the end of
// the text, a column after the line's end is the line's end, and one in the
// middle of a character is that character's start.
func (m *Mapper) Offset(p Position, enc Encoding) int {
	if p.Line < 0 {
		return 0
	}
	if p.Line >= len(m.starts) {
		return len(m.text)
	}
	span := m.LineSpan(p.Line)
	return span.Start + columnOffset(m.text[span.Start:span.End], p.Column, enc)
}

// columnOffset is the byte offset of a column in a line.
func columnOffset(line string, column int, enc Encoding) int {
	at, i := 0, 0
	for i < len(line) && at < column {
		size, units := unitsAt(line[i:], enc)
		if at+units > column {
			break
		}
		at += units
		i += size
	}
	return i
}

// Convert gives the same place with its column in another unit.
func (m *Mapper) Convert(p Position, from, to Encoding) Position {
	if from == to {
		return p
	}
	return m.Position(m.Offset(p, from), to)
}

// unitsAt is the length in bytes of the first character of s and how many
// units it counts.
func unitsAt(s string, enc Encoding) (size, units int) {
	if s[0] < utf8.RuneSelf {
		return 1, 1
	}
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case enc == UTF8:
		return size, size
	case enc == UTF16 && r > 0xFFFF:
		return size, 2
	}
	return size, 1
}

// Length is the number of units in s.
func Length(s string, enc Encoding) int {
	if enc == UTF8 {
		return len(s)
	}
	n := 0
	for len(s) > 0 {
		size, units := unitsAt(s, enc)
		n += units
		s = s[size:]
	}
	return n
}
