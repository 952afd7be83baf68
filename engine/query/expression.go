package query

// binaryPower is how tightly Python's binary operators bind.
var binaryPower = map[string]int{
	"or": 1, "and": 2,
	"in": 4, "is": 4, "not": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "==": 4, "!=": 4,
	"|": 5, "^": 6, "&": 7, "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "//": 10, "%": 10, "@": 10,
}

// How strongly two prefixes bind, in the order of binary operators' powers (The Python
// Language Reference, 6.17).
const (
	powerNot   = 3
	powerUnary = 11
)

// expressionList reads an expression or a tuple without brackets.
func (p *parser) expressionList() *node {
	first := p.starred()
	if !p.peek().is(",") {
		return first
	}
	n := &node{kind: nodeTuple, span: first.span, kids: []*node{first}}
	for p.accept(",") {
		if !p.startsExpression(p.peek()) && !p.peek().is("-") && !p.peek().is("+") && !p.peek().is("*") {
			break
		}
		n.kids = append(n.kids, p.starred())
	}
	n.span.End = p.last()
	return n
}

// starred reads an expression that may be *expression.
func (p *parser) starred() *node {
	t := p.peek()
	if !p.accept("*") {
		return p.expression()
	}
	x := p.expression()
	return &node{kind: nodeOther, text: "*", span: between(t.span.Start, x.span.End), kids: []*node{x}}
}

// expression reads one expression: lambda, conditional, walrus or operators.
func (p *parser) expression() *node {
	if p.tooDeep() {
		return p.bad()
	}
	p.depth++
	defer func() { p.depth-- }()
	t := p.peek()
	switch {
	case t.is("lambda"):
		return p.lambda()
	case t.is("yield"):
		p.next()
		p.accept("from")
		n := &node{kind: nodeOther, text: "yield", span: t.span}
		if p.startsExpression(p.peek()) {
			n.kids = []*node{p.expressionList()}
			n.span.End = p.last()
		}
		return n
	}
	x := p.binary(1)
	if p.accept(":=") {
		value := p.expression()
		return &node{kind: nodeOther, text: ":=", span: between(x.span.Start, value.span.End), kids: []*node{x, value}}
	}
	if !p.accept("if") {
		return x
	}
	cond := p.binary(1)
	if !p.accept("else") {
		p.unexpected(p.peek(), "expected 'else' after 'if' expression")
		return &node{kind: nodeBad, span: between(x.span.Start, p.last())}
	}
	other := p.expression()
	return &node{kind: nodeIf, span: between(x.span.Start, other.span.End), kids: []*node{x, cond, other}}
}

// bad stands for what could not be read; the problem was noted.
func (p *parser) bad() *node { return &node{kind: nodeBad, span: p.peek().span} }

// binary reads operators that bind at least as tightly as power.
// Precedence climbing: each operator takes as its right side all that binds tighter, and the
// loop goes on to the left-associative rest. One function stands for the fifteen levels of
// Python's grammar.
func (p *parser) binary(power int) *node {
	x := p.unary()
	for {
		op, width := p.binaryOperator()
		bind := binaryPower[op]
		if bind == 0 || bind < power {
			return x
		}
		p.pos += width
		y := p.operand(bind + 1)
		x = &node{kind: nodeBinary, text: op, span: between(x.span.Start, max(x.span.End, y.span.End)), kids: []*node{x, y}}
	}
}

// operand reads the right side of a binary operator; not may stand there for
// the operators that bind less tightly than it.
func (p *parser) operand(power int) *node {
	if p.tooDeep() {
		return p.bad()
	}
	p.depth++
	defer func() { p.depth-- }()
	return p.binary(power)
}

// binaryOperator is the operator at the position ("" if none) and its number
// of tokens: "not in" and "is not" have two.
func (p *parser) binaryOperator() (string, int) {
	t := p.peek()
	if t.kind != tokOp && t.kind != tokName {
		return "", 0
	}
	switch {
	case t.text == "not":
		if p.peekAt(1).is("in") {
			return "not", 2
		}
		return "", 0
	case t.text == "is" && p.peekAt(1).is("not"):
		return "is", 2
	}
	return t.text, 1
}

