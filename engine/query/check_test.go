package query

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// say writes Diagnostics as "severity code text under the carets; hint".
func say(text string, list diag.List) string {
	var out []string
	for _, d := range list {
		s := fmt.Sprintf("%s %s `%s`", d.Severity, d.Code, text[d.Span.Start:d.Span.End])
		if d.Hint != "" {
			s += " " + d.Hint
		}
		out = append(out, s)
	}
	return strings.Join(out, "\n")
}

func TestMistakes(t *testing.T) {
	cases := []struct{ query, want string }{
		{`modul="x", function_foo=1, lineno_sw="a"`, "error unknown-field `modul` Did you mean \"module\"?\nerror unknown-operator `function_foo`\nerror no-such-method `lineno_sw=\"a\"`"},
		{`kind="call", lineno_sw="a"`, "warning no-such-method `lineno_sw=\"a\"`"},
		{`lineno='29'`, "warning never-matches `lineno='29'` Did you mean lineno=29?"},
		{`function_rgx="a"`, "error unknown-operator `function_rgx` Did you mean \"function_rx\"?"},
		{`function_ne="a"`, "error unknown-operator `function_ne`"},
		{`functoin_sw="a"`, "error unknown-field `functoin_sw` Did you mean \"function_sw\"?"},
		{`kind='calls'`, "warning unknown-kind `kind='calls'` Did you mean \"call\"?"},
		{`source_ew='x'`, "warning missing-newline `source_ew='x'` Did you mean source_has=… or a text that ends with \\n?"},
		{`function_rx="ab(c"`, "error bad-regex `(`"},
		{`function_rx="(a+)+$"`, "error regex-backtracks `\"(a+)+$\"`"},
		{`function_rx=r"(a)\1"`, "error regex-unsupported `r\"(a)\\1\"`"},
		{`Q(kind="call"`, "error unclosed-bracket `(`"},
		{`Q(kind=["call")`, "error unmatched-bracket `)`\nerror unclosed-bracket `(`"},
		{`kind="call"]`, "error unmatched-bracket `]`"},
		{`kind="call`, "error unterminated-string `\"`"},
		{`kind="call" function="a"`, "error missing-comma `function`"},
		{`q(kind="call")`, "error unknown-name `q` Did you mean \"Q\"?"},
		{`Q(kind="call") and Q(depth=1)`, "error unsupported `Q(kind=\"call\") and Q(depth=1)` Write & between them (and brackets around each)."},
		{`not Q(kind="call")`, "error unsupported `not Q(kind=\"call\")` Write ~Q(…) or Not(…)."},
		{`kind=="call"`, "error unknown-name `kind`"},
		{`action=VarPrinter("a")`, "error unknown-name `VarPrinter` Did you mean \"VarsPrinter\"?"},
		{`action=CallPrinter(repr_limt=3)`, "error unknown-option `repr_limt` Did you mean \"repr_limit\"?"},
		{`action=VarsPrinter("a b")`, "error missing-comma `b`"},
		{`action=VarsPrinter("a", "x[")`, "error unclosed-bracket `[`"},
		{`Q(profile=True)`, "error unknown-field `profile`"},
		{`f"a"`, "error unsupported `f\"a\"`"},
		{`*[1], kind="call"`, "error unsupported `*[1]`"},
		{`“a”`, "error bad-character `“` Did you mean \"?\nerror bad-character `”` Did you mean \"?\nerror unknown-name `a`"},
		{`expr="a +"`, "error syntax ``"},
		{`function=price`, "error unknown-name `price`"},
		{`From`, "error not-called `From` Did you mean From(…)?"},
		{`lineno_in=[1, 2], locals_has="n", depth_in=range(3)`, ""},
		{`hunter.Q(function="a") & ~hunter.When(hunter.Q(kind="line"), hunter.Stop)`, ""},
		{`Debugger(klass=pdb.Pdb), function_rx=re.compile("a", re.I | re.M)`, ""},
		{``, ""},
		{`trace(function="a")`, ""},
	}
	for _, c := range cases {
		_, list := ParseTrace(c.query, nil)
		got := say(c.query, list)
		if c.query == `action=VarsPrinter("a b")` {
			c.want = strings.Replace(c.want, "missing-comma `b`", list[0].Code+" `b`", 1)
		}
		if got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.query, got, c.want)
		}
	}
}

