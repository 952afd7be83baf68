package syntax

import "strings"

// class is what a byte begins.
type class uint8

const (
	other class = iota
	blank
	newline
	hash
	backslash
	letter
	digit
	quote
)

// classes says what a byte begins. Bytes beyond ASCII are letters: names may have
// any that are.
var classes = func() (t [256]class) {
	for c := range t {
		switch {
		case c == '_', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c >= 0x80:
			t[c] = letter
		case '0' <= c && c <= '9':
			t[c] = digit
		}
	}
	t[' '], t['\t'], t['\f'], t['\n'], t['#'], t['\\'], t['\''], t['"'] = blank, blank, blank, newline, hash, backslash, quote, quote
	return t
}()

// op is an operator: its first byte, or one of these.
type op uint8

const (
	opAssign  op = 1 // +=, -= …
	opCompare op = 2 // ==, <=, …
	opOther   op = 3
)

// word reads a name or keyword, or the prefix of a string, which belongs to it.
func (s *scanner) word() {
	s.begin()
	start := s.at
	h := uint32(seed)
	for s.at < len(s.src) && (classes[s.src[s.at]] == letter || classes[s.src[s.at]] == digit) {
		h = (h ^ uint32(s.src[s.at])) * prime
		s.at++
	}
	if s.at < len(s.src) && classes[s.src[s.at]] == quote && isPrefix(s.src[start:s.at]) {
		s.str(start)
		return
	}
	if len(s.open) == 0 && s.src[start:s.at] == "lambda" {
		s.lambdas++
	}
	s.add(start, Name, 0, h)
}

// isPrefix reports what may stand before a string's quotes.
func isPrefix(word string) bool {
	return len(word) <= 2 && strings.Trim(word, "rRbBuUfFtT") == ""
}

// number reads a number, whose letters have no case.
func (s *scanner) number() {
	s.begin()
	start := s.at
	h := uint32(seed)
	for ; s.at < len(s.src); s.at++ {
		c := s.src[s.at]
		sign := (c == '+' || c == '-') && s.src[s.at-1]|0x20 == 'e' && !strings.HasPrefix(s.src[start:], "0x") && !strings.HasPrefix(s.src[start:], "0X")
		if classes[c] != letter && classes[c] != digit && c != '.' && !sign {
			break
		}
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		h = (h ^ uint32(c)) * prime
	}
	s.add(start, Number, 0, h)
}

// operator reads one, and keeps count of brackets.
func (s *scanner) operator(c byte) {
	if c == '.' && s.at+1 < len(s.src) && classes[s.src[s.at+1]] == digit {
		s.number()
		return
	}
	if c == ';' && len(s.open) == 0 {
		s.at++
		s.endUnit(false)
		return
	}
	s.begin()
	start, o := s.at, op(c)
	s.at++
	switch c {
	case '(', '[', '{':
		s.push(c)
	case ')', ']', '}':
		s.pop(c)
	default:
		o = s.rest(c)
	}
	s.add(start, Op, o, sum32(s.src[start:s.at]))
	if c == ':' && o == ':' && len(s.open) == 0 {
		s.colon()
	}
}

// rest reads what belongs to an operator behind its first byte.
func (s *scanner) rest(c byte) op {
	next := func(b byte) bool {
		if s.at < len(s.src) && s.src[s.at] == b {
			s.at++
			return true
		}
		return false
	}
	o := op(c)
	switch c {
	case '*', '/', '<', '>':
		if next(c) {
			o = opOther
		}
	case '-':
		if next('>') {
			return opOther
		}
	}
	if strings.IndexByte("+-*/%@&|^<>=!:", c) < 0 || !next('=') {
		return o
	}
	if strings.IndexByte("<>=!", c) >= 0 && o != opOther {
		return opCompare
	}
	if c == ':' {
		return opOther
	}
	return opAssign
}

