package lsp

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonNode is a value of a JSON text with comments, as far as it could be read. It
// exists to find strings in a file that somebody is typing in: nothing is refused.
type jsonNode struct {
	kind       jsonKind
	start, end int         // bytes of the document; of a string, between its quotes
	text       string      // of a string, decoded
	offsets    []int       // of a string: where in the document each byte of text comes from, and its end
	open       bool        // of a string: the closing quote is missing
	keys       []*jsonNode // of an object
	items      []*jsonNode // of an array; of an object, the values beside keys
}

// jsonKind is what a value is, as far as finding queries in it needs that.
type jsonKind uint8

const (
	jsonOther jsonKind = iota
	jsonString
	jsonObject
	jsonArray
)

// jsonDepth bounds nesting; what is deeper is passed over.
const jsonDepth = 64

// parseJSONC reads the first value in text.
func parseJSONC(text string) *jsonNode {
	p := &jsonParser{text: text}
	p.space()
	return p.value(0)
}

// get is the value of a key, nil where there is none.
func (n *jsonNode) get(key string) *jsonNode {
	if n == nil || n.kind != jsonObject {
		return nil
	}
	for i, k := range n.keys {
		if k.text == key {
			return n.items[i]
		}
	}
	return nil
}

// each calls f with n and every value below it.
func (n *jsonNode) each(f func(*jsonNode)) {
	if n == nil {
		return
	}
	f(n)
	for _, item := range n.items {
		item.each(f)
	}
}

// jsonParser reads JSON with comments and trailing commas, as editors write their files, and
// keeps places. It takes more than is JSON, for somebody may be typing, and it is not the one
// to judge that.
type jsonParser struct {
	text string
	at   int
}

// peek is the next byte, 0 at the end.
func (p *jsonParser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

// done reports whether nothing is left.
func (p *jsonParser) done() bool { return p.at >= len(p.text) }

// space passes blanks, comments, and the commas and colons between values: whether
// they stand where they should is the JSON server's business.
func (p *jsonParser) space() {
	for !p.done() {
		switch c := p.text[p.at]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == ':':
			p.at++
		case c == '/' && p.at+1 < len(p.text) && p.text[p.at+1] == '/':
			for !p.done() && p.text[p.at] != '\n' {
				p.at++
			}
		case c == '/' && p.at+1 < len(p.text) && p.text[p.at+1] == '*':
			for p.at += 2; !p.done(); p.at++ {
				if p.text[p.at] == '/' && p.text[p.at-1] == '*' {
					p.at++
					break
				}
			}
		default:
			return
		}
	}
}

// value reads one value and always moves on, but before a closing bracket.
func (p *jsonParser) value(depth int) *jsonNode {
	switch c := p.peek(); {
	case c == '"':
		return p.str()
	case c == '{' && depth < jsonDepth:
		return p.object(depth)
	case c == '[' && depth < jsonDepth:
		return p.array(depth)
	}
	n := &jsonNode{start: p.at}
	for !p.done() {
		switch p.text[p.at] {
		case ',', ':', '}', ']', '\n', '"':
			n.end = p.at
			return n
		case '{', '[':
			if p.at > n.start {
				n.end = p.at
				return n
			}
		}
		p.at++
	}
	n.end = p.at
	return n
}

// object reads pairs. A key whose value is missing, at the end of what has been typed, is left out.
func (p *jsonParser) object(depth int) *jsonNode {
	n := &jsonNode{kind: jsonObject, start: p.at}
	p.at++
	for p.space(); !p.done() && p.peek() != '}' && p.peek() != ']'; p.space() {
		if p.peek() != '"' {
			p.skip(depth)
			continue
		}
		key := p.str()
		p.space()
		if c := p.peek(); p.done() || c == '}' || c == ']' {
			break
		}
		n.keys = append(n.keys, key)
		n.items = append(n.items, p.value(depth+1))
	}
	p.close('}')
	n.end = p.at
	return n
}

// array reads items; what is none is stepped over, so that reading always ends.
func (p *jsonParser) array(depth int) *jsonNode {
	n := &jsonNode{kind: jsonArray, start: p.at}
	p.at++
	for p.space(); !p.done() && p.peek() != ']' && p.peek() != '}'; p.space() {
		before := p.at
		n.items = append(n.items, p.value(depth+1))
		if p.at == before {
			p.at++
		}
	}
	p.close(']')
	n.end = p.at
	return n
}

// close passes the bracket that ends a value; another one is left to whom it belongs.
func (p *jsonParser) close(bracket byte) {
	if p.peek() == bracket {
		p.at++
	}
}

// skip passes something that is no key.
func (p *jsonParser) skip(depth int) {
	if before := p.at; p.value(depth+1) != nil && p.at == before {
		p.at++
	}
}

// str reads a string; one without its closing quote ends with the line.
func (p *jsonParser) str() *jsonNode {
	p.at++
	n := &jsonNode{kind: jsonString, start: p.at}
	var out []byte
	add := func(from int, r rune) {
		before := len(out)
		out = utf8.AppendRune(out, r)
		for range len(out) - before {
			n.offsets = append(n.offsets, from)
		}
	}
	for {
		if p.done() || p.peek() == '\n' || p.peek() == '\r' {
			n.open = true
			break
		}
		c := p.text[p.at]
		if c == '"' {
			break
		}
		from := p.at
		if c == '\\' {
			add(from, p.escape())
			continue
		}
		p.at++
		out = append(out, c)
		n.offsets = append(n.offsets, from)
	}
	n.end = p.at
	n.offsets = append(n.offsets, p.at)
	n.text = string(out)
	if !n.open {
		p.at++
	}
	return n
}

// jsonEscapes are those of RFC 8259, section 7, but for \u.
var jsonEscapes = map[byte]rune{'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f'}

// escape decodes one escape sequence; a wrong one stands for the character after
// the backslash.
func (p *jsonParser) escape() rune {
	p.at++
	c := p.peek()
	if c == 'u' {
		if r, ok := p.hex(p.at + 1); ok {
			p.at += 5
			if utf16.IsSurrogate(r) && p.peek() == '\\' && p.at+1 < len(p.text) && p.text[p.at+1] == 'u' {
				if low, ok := p.hex(p.at + 2); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
					p.at += 6
					return utf16.DecodeRune(r, low)
				}
			}
			return r
		}
	}
	if p.done() || c == '\n' || c == '\r' {
		return '\\'
	}
	r, size := utf8.DecodeRuneInString(p.text[p.at:])
	p.at += size
	if to, ok := jsonEscapes[c]; ok {
		return to
	}
	return r
}

// hex reads the four digits of \u.
func (p *jsonParser) hex(at int) (rune, bool) {
	if at+4 > len(p.text) {
		return 0, false
	}
	v, err := strconv.ParseUint(p.text[at:at+4], 16, 16)
	return rune(v), err == nil
}
