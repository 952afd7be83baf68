package tally

import "strings"

// code is what matters of a Python text when two versions of it are compared:
// its lines without comments, blank lines and blanks at line ends. The inside
// of a string is kept as it is.
type code struct {
	lines  []string
	number []int32 // of each line in the text, from 1
}

// maxReopened bounds how often a text is scanned again after a string that
// nothing ends.
const maxReopened = 4

// newCode scans a text. While somebody types the first quotes of a docstring,
// all that follows is inside a string: such a string is taken to end with its
// line, so that the rest stays what it was.
func newCode(text string) *code {
	text = newlines(text)
	c := &code{}
	if n := strings.Count(text, "\n"); n > 0 {
		c.lines, c.number = make([]string, 0, n+1), make([]int32, 0, n+1)
	}
	s := scanner{code: c, text: text, line: 1}
	for tries := 0; ; tries++ {
		if s.run(); s.quote == 0 || tries == maxReopened {
			return c
		}
		s.reopen()
	}
}

// newlines makes every line end of a text a \n, as the interpreter does.
func newlines(text string) string {
	if strings.IndexByte(text, '\r') < 0 {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

// scanner is the state of newCode.
type scanner struct {
	code  *code
	text  string
	at    int   // offset of the next line
	line  int32 // its number
	quote byte  // of the triple-quoted string that is open here, 0: none

	// Where to go on should that string have no end: after the line it is in.
	openedAt   int
	openedLine int32
	openedSize int // lines kept before that
}

// run scans to the end of the text.
func (s *scanner) run() {
	for s.at < len(s.text) {
		end := strings.IndexByte(s.text[s.at:], '\n')
		next := s.at + end + 1
		if end < 0 {
			end, next = len(s.text)-s.at, len(s.text)
		}
		s.scanLine(s.text[s.at:s.at+end], next)
		s.at = next
		s.line++
	}
}

// reopen goes back behind the line in which the open string began.
func (s *scanner) reopen() {
	s.at, s.line, s.quote = s.openedAt, s.openedLine, 0
	s.code.lines = s.code.lines[:s.openedSize]
	s.code.number = s.code.number[:s.openedSize]
}

func (s *scanner) scanLine(line string, next int) {
	inside := s.quote != 0
	opened := false
	end := len(line)
	if s.quote == 0 && isPlain(line) {
		if line = trimEnd(line); line != "" {
			s.keep(line)
		}
		return
	}
scan:
	for i := 0; i < len(line); {
		if s.quote != 0 {
			i = s.closeTriple(line, i)
			continue
		}
		switch c := line[i]; c {
		case '#':
			end = i
			break scan
		case '\'', '"':
			if i+2 < len(line) && line[i+1] == c && line[i+2] == c {
				s.quote, opened = c, true
				i += 3
			} else {
				i = closeSingle(line, i)
			}
		default:
			i++
		}
	}
	if s.quote == 0 {
		line = trimEnd(line[:end])
	}
	if inside || line != "" {
		s.keep(line)
	}
	if opened && s.quote != 0 {
		s.openedAt, s.openedLine, s.openedSize = next, s.line+1, len(s.code.lines)
	}
}

// isPlain reports a line with neither strings nor a comment: most are, and to look for
// three bytes is quicker than to look at each.
func isPlain(line string) bool {
	return strings.IndexByte(line, '#') < 0 && strings.IndexByte(line, '\'') < 0 && strings.IndexByte(line, '"') < 0
}

func (s *scanner) keep(line string) {
	s.code.lines = append(s.code.lines, line)
	s.code.number = append(s.code.number, s.line)
}

func trimEnd(s string) string {
	for len(s) > 0 {
		switch s[len(s)-1] {
		case ' ', '\t', '\f':
			s = s[:len(s)-1]
		default:
			return s
		}
	}
	return s
}

// closeTriple returns where the open triple-quoted string ends, or the end of
// the line.
func (s *scanner) closeTriple(line string, i int) int {
	for ; i < len(line); i++ {
		switch {
		case line[i] == '\\':
			i++
		case line[i] == s.quote && i+2 < len(line) && line[i+1] == s.quote && line[i+2] == s.quote:
			s.quote = 0
			return i + 3
		}
	}
	return len(line)
}

// closeSingle returns where a string of one line ends that starts at i.
func closeSingle(line string, i int) int {
	quote := line[i]
	for i++; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case quote:
			return i + 1
		}
	}
	return len(line)
}
