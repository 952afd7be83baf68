package program

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const shop = `def price(n, coupon=None):
    if n < 0:
        raise ValueError(n)
    return n * 2

class Cart:
    def add(self, n):
        self.total = price(n)
        return self

def many(k):
    for i in range(k):
        yield i

Cart().add(3)
list(many(2))
try:
    price(-1)
except ValueError:
    pass
`

// TestTheSameEventsOnEveryPython: one program, one query, the same events on
// every version and with both backends.
func TestTheSameEventsOnEveryPython(t *testing.T) {
	testkit.Long(t)
	for name, row := range map[string]struct {
		query string
		want  []string // kind function line
	}{
		"calls":      {"kind='call', module='__main__', function_in=('price', 'add')", []string{"call add 7", "call price 1", "call price 1"}},
		"lines":      {"kind='line', function='price', module='__main__'", []string{"line price 2", "line price 4", "line price 2", "line price 3"}},
		"returns":    {"kind='return', function='price', module='__main__'", []string{"return price 4", "return price 3"}},
		"exceptions": {"kind='exception', module='__main__'", []string{"exception price 3", "exception <module> 18"}},
		"generators": {"kind_in=('call', 'return'), function='many'", []string{
			"call many 11", "return many 13", "call many 13", "return many 13", "call many 13", "return many 12"}},
		"values":     {"kind='return', function='price', arg=6", []string{"return price 4"}},
		"condition":  {"kind='line', function='price', expr='n > 0'", []string{"line price 2", "line price 4"}},
		"or and not": {"(Q(function='add') | Q(function='price')) & ~Q(kind='line'), kind='call'", []string{"call add 7", "call price 1", "call price 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			e2e.EveryPython(t, func(t *testing.T, p testkit.Interpreter) {
				backends := []string{"settrace"}
				if p.Monitoring() {
					backends = append(backends, "monitoring")
				}
				for _, backend := range backends {
					path := e2e.Program(t, "shop.py", shop)
					events := filepath.Join(testkit.Folder(t), "events")
					r := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "--python", p.Path, "--backend", backend, "--events", events,
						"--output", os.DevNull, "-q", row.query, path}})
					var got []string
					for _, e := range e2e.ReadEvents(t, events) {
						got = append(got, fmt.Sprintf("%s %s %d", e.Kind, e.Function, e.Line))
					}
					if r.Code != 0 || r.Stderr != "" || !slices.Equal(got, row.want) {
						t.Errorf("%s %s: code %d, stderr %q\n got %q\nwant %q", p.Version, backend, r.Code, r.Stderr, got, row.want)
					}
				}
			})
		})
	}
}

// TestTheProgramRunsAsWithPlainPython compares what a program sees and leaves
// behind with and without us.
func TestTheProgramRunsAsWithPlainPython(t *testing.T) {
	testkit.Long(t)
	const who = `import sys, os
print(sys.argv, __name__, os.path.basename(sys.path[0]), os.path.basename(globals().get("__file__", "none")))
print(sorted(k for k in os.environ if "TALLY" in k))
print(sys.stdin.read())
print("err", file=sys.stderr)
`
	dir := testkit.Folder(t)
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("who.py", who)
	write("pkg/__init__.py", "")
	write("pkg/__main__.py", who)
	write("a b/naïve ☃.py", who)
	write("exit3.py", "import sys; sys.exit(3)")
	write("exits.py", "import sys; sys.exit('a sentence')")
	write("raises.py", "def f():\n    return 1 / 0\nf()\n")
	write("syntax.py", "x = 1\ndef f(:\n    pass\n")
	write("threads.py", "import threading, atexit\natexit.register(print, 'atexit')\nend = threading.Event()\n"+
		"threading.Thread(target=lambda: (end.wait(), print('late'))).start()\nprint('main ends')\nend.set()\n")
	write("warns.py", "import warnings\nwarnings.warn('look')\n")
	rows := map[string][]string{
		"script":      {"who.py", "-q", "--evented", "a b"},
		"path":        {"a b/naïve ☃.py", "ü"},
		"module":      {"-m", "pkg", "-x"},
		"code":        {"-c", "import sys; print(sys.argv, __name__)", "-v"},
		"exit code":   {"exit3.py"},
		"exit text":   {"exits.py"},
		"raises":      {"raises.py"},
		"syntax":      {"syntax.py"},
		"threads":     {"threads.py"},
		"warnings":    {"warns.py"},
		"code raises": {"-c", "1 / 0"},
		"no module":   {"-m", "no_such_module"},
	}
	for name, args := range rows {
		t.Run(name, func(t *testing.T) {
			e2e.EveryPython(t, func(t *testing.T, p testkit.Interpreter) {
				plain := e2e.Python(t, p, dir, args)
				ours := e2e.Tallyho(t, e2e.Run{Args: append([]string{"run", "--python", p.Path, "-q", "function='nothing'"}, args...), Dir: dir, Stdin: "input"})
				ours.Stderr = matchesNothing.ReplaceAllString(ours.Stderr, "")
				if ours != plain {
					t.Errorf("%s\n got %+v\nwant %+v", p.Version, ours, plain)
				}
			})
		})
	}
}

