package recording

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// recordText records a program under a name.
func recordText(t *testing.T, dir, name, program, text string, args ...string) string {
	t.Helper()
	folder := filepath.Join(dir, name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, program), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, name+".rec")
	python := testkit.Python(t, "3.13")
	r := e2e.Tallyho(t, e2e.Run{Dir: folder, Args: append([]string{"record", "--python", python.Path, "-o", file, program}, args...)})
	if !strings.Contains(r.Stderr, "recorded in") {
		t.Fatalf("%s was not recorded: %s", name, r.Stderr)
	}
	return file
}

// learning are programs with what is so in each of their runs.
var learning = []struct{ what, program, place, want string }{
	{"a constant", "x = 7\n", "prog.py:1 <module>", "x: int, always 7 (×1)"},
	{"a text", "x = 'a'\n", "prog.py:1 <module>", "x: str, always 'a' (×1)"},
	{"a range", "def f(n):\n    return n\nfor n in (3, -1, 2):\n    f(n)\n", "prog.py:1 f called", "n: int, -1 to 3, never None (×3)"},
	{"what is returned", "def f(n):\n    return n\nfor n in (3, -1, 2):\n    f(n)\n", "prog.py:2 f", "return: int, -1 to 3, never None (×3)"},
	{"two types", "for v in (1, 2.5):\n    x = v\n", "prog.py:2 <module>", "x: float or int, 1 to 2.5, never None (×2)"},
	{"None as well", "for v in (1, None, 2):\n    x = v\n", "prog.py:2 <module>", "x: NoneType or int, 1 to 2 where it is a number (×3)"},
	{"a bool is no number", "for v in (True, False):\n    x = v\n", "prog.py:2 <module>", "x: bool, never None (×2)"},
	{"rising", "t = 0\nfor i in range(4):\n    t += i\n", "prog.py:3 <module>", "t: int, 0 to 6, never falling, never None (×4)"},
	{"falling", "for i in range(4):\n    t = -i\n", "prog.py:2 <module>", "t: int, -3 to 0, never rising, never None (×4)"},
	{"in each call by itself", "def f(k):\n    for i in range(3):\n        x = i + k\nf(9); f(0)\n", "prog.py:3 f", "x: int, 0 to 11, never falling, never None (×6)"},
	{"not where calls are within calls", "def f(n):\n    for i in (3, 2, 1):\n        x = i\n        if n: f(0)\nf(1)\n", "prog.py:3 f", "x: int, 1 to 3, never rising, never None (×12)"},
	{"up and down within calls", "def f(n):\n    for i in (1, 2, 1):\n        x = i\n        if n: f(0)\nf(1)\n", "prog.py:3 f", "x: int, 1 to 2, never None (×12)"},
	{"what was so already", "def f(n):\n    x = 5\n    if n:\n        x = 5\n    else:\n        x = 6\nfor n in (0, 1, 0):\n    f(n)\n", "prog.py:2 f", "x: int, always 5 (×3)"},
	{"the same again", "x = 1\nfor i in range(3):\n    x = i and 1\n", "prog.py:3 <module>", "x: int, 0 to 1, never None (×3)"},
	{"not what raised", "x = None\nfor s in ('1', 'z', '2'):\n    try:\n        x = int(s)\n    except ValueError:\n        x = None\n", "prog.py:4 <module>", "x: int, 1 to 2, never None (×2)"},
	{"nan is in no range", "for v in (1.0, float('nan')):\n    x = v\n", "prog.py:2 <module>", "x: float, never None (×2)"},
	{"the infinite", "for v in (1.0, float('inf')):\n    x = v\n", "prog.py:2 <module>", "x: float, 1.0 to inf, never None (×2)"},
	{"a huge number", "for v in (1, 10**30):\n    x = v\n", "prog.py:2 <module>", "x: int, 1 to 1" + strings.Repeat("0", 30) + ", never None (×2)"},
	{"cut", "x = list(range(5000))\n", "prog.py:1 <module>", "x: list, never None (×1, 1 of them not recorded whole)"},
	{"a secret", "password = 'hunter2'\n", "prog.py:1 <module>", "password: nothing is known (×1, 1 of them not recorded whole)"},
	{"an object", "class P:\n    pass\nx = P()\n", "prog.py:3 <module>", "x: __main__.P, never None (×1)"},
	{"within a line", "a = 1; b = 2\n", "prog.py:1:8 <module>", "b: int, always 2 (×1)"},
	{"a global of a function's", "n = 0\ndef add(k):\n    global n\n    n += k\nadd(1); add(5); add(2)\n", "prog.py:4 add", "n: int, 1 to 8, never falling, never None (×3)"},
	{"a generator", "def g():\n    while True:\n        x = yield\nh = g(); next(h)\nfor v in (4, 2): h.send(v)\n", "prog.py:3 g", "x: int, 2 to 4, never None (×2)"},
}

