package query

import "fmt"

// constants are the names that are values.
var constants = map[string]Value{
	"None": {}, "True": {Kind: Bool, Bool: true}, "False": {Kind: Bool}, "Ellipsis": {Kind: Ellipsis},
}

// atom reads a name, a literal or a bracketed expression.
func (p *parser) atom() *node {
	t := p.peek()
	// What can begin an expression, the commonest first: each case consumes its token,
	// but for the brackets, whose functions need the token for "was never closed".
	switch {
	case t.kind == tokNumber:
		p.next()
		return &node{kind: nodeConst, span: t.span, value: t.value, inner: -1}
	case t.kind == tokString:
		return p.strings()
	case t.is("..."):
		p.next()
		return &node{kind: nodeConst, span: t.span, value: Value{Kind: Ellipsis}, inner: -1}
	case t.is("("):
		return p.round()
	case t.is("["):
		return p.display("[", "]", nodeList)
	case t.is("{"):
		return p.curly()
	case t.kind == tokName:
		if v, ok := constants[t.text]; ok {
			p.next()
			return &node{kind: nodeConst, span: t.span, value: v, inner: -1}
		}
		if !keywords[t.text] {
			p.next()
			return &node{kind: nodeName, span: t.span, text: t.text}
		}
	}
	// Something is missing, and nothing is wrong with what stands here: it is left for
	// whoever waits for it, so that one mistake is told once.
	if t.is(")") || t.is("]") || t.is("}") || t.is(",") || t.kind == tokEOF {
		p.diags.errorf(between(p.last(), t.span.End), "syntax", "an expression is missing")
		return &node{kind: nodeBad, span: t.span}
	}
	p.unexpected(t, fmt.Sprintf("invalid syntax at '%s'", clip(t.text, 20)))
	p.next()
	return &node{kind: nodeBad, span: t.span}
}

// strings reads one literal or several that stand side by side.
func (p *parser) strings() *node {
	t := p.next()
	n := &node{kind: nodeConst, span: t.span, value: t.value, inner: t.inner}
	if t.fstring {
		n.kind = nodeFString
	}
	for p.peek().kind == tokString {
		// A missing comma between two strings is not a mistake in Python.
		// Where a person forgot a comma, hunter would be given one text, too.
		t := p.next()
		if !t.fstring && n.kind == nodeConst && t.value.Kind != n.value.Kind {
			p.diags.errorf(t.span, "syntax", "cannot mix bytes and nonbytes literals")
		}
		if t.fstring {
			n.kind = nodeFString
		}
		n.value.Str += t.value.Str
		n.inner = -1
		n.span.End = t.span.End
	}
	return n
}

// round reads (expression), a tuple, or a generator.
func (p *parser) round() *node {
	open := p.next()
	n := &node{kind: nodeTuple, span: open.span}
	comma := false
	p.nested(func() []arg {
		for {
			t := p.peek()
			if t.kind == tokEOF || t.is(")") || t.is("]") || t.is("}") {
				return nil
			}
			start := p.pos
			x := p.starred()
			if p.atComprehension() {
				x = p.comprehension(x)
			}
			n.kids = append(n.kids, x)
			comma = comma || p.peek().is(",")
			p.separator(")", start)
			if p.pos == start {
				return nil
			}
		}
	})
	p.close(open, ")")
	n.span.End = p.last()
	// Brackets of grouping leave no node behind, but are remembered: (a < b) < c is no
	// chain of comparisons, and a hint points at all of it.
	if len(n.kids) == 1 && !comma {
		x := *n.kids[0]
		x.span, x.paren = n.span, true
		return &x
	}
	return n
}

// display reads a list or a set.
func (p *parser) display(opener, closer string, kind nodeKind) *node {
	open := p.next()
	n := &node{kind: kind, span: open.span}
	p.nested(func() []arg { p.items(n, closer); return nil })
	p.close(open, closer)
	n.span.End = p.last()
	return n
}

// items reads the elements of a display into n.
func (p *parser) items(n *node, closer string) {
	for {
		t := p.peek()
		if t.kind == tokEOF || t.is(")") || t.is("]") || t.is("}") {
			return
		}
		start := p.pos
		x := p.starred()
		if p.atComprehension() {
			x = p.comprehension(x)
		}
		n.kids = append(n.kids, x)
		p.separator(closer, start)
		if p.pos == start {
			p.next()
		}
	}
}

// curly reads a dict or a set.
func (p *parser) curly() *node {
	if p.peekAt(1).is("}") {
		open := p.next()
		p.next()
		return &node{kind: nodeDict, span: between(open.span.Start, p.last())}
	}
	open := p.next()
	n := &node{kind: nodeSet, span: open.span}
	p.nested(func() []arg {
		if p.peek().is("**") {
			p.pair(n)
		} else {
			first := p.starred()
			if p.peek().is(":") {
				n.kind = nodeDict
				p.value(n, first)
			} else {
				if p.atComprehension() {
					first = p.comprehension(first)
				}
				n.kids = append(n.kids, first)
				start := p.pos
				p.separator("}", start-1)
				p.items(n, "}")
				return nil
			}
		}
		n.kind = nodeDict
		for !p.peek().is("}") && p.peek().kind != tokEOF && !p.peek().is(")") && !p.peek().is("]") {
			start := p.pos
			p.pair(n)
			if p.pos == start {
				p.next()
			}
		}
		return nil
	})
	p.close(open, "}")
	n.span.End = p.last()
	return n
}

// pair reads key: value, or **mapping, of a dict.
func (p *parser) pair(n *node) {
	start := p.pos
	if p.accept("**") {
		x := p.expression()
		// A mapping that is unpacked takes a key's and a value's place, so that the kids of a
		// dict are pairs whatever is in it.
		n.kids = append(n.kids, &node{kind: nodeOther, text: "**", span: between(p.toks[start].span.Start, x.span.End), kids: []*node{x}}, x)
		p.separator("}", start)
		return
	}
	p.value(n, p.expression())
}

// value reads what follows a key.
func (p *parser) value(n, key *node) {
	start := p.pos
	if !p.accept(":") {
		p.unexpected(p.peek(), "':' expected after dictionary key")
		p.skip()
		return
	}
	v := p.expression()
	if p.atComprehension() {
		v = p.comprehension(v)
	}
	n.kids = append(n.kids, key, v)
	p.separator("}", start)
}
