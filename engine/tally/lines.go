package tally

import "strings"

// lines finds places in a text by line and column in characters.
type lines struct {
	text   string
	starts []int // offset of each line
}

// newLines finds where the lines of a text start.
func newLines(text string) *lines {
	l := &lines{text: text, starts: make([]int, 1, strings.Count(text, "\n")+1)}
	for i := 0; i < len(text); {
		n := strings.IndexByte(text[i:], '\n')
		if n < 0 {
			break
		}
		i += n + 1
		l.starts = append(l.starts, i)
	}
	return l
}

// line is the text of a line, from 1, without its end; "" beyond the last.
func (l *lines) line(n int) string {
	if n < 1 || n > len(l.starts) {
		return ""
	}
	end := len(l.text)
	if n < len(l.starts) {
		end = l.starts[n] - 1
	}
	return l.text[l.starts[n-1]:end]
}

// offset is where a place is; places outside the text are moved to its edge.
func (l *lines) offset(line, col int) int {
	if line < 1 {
		return 0
	}
	if line > len(l.starts) {
		return len(l.text)
	}
	at := l.starts[line-1]
	for i := range l.line(line) {
		if col <= 0 {
			return at + i
		}
		// The column is in characters, and range walks them.
		col--
	}
	return at + len(l.line(line))
}

// cut is the text between two places, without blanks at its end.
func (l *lines) cut(line, col, endLine, endCol int) string {
	from, to := l.offset(line, col), l.offset(endLine, endCol)
	if to < from {
		return ""
	}
	return strings.TrimRight(l.text[from:to], " \t\r\n\f")
}
