package pyregex

import "strings"

// group reads (…) in all its forms.
func (p *parser) group() *node {
	start := p.pos
	p.pos++
	if !p.accept('?') {
		p.groups++
		return p.body(start, &node{kind: kindGroup})
	}
	if !p.more() {
		p.fail(p.pos, "unexpected end of pattern")
	}
	c := p.peek()
	p.pos++
	switch c {
	// (?:…) and (…) are alike here: nothing refers to what a group matched.
	case ':':
		return p.body(start, &node{kind: kindGroup})
	// (?>…) gives nothing back (Python 3.11).
	case '>':
		return p.body(start, &node{kind: kindGroup, possessive: true})
	case '=', '!':
		return p.body(start, &node{kind: kindLook, negate: c == '!'})
	case '<':
		return p.lookBehind(start)
	case 'P':
		return p.named(start)
	case '#':
		for p.more() && p.peek() != ')' {
			p.pos++
		}
		if !p.accept(')') {
			p.fail(start, "missing ), unterminated comment")
		}
		return nil
	case '(':
		return p.conditional(start)
	}
	if c == '-' || flagOf(c) != 0 {
		p.pos--
		return p.flagGroup(start)
	}
	// Errors are those of re.compile, word for word and with its positions: people look them up.
	p.fail(start+1, "unknown extension ?%c", c)
	return nil
}

// body reads up to the closing bracket into n.
// n is made by the caller, who knows which kind of group it is.
func (p *parser) body(start int, n *node) *node {
	// Flags that an inner group turns on end with it.
	flags := p.flags
	n.kids = []*node{p.alternatives()}
	p.flags = flags
	if !p.accept(')') {
		p.fail(start, "missing ), unterminated subpattern")
	}
	return n
}

// lookBehind reads (?<=…) and (?<!…), which Python takes of one width only.
func (p *parser) lookBehind(start int) *node {
	if !p.more() {
		p.fail(p.pos, "unexpected end of pattern")
	}
	c := p.peek()
	if c != '=' && c != '!' {
		p.fail(start+1, "unknown extension ?<%c", c)
	}
	p.pos++
	n := p.body(start, &node{kind: kindLook, behind: true, negate: c == '!'})
	// Python's own restriction: behind, it must know where to begin.
	if low, high := n.kids[0].width(); low != high {
		p.fail(start, "look-behind requires fixed-width pattern")
	}
	return n
}

// named reads (?P<name>…) and (?P=name).
func (p *parser) named(start int) *node {
	switch {
	case p.accept('<'):
		at := p.pos
		name := p.name('>')
		if _, twice := p.names[name]; twice {
			p.fail(at, "redefinition of group name '%s' as group %d; was group %d", name, p.groups+1, p.names[name])
		}
		p.groups++
		p.names[name] = p.groups
		return p.body(start, &node{kind: kindGroup})
	case p.accept('='):
		at := p.pos
		name := p.name(')')
		if _, ok := p.names[name]; !ok {
			p.fail(at, "unknown group name '%s'", name)
		}
		p.backreference(start)
		return &node{kind: kindEmpty}
	case !p.more():
		p.fail(p.pos, "unexpected end of pattern")
	}
	p.fail(start+1, "unknown extension ?P%c", p.char())
	return nil
}

// name reads a group's name up to closer.
func (p *parser) name(closer byte) string {
	start := p.pos
	end := strings.IndexByte(p.s[p.pos:], closer)
	if p.pos >= len(p.s) || end == 0 {
		p.fail(start, "missing group name")
	}
	if end < 0 {
		p.fail(start, "missing %c, unterminated name", closer)
	}
	name := p.s[start : start+end]
	for i, r := range name {
		if !isIdentifier(r, i > 0) {
			p.fail(start, "bad character in group name '%s'", name)
		}
	}
	p.pos = start + end + 1
	return name
}

