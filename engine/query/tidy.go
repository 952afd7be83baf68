package query

import (
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// Format writes a query with the usual blanks and on one line; nothing but
// blanks changes, so it means the same. A text with mistakes is returned as it is,
// with them.
func Format(text string) (string, diag.List) {
	if _, mistakes := ParseTrace(text, nil); mistakes.HasErrors() {
		return text, mistakes
	}
	toks := lex(text, &collector{size: len(text)})
	var b strings.Builder
	f := tidier{toks: toks}
	for i, t := range toks[:len(toks)-1] {
		if i > 0 {
			if strings.ContainsRune(text[toks[i-1].span.End:t.span.Start], '#') {
				return text, nil // a comment in the middle: only its author knows where it belongs
			}
			if f.blank(i) {
				b.WriteByte(' ')
			}
		}
		b.WriteString(t.text)
		f.pass(i)
	}
	if tail := lastComment(text, toks); tail != "" {
		if b.Len() > 0 {
			b.WriteString("  ")
		}
		b.WriteString(tail)
	}
	return b.String(), nil
}

// lastComment is what is noted behind a query.
// Where there is no token at all the text is nothing but a comment, and stays.
func lastComment(text string, toks []token) string {
	end := 0
	if len(toks) > 1 {
		end = toks[len(toks)-2].span.End
	}
	return strings.TrimSpace(text[end:])
}

// tidier decides which tokens stand apart.
type tidier struct {
	toks  []token
	open  []string     // brackets
	unary map[int]bool // operators that belong to what follows
}

// pass takes a token into account once it is written.
func (f *tidier) pass(i int) {
	switch t := f.toks[i]; {
	case t.kind != tokOp:
	case t.is("(") || t.is("[") || t.is("{"):
		f.open = append(f.open, t.text)
	case (t.is(")") || t.is("]") || t.is("}")) && len(f.open) > 0:
		f.open = f.open[:len(f.open)-1]
	}
	if f.unary == nil {
		f.unary = map[int]bool{}
	}
	f.unary[i] = f.isUnary(i)
}

// isUnary reports an operator with nothing to its left.
// The stars of f(*a, **b) count as well: what they apply to stands right behind them.
func (f *tidier) isUnary(i int) bool {
	t := f.toks[i]
	if t.is("~") {
		return true
	}
	if !t.is("-") && !t.is("+") && !t.is("*") && !t.is("**") {
		return false
	}
	return i == 0 || !f.isOperand(i-1)
}

// isOperand reports whether an expression can end with the token.
func (f *tidier) isOperand(i int) bool {
	t := f.toks[i]
	switch t.kind {
	case tokOp:
		return t.is(")") || t.is("]") || t.is("}") || t.is("...")
	case tokName:
		return !keywords[t.text] || t.is("True") || t.is("False") || t.is("None")
	}
	return true
}

// blank reports whether a blank stands before token i.
// PEP 8's rules, as far as a query has use for them. Where no rule says otherwise there is one.
func (f *tidier) blank(i int) bool {
	left, right := f.toks[i-1], f.toks[i]
	subscript := len(f.open) > 0 && f.open[len(f.open)-1] == "["
	switch {
	case left.kind == tokOp && (left.is("(") || left.is("[") || left.is("{") || left.is(".") || left.is("=") || f.unary[i-1]):
		return false
	case right.kind == tokOp && (right.is(")") || right.is("]") || right.is("}") || right.is(",") || right.is(".") || right.is("=") || right.is(":")):
		// A number would swallow the dot.
		return right.is(".") && left.kind == tokNumber
	case left.is(":") && left.kind == tokOp:
		return !subscript
	case right.kind == tokOp && (right.is("(") || right.is("[")):
		return !f.isOperand(i - 1)
	}
	return true
}
