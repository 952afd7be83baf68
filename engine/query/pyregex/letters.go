package pyregex

import (
	"unicode"
	"unicode/utf8"
)

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// isWord reports whether an ASCII character is one of \w.
func isWord(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c)
}

// isIdentifier reports whether r may be in a group's name: at its start, or inside.
func isIdentifier(r rune, inside bool) bool {
	if r < utf8.RuneSelf {
		return isWord(byte(r)) && (inside || !isDigit(byte(r)))
	}
	return unicode.IsLetter(r) || inside && (unicode.IsDigit(r) || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Pc))
}
