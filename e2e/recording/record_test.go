package recording

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const dying = `import os, signal, subprocess, sys
def work(n):
    total = 0
    for i in range(n):
        total += i
    return total
how = sys.argv[1]
work(3)
if how == "kill": os.kill(os.getpid(), signal.SIGKILL)
if how == "exit": os._exit(3)
if how == "fault":
    import ctypes
    ctypes.string_at(0)
if how == "fork":
    child = os.fork()
    if not child:
        work(5)
        os._exit(0)
    os.waitpid(child, 0)
if how == "exec": os.execv(sys.executable, [sys.executable, __file__, "plain"])
if how == "spawn": subprocess.run([sys.executable, __file__, "plain"])
if how == "raise": work("x")
`

// TestRecordingsOutliveThePrograms records programs that end in every way, and
// asks what they did until then.
func TestRecordingsOutliveThePrograms(t *testing.T) {
	testkit.Long(t)
	for _, python := range testkit.Some(t) {
		for _, row := range []struct {
			how  string
			code int
			says []string
		}{
			{"plain", 0, nil}, {"kill", 137, nil}, {"exit", 3, nil}, {"fault", 139, nil},
			{"fork", 0, []string{"=> work(n=5)", "<= work: 10"}},
			{"exec", 0, []string{"=> work(n=3)"}}, {"spawn", 0, []string{"=> work(n=3)"}},
			{"raise", 1, []string{"=> work(n='x')", "TypeError("}},
		} {
			t.Run(python.Version+" "+row.how, func(t *testing.T) {
				t.Parallel()
				path := e2e.Program(t, "prog.py", dying)
				file := filepath.Join(filepath.Dir(path), "a.rec")
				r := e2e.Tallyho(t, e2e.Run{Dir: filepath.Dir(path), Args: []string{"record", "--python", python.Path, "-o", file, "prog.py", row.how}})
				if r.Code != row.code || !strings.Contains(r.Stderr, "steps are recorded in "+file) {
					t.Fatalf("ended with %d, want %d: %s", r.Code, row.code, r.Stderr)
				}
				asked := e2e.Tallyho(t, e2e.Run{Dir: filepath.Dir(path), Args: []string{"replay", file, "-q", "function='work', kind_in=['call', 'return', 'exception']"}})
				for _, want := range append(row.says, "=> work(n=3)", "<= work: 3\n") {
					if !strings.Contains(asked.Stdout, want) {
						t.Errorf("%q is not in\n%s%s", want, asked.Stdout, asked.Stderr)
					}
				}
				if (row.how == "exec" || row.how == "spawn") && strings.Count(asked.Stdout, "<= work: 3") != 2 {
					t.Errorf("both processes' calls are not in\n%s", asked.Stdout)
				}
			})
		}
	}
}

// TestTheLastPartIsDumped keeps the newest part of a run, and writes it where a
// query is true, that event included; without such an event at the end.
func TestTheLastPartIsDumped(t *testing.T) {
	const text = "def f(n):\n    x = n * 2\n    return x\nfor i in range(3000):\n    f(i)\n"
	python := testkit.Python(t, "3.12")
	for _, row := range []struct {
		name, query string
		last        string
	}{{"at an event", "function='f', kind='return', arg=4000", "<= f: 4000\n"}, {"at the end", "function='nothing'", "<= <module>: None\n"}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			path := e2e.Program(t, "prog.py", text)
			file := filepath.Join(filepath.Dir(path), "a.rec")
			e2e.Tallyho(t, e2e.Run{Dir: filepath.Dir(path), Args: []string{"record", "--python", python.Path, "--last", "8K", "--dump-on", row.query, "-o", file, "prog.py"}})
			asked := e2e.Tallyho(t, e2e.Run{Dir: filepath.Dir(path), Args: []string{"replay", file, "-q", "kind='return'"}})
			if !strings.HasSuffix(asked.Stdout, row.last) || strings.Count(asked.Stdout, "\n") > 2500 || !strings.Contains(asked.Stderr, "left out") {
				t.Errorf("%d lines, which end in\n%s%s", strings.Count(asked.Stdout, "\n"), asked.Stdout[max(0, len(asked.Stdout)-300):], asked.Stderr)
			}
		})
	}
}

