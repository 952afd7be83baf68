package syntax

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// outline is each Unit on a line, indented below the header of its block.
func outline(source string) string {
	t := Parse(source)
	var b strings.Builder
	for i := range t.Units {
		u := &t.Units[i]
		depth := 0
		for p := u.Parent; p >= 0; p = t.Units[p].Parent {
			depth++
		}
		var words []string
		for at := u.From; at < u.To; at++ {
			words = append(words, t.text(at))
		}
		fmt.Fprintf(&b, "%s%s\n", strings.Repeat("  ", depth), strings.Join(words, " "))
	}
	return b.String()
}

func TestUnits(t *testing.T) {
	for _, row := range []struct{ source, want string }{
		{"a = 1; b = 2;\nc", "a = 1\nb = 2\nc\n"},
		{"if a: b; c\nd", "if a :\n  b\n  c\nd\n"},
		{"if a:\n\tb\nelif c:\n    d\nelse: e\n", "if a :\n  b\nelif c :\n  d\nelse :\n  e\n"},
		{"x: int = 3\nf = lambda a, b: {1: 2}\nd[1:2] = lambda: 0\n", "x : int = 3\nf = lambda a , b : { 1 : 2 }\nd [ 1 : 2 ] = lambda : 0\n"},
		{"if (lambda: 1)() or (lambda: 2)(): x\nif lambda: 1: y", "if ( lambda : 1 ) ( ) or ( lambda : 2 ) ( ) :\n  x\nif lambda : 1 :\n  y\n"},
		{"@deco(1,\n  2)\nasync def f(a,\n  b): return 1\nasync with a: pass", "@ deco ( 1 , 2 )\nasync def f ( a , b ) :\n  return 1\nasync with a :\n  pass\n"},
		{"match x:\n  case [1, y]:\n    a\n  case _: b\nmatch(x)\nmatch = 3\ncase: int = 4\n", "match x :\n  case [ 1 , y ] :\n    a\n  case _ :\n    b\nmatch ( x )\nmatch = 3\ncase : int = 4\n"},
		{"s = f\"{x[\"a\"]!r:>{w}} {{}}\"; t\nu = rb'\\'' \"#\" # no\n", "s = f\"{x[\"a\"]!r:>{w}} {{}}\"\nt\nu = rb'\\'' \"#\"\n"},
		{"a = \\\n  1\n\"\"\"x\n  y\n\"\"\"\nb\n", "a = 1\n\"\"\"x\n  y\n\"\"\"\nb\n"},
		{"x = 1_0.5e-3 + .5 + 0xE-1 - 1if a else 2", "x = 1_0.5e-3 + .5 + 0xE - 1 - 1if a else 2\n"},
		// What somebody is typing.
		{"foo(\na = 1\nb = 2\n", "foo (\na = 1\nb = 2\n"},
		{"def f():\n  x = [1,\n  return 2\ny\n", "def f ( ) :\n  x = [ 1 ,\n  return 2\ny\n"},
		{"def f(a\n  b\n  c\nd\n", "def f ( a\n  b\n  c\nd\n"},
		{"a = \"\"\"\nb = 1\nc = 2\n", "a = \"\"\"\nb = 1\nc = 2\n"},
		{"a = f\"{x\nb = 1\n", "a = f\"{x\nb = 1\n"},
		{"a = )\nb]\nc", "a = )\nb ]\nc\n"},
	} {
		if got := outline(row.source); got != row.want {
			t.Errorf("%q:\n got %q\nwant %q", row.source, got, row.want)
		}
	}
}

// TestWhatIsTheSame: statements in one row are written differently and are the same;
// those of a pair are not.
func TestWhatIsTheSame(t *testing.T) {
	sum := func(source string) uint64 {
		u := Parse(source).Units
		if len(u) == 0 {
			t.Fatalf("no statement in %q", source)
		}
		return u[0].Sum
	}
	for _, row := range [][]string{
		{"f(a, b)", "f(a,b,)", "f(\n  a,  # one\n  b,\n)", "f (a, b)", "f(a, \\\n b);"},
		{"x = [1, 2]", "x = [1,\n2,\n]", "x = ([1, 2])", "x = ((\n[1, 2]\n))"},
		{"return a + b", "return (a + b)", "return (\n    a\n    + b\n)"},
		{"return a, b", "return (a, b)", "return (a, b,)"},
		{"for a, b in c: pass", "for (a, b) in c: pass", "for a, b in (c):\n  pass"},
		{"if a and b: x", "if (a\n    and b):\n  x"},
		{"from a import b, c", "from a import (b, c)", "from a import (\n  b,\n  c,\n)"},
		{"with open(a) as b, c: x", "with (\n  open(a) as b,\n  c,\n): x"},
		{"class A: x", "class A(): x", "class A(\n): x"},
		{"s = 'it\\'s'", `s = "it's"`, `s = """it's"""`, `s = u"it's"`},
		{"n = 0xff + 1e5", "n = 0XFF + 1E5"},
		{"def f(a, *, b=1): x", "def f(\n  a,\n  *,\n  b=1,\n):\n  x"},
	} {
		for _, other := range row[1:] {
			if sum(row[0]) != sum(other) {
				t.Errorf("%q is not %q", other, row[0])
			}
		}
	}
	for _, pair := range [][2]string{
		{"f(a, b)", "f((a, b))"},
		{"f(a)", "f((a,))"},
		{"x = (a,)", "x = (a)"},
		{"x = ()", "x ="},
		{"x = d[a,]", "x = d[a]"},
		{"x = a in (b, c)", "x = a in b, c"},
		{"assert (a, b)", "assert a, b"},
		{"(x): int = 1", "x: int = 1"},
		{"x = (a) + b, c", "x = a + (b, c)"},
		{"x = (a + b) * c", "x = a + b * c"},
		{"x = lambda: (a, b)", "x = lambda: a, b"},
		{"class A(B): x", "class A: x"},
		{"s = 'a'", "s = b'a'"},
		{"s = 'a\\n'", "s = r'a\\n'"},
		{"s = 'a b'", "s = 'a  b'"},
		{"x == 1", "x = 1"},
		{"await f(x)", "awaitf(x)"},
	} {
		if sum(pair[0]) == sum(pair[1]) {
			t.Errorf("%q is taken for %q", pair[0], pair[1])
		}
	}
}