// TestInvariants records programs and looks at what is told of one name, in words and as JSON;
// none of them breaks its own.
func TestInvariants(t *testing.T) {
	testkit.Long(t)
	for _, row := range learning {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			dir := testkit.Folder(t)
			file := recordText(t, dir, "a", "prog.py", row.program)
			r := e2e.Tallyho(t, e2e.Run{Dir: filepath.Join(dir, "a"), Args: []string{"replay", file, "--invariants", "-o", "saved.json"}})
			if r.Code != 0 || !strings.Contains("\n"+r.Stdout, "\n"+row.place+"\n") {
				t.Fatalf("%d: %s%s", r.Code, r.Stdout, r.Stderr)
			}
			_, section, _ := strings.Cut("\n"+r.Stdout, "\n"+row.place+"\n")
			found := false
			for line := range strings.Lines(section) {
				if !strings.HasPrefix(line, "  ") {
					break
				}
				found = found || strings.TrimSpace(line) == row.want
			}
			if !found {
				t.Errorf("want %q at %s of\n%s", row.want, row.place, r.Stdout)
			}
			same := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", file, "--watch", filepath.Join("a", "saved.json")}})
			if same.Code != 0 || !strings.Contains(same.Stdout, "Nothing") || strings.Contains(same.Stdout, "and was") {
				t.Errorf("it breaks its own: %d: %s%s", same.Code, same.Stdout, same.Stderr)
			}
		})
	}
}

// breaking are two runs, and the lines that tell what the second breaks; "" for nothing.
var breaking = []struct{ what, a, b, want string }{
	{"a constant", "import sys\nx = len(sys.argv)\n", "", "prog.py:2 <module>: x is 2 at step 3, and was always 1\n"},
	{"a range", "import sys\nfor i in range(2 + 3 * len(sys.argv)):\n    x = i * 2\n", "", "prog.py:2 <module>: i is 5 at step 13, and was 0 to 4 (×4)\nprog.py:3 <module>: x is 10 at step 14, and was 0 to 8 (×3)\n"},
	{"a type", "import sys\nfor i in (1, 2):\n    x = i if len(sys.argv) == 1 else 'a'\n", "", "prog.py:3 <module>: x is 'a' at step 4, and was int (×2)\n"},
	{"None", "import sys\nfor i in (1, 2):\n    x = i if len(sys.argv) == 1 else None\n", "", "prog.py:3 <module>: x is None at step 4, and was never None (×2)\n"},
	{"what only rose", "import sys\nfor i in (1, 2, 3):\n    x = i if len(sys.argv) == 1 else 4 - i\n", "", "prog.py:3 <module>: x is 2 after 3 at step 6, and was never falling (×2)\n"},
	{"nan", "import sys\nfor i in (1.0, 2.0):\n    x = i if len(sys.argv) == 1 else i * float('nan')\n", "", "prog.py:3 <module>: x is nan at step 4, and was 1.0 to 2.0 (×2)\n"},
	{"what is cut breaks nothing", "import sys\nx = [0] * (2 if len(sys.argv) == 1 else 5000)\n", "", ""},
	{"nothing", "import sys\nx = 1\n", "", ""},
	{"a line above, a changed one and what is the same", "y = 1\nx = 2\nz = 3\n", "# new\ny = 1\nx = 5\nz = 3\n", ""},
	{"what moved", "def f():\n    return 1\nx = f()\n", "# one\n# two\ndef f():\n    y = 2\n    return 1\nf = lambda: 4\nx = f()\n", "prog.py:7 <module>: x is 4 at step 7, and was always 1\n"},
}

// TestBrokenInvariants holds what was so in one run against another: with an argument more, or
// of another text.
func TestBrokenInvariants(t *testing.T) {
	testkit.Long(t)
	for _, row := range breaking {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			dir := testkit.Folder(t)
			a := recordText(t, dir, "a", "prog.py", row.a)
			text, args := row.b, []string(nil)
			if text == "" {
				text, args = row.a, []string{"more"}
			}
			b := recordText(t, dir, "b", "prog.py", text, args...)
			saved := filepath.Join(dir, "saved.json")
			if r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", a, "--invariants", "-o", saved}}); r.Code != 0 {
				t.Fatal(r.Stderr)
			}
			r := e2e.Tallyho(t, e2e.Run{Dir: filepath.Join(dir, "b"), Args: []string{"replay", b, "--watch", saved}})
			var told strings.Builder
			for line := range strings.Lines(r.Stdout) {
				if strings.Contains(line, ", and was ") {
					told.WriteString(line)
				}
			}
			code := 1
			if row.want == "" {
				code = 0
			}
			if r.Code != code || told.String() != row.want {
				t.Errorf("%d: %s%s", r.Code, r.Stdout, r.Stderr)
			}
			asJSON := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", b, "--watch", saved, "-o", "-"}})
			var got struct {
				Broken []struct {
					Step       uint64
					Path, Name string
					Kinds      []string
				}
			}
			if err := json.Unmarshal([]byte(asJSON.Stdout), &got); err != nil || asJSON.Code != code || len(got.Broken) != strings.Count(row.want, "\n") {
				t.Errorf("%d %v: %s", asJSON.Code, err, asJSON.Stdout)
			}
		})
	}
}

