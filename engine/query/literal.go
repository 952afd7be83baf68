package query

import (
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDigits is CPython's limit for a decimal int literal.
// CPython counts digits since 3.11 (gh-95778): converting them takes the square of their number.
const maxDigits = 4300

// number reads an int, float or imaginary literal.
// As CPython's tokenizer does, it takes all that could belong to a number, and then finds
// out whether it is one: 1_ and 12ab are bad numbers, and not a number and a name.
func (l *lexer) number() token {
	start := l.pos
	rest := l.text[start:]
	n := 0
	if len(rest) > 1 && rest[0] == '0' && strings.IndexByte("xXoObB", rest[1]) >= 0 {
		n = 2
	}
	hex := n == 2 && (rest[1] == 'x' || rest[1] == 'X')
	for n < len(rest) {
		c := rest[n]
		// A sign belongs to a number only behind an e, which in hexadecimal is a digit: 0xe+1 is a sum.
		exponent := !hex && (rest[n-min(n, 1)] == 'e' || rest[n-min(n, 1)] == 'E')
		if !isNameByte(c) && c != '.' && !((c == '+' || c == '-') && exponent) {
			break
		}
		n++
	}
	l.pos += n
	span, text := between(start, l.pos), rest[:n]
	v, problem := parseNumber(text)
	if problem != "" {
		l.diags.errorf(span, "bad-number", "%s %q", problem, clip(text, 40))
	}
	return token{kind: tokNumber, span: span, text: text, value: v}
}

// parseNumber reads Python's numeric literals; problem is "" when text is one.
func parseNumber(text string) (v Value, problem string) {
	zero := Value{Kind: Int, Int: new(big.Int)}
	plain := strings.ReplaceAll(text, "_", "")
	// Underscores stand between two digits, nowhere else (PEP 515). After this check they
	// mean nothing and are gone.
	if strings.HasPrefix(text, "_") || strings.HasSuffix(text, "_") || strings.Contains(text, "__") || strings.Contains(text, "_.") || strings.Contains(text, "._") {
		return zero, "invalid decimal literal"
	}
	lower := strings.ToLower(plain)
	// SetString would take a sign behind the prefix, which Python does not: 0x-1 is a difference.
	if len(lower) > 1 && lower[0] == '0' && strings.IndexByte("xob", lower[1]) >= 0 {
		base := map[byte]int{'x': 16, 'o': 8, 'b': 2}[lower[1]]
		if i, ok := new(big.Int).SetString(lower[2:], base); ok && lower[2:] != "" && lower[2] != '-' && lower[2] != '+' {
			return Value{Kind: Int, Int: i}, ""
		}
		return zero, "invalid literal"
	}
	if body, imaginary := strings.CutSuffix(lower, "j"); imaginary {
		f, ok := parseFloat(body)
		if !ok {
			return zero, "invalid imaginary literal"
		}
		return Value{Kind: Complex, Imag: f}, ""
	}
	if !strings.ContainsAny(lower, ".e") {
		i, ok := new(big.Int).SetString(lower, 10)
		switch {
		case !ok:
			return zero, "invalid decimal literal"
		case len(lower) > maxDigits:
			return zero, "integer literal with more than 4300 digits"
		// 0777 was octal in Python 2, and is refused since it would mean something else; 00 is 0.
		case len(lower) > 1 && lower[0] == '0' && i.Sign() != 0:
			return zero, "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers:"
		}
		return Value{Kind: Int, Int: i}, ""
	}
	f, ok := parseFloat(lower)
	if !ok {
		return zero, "invalid decimal literal"
	}
	return Value{Kind: Float, Float: f}, ""
}

// parseFloat reads digits with a point or exponent; too big is infinity, as in
// Python.
func parseFloat(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "0123456789.e+-") != "" || !isDigit(s[0]) && s[0] != '.' {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if e, ok := err.(*strconv.NumError); ok && e.Err == strconv.ErrRange {
		return f, true
	}
	return f, err == nil
}

// str reads a string literal whose prefix (lower case) starts at start; the
// position is at its quote.
func (l *lexer) str(start int, prefix string) token {
	quote := l.text[l.pos : l.pos+1]
	if strings.HasPrefix(l.text[l.pos:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	l.pos += len(quote)
	body := l.pos
	end := l.stringEnd(quote)
	span := between(start, l.pos)
	t := token{kind: tokString, span: span, text: l.text[start:l.pos], inner: -1}
	if end < 0 {
		end = l.pos
		l.diags.errorf(between(start, body), "unterminated-string", "unterminated string literal")
	}
	// What an f-string shows needs a frame. That it was one is all that later phases ask.
	if strings.ContainsAny(prefix, "ft") {
		t.fstring = true
		return t
	}
	t.value = Value{Kind: Str}
	if strings.Contains(prefix, "b") {
		t.value.Kind = Bytes
	}
	raw := l.text[body:end]
	t.value.Str = raw
	if t.value.Kind == Bytes {
		for i := 0; i < len(raw); i++ {
			if raw[i] >= utf8.RuneSelf {
				l.diags.errorf(between(body+i, body+i+1), "bad-bytes", "bytes can only contain ASCII literal characters")
				break
			}
		}
	}
	if !strings.Contains(prefix, "r") && strings.Contains(raw, `\`) {
		t.value.Str = l.unescape(raw, body, t.value.Kind == Bytes)
	}
	// Python's reader makes one of all ends of lines before it reads a literal.
	if strings.ContainsRune(t.value.Str, '\r') {
		t.value.Str = strings.ReplaceAll(strings.ReplaceAll(t.value.Str, "\r\n", "\n"), "\r", "\n")
	}
	// Offsets in the value are offsets in the text then, so that a mistake in a regular
	// expression can be pointed at.
	if t.value.Str == raw {
		t.inner = body
	}
	if i := strings.IndexByte(raw, 0); i >= 0 {
		l.diags.errorf(between(body+i, body+i+1), "bad-character", "source code cannot contain null bytes")
	}
	if !utf8.ValidString(raw) {
		l.diags.errorf(between(body, end), "not-utf8", "the text is not UTF-8 here")
	}
	return t
}

// stringEnd moves behind the closing quote and returns where it starts, or
// moves to the end of the line (of the text, for a triple quote) and returns -1.
func (l *lexer) stringEnd(quote string) int {
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; {
		// Even in a raw string a backslash keeps a quote from ending it.
		case c == '\\':
			l.pos = min(l.pos+2, len(l.text))
		case strings.HasPrefix(l.text[l.pos:], quote):
			l.pos += len(quote)
			return l.pos - len(quote)
		case len(quote) == 1 && (c == '\n' || c == '\r'):
			return -1
		default:
			l.pos++
		}
	}
	return -1
}

// clip shortens s to n bytes on a character boundary.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
