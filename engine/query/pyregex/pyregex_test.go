package pyregex

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	accepted := []string{"a+", "(a|b)*c", `\w+\.\w+`, `(\w+\.)*\w+`, "(?:ab)+", "^test_.*_slow$", ".*a.*b", `(json|re)($|\.)`, "(?i)x*", `\d{1,3}(\.\d{1,3}){3}`,
		"(?P<n>a+)b", "(?<=ab)c+", "a++b", "(?>a+)b", "[^_]*_[^_]*", "(foo_?)+x", ""}
	refused := []string{"(a+)+", "(a*)*", "(a|a)*b", "(a|ab)*(bc|c)*d?e{2,}(a+)*", "(.*)*", "(.+)+x", `(\w+\s?)*$`, "(a?a)*b", "((a+)b?)*c", "(x+x+)+y",
		".*a.*b.*c.*d.*e", `(a)\1`, "(?P<q>a)(?P=q)", "(a)?(?(1)b|c)", "(a?){16}(a?){16}b", strings.Repeat("a", 513), "(([a-z])+.)+[A-Z]([a-z])+$"}
	for _, p := range accepted {
		if err := Check(p, 0, false); err != nil {
			t.Errorf("%q is refused: %s", p, err.Text)
		}
	}
	for _, p := range refused {
		if err := Check(p, 0, false); err == nil {
			t.Errorf("%q is accepted", p)
		}
	}
}

func TestMatch(t *testing.T) {
	cases := []struct {
		pattern, text string
		want          bool
	}{
		{"mid", "middle", true}, {"iddle", "middle", false}, {".*e$", "middle", true}, {"e$", "middle", false}, {"(?i)MID", "middle", true},
		{`\d+`, "12a", true}, {"a{2,3}b", "aaab", true}, {"a{2,3}b", "ab", false}, {"a.c", "a\nc", false}, {"(?s)a.c", "a\nc", true},
		{"a$", "a\n", true}, {`a\Z`, "a\n", false}, {"(?m).*\n^b", "a\nb", true}, {`\bfoo\b`, "foo bar", true}, {`foo\B`, "foo", false},
		{"(?=ab)a", "ab", true}, {"(?!ab)a", "ab", false}, {"ab(?<=ab)c", "abc", true}, {"ab(?<!ab)c", "abc", false}, {"a*?b", "aab", true},
		{"a++a", "aaa", false}, {"(?>a|ab)c", "abc", false}, {"[^a-c]x", "dx", true}, {"[^a-c]x", "bx", false}, {"[é-ü]", "ö", true}, {"", "x", true},
		{"(a|b)*c", "ababc", true}, {"x{,2}y", "xxy", true}, {"x{}y", "x{}y", true}, {`[\]\d]+$`, "]1]", true}, {"(?x) a  b # c", "ab", true}, {`\w`, "é", true}, {`(?a)\w`, "é", false},
	}
	for _, c := range cases {
		got, ok := Match(c.pattern, 0, c.text, false)
		if !ok || got != c.want {
			t.Errorf("%q on %q = %v, %v", c.pattern, c.text, got, ok)
		}
	}
}

func FuzzRegex(f *testing.F) {
	for _, s := range []string{"(a+)+$", "a|b", "(?P<n>x)", "[^]a-z]", `\d{2,3}?`, "(?i:x)(?-i:y)", "(?<=ab)c", "(?(1)a|b)", `\1`, "[", "(", "a**", "{2}", "x{,3}+", "(?x) a # c\n b"} {
		f.Add(s, "aaaa ab 12")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if err := Check(pattern, 0, false); err != nil {
			if err.At < 0 || err.At > len(pattern) {
				t.Fatalf("%q: %v", pattern, err)
			}
			return
		}
		if len(text) > 256 {
			text = text[:256]
		}
		if _, ok := Match(pattern, 0, text, false); !ok {
			t.Fatalf("%q on %q takes too long", pattern, text)
		}
	})
}