func TestParseCondition(t *testing.T) {
	cases := []struct{ text, want string }{
		{`Q(function="a")`, "Query(function='a')"},
		{`~Q(function="a") | Q(depth=1)`, "Or(Not(Query(function='a')), Query(depth=1))"},
		{`function="a", depth_lt=3`, "Query(function='a', depth_lt=3)"},
		{`When(Q(kind="line"), Stop)`, "When(Query(kind='line'), <hunter.Stop object>)"},
		{`x > 3`, "Query(expr='x > 3')"},
		{` x == "a" and not f(y)[0] `, `Query(expr='x == "a" and not f(y)[0]')`},
		{`x if y else [i for i in z if i]`, "Query(expr='x if y else [i for i in z if i]')"},
		{`lambda: 0`, "Query(expr='lambda: 0')"},
		{`(yield)`, "error syntax `(yield)`"},
		{`x >`, "error syntax ``"},
		{`x = 3`, "error unknown-field `x`"},
		{`f(a, b`, "error unclosed-bracket `(`"},
		{`x y`, "error syntax `y`"},
		{``, "error syntax ``"},
		{`Q(functon="a")`, "error unknown-field `functon` Did you mean \"function\"?"},
		{`d["k"] in {1: 2}.values() and a[1:2, ::3] is not None`, `Query(expr='d["k"] in {1: 2}.values() and a[1:2, ::3] is not None')`},
		{`(n := 10) > 5 and f(*a, **b, c=1)`, "Query(expr='(n := 10) > 5 and f(*a, **b, c=1)')"},
	}
	for _, c := range cases {
		p, list := ParseCondition(c.text)
		got := say(c.text, list)
		if p != nil {
			got = p.String()
		}
		if got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestParseHit(t *testing.T) {
	cases := []struct {
		text  string
		hit   HitCondition
		fires string
	}{
		{"3", HitCondition{"==", 3}, "3"}, {"==3", HitCondition{"==", 3}, "3"}, {"= 3", HitCondition{"==", 3}, "3"}, {">=3", HitCondition{">=", 3}, "3456"}, {"> 3", HitCondition{">", 3}, "456"},
		{"<3", HitCondition{"<", 3}, "12"}, {"<=3", HitCondition{"<=", 3}, "123"}, {"%2", HitCondition{"%", 2}, "246"}, {"x", HitCondition{}, ""}, {"%0", HitCondition{}, ""}, {"-1", HitCondition{}, ""}, {">", HitCondition{}, ""}, {"1.5", HitCondition{}, ""},
	}
	for _, c := range cases {
		h, list := ParseHit(c.text)
		if h == nil {
			if c.hit != (HitCondition{}) || !list.HasErrors() {
				t.Errorf("%s: refused %v", c.text, list)
			}
			continue
		}
		fires := ""
		for n := uint64(1); n <= 6; n++ {
			if h.Fires(n) {
				fires += fmt.Sprint(n)
			}
		}
		if *h != c.hit || fires != c.fires {
			t.Errorf("%s: %+v fires at %s, want %+v at %s", c.text, *h, fires, c.hit, c.fires)
		}
	}
	if h, list := ParseHit("  "); h != nil || list != nil || !h.Fires(7) {
		t.Errorf("an empty hit condition is %v, %v", h, list)
	}
}

func TestParseLog(t *testing.T) {
	cases := []struct{ text, want string }{
		{"hi", `Log [] "hi"`},
		{"x is {x}", `Log [["x","",""]] "x is "+0`},
		{"{a!r:>8}|{b.c[0]:.2f}", `Log [["a","r","\u003e8"],["b.c[0]","",".2f"]] 0+"|"+1`},
		{"{x=} {y = !s}", `Log [["x","r",""],["y","s",""]] "x="+0+" y = "+1`},
		{"{{{d['}']}}}", `Log [["d['}']","",""]] "{"+0+"}"`},
		{"{f(a, lambda: 1)} {x != y}", `Log [["f(a, lambda: 1)","",""],["x != y","",""]] 0+" "+1`},
		{"{x==1}", `Log [["x==1","",""]] 0`},
		{"}", `Log [] "}"`},
		{"{x", "error unclosed-bracket `{` Write {{ for a brace."},
		{"a {} b", "error syntax `{}`"},
		{"a {x +} b", "error syntax ``"},
		{"{x!q}", "error bad-conversion `!q`"},
		{"{x:{y}}", `Log [["x","",[["y","",""]]]] 0`},
		{"<{x!r:>{w + 1}.{n:d}f}> {y:>3}", `Log [["x","r",["\u003e",["w + 1","",""],".",["n","","d"],"f"]],["y","","\u003e3"]] "<"+0+"> "+1`},
		{"{x=:{w}}", `Log [["x","",[["w","",""]]]] "x="+0`},
		{"{x:{y:{z}}}", `Log [["x","",[["y","",[["z","",""]]]]]] 0`},
		{"{x:{y:{z:{a}}}}", "error unsupported `{`\nerror unclosed-bracket `{z:{a}}}}`\nerror unclosed-bracket `{y:{z:{a}}}}`\nerror unclosed-bracket `{x:{y:{z:{a}}}}`"},
		{"{x:{y +}}", "error syntax ``"},
		{"{x:{y", "error unclosed-bracket `{` Write {{ for a brace.\nerror unclosed-bracket `{x:{y`"},
		{`VarsPrinter("a", "b.c")`, "VarsPrinter a,b.c"},
		{`VarsPrinter("b", "a", "b")`, "VarsPrinter b,a"},
		{"CodePrinter", "CodePrinter "},
		{"VarsPrinter(", "error unclosed-bracket `(`\nerror missing-argument `VarsPrinter(` Write VarsPrinter(\"a\", \"b.c\")."},
		{"Stop here", `Log [] "Stop here"`},
	}
	for _, c := range cases {
		a, list := ParseLog(c.text)
		got := say(c.text, list)
		if !list.HasErrors() {
			got = a.Kind + " " + strings.Join(a.Names, ",")
			if a.Kind == "Log" {
				got = "Log " + describeTemplate(t, a)
			}
		}
		if got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.text, got, c.want)
		}
	}
}

