package query

import (
	"fmt"

	"github.com/tallyho-dev/tallyho/engine/diag"
	"github.com/tallyho-dev/tallyho/engine/query/pyregex"
)

// regex makes the operand of a regular expression test, or of re.compile, and
// refuses what re.compile would refuse and what could hang the program.
// A pattern is compiled by Python in the end; that it compiles is made sure here, so that a caret can
// point into it before the program starts.
func (b *builder) regex(o object, flags int) (Value, bool) {
	at := b.span(o.node)
	if o.kind == objBad {
		return Value{}, false
	}
	if o.kind == objValue && o.value.Kind == Regex && flags == 0 {
		return o.value, true
	}
	if o.kind != objValue || o.value.Kind != Str && o.value.Kind != Bytes {
		b.add(diag.Diagnostic{Severity: diag.Error, Code: "bad-regex-type", Span: at,
			Summary: fmt.Sprintf("a regular expression must be a string or a compiled pattern, not %s", o.typeName())})
		return Value{}, false
	}
	if err := pyregex.Check(o.value.Str, flags, o.value.Kind == Bytes); err != nil {
		b.add(regexDiagnostic(err, o.node, at))
		return Value{}, false
	}
	// re.U is what a str pattern has anyway, and repr() does not show it.
	v := Value{Kind: Regex, Str: o.value.Str, Flags: flags &^ pyregex.FlagU}
	if o.value.Kind == Bytes {
		v.Items = []Value{o.value}
	}
	return v, true
}

// regexDiagnostic is a pattern's mistake as one of the query. The caret goes into the pattern where
// its text is written as it is; in one with escapes, positions would not agree.
func regexDiagnostic(err *pyregex.Error, n *node, at Span) diag.Diagnostic {
	d := diag.Diagnostic{Severity: diag.Error, Code: err.Code, Span: at, Summary: err.Text}
	switch err.Code {
	case "bad-regex":
		d.Summary = fmt.Sprintf("%s at position %d", err.Text, err.At)
		if n != nil && n.kind == nodeConst && n.inner >= 0 && at.End > at.Start {
			d.Span = between(min(n.inner+err.At, n.span.End-1), min(n.inner+err.At+1, n.span.End))
		}
	case "regex-backtracks":
		d.Detail = "The filter runs inside the program and must not hang it: let each character have only one way through a loop, as in a+ instead of (a+)+."
	case "regex-unsupported":
		d.Detail = "Matching it can take endless time. A lambda event: … can do anything."
	}
	return d
}

// match reports whether the pattern v matches at the start of text, as
// re.match does. ok is false if it takes too many steps.
func (v Value) match(text string) (matched, ok bool) {
	return pyregex.Match(v.Str, v.Flags, text, len(v.Items) > 0)
}
