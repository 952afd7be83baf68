package diag

import (
	"strings"
	"testing"
)

func TestRender(t *testing.T) {
	d := func(start, end int) Diagnostic {
		return Diagnostic{Severity: Error, Summary: "bad", Span: Span{start, end}}
	}
	cases := []struct {
		name, text, want string
		d                Diagnostic
	}{
		{"plain", `modul="x"`, "q:1:1: error: bad\n  modul=\"x\"\n  ^~~~~\n", d(0, 5)},
		{"second line", "a=1,\nb=2", "q:2:1: error: bad\n  b=2\n  ^\n", d(5, 6)},
		{"crlf", "a=1,\r\nb=2", "q:2:3: error: bad\n  b=2\n    ^\n", d(8, 9)},
		{"tab", "\tx=1", "q:1:2: error: bad\n      x=1\n      ^\n", d(1, 2)},
		{"wide", "a='漢字', b", "q:1:9: error: bad\n  a='漢字', b\n            ^\n", d(12, 13)},
		{"wide inside", "'漢字'", "q:1:1: error: bad\n  '漢字'\n  ^~~~~~\n", d(0, 8)},
		{"combining", "e\u0301x", "q:1:3: error: bad\n  e\u0301x\n   ^\n", d(3, 4)},
		{"at the end", "ab", "q:1:3: error: bad\n  ab\n    ^\n", d(2, 2)},
		{"outside", "ab", "q:1:3: error: bad\n  ab\n    ^\n", d(9, 12)},
		{"over lines", "ab(\ncd", "q:1:3: error: bad\n  ab(\n    ^\n", d(2, 6)},
		{"control", "a\x1b[1m", "q:1:1: error: bad\n  a\uFFFD[1m\n  ^\n", d(0, 1)},
		{"empty", "", "q:1:1: error: bad\n  \n  ^\n", d(0, 0)},
	}
	for _, c := range cases {
		if got := Render("q", c.text, List{c.d}); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

func TestRenderSeveralAndHints(t *testing.T) {
	got := Render("query", `modul="x", lineno_sw=1`, List{
		{Severity: Error, Summary: `unknown field "modul"`, Detail: "Fields are module.", Hint: `Did you mean "module"?`, Span: Span{0, 5}},
		{Severity: Warning, Summary: "odd", Span: Span{11, 20}},
	})
	want := `query:1:1: error: unknown field "modul"
  modul="x", lineno_sw=1
  ^~~~~
  Fields are module.  Did you mean "module"?

query:1:12: warning: odd
  modul="x", lineno_sw=1
             ^~~~~~~~~
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRenderKeepsFarMistakesOnScreen(t *testing.T) {
	text := strings.Repeat("a", 300) + "!" + strings.Repeat("b", 300)
	lines := strings.Split(Render("q", text, List{{Severity: Error, Summary: "bad", Span: Span{300, 301}}}), "\n")
	source, carets := []rune(lines[1]), []rune(lines[2])
	at := strings.IndexRune(lines[2], '^')
	if len(source) > 160 || at >= len(carets)+1 || source[at] != '!' {
		t.Errorf("caret at %d of\n%s\n%s", at, lines[1], lines[2])
	}
}

func TestNearest(t *testing.T) {
	fields := []string{"function", "module", "lineno", "kind", "locals", "globals", "stdlib", "filename"}
	cases := map[string]string{
		"modul": "module", "mdoule": "module", "funciton": "function", "Kind": "kind",
		"linen": "lineno", "local": "locals", "zzz": "", "x": "", "": "", "kind": "",
	}
	for word, want := range cases {
		if got := Nearest(word, fields); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	cases := []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"ab", "ba", 1}, {"pirce", "price", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3}, {"é", "e", 1}}
	for _, c := range cases {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := Distance(c.b, c.a); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add("a\tb\r\nc漢\xff", 2, 5)
	f.Fuzz(func(t *testing.T, text string, start, end int) {
		out := Render("q", text, List{{Severity: Error, Summary: text, Detail: text, Span: Span{start, end}}})
		if strings.ContainsAny(out, "\x1b\r\x00") {
			t.Fatalf("control characters in %q", out)
		}
		if n := strings.Count(out, "\n"); n < 3 || n > 4 {
			t.Fatalf("%d lines: %q", n, out)
		}
	})
}