// matchesNothing is what tallyho says of its query when the program is over.
var matchesNothing = regexp.MustCompile(`tallyho: query 1: (?:matches nothing|it was asked in code)[^\n]*\n`)

func TestMistakesAreSentences(t *testing.T) {
	good := testkit.Python(t, "3.12")
	path := e2e.Program(t, "prog.py", "print('ran')\n")
	missing := filepath.Join(testkit.Folder(t), "nothing.py")
	rows := []struct {
		name string
		args []string
		code int
		want []string // in stderr
	}{
		{"unknown field", []string{"-q", "modul='x'", path}, 2, []string{"unknown field", "^"}},
		{"two mistakes", []string{"-q", "modul='x', function_foo=1", path}, 2, []string{"modul", "foo"}},
		{"unclosed bracket", []string{"-q", "Q(module='x'", path}, 2, []string{"never closed", "^"}},
		{"no program", []string{}, 2, []string{"run needs a program"}},
		{"unknown flag", []string{"--nothing", path}, 2, []string{"unknown flag"}},
		{"bad choice", []string{"--backend", "magic", path}, 2, []string{"--backend is \"magic\"; it can be auto, monitoring, settrace"}},
		{"missing program", []string{missing}, 127, []string{"there is no program " + missing}},
		{"missing python", []string{"--python", "/no/such/python", path}, 127, []string{"there is no Python at /no/such/python"}},
		{"not a python", []string{"--python", "/bin/true", path}, 126, []string{"/bin/true is not a Python interpreter"}},
		{"unwritable file", []string{"--events", "/no/such/dir/events", path}, 1, []string{"/no/such/dir/events cannot be written"}},
		{"query file", []string{"-f", "/no/such/queries", path}, 1, []string{"/no/such/queries"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			args := []string{"run"}
			if !slices.Contains(row.args, "--python") {
				args = append(args, "--python", good.Path)
			}
			r := e2e.Tallyho(t, e2e.Run{Args: append(args, row.args...)})
			if r.Code != row.code || strings.Contains(r.Stdout, "ran") {
				t.Errorf("code %d, want %d; stdout %q, stderr %q", r.Code, row.code, r.Stdout, r.Stderr)
			}
			for _, want := range row.want {
				if !strings.Contains(r.Stderr, want) {
					t.Errorf("stderr %q lacks %q", r.Stderr, want)
				}
			}
			if strings.Contains(r.Stderr, "goroutine") || strings.Contains(r.Stderr, "Usage:") {
				t.Errorf("not for a person: %s", r.Stderr)
			}
		})
	}
}

func TestATooOldPythonIsRefused(t *testing.T) {
	old := testkit.Python(t, "3.8")
	path := e2e.Program(t, "prog.py", "print('ran')\n")
	r := e2e.Tallyho(t, e2e.Run{Args: []string{"run", "--python", old.Path, path}})
	want := fmt.Sprintf("tallyho: %s is Python %s; Tallyho needs 3.9 or newer\n", old.Path, old.Version)
	if r.Code != 1 || r.Stderr != want || r.Stdout != "" {
		t.Errorf("got %+v, want %q", r, want)
	}
}