// positions prints where the statements and clauses of files begin, as Python sees it.
const positions = `
import ast, sys
for path in sys.argv[1:]:
    try:
        tree = ast.parse(open(path, encoding="utf-8").read())
    except (OSError, SyntaxError, UnicodeDecodeError, ValueError):
        continue
    print(path)
    for node in ast.walk(tree):
        if isinstance(node, (ast.stmt, ast.ExceptHandler)):
            print("", node.lineno, node.col_offset)
`

// TestEveryStatementIsAUnit: over the standard library of each Python, each statement
// that its own parser sees begins a Unit.
func TestEveryStatementIsAUnit(t *testing.T) {
	testkit.Long(t)
	for _, python := range testkit.Pythons(t) {
		out, err := exec.Command(python.Path, "-c", "import os; print(os.path.dirname(os.__file__))").Output()
		if err != nil {
			t.Fatal(err)
		}
		files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "*.py"))
		own, _ := filepath.Glob("../../testdata/conformance/hunter/programs/*.py")
		for i := 0; i < len(files); i += 4 { // all take half a minute, and are right as well
			own = append(own, files[i])
		}
		out, err = exec.Command(python.Path, append([]string{"-W", "ignore", "-c", positions}, own...)...).Output()
		if err != nil {
			t.Fatalf("%s: %v", python.Name(), err)
		}
		var starts map[[2]int]bool
		path, seen := "", 0
		for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
			if !strings.HasPrefix(line, " ") {
				path, starts = line, startsOf(t, line)
				continue
			}
			var at [2]int
			fmt.Sscan(line, &at[0], &at[1])
			if seen++; !starts[at] {
				t.Errorf("%s: nothing begins at %v of %s", python.Name(), at, path)
			}
		}
		if seen < 1000 {
			t.Errorf("%s: only %d statements seen", python.Name(), seen)
		}
	}
}

func startsOf(t *testing.T, path string) map[[2]int]bool {
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parsed := Parse(string(source))
	starts := map[[2]int]bool{}
	for i := range parsed.Units {
		u := &parsed.Units[i]
		starts[[2]int{u.Line, u.Start - strings.LastIndexByte(parsed.Source[:u.Start], '\n') - 1}] = true
	}
	return starts
}

func FuzzParse(f *testing.F) {
	f.Add("def f(a):\n    return f\"{a!r:>{a}}\"\n")
	f.Add("if x:\n\ty = [\n'''\n")
	f.Add("f'{f\"{f'''{")
	f.Add("()")
	f.Fuzz(func(t *testing.T, source string) {
		for _, parsed := range []*Text{Parse(source), Lines(source)} {
			last, line := -1, 0
			for i := range parsed.Units {
				u := &parsed.Units[i]
				if u.Start <= last || u.End > len(parsed.Source) || u.From >= u.To || u.Start >= u.End || u.Line < line ||
					int(u.Parent) >= i || int(u.Last) <= i || int(u.Last) > len(parsed.Units) {
					t.Fatalf("unit %d of %q: %+v", i, source, *u)
				}
				if got := 1 + strings.Count(parsed.Source[:u.Start], "\n"); got != u.Line {
					t.Fatalf("unit %d of %q is in line %d and not %d", i, source, got, u.Line)
				}
				last, line = u.Start, u.Line
				tokens := parsed.Tokens[u.From:u.To]
				if !slices.IsSortedFunc(tokens, func(a, b Token) int { return int(a.Start - b.Start) }) {
					t.Fatalf("tokens of unit %d of %q are out of order", i, source)
				}
			}
		}
	})
}
