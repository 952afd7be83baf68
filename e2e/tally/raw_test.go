package tally

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// imported is a module with something of everything that a module may hold.
const imported = `import functools
LIMIT = 3; NAMES = [n.upper() for n in "abc" if n != "b"]
key = lambda v: -v
ORDER = sorted([3, 1, 2], key=key)


def twice(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args), function(*args)
    return wrapper


class Thing:
    """A thing."""
    size = LIMIT * 2

    def __init__(self, parts=()):
        self.parts = list(parts)

    @twice
    def total(self):
        total = 0
        for part in self.parts:
            if part > LIMIT: total += part
            else: continue
        else:
            total += 1
        return total

    class Inner: depth = 2


def steps(n):
    while n:
        got = yield n
        n -= 1
    try:
        return {k: v for k, v in zip("ä€", range(2))}
    finally:
        n = -1


async def wait(n):
    async def inner(): return n
    return [await inner() for _ in range(n)]


def fails(n):
    try:
        with open("/nonexistent/file") as f: pass
    except (KeyError, FileNotFoundError) as error:
        kept = str(error)
    match n:
        case 0: return "none"
        case int(): raise ValueError(n)


def often(n):
    if n: return often(n - 1)
    return 0


def unused():
    return 1


print(Thing([1, 5, 9]).total(), list(steps(2)))
`

// rawPrograms are what a program may do with a module that is counted raw.
var rawPrograms = map[string]string{
	"imports": "import imported\n",
	"calls on": `import asyncio, imported
for n in range(300):
    imported.Thing(range(n % 7)).total()
print(asyncio.run(imported.wait(3)), imported.often(600))
for n in 0, 1, 1:
    try:
        imported.fails(n)
    except ValueError as error:
        print(error)
`,
	"threads": `import imported, threading
def work():
    for n in range(100): list(imported.steps(n % 5))
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
`,
	"fork": `import os, imported
def fail():
    try:
        imported.fails(1)
    except ValueError:
        list(imported.steps(3))
fail()
for _ in range(3):
    pid = os.fork()
    if pid == 0:
        fail()
        fail()
        os._exit(0)
    os.waitpid(pid, 0)
`,
	"another interpreter is named": `import os, sys
sys.executable = "/nonexistent/python"
import imported
pid = os.fork()
if pid == 0:
    list(imported.steps(3))
    os._exit(0)
os.waitpid(pid, 0)
`,
	"a link": `import os, sys
os.symlink(os.path.join(os.path.dirname(__file__), "imported.py"), os.path.join(os.path.dirname(__file__), "linked.py"))
import linked
`,
	"a loader of its own": `import importlib.machinery, importlib.util, os
class Loader(importlib.machinery.SourceFileLoader):
    def source_to_code(self, data, path, *more, **rest):
        return super().source_to_code(data.replace(b"LIMIT = 3", b"LIMIT = 4"), path, *more, **rest)
path = os.path.join(os.path.dirname(__file__), "imported.py")
spec = importlib.util.spec_from_loader("imported", Loader("imported", path))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
`,
	"compiled by hand": `import os
path = os.path.join(os.path.dirname(__file__), "imported.py")
with open(path) as file: code = compile(file.read(), path, "exec")
for _ in range(3): exec(code, {"__name__": "again"})
`,
	"twice": `import importlib, imported
importlib.reload(imported)
`,
	"tracepoints": "import imported\nprint(imported.often(5))\n",
}