// TestInvariantsOfAnotherText says which file is another, and what was not checked for it.
func TestInvariantsOfAnotherText(t *testing.T) {
	dir := testkit.Folder(t)
	a := recordText(t, dir, "a", "prog.py", "x = 1\ny = [2] * 3\n")
	files := map[string]string{
		"changed": recordText(t, dir, "b", "prog.py", "x = 2\ny = [2] * 3\n"),
		"same":    recordText(t, dir, "c", "prog.py", "x = 1\ny = [2] * 3\n# more\n"),
		"other":   recordText(t, dir, "d", "shop.py", "z = 1\n"),
	}
	saved := filepath.Join(dir, "saved.json")
	for range 2 { // it is written over
		if r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", a, "--invariants", "-o", saved}}); r.Code != 0 {
			t.Fatal(r.Stderr)
		}
		if r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", a, "--watch", saved, "-o", filepath.Join(dir, "check.json")}}); r.Code != 0 {
			t.Fatal(r.Stderr)
		}
	}
	for what, want := range map[string]string{
		"changed": "prog.py has another text since: 1 place was not checked",
		"same":    "prog.py has another text since; each of these places is still in it",
		"other":   "the invariants are of prog.py, and this is a recording of shop.py",
	} {
		r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", files[what], "--watch", saved}})
		if r.Code != 0 || !strings.Contains(r.Stdout, want) {
			t.Errorf("%s: %d: %s%s", what, r.Code, r.Stdout, r.Stderr)
		}
	}
}

// TestInvariantsOfAnotherBackend: where a run is recorded by line, what a name is after the first
// statement of a line is not known, and breaks nothing.
func TestInvariantsOfAnotherBackend(t *testing.T) {
	dir := testkit.Folder(t)
	const text = "a = 1; a = 2\nb = 3\n"
	python := testkit.Python(t, "3.13").Path
	recordText(t, dir, "statements", "prog.py", text)
	r := e2e.Tallyho(t, e2e.Run{Dir: filepath.Join(dir, "statements"), Args: []string{"record", "--backend", "settrace", "--python", python, "-o", filepath.Join(dir, "lines.rec"), "prog.py"}})
	if !strings.Contains(r.Stderr, "recorded in") {
		t.Fatal(r.Stderr)
	}
	for _, pair := range [][2]string{{"statements", "lines"}, {"lines", "statements"}} {
		if r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", pair[0] + ".rec", "--invariants", "-o", "saved.json"}}); r.Code != 0 {
			t.Fatal(r.Stderr)
		}
		r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", pair[1] + ".rec", "--watch", "saved.json"}})
		if r.Code != 0 || !strings.Contains(r.Stdout, "not checked, for the statements of one line") || !strings.Contains(r.Stdout, "Nothing is broken: 1 name checked.") {
			t.Errorf("%v: %d: %s%s", pair, r.Code, r.Stdout, r.Stderr)
		}
	}
}

// TestMistakesWithInvariants are told in one sentence each, with the exit code of a mistake.
func TestMistakesWithInvariants(t *testing.T) {
	dir := testkit.Folder(t)
	a := recordText(t, dir, "a", "prog.py", "x = 1\n")
	calls := filepath.Join(dir, "calls.rec")
	e2e.Tallyho(t, e2e.Run{Dir: filepath.Join(dir, "a"), Args: []string{"record", "--what", "calls", "--python", testkit.Python(t, "3.13").Path, "-o", calls, "prog.py"}})
	if err := os.WriteFile(filepath.Join(dir, "no.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"no.rec", "--invariants"}, "there is no recording no.rec"},
		{[]string{"no.json", "--invariants"}, "no.json is no recording"},
		{[]string{calls, "--invariants"}, "has no values of names (--what calls)"},
		{[]string{a, "--invariants", "-o", "no/where/x.json"}, "--output: "},
		{[]string{a, "--invariants", "-o", a}, "--output: "},
		{[]string{a, "--invariants", "--annotate"}, "stand alone"},
		{[]string{a, "--invariants", "--watch", "no.json"}, "stand alone"},
		{[]string{a, "--watch", "missing.json"}, "--watch: there is no file missing.json"},
		{[]string{a, "--watch", "no.json"}, "--watch: no.json is no file of invariants"},
		{[]string{a, "--watch", a}, "is no file of invariants"},
		{[]string{a, "--watch", dir}, "--watch: "},
		{[]string{a, "--invariants", "--follow", "call:nothing"}, "nothing of that name was recorded"},
	} {
		r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: append([]string{"replay"}, row.args...)})
		if r.Code != 2 || !strings.Contains(r.Stderr, row.want) || strings.Count(r.Stderr, "\n") > 2 {
			t.Errorf("%q: %d: %s%s", row.args, r.Code, r.Stdout, r.Stderr)
		}
	}
}