// TestTheEndIsWrittenToo: where queries were true before, what came last goes to one more file; an event that is the end makes none.
func TestTheEndIsWrittenToo(t *testing.T) {
	python := testkit.Python(t, "3.12")
	for _, row := range []struct {
		what, query string
		files       int
		last        string // what the last file ends with
		says        string
	}{
		{"some events", "function='f', kind='return', arg_in=[0, 2]", 3, "<= <module>: None\n", "was written 3 times"},
		{"the end itself", "function='<module>', kind='return'", 1, "<= <module>: None\n", "what came last is in"},
		{"too many events", "function='f', kind='return'", 101, "<= <module>: None\n", "came 20 times more: no more than 100 files are written"},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			path := e2e.Program(t, "prog.py", "def f(n):\n    return n\nfor i in range(120):\n    f(i)\n")
			dir := filepath.Dir(path)
			r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"record", "--no-tally", "--python", python.Path, "--last", "1M", "--dump-on", row.query, "-o", filepath.Join(dir, "a.rec"), "prog.py"}})
			all, _ := filepath.Glob(filepath.Join(dir, "a*.rec"))
			if len(all) != row.files || !strings.Contains(r.Stderr, row.says) {
				t.Fatalf("%d files: %s", len(all), r.Stderr)
			}
			file := filepath.Join(dir, "a.rec")
			if row.files > 1 {
				file = filepath.Join(dir, fmt.Sprintf("a-%d.rec", row.files))
			}
			asked := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", file, "-q", "kind='return'"}})
			if !strings.HasSuffix(asked.Stdout, row.last) {
				t.Errorf("the end is\n%s%s", asked.Stdout[max(0, len(asked.Stdout)-300):], asked.Stderr)
			}
		})
	}
}

