package query

import (
	"fmt"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// maxDepth bounds how deep expressions nest; CPython's own parser gives up at
// 200 brackets.
const maxDepth = 200

// parser reads Python expressions. It recovers from every mistake: it reports
// it, leaves a nodeBad, and goes on at the next comma or bracket.
type parser struct {
	text     string
	toks     []token
	pos      int
	depth    int
	diags    *collector
	unclosed bool // said once: every outer bracket is unclosed too
}

// newParser reads all tokens first; problems of both go to diags.
func newParser(text string, diags *collector) *parser {
	return &parser{text: text, toks: lex(text, diags), diags: diags}
}

// peek is the next token; at the end it is the one that says so, again and again.
func (p *parser) peek() token { return p.toks[p.pos] }

// peekAt is the token n further on.
func (p *parser) peekAt(n int) token { return p.toks[min(p.pos+n, len(p.toks)-1)] }

// next goes past a token.
func (p *parser) next() token {
	t := p.toks[p.pos]
	if t.kind != tokEOF {
		p.pos++
	}
	return t
}

// accept steps over the next token if it is that operator or keyword.
func (p *parser) accept(text string) bool {
	if p.peek().is(text) {
		p.pos++
		return true
	}
	return false
}

// last is where the token before the position ends.
func (p *parser) last() int {
	if p.pos == 0 {
		return p.peek().span.Start
	}
	return p.toks[p.pos-1].span.End
}

// parseArguments reads a whole text as the arguments of a call.
// What follows a bracket that closes nothing is read too: its mistakes and words are the person's.
func parseArguments(text string, diags *collector) []arg {
	p := newParser(text, diags)
	var out []arg
	for {
		out = append(out, p.arguments("")...)
		if p.peek().kind == tokEOF {
			return out
		}
		t := p.next()
		p.diags.errorf(t.span, "unmatched-bracket", "unmatched '%s'", t.text)
	}
}

// parseExpression reads a whole text as one Python expression.
func parseExpression(text string, diags *collector) *node {
	p := newParser(text, diags)
	if p.peek().kind == tokEOF {
		diags.errorf(p.peek().span, "syntax", "an expression is missing")
		return &node{kind: nodeBad, span: p.peek().span}
	}
	n := p.expressionList()
	if t := p.peek(); t.kind != tokEOF {
		p.unexpected(t, "invalid syntax")
	}
	return n
}

// unexpected reports a token that cannot stand where it does.
func (p *parser) unexpected(t token, summary string) {
	d := diag.Diagnostic{Severity: diag.Error, Code: "syntax", Summary: summary, Span: t.span}
	switch {
	case t.kind == tokEOF:
		d.Summary = "the text ends too early"
		d.Detail = "An expression is missing here."
	case t.is("=") || t.is(":="):
		d.Detail = "An assignment cannot stand here."
		d.Hint, d.Fix = "Did you mean ==?", "=="
	case t.is("!"):
		d.Hint = "Did you mean not?"
	case t.is(")") || t.is("]") || t.is("}"):
		d.Code, d.Summary = "unmatched-bracket", fmt.Sprintf("unmatched '%s'", t.text)
	}
	p.diags.add(d)
}

// arguments reads arguments up to, not including, closer ("" is the end of the
// text) or any other closing bracket.
func (p *parser) arguments(closer string) []arg {
	var out []arg
	names := map[string]bool{}
	keyword := false
	for {
		t := p.peek()
		if t.kind == tokEOF || t.is(")") || t.is("]") || t.is("}") {
			return out
		}
		if t.is(",") {
			p.diags.errorf(t.span, "syntax", "an argument is missing before the comma")
			p.next()
			continue
		}
		start := p.pos
		a := p.argument()
		switch {
		case a.name != "" && names[a.name]:
			p.diags.errorf(a.nameSpan, "repeated-keyword", "keyword argument repeated: %s", a.name)
		case a.name == "" && a.stars == 0 && keyword && a.value.kind != nodeBad:
			p.diags.errorf(a.span(), "positional-after-keyword", "positional argument follows keyword argument")
		}
		if a.name != "" {
			names[a.name], keyword = true, true
		}
		keyword = keyword || a.stars == 2
		out = append(out, a)
		p.separator(closer, start)
	}
}

// argument reads one argument.
func (p *parser) argument() arg {
	t := p.peek()
	stars := 0
	if t.is("*") || t.is("**") {
		stars = len(t.text)
		p.next()
		return arg{stars: stars, nameSpan: t.span, value: p.expression()}
	}
	if t.kind == tokName && p.peekAt(1).is("=") {
		p.pos += 2
		if keywords[t.text] {
			p.diags.errorf(t.span, "syntax", "%q is a word of Python's own and cannot name an argument", t.text)
		}
		return arg{name: t.text, nameSpan: t.span, value: p.expression()}
	}
	value := p.expression()
	if p.atComprehension() {
		value = p.comprehension(value)
	}
	return arg{value: value}
}

// separator steps over the comma between two items of a list that closer ends.
// Where none stands it says so, and where the text makes no sense it skips to
// the next comma. start is where the item before began: something is always
// consumed.
// A missing comma is told with its fix only where an item did precede and another could begin here.
func (p *parser) separator(closer string, start int) {
	t := p.peek()
	switch {
	case t.is(","):
		p.next()
		return
	case t.kind == tokEOF || t.is(")") || t.is("]") || t.is("}"):
		return
	case p.pos > start && p.startsExpression(t):
		p.diags.add(diag.Diagnostic{Severity: diag.Error, Code: "missing-comma", Span: t.span,
			Summary: "invalid syntax", Detail: "Perhaps you forgot a comma.", Fix: ", " + p.text[t.span.Start:min(t.span.End, len(p.text))]})
		return
	}
	p.unexpected(t, fmt.Sprintf("invalid syntax at '%s'", clip(t.text, 20)))
	p.skip()
}

// startsExpression reports tokens an expression can begin with.
func (p *parser) startsExpression(t token) bool {
	switch t.kind {
	case tokNumber, tokString:
		return true
	case tokName:
		return !keywords[t.text] || t.is("None") || t.is("True") || t.is("False") || t.is("lambda") || t.is("not")
	}
	return t.is("(") || t.is("[") || t.is("{") || t.is("~")
}

// skip moves behind the next comma of this level, or to its closing bracket.
// That is where a person's next thought begins, so one mistake costs one item.
func (p *parser) skip() {
	depth := 0
	for t := p.peek(); t.kind != tokEOF; t = p.peek() {
		switch {
		case t.is("(") || t.is("[") || t.is("{"):
			depth++
		case t.is(")") || t.is("]") || t.is("}"):
			if depth == 0 {
				return
			}
			depth--
		case t.is(",") && depth == 0:
			p.next()
			return
		}
		p.next()
	}
}

// close steps over the bracket that ends what open began.
func (p *parser) close(open token, closer string) {
	t := p.peek()
	switch {
	case t.is(closer):
		p.next()
	case t.kind == tokEOF:
		if !p.unclosed {
			p.unclosed = true
			p.diags.add(diag.Diagnostic{Severity: diag.Error, Code: "unclosed-bracket", Span: open.span,
				Summary: fmt.Sprintf("'%s' was never closed", open.text)})
		}
	case t.is(")") || t.is("]") || t.is("}"):
		p.diags.errorf(t.span, "unmatched-bracket", "closing '%s' does not match opening '%s'", t.text, open.text)
		p.next()
	default:
		p.unexpected(t, fmt.Sprintf("invalid syntax at '%s'", clip(t.text, 20)))
		p.skip()
		if p.peek().is(closer) {
			p.next()
		}
	}
}

// tooDeep reports nesting beyond maxDepth and ends the parse.
func (p *parser) tooDeep() bool {
	if p.depth < maxDepth {
		return false
	}
	p.diags.errorf(p.peek().span, "too-deep", "expressions nest deeper than %d levels", maxDepth)
	p.pos = len(p.toks) - 1
	p.unclosed = true
	return true
}
