package syntax

import "strings"

// str reads a string whose prefix begins at start and whose quotes are here. One that
// nothing ends ends with its line.
func (s *scanner) str(start int) {
	at, line := s.at, s.line
	s.at = start
	s.begin()
	s.at = at
	prefix := strings.ToLower(s.src[start:at])
	raw := strings.Contains(prefix, "r")
	q := quotes{s.src[at], s.src[at : at+1]}
	if strings.HasPrefix(s.src[at:], strings.Repeat(q.text, 3)) {
		q.text = s.src[at : at+3]
	}
	s.at += len(q.text)
	ended := s.body(q, strings.ContainsAny(prefix, "ft"), 0)
	inside := s.src[at+len(q.text) : s.at]
	if ended {
		inside = inside[:len(inside)-len(q.text)]
	} else if end := s.lineEnd(at); end < s.at {
		s.at, s.line = end-1, line
		inside = s.src[at+1 : s.at]
	}
	s.add(start, String, 0, sumString(strings.TrimPrefix(prefix, "u"), inside, raw))
}

// quotes are those that end a string.
type quotes struct {
	char byte
	text string // one of them or three
}

const (
	maxNested = 32 // strings in fields of strings
	maxFields = 64 // fields that nothing closes, beyond which braces are text
)

// body reads to the end of a string and reports whether there is one. In the fields of
// an f-string there may be strings with the same quotes.
func (s *scanner) body(q quotes, fields bool, depth int) bool {
	long := len(q.text) == 3
	for s.at < len(s.src) {
		switch c := s.src[s.at]; {
		case c == '\\':
			s.at++
			if s.at < len(s.src) {
				if s.src[s.at] == '\n' {
					s.line++
				}
				s.at++
			}
		case c == '\n':
			if !long {
				return false
			}
			s.line++
			s.at++
		case c == q.char && strings.HasPrefix(s.src[s.at:], q.text):
			s.at += len(q.text)
			return true
		case c == '{' && fields && depth < maxNested && s.fields < maxFields:
			s.at++
			if s.at < len(s.src) && s.src[s.at] == '{' {
				s.at++
			} else {
				s.field(q, depth)
			}
		default:
			s.at++
		}
	}
	return false
}

// field reads the rest of a field in an f-string, its closing brace included. Where it
// is not closed, it is taken for text.
func (s *scanner) field(around quotes, depth int) {
	at, line := s.at, s.line
	if !s.expression(around, depth) {
		s.fields++
		s.at, s.line = at, line
	}
}

// expression reads what stands in the braces, a format behind a colon included, up to the
// brace that closes it; false where there is none.
func (s *scanner) expression(around quotes, depth int) bool {
	brackets := 0
	for s.at < len(s.src) {
		switch c := s.src[s.at]; {
		case classes[c] == quote:
			q := quotes{c, s.src[s.at : s.at+1]}
			if strings.HasPrefix(s.src[s.at:], strings.Repeat(q.text, 3)) {
				q.text = s.src[s.at : s.at+3]
			}
			fields := s.at > 0 && (s.src[s.at-1]|0x20 == 'f' || s.src[s.at-1]|0x20 == 't')
			s.at += len(q.text)
			if !s.body(q, fields, depth+1) {
				return false
			}
		case c == '(' || c == '[' || c == '{':
			brackets++
			s.at++
		case (c == ')' || c == ']' || c == '}') && brackets > 0:
			brackets--
			s.at++
		case c == '}':
			s.at++
			return true
		case c == ':' && brackets == 0:
			s.at++
			return s.spec(around, depth)
		case c == '\n':
			if len(around.text) == 1 && brackets == 0 {
				return false
			}
			s.line++
			s.at++
		default:
			s.at++
		}
	}
	return false
}

// spec reads a format, which is text with fields in it, and the brace that closes it.
func (s *scanner) spec(around quotes, depth int) bool {
	for s.at < len(s.src) {
		switch c := s.src[s.at]; {
		case c == '}':
			s.at++
			return true
		case c == '{' && depth < maxNested:
			s.at++
			if !s.expression(around, depth+1) {
				return false
			}
		case c == around.char && strings.HasPrefix(s.src[s.at:], around.text):
			return false
		case c == '\n':
			if len(around.text) == 1 {
				return false
			}
			s.line++
			s.at++
		default:
			s.at++
		}
	}
	return false
}

// sumString is the same for strings that differ in their quotes only.
func sumString(prefix, inside string, raw bool) uint32 {
	h := sum32(prefix + "'")
	for i := 0; i < len(inside); i++ {
		c := inside[i]
		if c == '\\' && i+1 < len(inside) {
			i++
			if quoted := inside[i] == '\'' || inside[i] == '"'; raw || !quoted {
				h = (h ^ uint32(c)) * prime
			}
			c = inside[i]
		}
		h = (h ^ uint32(c)) * prime
	}
	return h
}