// unary reads prefix operators and what they apply to.
func (p *parser) unary() *node {
	t := p.peek()
	op := ""
	for _, o := range []string{"~", "-", "+", "not", "await"} {
		if t.is(o) {
			op = o
		}
	}
	if op == "" {
		return p.power()
	}
	if p.tooDeep() {
		return p.bad()
	}
	p.depth++
	defer func() { p.depth-- }()
	p.next()
	var x *node
	if op == "not" {
		x = p.binary(powerNot + 1)
	} else {
		x = p.unary()
	}
	return &node{kind: nodeUnary, text: op, span: between(t.span.Start, max(t.span.End, x.span.End)), kids: []*node{x}}
}

// power reads a primary and what ** raises it to.
// ** binds to the right, and tighter than a sign to its left but not to its right: -2**-2 is
// -(2**(-2)).
func (p *parser) power() *node {
	x := p.primary()
	if !p.accept("**") {
		return x
	}
	y := p.operand(powerUnary)
	return &node{kind: nodeBinary, text: "**", span: between(x.span.Start, max(x.span.End, y.span.End)), kids: []*node{x, y}}
}

// primary reads an atom with its calls, attributes and subscripts.
func (p *parser) primary() *node {
	x := p.atom()
	for {
		t := p.peek()
		switch {
		// The atom consumed nothing: to go on here would never end.
		case x.kind == nodeBad && x.span.Start == t.span.Start:
			return x
		case t.is("("):
			p.next()
			args := p.nested(func() []arg { return p.arguments(")") })
			p.close(t, ")")
			x = &node{kind: nodeCall, span: between(x.span.Start, p.last()), kids: []*node{x}, args: args}
		case t.is("["):
			p.next()
			n := &node{kind: nodeSubscript, kids: []*node{x}}
			p.nested(func() []arg { n.kids = append(n.kids, p.subscript()...); return nil })
			p.close(t, "]")
			n.span = between(x.span.Start, p.last())
			x = n
		case t.is("."):
			p.next()
			name := p.peek()
			if name.kind != tokName || keywords[name.text] {
				p.diags.errorf(between(t.span.Start, name.span.End), "syntax", "a name is missing after the dot")
				return &node{kind: nodeBad, span: between(x.span.Start, p.last())}
			}
			p.next()
			x = &node{kind: nodeAttr, span: between(x.span.Start, p.last()), text: name.text, kids: []*node{x}}
		default:
			return x
		}
	}
}

// nested runs f one bracket deeper.
// Depth is counted where brackets and operators nest, so that no text overflows Go's stack.
func (p *parser) nested(f func() []arg) []arg {
	if p.tooDeep() {
		return nil
	}
	p.depth++
	defer func() { p.depth-- }()
	return f()
}

// subscript reads what stands between square brackets: values and slices.
func (p *parser) subscript() []*node {
	var out []*node
	for {
		t := p.peek()
		if t.kind == tokEOF || t.is("]") || t.is(")") || t.is("}") {
			if len(out) == 0 && t.kind != tokEOF {
				p.unexpected(token{kind: tokOp, span: t.span, text: "]]"}, "a subscript is missing")
			}
			return out
		}
		start := p.pos
		var parts []*node
		if !t.is(":") {
			parts = append(parts, p.starred())
		}
		// A slice has up to three parts, each of which may be missing.
		slice := false
		for p.accept(":") {
			slice = true
			if next := p.peek(); !next.is(":") && !next.is("]") && !next.is(",") {
				parts = append(parts, p.expression())
			}
		}
		// What a slice is of does not matter to a query; that it is one does, since it is no plain item.
		if slice {
			out = append(out, &node{kind: nodeOther, text: ":", span: between(t.span.Start, p.last()), kids: parts})
		} else {
			out = append(out, parts...)
		}
		if !p.peek().is(",") && !p.peek().is("]") {
			p.separator("]", start)
			if p.pos == start {
				return out
			}
			continue
		}
		p.accept(",")
	}
}
