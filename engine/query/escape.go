package query

import (
	"strconv"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/text"
)

// simpleEscapes are the one-letter escapes of Python's string literals.
var simpleEscapes = map[byte]byte{
	'\\': '\\', '\'': '\'', '"': '"', 'a': 7, 'b': 8, 'f': 12, 'n': 10, 'r': 13, 't': 9, 'v': 11,
}

// unescape decodes the escapes of raw, which starts at offset base of the
// query. Unknown escapes stay as they are written, as in Python.
func (l *lexer) unescape(raw string, base int, isBytes bool) string {
	var b strings.Builder
	for i := 0; i < len(raw); {
		if raw[i] != '\\' || i+1 >= len(raw) {
			b.WriteByte(raw[i])
			i++
			continue
		}
		c := raw[i+1]
		if e, ok := simpleEscapes[c]; ok {
			b.WriteByte(e)
			i += 2
			continue
		}
		n := 2
		switch {
		// A line that is continued: neither the backslash nor the end of the line is in the text.
		case c == '\n':
		case c == '\r':
			if i+2 < len(raw) && raw[i+2] == '\n' {
				n = 3
			}
		// Up to three octal digits. Python warns about those above \377, and takes them as characters.
		case c >= '0' && c <= '7':
			for n < 4 && i+n < len(raw) && raw[i+n] >= '0' && raw[i+n] <= '7' {
				n++
			}
			v, _ := strconv.ParseUint(raw[i+1:i+n], 8, 16)
			writeChar(&b, rune(v), isBytes)
		case c == 'x':
			n = l.hexEscape(&b, raw[i:], base+i, 2, isBytes)
		case c == 'u' && !isBytes:
			n = l.hexEscape(&b, raw[i:], base+i, 4, false)
		case c == 'U' && !isBytes:
			n = l.hexEscape(&b, raw[i:], base+i, 8, false)
		// The table of Unicode's names is a megabyte, and nobody writes one in a query.
		case c == 'N' && !isBytes:
			if end := strings.IndexByte(raw[i:], '}'); end > 0 {
				n = end + 1
			}
			l.diags.errorf(between(base+i, base+i+n), "bad-escape", "\\N{…} is not known here; write the character itself")
		default:
			b.WriteString(raw[i : i+2])
		}
		i += n
	}
	return b.String()
}

// hexEscape decodes an escape of that many hex digits and returns its length.
func (l *lexer) hexEscape(b *strings.Builder, s string, at, digits int, isBytes bool) int {
	end := 2
	for end < len(s) && end < 2+digits && isHex(s[end]) {
		end++
	}
	v, err := strconv.ParseUint(s[2:end], 16, 64)
	if err != nil || end < 2+digits || v > 0x10FFFF {
		l.diags.errorf(between(at, at+end), "bad-escape", "truncated or too large \\%c escape", s[1])
		return end
	}
	writeChar(b, rune(v), isBytes)
	return end
}

// isHex reports a digit of \x, \u and \U, in either case.
func isHex(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// writeChar appends one character (or byte).
func writeChar(b *strings.Builder, r rune, isBytes bool) {
	if isBytes {
		b.WriteByte(byte(r))
		return
	}
	b.Write(text.AppendRune(nil, r))
}
