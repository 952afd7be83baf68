package query

import (
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// unary evaluates ~x, -x, +x: ~ of a predicate is its opposite, the rest is of numbers.
// A literal with a sign is an expression in Python, and -1 is what most people need this for.
func (b *builder) unary(n *node) object {
	x := b.eval(n.kids[0])
	if x.kind == objBad {
		return object{node: n}
	}
	if n.text == "~" && x.kind == objPred {
		return object{kind: objPred, pred: negate(x.pred, b.span(n)), node: n}
	}
	if x.kind == objValue && (x.value.isNumber() || x.value.Kind == Complex) {
		if v, ok := signed(n.text, x.value); ok {
			return b.value(n, v)
		}
	}
	if n.text == "not" || n.text == "await" {
		b.add(diag.Diagnostic{Severity: diag.Error, Code: "unsupported", Span: b.span(n), Summary: fmt.Sprintf("%q does not work on predicates", n.text),
			Hint: "Write ~Q(…) or Not(…)."})
		return object{node: n}
	}
	d := diag.Diagnostic{Severity: diag.Error, Code: "bad-operand", Span: b.span(n),
		Summary: fmt.Sprintf("bad operand type for unary %s: '%s'", n.text, x.typeName())}
	switch {
	case x.kind == objClass || x.kind == objAction:
		d.Detail = "An action has no opposite; negate the query it belongs to."
	case x.kind == objFunction:
		d.Hint = fmt.Sprintf("Did you mean ~%s(…)?", x.name)
	case x.kind == objValue && x.value.Kind == Callable && n.text == "~":
		d.Hint = "Write Not(lambda event: …)."
	}
	b.add(d)
	return object{node: n}
}

// signed applies a sign or ~ to a number; false: Python raises TypeError. True is 1 there.
func signed(op string, v Value) (Value, bool) {
	if v.Kind == Bool {
		v = Value{Kind: Int, Int: big.NewInt(boolInt(v.Bool))}
	}
	switch {
	case op == "+":
		return v, true
	case op == "-" && v.Kind == Int:
		return Value{Kind: Int, Int: new(big.Int).Neg(v.Int)}, true
	case op == "-":
		v.Float, v.Imag = -v.Float, -v.Imag
		return v, true
	case op == "~" && v.Kind == Int:
		return Value{Kind: Int, Int: new(big.Int).Not(v.Int)}, true
	}
	return v, false
}

// boolInt is a bool where it takes part in arithmetic, as Python has it.
func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// negate is ~p with hunter's rewriting: ~Not(a) is a itself, and ~Backlog(…) a Backlog of the
// opposite condition, whose strip is back at its default.
func negate(p Pred, at Span) Pred {
	switch p := p.(type) {
	case *Not:
		return p.Of
	case *Backlog:
		out := *p
		out.If, out.Strip, out.At = &Not{Of: p.If, At: at}, true, at
		return &out
	}
	return &Not{Of: p, At: at}
}

// binary evaluates x op y: & and | of predicates, arithmetic of literals.
// Values first: 1 | 2 is arithmetic. Then predicates, of which one side is enough, since hunter's
// have both __and__ and __rand__. What is left is a mistake, each with what was likely meant.
func (b *builder) binary(n *node) object {
	x, y := b.eval(n.kids[0]), b.eval(n.kids[1])
	if x.kind == objBad || y.kind == objBad {
		return object{node: n}
	}
	if x.kind == objValue && y.kind == objValue && !x.value.callable() {
		return b.fold(n, x.value, y.value)
	}
	if (n.text == "&" || n.text == "|") && (x.kind == objPred || y.kind == objPred) {
		p, q := b.predicate(x, false), b.predicate(y, false)
		if p == nil || q == nil {
			return object{node: n}
		}
		return object{kind: objPred, pred: combine(n.text, p, q, b.span(n)), node: n}
	}
	d := diag.Diagnostic{Severity: diag.Error, Code: "bad-operand", Span: b.span(n),
		Summary: fmt.Sprintf("unsupported operand types for %s: '%s' and '%s'", n.text, x.typeName(), y.typeName())}
	switch n.text {
	case "and", "or":
		d.Code, d.Summary = "unsupported", fmt.Sprintf("%q does not join predicates", n.text)
		d.Hint = fmt.Sprintf("Write %s between them (and brackets around each).", map[string]string{"and": "&", "or": "|"}[n.text])
	case "==", "!=", "<", ">", "<=", ">=", "in", "not", "is":
		d.Code, d.Summary = "unsupported", "a comparison cannot stand in a query"
		d.Hint = "Write field=value or field_operator=value."
	case "&", "|":
		d.Hint = "At least one side must be a Q(…)."
	}
	b.add(d)
	return object{node: n}
}

// combine is p & q or p | q with hunter's rewriting. A left And takes the right operand in,
// or its members where it is an And too; of another left operand a & (b & c) stays nested.
// ~a & ~b becomes ~(a | b), and ~a | ~b becomes ~(a & b): it changes which actions inside
// run, so it is kept.
func combine(op string, p, q Pred, at Span) Pred {
	// The appends below take from a.Of without copying: a tree belongs to the builder until it is
	// a Program's, and an operand is part of one expression only.
	notP, isNotP := p.(*Not)
	notQ, isNotQ := q.(*Not)
	if op == "&" {
		if a, ok := p.(*And); ok {
			if r, ok := q.(*And); ok {
				return &And{Of: append(a.Of, r.Of...), At: at}
			}
			return &And{Of: append(a.Of, q), At: at}
		}
		if r, ok := q.(*And); ok && isPlainCallable(p) {
			return &And{Of: append([]Pred{p}, r.Of...), At: at}
		}
		if isNotP && isNotQ {
			return &Not{Of: &Or{Of: []Pred{notP.Of, notQ.Of}, At: at}, At: at}
		}
		return &And{Of: []Pred{p, q}, At: at}
	}
	if o, ok := p.(*Or); ok {
		if r, ok := q.(*Or); ok {
			return &Or{Of: append(o.Of, r.Of...), At: at}
		}
		return &Or{Of: append(o.Of, q), At: at}
	}
	if r, ok := q.(*Or); ok && isPlainCallable(p) {
		return &Or{Of: append([]Pred{p}, r.Of...), At: at}
	}
	if isNotP && isNotQ {
		return &Not{Of: &And{Of: []Pred{notP.Of, notQ.Of}, At: at}, At: at}
	}
	return &Or{Of: []Pred{p, q}, At: at}
}

// isPlainCallable reports operands that have no operators of their own: the
// right side's are asked then, and an And or Or there takes the left in.
func isPlainCallable(p Pred) bool {
	switch p.(type) {
	case *Lambda, *ActionPred:
		return true
	}
	return false
}

// maxFold bounds what folding a constant may make, in bits or elements.
// A query is read while a person types it; 2**10**9 must not fill memory.
const maxFold = 1 << 16

// fold computes x op y of two literals.
func (b *builder) fold(n *node, x, y Value) object {
	v, problem := arithmetic(n.text, x, y)
	switch problem {
	case "":
		return b.value(n, v)
	case "large":
		return b.errorf(b.span(n), "too-large", "the result is too large")
	case "zero":
		return b.errorf(b.span(n), "bad-value", "division by zero")
	}
	d := diag.Diagnostic{Severity: diag.Error, Code: "bad-operand", Span: b.span(n),
		Summary: fmt.Sprintf("unsupported operand types for %s: '%s' and '%s'", n.text, x.TypeName(), y.TypeName())}
	if problem == "operator" {
		d.Code, d.Summary = "unsupported", fmt.Sprintf("operator %q cannot stand in a query", n.text)
		d.Detail = "A query is data; what needs Python can be written as lambda event: … or expr=\"…\"."
	}
	b.add(d)
	return object{node: n}
}

// arithmetic computes on literals, and on recorded values; problem is "" or says why it
// cannot: "operator" that is none of values, "types" that Python would refuse, "zero" a
// division, "large" a result beyond maxFold.
func arithmetic(op string, x, y Value) (v Value, problem string) {
	// Comparisons and boolean operators are no arithmetic, whatever stands on their sides. / // and %
	// are in the list of operators, and are numbers' own.
	if strings.Contains(" and or in not is < <= > >= == != @ // / % ", " "+op+" ") {
		if op != "/" && op != "//" && op != "%" {
			return v, "operator"
		}
	}
	// An int and a float make a float; two ints stay exact, of any size. True counts as 1.
	if x.isNumber() && y.isNumber() {
		if x.Kind == Float || y.Kind == Float {
			return floatArithmetic(op, x.asFloat(), y.asFloat())
		}
		return intArithmetic(op, x.asInt(), y.asInt())
	}
	if (x.isNumber() || x.Kind == Complex) && (y.isNumber() || y.Kind == Complex) && (op == "+" || op == "-") {
		sign := 1.0
		if op == "-" {
			sign = -1
		}
		return Value{Kind: Complex, Float: x.asFloat() + sign*y.asFloat(), Imag: x.Imag + sign*y.Imag}, ""
	}
	if op == "+" && x.Kind == y.Kind {
		switch x.Kind {
		case Str, Bytes:
			x.Str += y.Str
			return x, ""
		case List, Tuple:
			x.Items = append(append([]Value{}, x.Items...), y.Items...)
			return x, ""
		}
	}
	if op == "|" && x.Kind == y.Kind && (x.Kind == Set || x.Kind == FrozenSet) {
		x.Items = distinct(append(append([]Value{}, x.Items...), y.Items...))
		return x, ""
	}
	if op == "*" {
		if x.Kind == Int || x.Kind == Bool {
			x, y = y, x
		}
		return repeat(x, y)
	}
	return v, "types"
}

// repeat is a sequence times a number; 0 and less is an empty one.
func repeat(x, y Value) (Value, string) {
	if y.Kind != Int && y.Kind != Bool || x.Kind != Str && x.Kind != Bytes && x.Kind != List && x.Kind != Tuple {
		return Value{}, "types"
	}
	n := y.asInt()
	size := int64(max(len(x.Str), len(x.Items), 1))
	if n.Sign() <= 0 {
		return Value{Kind: x.Kind}, ""
	}
	if !n.IsInt64() || n.Int64() > maxFold/size {
		return Value{}, "large"
	}
	out := Value{Kind: x.Kind, Str: strings.Repeat(x.Str, int(n.Int64()))}
	for range n.Int64() {
		out.Items = append(out.Items, x.Items...)
	}
	return out, ""
}

// floatArithmetic is Python's on floats. A root of a negative number would be complex there,
// and is refused here.
func floatArithmetic(op string, x, y float64) (Value, string) {
	switch op {
	case "+":
		x += y
	case "-":
		x -= y
	case "*":
		x *= y
	case "/":
		if y == 0 {
			return Value{}, "zero"
		}
		x /= y
	case "**":
		if x < 0 && y != math.Trunc(y) {
			return Value{}, "types"
		}
		x = math.Pow(x, y)
	default:
		return Value{}, "types"
	}
	return Value{Kind: Float, Float: x}, ""
}

// intArithmetic is Python's on ints of any size, up to maxFold bits.
func intArithmetic(op string, x, y *big.Int) (Value, string) {
	out := new(big.Int)
	if x.BitLen()+y.BitLen() > maxFold {
		return Value{}, "large"
	}
	switch op {
	case "+":
		out.Add(x, y)
	case "-":
		out.Sub(x, y)
	case "*":
		out.Mul(x, y)
	case "|":
		out.Or(x, y)
	case "&":
		out.And(x, y)
	case "^":
		out.Xor(x, y)
	case "<<", ">>", "**":
		return intPower(op, x, y)
	case "/", "//", "%":
		return intDivision(op, x, y)
	default:
		return Value{}, "operator"
	}
	return Value{Kind: Int, Int: out}, ""
}

// intPower shifts and raises; its bound is checked before anything is computed.
func intPower(op string, x, y *big.Int) (Value, string) {
	if y.Sign() < 0 {
		if op == "**" && x.Sign() != 0 {
			return floatArithmetic("**", Value{Kind: Int, Int: x}.asFloat(), Value{Kind: Int, Int: y}.asFloat())
		}
		return Value{}, "types"
	}
	if !y.IsInt64() || y.Int64() > maxFold || op == "**" && int64(x.BitLen())*y.Int64() > maxFold {
		return Value{}, "large"
	}
	out, n := new(big.Int), uint(y.Int64())
	switch op {
	case "<<":
		out.Lsh(x, n)
	case ">>":
		out.Rsh(x, n)
	default:
		out.Exp(x, y, nil)
	}
	return Value{Kind: Int, Int: out}, ""
}

// intDivision is / (always a float), // and %.
func intDivision(op string, x, y *big.Int) (Value, string) {
	if y.Sign() == 0 {
		return Value{}, "zero"
	}
	if op == "/" {
		return floatArithmetic("/", Value{Kind: Int, Int: x}.asFloat(), Value{Kind: Int, Int: y}.asFloat())
	}
	// Python rounds towards minus infinity, Go's Quo towards zero.
	quotient, rest := new(big.Int).QuoRem(x, y, new(big.Int))
	if rest.Sign() != 0 && rest.Sign() != y.Sign() {
		quotient.Sub(quotient, big.NewInt(1))
		rest.Add(rest, y)
	}
	if op == "%" {
		return Value{Kind: Int, Int: rest}, ""
	}
	return Value{Kind: Int, Int: quotient}, ""
}

// asInt is an int or a bool as a number; the kind must be known to be one of these.
func (v Value) asInt() *big.Int {
	if v.Kind == Bool {
		return big.NewInt(boolInt(v.Bool))
	}
	return v.Int
}

// asFloat is a number's value, rounded; the real part of a complex one.
func (v Value) asFloat() float64 {
	switch v.Kind {
	case Int, Bool:
		f, _ := new(big.Float).SetInt(v.asInt()).Float64()
		return f
	}
	return v.Float
}
