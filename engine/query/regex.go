package query

import (
	"fmt"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// maxPattern bounds a pattern's length in characters.
const maxPattern = 512

// regex makes the operand of a regular expression test, or of re.compile, and
// refuses what re.compile would refuse and what could hang the program.
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
	if err := checkRegex(o.value.Str, flags, o.value.Kind == Bytes); err != nil {
		b.add(regexDiagnostic(err, o.node, at))
		return Value{}, false
	}
	v := Value{Kind: Regex, Str: o.value.Str, Flags: flags &^ flagU}
	if o.value.Kind == Bytes {
		v.Items = []Value{o.value}
	}
	return v, true
}

// checkRegex reports what is wrong with a pattern.
func checkRegex(pattern string, flags int, isBytes bool) *regexError {
	if len([]rune(pattern)) > maxPattern {
		return &regexError{text: fmt.Sprintf("the pattern is longer than %d characters", maxPattern), code: "regex-too-long"}
	}
	if problem := flagProblem(flags, isBytes); problem != "" {
		return &regexError{text: problem, code: "bad-value"}
	}
	inline := inlineFlags(pattern)
	if problem := flagProblem(inline, isBytes); problem != "" {
		return &regexError{text: "bad inline flags: " + problem, code: "bad-regex"}
	}
	flags |= inline
	n, p, err := parseRegex(pattern, flags)
	switch {
	case err != nil:
		return err
	case p.backref >= 0:
		return &regexError{text: "a pattern that refers back to a group is not taken here", at: p.backref, code: "regex-unsupported"}
	case backtracks(n):
		return &regexError{text: "this pattern can take endless time to match", code: "regex-backtracks"}
	}
	return nil
}

// flagProblem says why flags do not go with a pattern, or with each other.
func flagProblem(flags int, isBytes bool) string {
	switch {
	case flags&flagL != 0 && !isBytes:
		return "cannot use 'L' flag with a str pattern"
	case flags&flagU != 0 && isBytes:
		return "cannot use 'u' flag with a bytes pattern"
	case flags&flagA != 0 && flags&(flagU|flagL) != 0:
		return "flags 'a', 'u' and 'L' are incompatible"
	}
	return ""
}

func regexDiagnostic(err *regexError, n *node, at Span) diag.Diagnostic {
	d := diag.Diagnostic{Severity: diag.Error, Code: err.code, Span: at, Summary: err.text}
	switch err.code {
	case "bad-regex":
		d.Summary = fmt.Sprintf("%s at position %d", err.text, err.at)
		if n != nil && n.kind == nodeConst && n.inner >= 0 && at.End > at.Start {
			d.Span = between(min(n.inner+err.at, n.span.End-1), min(n.inner+err.at+1, n.span.End))
		}
	case "regex-backtracks":
		d.Detail = "The filter runs inside the program and must not hang it: let each character have only one way through a loop, as in a+ instead of (a+)+."
	case "regex-unsupported":
		d.Detail = "Matching it can take endless time. A lambda event: … can do anything."
	}
	return d
}
