package query

// lambda reads a lambda; its text is its span.
// Its body is parsed only to find where it ends and what is wrong with it. What a query keeps is
// the text, which Python compiles in the program.
func (p *parser) lambda() *node {
	open := p.next()
	n := &node{kind: nodeLambda, span: open.span, arity: arity{known: true}}
	p.parameters(n)
	if !p.accept(":") {
		p.unexpected(p.peek(), "':' expected in lambda")
		p.skipTo()
		n.kind, n.span.End = nodeBad, p.last()
		return n
	}
	body := p.expression()
	n.kids = []*node{body}
	n.span.End = max(body.span.End, p.last())
	return n
}

// parameters reads a lambda's parameters and what they accept.
// How many arguments it takes is kept, for one that does not take the event fails at each:
// that can be told before anything runs.
func (p *parser) parameters(n *node) {
	afterStar := false
	for !p.peek().is(":") && p.peek().kind != tokEOF {
		start := p.pos
		switch t := p.peek(); {
		// What is before it cannot be given by name; nobody gives the event by name.
		case t.is("/"):
			p.next()
		case t.is("*"):
			p.next()
			afterStar = true
			if p.peek().kind == tokName {
				p.next()
				n.arity.max = -1
			}
		case t.is("**"):
			p.next()
			p.next()
		case t.kind == tokName && !keywords[t.text]:
			p.next()
			optional := p.accept("=")
			if optional {
				p.expression()
			}
			p.count(n, optional, afterStar)
		}
		if !p.accept(",") && !p.peek().is(":") || p.pos == start {
			return
		}
	}
}

// count adds one parameter to what a lambda accepts.
// Only positional arguments count: an action is called with the event alone.
func (p *parser) count(n *node, optional, keywordOnly bool) {
	switch {
	case keywordOnly && !optional:
		n.arity.min = 1 << 20 // cannot be called with positional arguments alone
	case keywordOnly:
	default:
		if n.arity.max >= 0 {
			n.arity.max++
		}
		if !optional {
			n.arity.min++
		}
	}
}

// skipTo moves to the next comma or closing bracket of this level.
// Unlike skip it leaves the comma, which the list around it waits for.
func (p *parser) skipTo() {
	for t := p.peek(); t.kind != tokEOF && !t.is(",") && !t.is(")") && !t.is("]") && !t.is("}"); t = p.peek() {
		p.next()
	}
}

// atComprehension reports whether "for" follows.
func (p *parser) atComprehension() bool {
	return p.peek().is("for") || p.peek().is("async") && p.peekAt(1).is("for")
}

// comprehension reads the for and if clauses that follow an element.
// Nothing evaluates one here: it stands for itself as text, within a lambda or an expression.
func (p *parser) comprehension(element *node) *node {
	n := &node{kind: nodeOther, text: "for", span: element.span, kids: []*node{element}}
	for {
		switch {
		case p.accept("async"):
		case p.accept("for"):
			n.kids = append(n.kids, p.targets())
			if !p.accept("in") {
				p.unexpected(p.peek(), "'in' expected in comprehension")
				p.skipTo()
				return n
			}
			n.kids = append(n.kids, p.binary(1))
		case p.accept("if"):
			n.kids = append(n.kids, p.binary(1))
		default:
			n.span.End = p.last()
			return n
		}
	}
}

// targets reads the names a comprehension binds; "in" ends them.
func (p *parser) targets() *node {
	n := &node{kind: nodeTuple, span: p.peek().span}
	for {
		t := p.peek()
		p.accept("*")
		if p.startsExpression(t) || t.is("*") {
			n.kids = append(n.kids, p.operand(5))
		}
		if !p.accept(",") {
			n.span.End = p.last()
			return n
		}
	}
}