// conditional reads (?(group)yes|no), which depends on what a group matched;
// like a back-reference, we do not take it.
// It is read to its end all the same, so that the first mistake of re.compile's is the one that is told.
func (p *parser) conditional(start int) *node {
	at := p.pos
	end := strings.IndexByte(p.s[at:], ')')
	switch {
	case at >= len(p.s) || end == 0:
		p.fail(at, "missing group name")
	case end < 0:
		p.fail(at, "missing ), unterminated name")
	}
	name := p.s[at : at+end]
	p.pos = at + end + 1
	if _, ok := p.names[name]; !ok && strings.Trim(name, "0123456789") != "" {
		p.fail(at, "unknown group name '%s'", name)
	}
	p.backreference(start)
	return p.body(start, &node{kind: kindGroup})
}

// flagGroup reads (?aiLmsux-imsx:…), or flags for the whole pattern, which
// must stand at its start.
// The order in which mistakes are looked for is sre_parse's: each pattern has one, and it is Python's.
func (p *parser) flagGroup(start int) *node {
	on, off := 0, 0
	into := &on
	for p.more() {
		c := p.peek()
		if f := flagOf(c); f != 0 {
			*into |= f
			p.pos++
			continue
		}
		if c == '-' && into == &on {
			into = &off
			p.pos++
			if flagOf(p.peek()) == 0 {
				p.fail(p.pos, "missing flag")
			}
			continue
		}
		break
	}
	switch {
	case !p.more():
		p.fail(p.pos, "missing -, : or )")
	case p.accept(')'):
		if into == &off {
			p.fail(p.pos-1, "missing :")
		}
		p.fail(start, "global flags not at the start of the expression")
	case !p.accept(':'):
		p.fail(p.pos, "unknown flag")
	case on&off != 0:
		p.fail(p.pos, "bad inline flags: flag turned on and off")
	case on&FlagA != 0 && on&(FlagU|FlagL) != 0:
		p.fail(p.pos-1, "bad inline flags: flags 'a', 'u' and 'L' are incompatible")
	// Queries' patterns are str: hunter never compiles bytes with a locale.
	case on&FlagL != 0:
		p.fail(p.pos-1, "bad inline flags: cannot use 'L' flag with a str pattern")
	case off&(FlagA|FlagL|FlagU) != 0:
		p.fail(p.pos, "bad inline flags: cannot turn off flags 'a', 'u' and 'L'")
	}
	// Flags of a group count for the group alone; those of the whole pattern were read by globalFlags.
	before := p.flags
	p.flags = (p.flags | on) &^ off
	// u turns a off for the group: they are one choice of three (a, u, L).
	if on&FlagU != 0 {
		p.flags &^= FlagA
	}
	n := p.body(start, &node{kind: kindGroup})
	p.flags = before
	return n
}

// width is the smallest and largest number of characters n can match; -1 is
// no limit.
// Assertions and looks take none. It is asked of what stands in a look-behind only, so a pattern
// without one does not pay for it.
func (n *node) width() (low, high int) {
	switch n.kind {
	case kindSet:
		return 1, 1
	case kindCat, kindGroup:
		for _, k := range n.kids {
			l, h := k.width()
			low += l
			high = addWidth(high, h)
		}
	case kindAlt:
		low, high = n.kids[0].width()
		for _, k := range n.kids[1:] {
			l, h := k.width()
			low = min(low, l)
			if high >= 0 && (h < 0 || h > high) {
				high = h
			}
		}
	case kindRepeat:
		l, h := n.kids[0].width()
		low = min(l*n.min, 1<<20)
		switch {
		case h == 0:
		case n.max < 0 || h < 0:
			high = -1
		default:
			high = min(h*n.max, 1<<20)
		}
	}
	return low, high
}

// addWidth adds widths, of which -1 is no limit. They are capped, for {1000000} in itself
// would overflow.
func addWidth(a, b int) int {
	if a < 0 || b < 0 {
		return -1
	}
	return min(a+b, 1<<20)
}
