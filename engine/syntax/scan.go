package syntax

import "strings"

// maxAgain bounds how often a text is read again from behind a bracket or quote
// that nothing closes.
const maxAgain = 16

// Parse splits a Python text into its Units.
func Parse(source string) *Text {
	source = Newlines(source)
	s := &scanner{
		text: &Text{Source: source, Units: make([]Unit, 0, len(source)/32+1), Tokens: make([]Token, 0, len(source)/4+16)},
		src:  source, line: 1, unit: -1,
	}
	s.run()
	s.close(-1)
	return s.text
}

// scanner is the state of Parse.
type scanner struct {
	text *Text
	src  string
	at   int
	line int // of at

	open   []bracket // that are open here
	blocks []block   // headers whose blocks are open here, the innermost last
	indent int       // of the line that is being read
	unit   int32     // the Unit that is being read, -1: none
	begun  bool      // something of this logical line was read

	again   int // how often it was gone back
	fields  int // fields of f-strings that nothing closes
	lambdas int // whose colon is to come, outside brackets
	comma   bool
	parens  bool // there are some that may mean nothing
}

// bracket is one that is open.
type bracket struct {
	closer byte
	lineAt int // offset behind its line, to go on there if nothing closes it
	line   int // its line
	token  int32
}

// block is the block of a header.
type block struct {
	unit   int32
	indent int
	inline bool // it stands on the header's line
}

const tab = 8 // where the next indentation stop is, as Python sees it

// run reads the text to its end.
func (s *scanner) run() {
	s.lineStart()
	for {
		if s.at >= len(s.src) {
			if len(s.open) > 0 && s.again < maxAgain {
				s.goBack()
				continue
			}
			s.endLine()
			return
		}
		c := s.src[s.at]
		switch class := classes[c]; class {
		case blank:
			s.at++
		case newline:
			s.at++
			s.line++
			switch {
			case len(s.open) == 0:
				s.endLine()
				s.lineStart()
			case s.startsStatement() && s.again < maxAgain:
				s.goBack()
			}
		case hash:
			if end := strings.IndexByte(s.src[s.at:], '\n'); end >= 0 {
				s.at += end
			} else {
				s.at = len(s.src)
			}
		case backslash:
			s.at++
			if s.at < len(s.src) && s.src[s.at] == '\n' {
				s.at++
				s.line++
			}
		case letter:
			s.word()
		case digit:
			s.number()
		case quote:
			s.str(s.at)
		default:
			s.operator(c)
		}
	}
}

// lineStart measures the indentation of a logical line.
func (s *scanner) lineStart() {
	s.indent = 0
	for ; s.at < len(s.src); s.at++ {
		switch s.src[s.at] {
		case ' ':
			s.indent++
		case '\t':
			s.indent += tab - s.indent%tab
		case '\f':
			s.indent = 0
		default:
			return
		}
	}
}

// begin makes room for a Token that starts here, in a new Unit if there is none.
func (s *scanner) begin() {
	if s.unit >= 0 {
		return
	}
	if !s.begun {
		s.close(s.indent)
		s.begun = true
	}
	parent := int32(-1)
	if n := len(s.blocks); n > 0 {
		parent = s.blocks[n-1].unit
	}
	s.unit = int32(len(s.text.Units))
	s.text.Units = append(s.text.Units, Unit{Line: s.line, Start: s.at, From: int32(len(s.text.Tokens)), Parent: parent})
	s.lambdas, s.comma, s.parens = 0, false, false
}

// add appends a Token that ends here.
func (s *scanner) add(start int, kind Kind, o op, sum uint32) {
	s.text.Tokens = append(s.text.Tokens, Token{int32(start), int32(s.at), sum, kind, o})
}

// endUnit ends the Unit that is being read.
func (s *scanner) endUnit(header bool) {
	if s.unit < 0 {
		return
	}
	u := &s.text.Units[s.unit]
	u.To = int32(len(s.text.Tokens))
	u.End = int(s.text.Tokens[u.To-1].End)
	u.Header, u.Last = header, s.unit+1
	s.finish(u)
	if header {
		s.blocks = append(s.blocks, block{s.unit, s.indent, true})
	}
	s.unit = -1
}

// endLine ends a logical line. A header that ends it has its block below.
func (s *scanner) endLine() {
	if !s.begun {
		return
	}
	s.endUnit(s.unit >= 0 && s.compound())
	for n := len(s.blocks); n > 0 && s.blocks[n-1].inline; n = len(s.blocks) {
		b := &s.blocks[n-1]
		if int(b.unit) == len(s.text.Units)-1 {
			b.inline = false
			break
		}
		s.closeBlock()
	}
	s.begun, s.open = false, s.open[:0]
}

// close ends the blocks that a line of this indentation is not in.
func (s *scanner) close(indent int) {
	for n := len(s.blocks); n > 0 && s.blocks[n-1].indent >= indent; n = len(s.blocks) {
		s.closeBlock()
	}
}

// closeBlock ends the innermost block: the Units up to here are in it.
func (s *scanner) closeBlock() {
	n := len(s.blocks) - 1
	s.text.Units[s.blocks[n].unit].Last = int32(len(s.text.Units))
	s.blocks = s.blocks[:n]
}

// startsStatement reports a line that begins with a word that only a statement
// can begin with: brackets that are open before it were never closed.
func (s *scanner) startsStatement() bool {
	at := s.at
	for at < len(s.src) && (s.src[at] == ' ' || s.src[at] == '\t') {
		at++
	}
	end := at
	for end < len(s.src) && classes[s.src[end]] == letter {
		end++
	}
	switch s.src[at:end] {
	case "def", "class", "return", "import", "raise", "while", "with", "try", "except", "finally", "elif",
		"pass", "break", "continue", "del", "assert", "global", "nonlocal":
		return end == len(s.src) || classes[s.src[end]] != digit
	}
	return false
}

// goBack ends the logical line behind the line of the first bracket that is open, and
// reads on from there.
func (s *scanner) goBack() {
	s.again++
	b := s.open[0]
	n := len(s.text.Tokens)
	for n > 0 && int(s.text.Tokens[n-1].Start) >= b.lineAt {
		n--
	}
	s.text.Tokens = s.text.Tokens[:n]
	s.at, s.line, s.open = b.lineAt, b.line+1, s.open[:0]
	s.endLine()
	s.lineStart()
}

// lineEnd is the offset behind the line of an offset.
func (s *scanner) lineEnd(at int) int {
	if end := strings.IndexByte(s.src[at:], '\n'); end >= 0 {
		return at + end + 1
	}
	return len(s.src)
}
