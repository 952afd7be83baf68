package query

import (
	"fmt"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// maxProblems bounds how many mistakes of one text are reported.
const maxProblems = 50

// collector gathers Diagnostics in the order in which hunter would have met
// them: the first one is what hunter would raise.
type collector struct {
	list  diag.List
	size  int // length of the text; spans are kept inside it
	shift int // added to every span: where the text at hand starts
}

// add keeps a problem, with its span brought into the text. The same at the same place is told
// once: a part may be read twice.
func (c *collector) add(d diag.Diagnostic) {
	if len(c.list) >= maxProblems {
		return
	}
	d.Span.Start = max(0, min(d.Span.Start+c.shift, c.size))
	d.Span.End = max(d.Span.Start, min(d.Span.End+c.shift, c.size))
	for _, old := range c.list {
		if old.Code == d.Code && old.Span == d.Span {
			return
		}
	}
	c.list = append(c.list, d)
}

// errorf keeps an error.
func (c *collector) errorf(at Span, code, format string, args ...any) {
	c.add(diag.Diagnostic{Severity: diag.Error, Code: code, Summary: fmt.Sprintf(format, args...), Span: at})
}

// warnf keeps a warning: the query means something all the same.
func (c *collector) warnf(at Span, code, format string, args ...any) {
	c.add(diag.Diagnostic{Severity: diag.Warning, Code: code, Summary: fmt.Sprintf(format, args...), Span: at})
}

// classes says which Python exception hunter raises for each kind of mistake.
// What hunter has no word for (a limit of ours) has none.
var classes = map[string]string{
	"bad-character": "SyntaxError", "bad-number": "SyntaxError", "bad-bytes": "SyntaxError", "bad-escape": "SyntaxError",
	"unterminated-string": "SyntaxError", "not-utf8": "SyntaxError", "syntax": "SyntaxError", "missing-comma": "SyntaxError",
	"unclosed-bracket": "SyntaxError", "unmatched-bracket": "SyntaxError", "positional-after-keyword": "SyntaxError",
	"repeated-keyword": "SyntaxError", "bad-expression": "SyntaxError",
	"unknown-field": "TypeError", "unknown-operator": "TypeError", "unknown-option": "TypeError", "unexpected-argument": "TypeError",
	"missing-argument": "TypeError", "not-callable": "TypeError", "action-not-callable": "TypeError", "not-iterable": "TypeError",
	"not-an-action": "TypeError", "bad-operand": "TypeError", "bad-regex-type": "TypeError", "bad-option": "TypeError",
	"bad-repr-func": "TypeError", "mixed-arguments": "TypeError", "type-mismatch": "TypeError", "unhashable": "TypeError",
	"lambda-arity": "TypeError", "bad-prefix": "ValueError", "bad-stream": "ValueError", "bad-value": "ValueError",
	"bad-regex": "error", "actions-not-a-list": "AttributeError", "unknown-attribute": "AttributeError",
	"no-such-method": "AttributeError", "unknown-name": "NameError",
}
