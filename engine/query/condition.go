package query

import (
	"fmt"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// ParseCondition reads a breakpoint's condition: a Query if it reads as one
// (Q(…), ~Q(…), When(…), or field=value pairs), else a Python expression. The
// Program has only the actions that the text itself names.
//
// The Program is nil if and only if the List has errors.
func ParseCondition(text string) (*Program, diag.List) {
	if ReadsAsQuery(text) {
		return ParsePredicate(text)
	}
	if problems := PythonExpression(text); problems.HasErrors() {
		return nil, problems
	}
	return NewProgram(text, &Expr{Text: strings.TrimSpace(text), At: whole(text)}), nil
}

// ParsePredicate reads text as the arguments of Q(…): as ParseTrace, without a
// default action and without trace's own options.
func ParsePredicate(text string) (*Program, diag.List) {
	c := &collector{size: len(text)}
	args := parseArguments(text, c)
	b := &builder{text: text, diags: c, broken: c.list.HasErrors()}
	p := &Program{Text: text}
	positional, keywords, ok := b.arguments(args)
	if root := b.q(positional, keywords, whole(text)); ok && !isNil(root) {
		p.Root = root
	}
	return b.finish(p)
}

// ReadsAsQuery reports whether a condition is meant as a Query. It looks at
// the first words only, so that a Query with a mistake in it is still one.
// x == 1 and f(x) are Python, x=1 and Q(x) are not; Python's own builtins decide nothing.
func ReadsAsQuery(text string) bool {
	c := &collector{size: len(text)}
	toks := lex(text, c)
	i := 0
	for toks[i].is("(") || toks[i].is("~") {
		i++
	}
	at := func(n int) token { return toks[min(n, len(toks)-1)] }
	if at(i).is("hunter") && at(i+1).is(".") {
		return true
	}
	if at(i).kind != tokName || keywords[at(i).text] {
		return false
	}
	if at(i + 1).is("=") {
		return i == 0
	}
	for _, f := range functions {
		if at(i).text == f {
			return at(i + 1).is("(")
		}
	}
	return actionClasses[at(i).text] != nil && at(i+1).is("(")
}

// HitCondition is a condition on how often a Program was true. Op is "==", ">=", ">",
// "<=", "<", or "%" for every N-th.
type HitCondition struct {
	Op string
	N  int
}

// Fires reports whether the actions run at that hit, counted from 1.
// A nil condition is none, so that who asks need not know whether there is one.
func (h *HitCondition) Fires(count uint64) bool {
	if h == nil {
		return true
	}
	n := uint64(h.N)
	switch h.Op {
	case ">=":
		return count >= n
	case ">":
		return count > n
	case "<=":
		return count <= n
	case "<":
		return count < n
	case "%":
		return count%n == 0
	}
	return count == n
}

// ParseHit reads a hit condition: 5, ==5, =5, >=5, >5, <=5, <5 or %5. An empty
// text is none.
func ParseHit(text string) (*HitCondition, diag.List) {
	c := &collector{size: len(text)}
	at := whole(text)
	rest := strings.TrimSpace(text)
	if rest == "" {
		return nil, nil
	}
	op := "=="
	for _, o := range []string{"==", ">=", "<=", "=", ">", "<", "%"} {
		if after, ok := strings.CutPrefix(rest, o); ok {
			rest, op = strings.TrimSpace(after), strings.Replace(o, "=", "==", int(boolInt(o == "=")))
			break
		}
	}
	v, problem := parseNumber(rest)
	switch {
	case problem != "" || v.Kind != Int || rest == "":
		c.add(diag.Diagnostic{Severity: diag.Error, Code: "bad-hit-condition", Span: at, Summary: fmt.Sprintf("%q is no hit condition", clip(text, 40)),
			Detail: "Write a number, perhaps after ==, >=, >, <=, < or % (every n-th)."})
	case v.Int.Sign() < 0:
		c.errorf(at, "bad-hit-condition", "hits are never negative")
	case !v.Int.IsInt64() || v.Int.Int64() > 1<<31-1:
		c.errorf(at, "bad-hit-condition", "the number is too large")
	case op == "%" && v.Int.Sign() == 0:
		c.errorf(at, "bad-hit-condition", "every 0-th hit is never")
	case v.Int.Sign() == 0 && (op == "==" || op == "<=") || op == "<" && v.Int.Int64() <= 1:
		c.warnf(at, "never-matches", "hits are counted from 1: this is never true")
	}
	if c.list.HasErrors() {
		return nil, c.list
	}
	return &HitCondition{Op: op, N: int(v.Int.Int64())}, c.list
}