// TestRawCountsAreTheCounts: whether code is planned when it is first seen or
// counted raw, each statement has the same hits.
func TestRawCountsAreTheCounts(t *testing.T) {
	testkit.Long(t)
	cache := "XDG_CACHE_HOME=" + testkit.CacheHome(t)
	e2e.EveryPython(t, func(t *testing.T, p testkit.Interpreter) {
		if !statements(p) {
			t.Skip("lines are counted here, and nothing raw")
		}
		for i, name := range slices.Sorted(maps.Keys(rawPrograms)) {
			if testkit.LeftOut(i, 4) {
				continue
			}
			text := rawPrograms[name]
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				planned := countsOf(t, p, cache, name, text, "-1")
				for _, eager := range []string{"0", "300"} {
					raw := countsOf(t, p, cache, name, text, eager)
					for at, hits := range planned {
						if raw[at] != hits {
							t.Errorf("--eager %s: %s: %d hits, want %d", eager, at, raw[at], hits)
						}
					}
					if len(raw) != len(planned) {
						t.Errorf("--eager %s: %d statements, want %d", eager, len(raw), len(planned))
					}
				}
			})
		}
	})
}

// countsOf are the hits of a run's statements, by file, place and text.
func countsOf(t *testing.T, p testkit.Interpreter, cache, name, text, eager string) map[string]int {
	t.Helper()
	path := e2e.Program(t, "program.py", text)
	e2e.Beside(t, path, "imported.py", imported)
	out := filepath.Join(testkit.Folder(t), "tally.json")
	args := []string{"run", "--python", p.Path, "--tally", out, "--eager", eager}
	if name == "tracepoints" {
		args = append(args, "-q", "function='often', action=CallPrinter", "--output", filepath.Join(testkit.Folder(t), "printed"))
	}
	r := e2e.Tallyho(t, e2e.Run{Dir: filepath.Dir(path), Env: []string{cache}, Args: append(args, path)})
	if r.Code != 0 {
		t.Fatalf("%+v", r)
	}
	for line := range strings.Lines(r.Stderr) {
		told := strings.Contains(line, "is not compiled from the text of imported.py") && name == "a loader of its own"
		if !told && !strings.Contains(line, "what ran too little to be looked into has no values") { // of counts nothing is missing
			t.Fatalf("%+v", r)
		}
	}
	found := map[string]int{}
	for _, f := range readTally(t, out).Files {
		for _, s := range f.Statements {
			at := fmt.Sprintf("%s:%d:%d %s", filepath.Base(f.Path), s.Line, s.Col, s.Text)
			found[at] += s.Hits
			found[at+" raised"] += s.Raised
		}
	}
	if len(found) == 0 {
		t.Fatal("nothing was counted")
	}
	return found
}

// TestRawCountsOfAChangedFile: a file that is loaded again as another one counts as
// that; what the first one counted is told to be lost, if it is.
func TestRawCountsOfAChangedFile(t *testing.T) {
	p := testkit.Modern(t)
	path := e2e.Program(t, "program.py", `import importlib, os, changing
with open(changing.__file__, "w") as file: file.write("def f(n):\n    m = n\n    return m\nfor n in range(5): f(n)\n")
importlib.reload(changing)
`)
	e2e.Beside(t, path, "changing.py", "def f(): return 1\nf()\n")
	out := filepath.Join(testkit.Folder(t), "tally.json")
	r := e2e.Tallyho(t, e2e.Run{Dir: filepath.Dir(path), Env: []string{"XDG_CACHE_HOME=" + testkit.CacheHome(t)},
		Args: []string{"run", "--python", p.Path, "--tally", out, "--eager", "0", path}})
	lost := "changing.py counted is not shown: the source has changed since it was loaded"
	again := "changing.py has changed and was loaded again: what is shown is counted since then"
	if r.Code != 0 || !strings.Contains(r.Stderr, lost) && !strings.Contains(r.Stderr, again) { // one or the other, as it was worked out in time or not
		t.Errorf("%+v", r)
	}
	if s := find(t, readTally(t, out), "return m"); s.Hits != 5 {
		t.Errorf("%+v", s)
	}
}

func find(t *testing.T, got *tallyFile, text string) statement {
	t.Helper()
	for _, f := range got.Files {
		for _, s := range f.Statements {
			if s.Text == text {
				return s
			}
		}
	}
	t.Fatalf("there is no statement %s", text)
	return statement{}
}
