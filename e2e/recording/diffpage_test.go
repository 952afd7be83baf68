package recording

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// shownPairs are two programs and what a page of their runs has, without its tags.
var shownPairs = []struct {
	what, a, b string
	code       int
	want, not  []string
}{
	{"a value", "x = 1\ny = 3\nz = x + y\n", "x = 1\ny = 4\nz = x + y\n", 1,
		[]string{"They part at a/prog.py:2, in <module>", "2 y = 3", "y 3 4", "x = 1", "a/prog.py:2 <module> y = 3 ×1 ×1 y = 3, 4", "a/prog.py:3 <module> z = x + y ×1 ×1 z = 4, 5"}, []string{"Nothing differs", "Called in"}},
	{"hits", "t = 0\nfor i in range(5):\n    t += i\n", "t = 0\nfor i in range(7):\n    t += i\n", 1, []string{"a/prog.py:3 <module> t += i ×5 ×7 t = 10, 21"}, nil},
	{"functions", "def f():\n    return 1\ndef g():\n    return 1\nx = f()\n", "def f():\n    return 1\ndef g():\n    return 1\nx = g()\n", 1,
		[]string{"Called in the first alone f", "Called in the second alone g", "a/prog.py:2 f return 1 ×1 ×0"}, nil},
	{"a new line", "x = 3\nz = x\n", "x = 3\nx = 4\nz = x\n", 1, []string{"They part at b/prog.py:2", "2 x = 4", "then came line <module>:2 z = x line <module>:2 x = 4", "a/prog.py:2 (3 in the second) <module> z = x ×1 ×1 z = 3, 4"}, nil},
	{"what wants to be markup", "x = '<img src=a>'\n", "x = '<b>&amp;'\n", 1, []string{"x '<img src=a>' '<b>&amp;'"}, nil},
	{"a secret", "import sys\npassword = 'hunter2'\nx = 1\n", "import sys\npassword = 'hunter2'\nx = 2\n", 1, []string{"x 1 2", "password = '{redacted}'"}, []string{"hunter2"}},
	{"a secret where they part", "x = 3\nz = x\n", "x = 3\npassword = 'hunter2'\nz = x\n", 1, []string{"They part at b/prog.py:2"}, []string{"hunter2"}},
	{"a secret where a function parts", "def f(x):\n    y = x\nf(3)\n", "def f(x):\n    token = 'hunter2'\n    y = x\nf(3)\n", 1, []string{"They part at b/prog.py:2", "line f:2 token = '{redacted}'"}, []string{"hunter2"}},
	{"nothing", "x = 1\n", "x = 1\n# one\n", 0, []string{"Nothing differs."}, []string{"They part", "Statements that differ"}},
}

var tags = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`)

// TestDiffAsAPage records pairs of programs and reads the page of what differs.
func TestDiffAsAPage(t *testing.T) {
	testkit.Long(t)
	for _, row := range shownPairs {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			dir := testkit.Folder(t)
			recordText(t, dir, "a", "prog.py", row.a)
			recordText(t, dir, "b", "prog.py", row.b)
			for range 2 { // it is written over
				r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"diff", "a.rec", "b.rec", "--html", "diff.html"}})
				if plain := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"diff", "a.rec", "b.rec"}}); r.Code != row.code || r.Code != plain.Code || plain.Stdout == "" {
					t.Fatalf("%d: %s%s", r.Code, r.Stdout, r.Stderr)
				}
			}
			written, err := os.ReadFile(filepath.Join(dir, "diff.html"))
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(string(written), " "))), " ")
			for _, want := range row.want {
				if !strings.Contains(text, want) {
					t.Errorf("the page lacks %q: %s", want, text)
				}
			}
			for _, not := range row.not {
				if strings.Contains(text, not) {
					t.Errorf("the page has %q: %s", not, text)
				}
			}
			if strings.Contains(string(written), "<img") || strings.Contains(string(written), "<script") {
				t.Error("the page has markup of the program's, or a script")
			}
			if r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"diff", "a.rec", "b.rec", "--html", "-"}}); r.Stdout != string(written) || r.Code != row.code {
				t.Errorf("to standard output: %d %s%s", r.Code, r.Stdout, r.Stderr)
			}
		})
	}
}

// TestMistakesWithDiffPages are told in one sentence each, and leave what was there.
func TestMistakesWithDiffPages(t *testing.T) {
	dir := testkit.Folder(t)
	recordText(t, dir, "a", "prog.py", "x = 1\n")
	if err := os.WriteFile(filepath.Join(dir, "mine.html"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"a.rec", "no.rec", "--html", "x.html"}, "there is no recording no.rec"},
		{[]string{"mine.html", "a.rec", "--html", "x.html"}, "mine.html is no recording"},
		{[]string{"a.rec", "a.rec", "--html", "no/where/x.html"}, "--html: "},
		{[]string{"a.rec", "a.rec", "--html", "mine.html"}, "--html: mine.html exists and does not look like results"},
		{[]string{"a.rec", "a.rec", "--html", "a.rec"}, "--html: a.rec is needed for something else"},
		{[]string{"a.rec", "a.rec", "--html", "a"}, "--html: "},
		{[]string{"a.rec", "a.rec", "--html", "-", "--json"}, "--json and --html -"},
	} {
		r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: append([]string{"diff"}, row.args...)})
		if r.Code != 2 || !strings.Contains(r.Stdout+r.Stderr, row.want) || strings.Count(r.Stderr, "\n") > 2 {
			t.Errorf("%q: %d: %s%s", row.args, r.Code, r.Stdout, r.Stderr)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "mine.html")); err != nil || string(text) != "mine" {
		t.Errorf("%q %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "x.html")); err == nil {
		t.Error("a page of nothing was written")
	}
}
