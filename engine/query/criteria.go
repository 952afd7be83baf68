package query

import (
	"fmt"
	"sort"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// query builds the Query of some keywords, all of which must hold; of none it is true. An expr="…" among them
// becomes an Expr beside it.
func (b *builder) query(keywords []argument, at Span) Pred {
	q := &Query{At: at}
	var exprs []Pred
	for _, k := range keywords {
		if k.name == exprField {
			if e := b.expr(k); e != nil {
				exprs = append(exprs, e)
			}
			continue
		}
		t, ok := b.test(k)
		if !ok {
			continue
		}
		// function_sw=… and function_startswith=… are one test, written twice: the later one counts, as
		// in the dict in which hunter keeps them.
		replaced := false
		for i := range q.Tests {
			if q.Tests[i].Field == t.Field && q.Tests[i].Op == t.Op {
				q.Tests[i], replaced = t, true
			}
		}
		if !replaced {
			q.Tests = append(q.Tests, t)
		}
	}
	sortTests(q.Tests)
	if len(exprs) == 0 {
		return q
	}
	if len(q.Tests) > 0 {
		exprs = append([]Pred{q}, exprs...)
	}
	if len(exprs) == 1 {
		return exprs[0]
	}
	return &And{Of: exprs, At: at}
}

// sortTests puts tests in the order of evaluation.
// hunter asks operator by operator, and fields alphabetically within one. It shows: the first test
// that fails keeps the others from raising.
func sortTests(tests []Test) {
	sort.SliceStable(tests, func(i, j int) bool {
		x, y := evaluationOrder[tests[i].Op], evaluationOrder[tests[j].Op]
		return x < y || x == y && tests[i].Field < tests[j].Field
	})
}

// expr builds the criterion expr="…".
// It is ours, not hunter's: a test of locals that needs no lambda. It is asked after the fields,
// which cost less.
func (b *builder) expr(k argument) Pred {
	o := k.value
	if o.kind == objBad {
		return nil
	}
	if o.kind != objValue || o.value.Kind != Str {
		b.errorf(k.at, "bad-expression", "expr must be a text that holds a Python expression")
		return nil
	}
	b.checkPython(o.value.Str, o.node)
	return &Expr{Text: o.value.Str, At: k.at}
}

// checkPython reports what is wrong with a Python expression that stands in the
// string literal n.
func (b *builder) checkPython(text string, n *node) bool {
	problems := PythonExpression(text)
	for _, d := range problems {
		if n != nil && n.kind == nodeConst && n.inner >= 0 {
			d.Span = between(n.inner+d.Span.Start, n.inner+d.Span.End)
		} else {
			d.Span = b.span(n)
		}
		b.add(d)
	}
	return !problems.HasErrors()
}

// test reads one keyword criterion, in hunter's order: the operator, then the
// operand, then the field. The keyword is split at _ and empty parts are dropped, so that
// function__sw is function_sw; without an operator the whole keyword has to be a field.
func (b *builder) test(k argument) (Test, bool) {
	var parts []string
	for _, p := range strings.Split(k.name, "_") {
		if p != "" {
			parts = append(parts, p)
		}
	}
	t := Test{Field: k.name, Op: Eq, At: k.at, KeyAt: k.keyAt}
	switch {
	case len(parts) > 2:
		b.unknownField(k, k.name, "A criterion is a field, or a field, _ and an operator.")
		return t, false
	case len(parts) == 2:
		op, ok := operatorByName(parts[1])
		if !ok {
			b.unknownOperator(k, parts[0], parts[1])
			return t, false
		}
		t.Field, t.Op = parts[0], op
	}
	operand, ok := b.operand(t.Op, k)
	t.Operand = operand
	if _, known := publicField(t.Field); !known {
		b.unknownField(k, t.Field, "")
		return t, false
	}
	if ok {
		b.checkTypes(&t, k)
	}
	return t, ok
}

// operand checks a criterion's value as far as hunter does at construction.
func (b *builder) operand(op Op, k argument) (Value, bool) {
	o := k.value
	if o.kind == objBad {
		return Value{}, false
	}
	if (op == StartsWith || op == EndsWith) && (o.kind != objValue || !isPrefixOperand(o.value.Kind)) {
		b.add(diag.Diagnostic{Severity: diag.Error, Code: "bad-prefix", Span: b.span(o.node),
			Summary: fmt.Sprintf("value for %q must be a string, list, tuple or set, not %s", k.name, o.typeName())})
		return Value{}, false
	}
	if op == Matches && o.kind != objValue {
		b.errorf(b.span(o.node), "bad-regex-type", "a regular expression must be a string or a compiled pattern, not %s", o.typeName())
		return Value{}, false
	}
	if !b.plain(o) {
		return Value{}, false
	}
	v := o.value
	switch {
	case op == Matches:
		return b.regex(o, 0)
	case (op == StartsWith || op == EndsWith) && (v.Kind == List || v.Kind == Set):
		v.Kind = Tuple
	}
	return v, true
}

// isPrefixOperand reports what startswith and endswith take: a text, or several.
func isPrefixOperand(k ValueKind) bool { return k == Str || k == List || k == Tuple || k == Set }

// options are keywords that are no criteria, by the function that takes them.
var optionOwner = map[string]string{
	"action": "Q", "actions": "Q", "profile": "trace", "clear_env_var": "trace", "watermark": "From",
	"size": "Backlog", "stack": "Backlog", "vars": "Backlog", "strip": "Backlog", "filter": "Backlog",
	"stream": "a printer", "force_colors": "a printer", "force_pid": "a printer", "filename_alignment": "a printer",
	"thread_alignment": "a printer", "pid_alignment": "a printer", "repr_limit": "a printer", "repr_func": "a printer",
}

// unknownField says that a keyword is no field, and what it most likely was to be: an option of
// something else, a field with underscores around it, or a name that is near.
func (b *builder) unknownField(k argument, name, detail string) {
	d := diag.Diagnostic{Severity: diag.Error, Code: "unknown-field", Span: k.keyAt, Detail: detail,
		Summary: fmt.Sprintf("unknown field %q", name)}
	owner := optionOwner[k.name]
	for _, t := range threadOptions {
		if k.name == t {
			owner = "trace"
		}
	}
	trimmed := strings.Trim(k.name, "_")
	_, isField := publicField(trimmed)
	near := ""
	if owner == "" {
		near = nearestKeyword(k.name)
	}
	switch {
	case owner != "":
		d.Detail = fmt.Sprintf("%s is an option of %s.", k.name, owner)
	case isField && trimmed != k.name:
		d.Hint, d.Fix = fmt.Sprintf("Did you mean %q?", trimmed), trimmed
	case near != "":
		d.Hint, d.Fix = fmt.Sprintf("Did you mean %q?", near), near
	case internalFields[trimmed].Name != "":
		d.Detail = "Use module, filename and function."
	}
	if d.Detail == "" && d.Hint == "" || near != "" {
		d.Detail = "Fields are " + strings.Join(FieldNames(), ", ") + "."
	}
	b.add(d)
}

// nearestKeyword is the right spelling of a keyword, operator included.
// Field and operator are mended each for itself: funtcion_stratswith has two mistakes.
func nearestKeyword(name string) string {
	field, op, hasOp := strings.Cut(name, "_")
	near := field
	if _, ok := publicField(field); !ok {
		near = diag.Nearest(field, append(FieldNames(), exprField))
	}
	if near == "" || !hasOp {
		return near
	}
	op = strings.Trim(op, "_")
	if _, ok := operatorByName(op); !ok {
		op = diag.Nearest(op, OperatorNames())
	}
	if op == "" {
		return ""
	}
	return near + "_" + op
}

// unknownOperator says that there is no such operator; those of other languages (neq, is, like)
// have an answer of their own.
func (b *builder) unknownOperator(k argument, field, op string) {
	d := diag.Diagnostic{Severity: diag.Error, Code: "unknown-operator", Span: k.keyAt,
		Summary: fmt.Sprintf("unknown operator %q", op), Detail: "Operators are " + strings.Join(OperatorNames(), ", ") + "."}
	near := diag.Nearest(op, OperatorNames())
	switch {
	case negations[op]:
		d.Detail = "There is no negated operator: write ~Q(…)."
	case op == "eq" || op == "is":
		d.Hint, d.Fix = fmt.Sprintf("Did you mean %s=…?", field), field
	case synonyms[op] != "":
		near = synonyms[op]
		fallthrough
	case near != "":
		d.Hint, d.Fix = fmt.Sprintf("Did you mean %q?", field+"_"+near), field+"_"+near
	}
	b.add(d)
}

// negations are endings of a field that people try and hunter does not have; ~ says the
// same.
var negations = map[string]bool{"ne": true, "not": true, "nin": true, "neq": true, "notin": true}

// synonyms are operators' names in other query languages.
var synonyms = map[string]string{"re": "rx", "match": "rx", "matches": "rx", "ge": "gte", "le": "lte", "min": "gte", "max": "lte", "prefix": "sw", "suffix": "ew", "like": "has", "includes": "has"}