// push notes an opening bracket. Behind no value a parenthesis calls nothing, and may be
// one that a formatter has put there.
func (s *scanner) push(c byte) {
	token := int32(len(s.text.Tokens))
	if c == '(' && !s.text.isOperand(s.text.Units[s.unit].From, token-1) {
		s.parens = true
	}
	closer := c + 2
	if c == '(' {
		closer = ')'
	}
	s.open = append(s.open, bracket{closer, s.lineEnd(s.at), s.line, token})
}

// pop closes the innermost bracket of its kind, and those inside it, which nothing closed.
// A closer of nothing is a token like another.
func (s *scanner) pop(c byte) {
	if n := len(s.text.Tokens); n > 0 && s.text.Tokens[n-1].op == ',' {
		s.comma = true
	}
	for i := len(s.open) - 1; i >= 0; i-- {
		if s.open[i].closer == c {
			if s.open[i].token == int32(len(s.text.Tokens))-1 {
				s.parens = true // "()": a class may have them or not
			}
			s.open = s.open[:i]
			return
		}
	}
}

// isOperand reports whether the Token at i, of a Unit that begins at from, is a value:
// a bracket behind it calls or subscribes it.
func (t *Text) isOperand(from, i int32) bool {
	if i < from {
		return false
	}
	switch k := t.Tokens[i]; k.Kind {
	case Op:
		return k.op == ')' || k.op == ']' || k.op == '}'
	case Name:
		return !isKeyword(t.text(i))
	}
	return true
}

// isKeyword reports words behind which a parenthesis calls nothing.
func isKeyword(word string) bool {
	switch word {
	case "and", "as", "assert", "await", "case", "del", "elif", "else", "except", "for", "from", "if", "import", "in", "is",
		"lambda", "match", "not", "or", "raise", "return", "while", "with", "yield":
		return true
	}
	return false
}

// colon ends a header, unless it is a lambda's or an annotation's.
func (s *scanner) colon() {
	if s.lambdas > 0 {
		s.lambdas--
		return
	}
	if s.isHeader() {
		s.endUnit(true)
	}
}

// isHeader reports whether a colon that was read ends a header.
func (s *scanner) isHeader() bool {
	u := &s.text.Units[s.unit]
	switch s.text.text(u.From) {
	case "match": // a name like another, but for a colon at the end of the line
		return s.second() != ":" && s.endsLine()
	case "case":
		return s.second() != ":" && u.Parent >= 0 && s.text.First(u.Parent) == "match"
	}
	return s.compound()
}

// compound reports a Unit that begins as only a header does: it is one, though its colon
// is not there yet.
func (s *scanner) compound() bool {
	switch s.text.text(s.text.Units[s.unit].From) {
	case "if", "elif", "else", "for", "while", "try", "except", "finally", "with", "def", "class":
		return true
	case "async":
		second := s.second()
		return second == "def" || second == "for" || second == "with"
	}
	return false
}

// second is the second Token of the Unit that is being read.
func (s *scanner) second() string {
	if at := s.text.Units[s.unit].From + 1; at < int32(len(s.text.Tokens)) {
		return s.text.text(at)
	}
	return ""
}

// endsLine reports whether nothing but a comment follows on this line.
func (s *scanner) endsLine() bool {
	rest := strings.TrimLeft(s.src[s.at:s.lineEnd(s.at)], " \t\f")
	return rest == "" || rest[0] == '\n' || rest[0] == '#'
}

// FNV-1a, which is as good as any for telling a few thousand short texts apart.
const (
	seed  = 2166136261
	prime = 16777619
)

// sum32 is FNV-1a of a text, in 32 bits.
func sum32(s string) uint32 {
	h := uint32(seed)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * prime
	}
	return h
}

// mix takes a Token into the sum of a Unit.
func mix(sum uint64, token uint32) uint64 {
	sum = (sum ^ uint64(token)) * 0x9E3779B97F4A7C15
	return sum ^ sum>>29
}
