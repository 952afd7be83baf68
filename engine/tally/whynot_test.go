package tally

import (
	"regexp"
	"strings"
	"testing"
)

var continues = regexp.MustCompile(`^\s*(else|elif|except|finally)\b`)

// ranFile is buildFile with spans as the bridge tells them: what an else, elif,
// except or finally goes on with belongs to the Statement before it.
func ranFile(t *testing.T, text string) *File {
	t.Helper()
	f := buildFile(t, text)
	lines := strings.Split(f.Source, "\n")
	for i := range f.Statements {
		s := &f.Statements[i]
		if !strings.HasSuffix(lines[s.Line-1], ":") {
			continue
		}
		for n := s.Line + 1; n <= len(lines); n++ {
			line := lines[n-1]
			if line != "" && indentOf(line) <= s.Col && !(indentOf(line) == s.Col && continues.MatchString(line) && s.Kind != "except") {
				break
			}
			if line != "" {
				s.EndLine, s.EndCol = n, len([]rune(line))
			}
		}
	}
	return f
}

func TestWhyNot(t *testing.T) {
	const program = `
def f(x, items):  #: def <module> 1 calls=2
    if x > 3:  #: if f 2 x=1,2
        big = 1  #: assign f 0
        bigger = 2  #: assign f 0
    elif x == 2:  #: if f 2 x=1,2
        return 5  #: return f 1
        after = 1  #: assign f 0
    for i in items:  #: for f 1
        inside = 1  #: assign f 0
    else:
        total = 1  #: assign f 1
    try:  #: try f 1
        parse(x)  #: expression f 1 raised=1 !ValueError
        parsed = 1  #: assign f 0
    except KeyError:  #: except f 1
        missing = 1  #: assign f 0
    while x:  #: while f 1 x=0
        x -= 1  #: assign f 0
    else:
        done = 1  #: assign f 1
    if done:  #: if f 1 done=1
        yes = 1  #: assign f 1
    else:
        no = 1  #: assign f 0
def g():  #: def <module> 1 calls=0
    return 1  #: return g 0
def h():  #: def <module> 1 calls=1
    if True:  #: if h 1
        raise KeyError  #: raise h 1 raised=1
    if later:  #: if h 0
        deep = 1  #: assign h 0
"""text"""  #: expression <module> 0 nocode
`
	f := ranFile(t, strings.TrimPrefix(program, "\n"))
	line := func(mark string) int {
		for n, text := range strings.Split(f.Source, "\n") {
			if strings.TrimSpace(text) == mark {
				return n + 1
			}
		}
		t.Fatalf("no line %q", mark)
		return 0
	}
	for _, c := range []struct{ at, turned, text string }{
		{"big = 1", "if x > 3:", "was asked 2 times and was never true. Its last values: x=2."},
		{"bigger = 2", "if x > 3:", "never true"},
		{"after = 1", "return 5", "Control left before it, at line 6 (return 5): return, once."},
		{"inside = 1", "for i in items:", "nothing to go through"},
		{"parsed = 1", "parse(x)", "which raised"},
		{"missing = 1", "except KeyError:", "The exceptions that came to"},
		{"x -= 1", "while x:", "never true. Its last values: x=0."},
		{"no = 1", "if done:", "was never false. Its last values: done=1."},
		{"return 1", "def g():", "was never called"},
		{"deep = 1", "raise KeyError", "Control left before it"},
		{"total = 1", "", "Line 11 did run: once."},
		{`"""text"""`, "", "no code of its own"},
		{"else:", "", "There is no statement on line 10."},
	} {
		got := WhyNot(f, line(c.at))
		turned := ""
		if got.Turned >= 0 {
			turned = strings.TrimSpace(strings.Split(f.Source, "\n")[f.Statements[got.Turned].Line-1])
		}
		if turned != c.turned || !strings.Contains(got.Text, c.text) {
			t.Errorf("%s: turned at %q, %q; want %q, …%q…", c.at, turned, got.Text, c.turned, c.text)
		}
	}
}
