package pyregex

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tallyho-dev/tallyho/engine/text"
)

// atom reads one piece without its quantifier; nil for one that says nothing,
// such as a comment.
func (p *parser) atom() *node {
	c := p.peek()
	switch c {
	case '(':
		return p.group()
	case '[':
		return p.class()
	case '.':
		p.pos++
		return &node{kind: kindSet, set: charSet{any: true, newline: p.flags&FlagS != 0}, flags: p.flags}
	case '^', '$':
		p.pos++
		return &node{kind: kindAssert, op: c, flags: p.flags}
	case '\\':
		return p.escape()
	}
	// A } or ] that closes nothing is itself, as in Python.
	return p.literal(p.char())
}

// char reads one character.
func (p *parser) char() rune {
	r, size := text.DecodeRune(p.s[p.pos:])
	p.pos += size
	return r
}

// literal is a set of one character, in either case where the flags say so.
func (p *parser) literal(r rune) *node {
	return &node{kind: kindSet, set: charSet{ranges: []runeRange{{r, r}}, fold: p.flags&FlagI != 0}, flags: p.flags}
}

// escape reads a backslash outside a class.
func (p *parser) escape() *node {
	start := p.pos
	p.pos++
	if !p.more() {
		p.fail(start, "bad escape (end of pattern)")
	}
	c := p.peek()
	if strings.IndexByte("AZbB", c) >= 0 {
		p.pos++
		return &node{kind: kindAssert, op: c, flags: p.flags}
	}
	// \12 is the twelfth group, \012 and \123 are characters: three octal digits win (sre_parse).
	if c >= '1' && c <= '9' && !p.octal() {
		n := 0
		for i := 0; i < 2 && p.more() && isDigit(p.peek()); i++ {
			n = n*10 + int(p.peek()-'0')
			p.pos++
		}
		// A group that comes later cannot be referred to.
		if n > p.groups {
			p.fail(start+1, "invalid group reference %d", n)
		}
		p.backreference(start)
		return &node{kind: kindEmpty}
	}
	p.pos = start
	set := p.classEscape(false)
	return &node{kind: kindSet, set: set, flags: p.flags}
}

// backreference notes the first back-reference: Check refuses patterns with one, whose
// time cannot be bounded.
func (p *parser) backreference(at int) {
	if p.backref < 0 {
		p.backref = at
	}
}

// octal reports whether an escape of three octal digits is at the position.
func (p *parser) octal() bool {
	if p.pos+3 > len(p.s) {
		return false
	}
	for i := p.pos; i < p.pos+3; i++ {
		if p.s[i] < '0' || p.s[i] > '7' {
			return false
		}
	}
	return true
}

// classEscape reads a backslash that stands for one character or a category.
func (p *parser) classEscape(inClass bool) charSet {
	start := p.pos
	p.pos++
	if !p.more() {
		p.fail(start, "bad escape (end of pattern)")
	}
	r := p.char()
	one := func(r rune) charSet {
		return charSet{ranges: []runeRange{{r, r}}, fold: p.flags&FlagI != 0}
	}
	switch r {
	case 'd', 'D', 's', 'S', 'w', 'W':
		return charSet{classes: string(r), ascii: p.flags&FlagA != 0}
	case 'a', 'f', 'n', 'r', 't', 'v':
		return one(map[rune]rune{'a': 7, 'f': 12, 'n': 10, 'r': 13, 't': 9, 'v': 11}[r])
	// In a class it is a backspace, outside of one the edge of a word (escape).
	case 'b':
		if inClass {
			return one(8)
		}
	case 'x':
		return one(p.hex(start, 2))
	case 'u':
		return one(p.hex(start, 4))
	case 'U':
		v := p.hex(start, 8)
		if v > unicode.MaxRune {
			p.fail(start, "bad escape %s", p.s[start:p.pos])
		}
		return one(v)
	// The table of names is a megabyte, and nobody writes one in a query.
	case 'N':
		end := strings.IndexByte(p.s[p.pos:], '}')
		if p.peek() != '{' || end < 0 {
			p.fail(start, "missing {")
		}
		panic(&Error{Text: "\\N{…} is not known here; write the character itself", At: start, Code: "regex-unsupported"})
	}
	if r >= '0' && r <= '7' {
		v, n := r-'0', 1
		for n < 3 && p.more() && p.peek() >= '0' && p.peek() <= '7' {
			v = v*8 + rune(p.peek()-'0')
			p.pos++
			n++
		}
		if v > 0o377 {
			p.fail(start, "octal escape value %s outside of range 0-0o377", p.s[start:p.pos])
		}
		return one(v)
	}
	// Python keeps letters for escapes to come: an unknown one is an error, not itself.
	if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
		p.fail(start, "bad escape \\%c", r)
	}
	return one(r)
}

// hex reads exactly so many digits, as Python wants them; start is where the error is shown.
func (p *parser) hex(start, digits int) rune {
	v := rune(0)
	for i := 0; i < digits; i++ {
		if !p.more() || !isHex(p.peek()) {
			p.fail(start, "incomplete escape %s", p.s[start:p.pos])
		}
		c := p.peek() | 0x20
		if isDigit(p.peek()) {
			v = v<<4 | rune(c-'0')&0xF
		} else {
			v = v<<4 | rune(c-'a'+10)
		}
		p.pos++
	}
	return v
}

// class reads […].
// Ranges and categories are kept as they are written, not spelled out: charset.go asks them in turn.
func (p *parser) class() *node {
	start := p.pos
	p.pos++
	// A ] that stands first is a member, as in POSIX; so "[]" is not closed.
	set := charSet{fold: p.flags&FlagI != 0, ascii: p.flags&FlagA != 0}
	set.negate = p.accept('^')
	for first := true; ; first = false {
		if !p.more() {
			p.fail(start, "unterminated character set")
		}
		if p.peek() == ']' && !first {
			p.pos++
			return &node{kind: kindSet, set: set, flags: p.flags}
		}
		at := p.pos
		// A - at the end, or behind a category, is itself.
		low := p.member()
		if p.peek() != '-' || p.pos+1 < len(p.s) && p.s[p.pos+1] == ']' || p.pos+1 >= len(p.s) {
			set.merge(low)
			if p.peek() == '-' && p.pos+1 >= len(p.s) {
				p.fail(start, "unterminated character set")
			}
			continue
		}
		p.pos++
		// A category has no order, so it can be neither end of a range.
		high := p.member()
		lo, ok1 := low.single()
		hi, ok2 := high.single()
		if !ok1 || !ok2 || hi < lo {
			p.fail(at, "bad character range %s", p.s[at:p.pos])
		}
		set.ranges = append(set.ranges, runeRange{lo, hi})
	}
}

// member reads one character or category of a class.
// Case is folded for the class as a whole, so single characters in it are kept as they are.
func (p *parser) member() charSet {
	if p.peek() == '\\' {
		return p.classEscape(true)
	}
	r := p.char()
	return charSet{ranges: []runeRange{{r, r}}}
}
