package query

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// maxText bounds a query's length in bytes: a person writes less, and every
// later phase may then be simple.
const maxText = 64 << 10

// lexer cuts a text into tokens. Line ends count as blanks, for a query always
// stands between the brackets of a call.
type lexer struct {
	text  string
	pos   int
	diags *collector
}

// lex returns the tokens of text, ending with one tokEOF.
// Later phases look one token ahead without asking whether it is there, for they stop at tokEOF.
func lex(text string, diags *collector) []token {
	if len(text) > maxText {
		diags.errorf(between(maxText, len(text)), "too-long", "query is longer than %d bytes", maxText)
		text = text[:maxText]
	}
	l := &lexer{text: text, diags: diags}
	var out []token
	for {
		l.skipBlanks()
		if l.pos >= len(l.text) {
			return append(out, token{kind: tokEOF, span: between(len(l.text), len(l.text))})
		}
		if t := l.next(); t.kind != tokBad {
			out = append(out, t)
		}
	}
}

// skipBlanks goes past blanks, comments and escaped ends of lines. All ends of lines are blanks: a
// query is one expression.
func (l *lexer) skipBlanks() {
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; {
		case strings.IndexByte(" \t\r\n\f", c) >= 0:
			l.pos++
		case c == '\\' && l.pos+1 < len(l.text) && (l.text[l.pos+1] == '\n' || l.text[l.pos+1] == '\r'):
			l.pos += 2
		case c == '#':
			if i := strings.IndexAny(l.text[l.pos:], "\r\n"); i >= 0 {
				l.pos += i
			} else {
				l.pos = len(l.text)
			}
		default:
			return
		}
	}
}

// next cuts one token off; the position always moves on.
// A string's prefix is read as a name first: only the quote behind it tells that it is one.
func (l *lexer) next() token {
	start, c := l.pos, l.text[l.pos]
	switch {
	case c >= '0' && c <= '9' || c == '.' && l.pos+1 < len(l.text) && isDigit(l.text[l.pos+1]):
		return l.number()
	case c == '"' || c == '\'':
		return l.str(start, "")
	case c < utf8.RuneSelf && !isNameByte(c):
		return l.operator()
	}
	for l.pos < len(l.text) {
		r, size := utf8.DecodeRuneInString(l.text[l.pos:])
		if !isNameRune(r, l.pos > start) || r == utf8.RuneError && size <= 1 {
			break
		}
		l.pos += size
	}
	if l.pos == start {
		return l.bad()
	}
	name := l.text[start:l.pos]
	if l.pos < len(l.text) && (l.text[l.pos] == '"' || l.text[l.pos] == '\'') && isPrefix(name) {
		return l.str(start, strings.ToLower(name))
	}
	return token{kind: tokName, span: between(start, l.pos), text: name}
}

// operator reads the longest operator there is; operators has the longer ones first.
func (l *lexer) operator() token {
	rest := l.text[l.pos:]
	for _, op := range operators {
		if strings.HasPrefix(rest, op) {
			l.pos += len(op)
			return token{kind: tokOp, span: between(l.pos-len(op), l.pos), text: op}
		}
	}
	return l.bad()
}

// bad reports the character at the position and steps over it and its like.
func (l *lexer) bad() token {
	start := l.pos
	r, size := utf8.DecodeRuneInString(l.text[l.pos:])
	l.pos += size
	switch hint := asciiFor(r); {
	case r == utf8.RuneError && size <= 1:
		l.diags.errorf(between(start, l.pos), "not-utf8", "the text is not UTF-8 here")
	case hint != "":
		l.diags.add(diag.Diagnostic{Severity: diag.Error, Code: "bad-character", Span: between(start, l.pos),
			Summary: fmt.Sprintf("invalid character '%c' (U+%04X)", r, r), Hint: "Did you mean " + hint + "?", Fix: hint})
	case unicode.IsPrint(r):
		l.diags.errorf(between(start, l.pos), "bad-character", "invalid character '%c'", r)
	default:
		l.diags.errorf(between(start, l.pos), "bad-character", "invalid character U+%04X", r)
	}
	return token{kind: tokBad}
}

// asciiFor is what a person meant by a character that word processors put in.
// Queries are copied out of mails and documents.
func asciiFor(r rune) string {
	switch r {
	case '“', '”', '„', '«', '»':
		return `"`
	case '‘', '’', '‚':
		return `'`
	case '，':
		return ","
	case '（':
		return "("
	case '）':
		return ")"
	case '＝':
		return "="
	case '–', '—', '−':
		return "-"
	}
	return ""
}

// isDigit reports ASCII digits: Python's numbers have no others.
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isNameByte reports what may be in an ASCII identifier.
func isNameByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c)
}

// isNameRune reports what may be in an identifier, or begin one (PEP 3131, without its few
// compatibility exceptions).
func isNameRune(r rune, inside bool) bool {
	if r < utf8.RuneSelf {
		return isNameByte(byte(r)) && (inside || !isDigit(byte(r)))
	}
	return unicode.IsLetter(r) || inside && (unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r) || unicode.Is(unicode.Pc, r))
}

// isPrefix reports whether name before a quote is part of a string literal.
// t-strings (PEP 750) are read, to say of them what is said of f-strings.
func isPrefix(name string) bool {
	switch strings.ToLower(name) {
	case "r", "u", "b", "f", "br", "rb", "fr", "rf", "t", "tr", "rt":
		return true
	}
	return false
}