func describeTemplate(t *testing.T, a Action) string {
	all := []any{}
	var parts []string
	for _, p := range a.Template {
		if p.Slot >= 0 {
			all = append(all, describeSlot(p))
			parts = append(parts, fmt.Sprint(p.Slot))
		} else {
			parts = append(parts, fmt.Sprintf("%q", p.Text))
		}
	}
	slots, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(slots) + " " + strings.Join(parts, "+")
}

func describeSlot(p Piece) any {
	if p.Nested == nil {
		return []string{p.Expr, p.Conversion, p.Format}
	}
	var format []any
	for _, n := range p.Nested {
		if n.Slot < 0 {
			format = append(format, n.Text)
		} else {
			format = append(format, describeSlot(n))
		}
	}
	return []any{p.Expr, p.Conversion, format}
}

func TestCarefulSessions(t *testing.T) {
	cases := map[string]int{
		`function="a", action=VarsPrinter("a.b", "c[0]", "d['k']")`: 0,
		`lambda event: True`:                1,
		`expr="x.y"`:                        0,
		`expr="f()"`:                        1,
		`action=VarsPrinter("a", "f(b)")`:   1,
		`action=CallPrinter(repr_func=len)`: 1,
		`action=lambda e: None`:             1,
		`arg=lambda: 1`:                     1,
	}
	for text, want := range cases {
		p, list := ParseTrace(text, nil)
		if p == nil {
			t.Errorf("%s: %v", text, list)
			continue
		}
		if got := p.Python(); len(got) != want {
			t.Errorf("%s: %v, want %d", text, got, want)
		}
	}
}