// TestWhatReplayCannotAnswerIsSaid refuses by name, and counts what is not known.
func TestWhatReplayCannotAnswerIsSaid(t *testing.T) {
	path := e2e.Program(t, "prog.py", "class Order:\n    __slots__ = ('total',)\ndef price(o, n):\n    return n\no = Order(); o.total = 5\nfor i in range(12):\n    price(o, i)\n")
	file := filepath.Join(filepath.Dir(path), "a.rec")
	e2e.Tallyho(t, e2e.Run{Dir: filepath.Dir(path), Args: []string{"record", "--python", testkit.Python(t, "3.12").Path, "-o", file, "prog.py"}})
	for _, row := range []struct {
		query, out, err string
		code            int
	}{
		{"function='price', kind='call', expr='n > 9'", "=> price(o=<__main__.Order object at ", "", 0},
		{"function='price', kind='call', expr='o.total > 3'", "", "12 events could not be decided: the attribute total of o was not recorded", 0},
		{"function='price', kind='call', expr='n > 10 or o.total'", "n=11)", "11 events could not be decided", 0},
		{"function='price', kind='call', expr='isinstance(o, Order) and n == 3'", "n=3)", "", 0},
		{"function='price', expr='o.total.nothing()'", "", "a recording runs nothing", 0},
		{"lambda event: event.kind == 'call'", "", "lambda runs code of the program", 2},
		{"function='price', action=CallPrinter(repr_func=repr)", "", "repr_func runs code of the program", 2},
		{"function='price', profile=True", "", "profile=True is about C functions", 2},
		{"function='nothing'", "", "true of no event that was recorded; it was recorded without code of the standard library and of installed packages (no --all)", 0},
		{"funktion='price'", "", "funktion", 2},
	} {
		r := e2e.Tallyho(t, e2e.Run{Dir: filepath.Dir(path), Args: []string{"replay", file, "-q", row.query}})
		if r.Code != row.code || !strings.Contains(r.Stdout, row.out) || !strings.Contains(r.Stderr, row.err) || row.out == "" && r.Stdout != "" || row.err == "" && r.Stderr != "" {
			t.Errorf("%s: %d\n%s%s", row.query, r.Code, r.Stdout, r.Stderr)
		}
	}
	for _, args := range [][]string{{"replay", file}, {"replay", path, "-q", "kind='call'"}, {"replay", file + "x", "-q", "kind='call'"}} {
		if r := e2e.Tallyho(t, e2e.Run{Dir: filepath.Dir(path), Args: args}); r.Code == 0 || r.Stderr == "" || r.Stdout != "" {
			t.Errorf("%q: %d %s%s", args, r.Code, r.Stdout, r.Stderr)
		}
	}
	if whole, err := os.ReadFile(file); err == nil {
		if err := os.WriteFile(file, whole[:len(whole)-20], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r := e2e.Tallyho(t, e2e.Run{Dir: filepath.Dir(path), Args: []string{"replay", file, "-q", "function='price'"}}); !strings.Contains(r.Stderr, "was not ended as it should") {
		t.Errorf("%s", r.Stderr)
	}
}

// TestVersion1IsRead asks a recording that was written by version 1 of the format, whose values all stand where they are.
func TestVersion1IsRead(t *testing.T) {
	file, err := filepath.Abs(filepath.Join("testdata", "version1.rec"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		args []string
		want []string
	}{
		{[]string{"-q", "function='price', kind='return', arg=4"}, []string{"<= price: 4\n"}},
		{[]string{"-q", "function='price', kind='call', expr='order.n == 3'"}, []string{"=> price(order=<__main__.Order object at 0x"}},
		{[]string{"-q", "function='many', kind='return'"}, []string{"<= many: '0'\n", "<= many: '2'\n", "<= many: None\n"}},
		{[]string{"--annotate"}, []string{"total=0 … 6", "words=['0', '1', '2']", "×1  ✗1 ValueError"}},
		{[]string{"--follow", "call:price#4", "-q", "kind='exception'"}, []string{"ValueError('dear')"}},
	} {
		r := e2e.Tallyho(t, e2e.Run{Args: append([]string{"replay", file}, row.args...)})
		for _, want := range row.want {
			if r.Code != 0 || !strings.Contains(r.Stdout, want) {
				t.Errorf("%q: %d, %q is not in\n%s%s", row.args, r.Code, want, r.Stdout, r.Stderr)
			}
		}
	}
	// What a later version writes is refused by a sentence.
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data[8] = 4
	later := filepath.Join(t.TempDir(), "later.rec")
	if err := os.WriteFile(later, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := e2e.Tallyho(t, e2e.Run{Args: []string{"replay", later, "--annotate"}}); r.Code == 0 || strings.Count(r.Stderr, "\n") != 1 || !strings.Contains(r.Stderr, "version 4 of the format") {
		t.Errorf("%d %s", r.Code, r.Stderr)
	}
}

const deepValues = `class Node:
    def __init__(self, depth):
        self.depth = depth
        self.inner = Node(depth - 1) if depth else None
        for n in range(30):
            setattr(self, "a%02d" % n, n)
node = Node(5)
text = "x" * 3000
words = ["w" * 100 for n in range(40)]
done = True
`

// TestLimitsOfValues: how much of a value is recorded is what flags, or the project's file, say.
func TestLimitsOfValues(t *testing.T) {
	testkit.Long(t)
	const all = "node.inner.inner.inner.a29 == 29 and len(text) == 3000 and words[30] == 'w' * 100"
	for _, version := range []string{"3.9", "3.12"} {
		python := testkit.Python(t, version)
		path := e2e.Program(t, "prog.py", deepValues)
		dir := filepath.Dir(path)
		decided := func(want bool, args ...string) {
			t.Helper()
			file := filepath.Join(dir, "a.rec")
			r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: append(append([]string{"record", "--no-tally", "--python", python.Path, "-o", file}, args...), "prog.py")})
			if !strings.Contains(r.Stderr, "are recorded in") {
				t.Fatalf("%q: %s", args, r.Stderr)
			}
			asked := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", file, "-q", "kind='line', lineno=10, expr=\"" + all + "\""}})
			if got := strings.Contains(asked.Stdout, "done = True"); got != want || got == strings.Contains(asked.Stderr, "could not be decided") {
				t.Errorf("%s %q: decided %v, want %v\n%s%s", version, args, got, want, asked.Stdout, asked.Stderr)
			}
		}
		decided(false)
		decided(true, "--depth", "4", "--items", "40", "--characters", "6000")
		if version == "3.9" {
			continue
		}
		decided(false, "--depth", "2", "--items", "40", "--characters", "6000")
		decided(false, "--depth", "4", "--items", "20", "--characters", "6000")
		decided(false, "--depth", "4", "--items", "40", "--characters", "2000")
		project := filepath.Join(dir, "pyproject.toml")
		if err := os.WriteFile(project, []byte("[tool.tallyho.record]\ndepth = 4\nitems = 40\ncharacters = 6000\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		decided(true)
		decided(false, "--depth", "1")
		if r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"run", "--python", python.Path, "prog.py"}}); r.Code != 0 || r.Stderr != "" {
			t.Errorf("what is for record troubles run: %d %s", r.Code, r.Stderr)
		}
		for _, bad := range [][]string{{"--depth", "7"}, {"--items", "-1"}, {"--characters", "5"}} {
			if r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: append(append([]string{"record"}, bad...), "prog.py")}); r.Code != 2 || !strings.Contains(r.Stderr, "it can be") {
				t.Errorf("%q: %d %s", bad, r.Code, r.Stderr)
			}
		}
	}
}
