package query

import (
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// inside fails the test if a Diagnostic does not point into its text.
func inside(t *testing.T, text string, list diag.List) {
	t.Helper()
	for _, d := range list {
		if d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(text) {
			t.Fatalf("%q: %s at %v of %d", text, d.Error(), d.Span, len(text))
		}
		if d.Summary == "" || d.Code == "" || d.Severity == 0 {
			t.Fatalf("%q: incomplete %+v", text, d)
		}
	}
}

func addQueries(f *testing.F) {
	for _, c := range readCases(f) {
		f.Add(c.Query)
	}
	for _, s := range []string{"(", ")", "[", "{:", "{1:2,", "{**a}", "lambda", "lambda x", "lambda: (", "f'{x}'", "b'é'", "'\\x", "a.b.", "~~~", "x[1:2, ...]",
		"Q(kind='call'", "function_rx='(a+)+$'", "function_rx=r'(?P<n>a)(?P=n)'", "1if 2else 3", "Q(**{})", "[x for x in y if z]", "not in", "a is not b", "x := 1",
		"yield", "await x", "10**10**10", "'a'*999999999", "range(-9223372036854775808, 9223372036854775807)", "{", "'''", "0x", "1e", "1_", "-", "\\", "\x00", "\xff", "🐍"} {
		f.Add(s)
	}
}

func FuzzParseTrace(f *testing.F) {
	addQueries(f)
	f.Fuzz(func(t *testing.T, text string) {
		p, list := ParseTrace(text, nil)
		inside(t, text, list)
		if (p == nil) != list.HasErrors() {
			t.Fatalf("%q: Program %v with %v", text, p, list)
		}
		if p == nil {
			return
		}
		_ = p.String()
		Walk(p.Root, func(n Pred) { inside(t, text, diag.List{{Severity: 1, Code: "x", Summary: "x", Span: n.Span()}}) })
	})
}

func FuzzParseCondition(f *testing.F) {
	addQueries(f)
	f.Fuzz(func(t *testing.T, text string) {
		p, list := ParseCondition(text)
		inside(t, text, list)
		if (p == nil) != list.HasErrors() {
			t.Fatalf("%q: Program %v with %v", text, p, list)
		}
		_ = PlainExpression(text)
		_ = Names(text)
	})
}

func FuzzParseConfig(f *testing.F) {
	addQueries(f)
	f.Fuzz(func(t *testing.T, text string) {
		c, list := ParseConfig(text)
		inside(t, text, list)
		for _, m := range c.Messages {
			if strings.TrimSpace(m) == "" {
				t.Fatalf("%q: an empty message", text)
			}
		}
		_, list = ParseTrace("kind='call'", c)
		inside(t, "kind='call'", list)
	})
}

func FuzzParseLog(f *testing.F) {
	for _, s := range []string{"x is {x}", "{a!r:>8} {b=}", "{{}} {d['k']} {f(x)}", "{", "}", "{}", "{x!q}", "{x:{y}}", "VarsPrinter('a')", "{'}'}", "{x==1}", "{x=!s:3}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, list := ParseLog(text)
		inside(t, text, list)
	})
}

func FuzzParseHit(f *testing.F) {
	for _, s := range []string{"5", ">=5", "%10", "", "=", "x", "== 3 ", "99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, list := ParseHit(text)
		inside(t, text, list)
		if h != nil {
			h.Fires(1)
		}
	})
}
