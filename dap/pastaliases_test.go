package dap

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// aliases are programs in which something changes under one name that another one has as well: what the other name has at the line
// "# here", in a frame counted from the innermost one.
var aliases = []struct {
	what, text, name string
	frame            int
	want             string
}{
	{"a list, in its own frame", "def f():\n    p = [1]\n    q = p\n    q.append(2)\n    return q  # here\nf()\n", "p", 0, "[1, 2]"},
	{"a list, in the frame around", "def f(q):\n    q.append(2)\n    return q  # here\ndef g():\n    p = [1]\n    f(p)\ng()\n", "p", 1, "[1, 2]"},
	{"a list, three frames out", "def f(q):\n    q.append(2)\n    return q  # here\ndef g(r):\n    f(r)\ndef h():\n    p = [1]\n    g(p)\nh()\n", "p", 2, "[1, 2]"},
	{"a dict that is a global", "p = {}\ndef f(q):\n    q['k'] = 1\n    return q  # here\nf(p)\n", "p", 1, "{'k': 1}"},
	{"a global that the code means not, from there", "p = {}\ndef f(q):\n    q['k'] = 1\n    return q  # here\nf(p)\n", "p", 0, "{'k': 1}"},
	{"a set", "def f(q):\n    q.add(2)\n    return q  # here\ndef g():\n    p = {1}\n    f(p)\ng()\n", "p", 1, "{1, 2}"},
	{"a bytearray", "def f(q):\n    q.append(98)\n    return q  # here\ndef g():\n    p = bytearray(b'a')\n    f(p)\ng()\n", "p", 1, "bytearray(b'ab')"},
	{"a deque", "import collections\ndef f(q):\n    q.append(2)\n    return q  # here\ndef g():\n    p = collections.deque([1])\n    f(p)\ng()\n", "p", 1, "deque([1, 2])"},
	{"a defaultdict", "import collections\ndef f(q):\n    q['k'] += 1\n    return q  # here\ndef g():\n    p = collections.defaultdict(int)\n    f(p)\ng()\n", "p", 1, "defaultdict({'k': 1})"},
	{"an object's attribute", "class C:\n    pass\ndef f(q):\n    q.n = 2\n    return q  # here\ndef g():\n    p = C()\n    p.n = 1\n    f(p)\ng()\n", "p", 1, "C(n=2)"},
	{"a list in an attribute", "class C:\n    pass\ndef f(q):\n    q.append(2)\n    return q  # here\ndef g():\n    p = C()\n    p.l = [1]\n    f(p.l)\ng()\n", "p", 1, "C(l=[1, 2])"},
	{"a list, by way of an attribute", "class C:\n    pass\ndef f(o):\n    o.l.append(2)\n    return o  # here\ndef g():\n    p = [1]\n    o = C()\n    o.l = p\n    f(o)\ng()\n", "p", 1, "[1, 2]"},
	{"an object in an attribute", "class C:\n    pass\ndef f(q):\n    q.n = 2\n    return q  # here\ndef g():\n    p = C()\n    p.o = C()\n    p.o.n = 1\n    f(p.o)\ng()\n", "p", 1, "C(o=C(n=2))"},
	{"an object that has itself", "class C:\n    pass\ndef f(q):\n    q.n = 2\n    return q  # here\ndef g():\n    p = C()\n    p.me = p\n    f(p)\ng()\n", "p.n", 1, "2"},
	{"a method's own object", "class C:\n    def put(self, n):\n        self.n = n\n        return self  # here\ndef g():\n    p = C()\n    p.put(2)\ng()\n", "p", 1, "C(n=2)"},
	{"another list where the first one was", "def f():\n    for n in range(5):\n        q = [n]\n    return q  # here\ndef g():\n    p = [7]\n    p = [8]\n    f()\ng()\n", "p", 1, "[8]"},
	{"another list of the same items", "def f(q):\n    q.append(2)\n    return q  # here\ndef g():\n    p = [1]\n    r = p\n    p = [1]\n    f(r)\ng()\n", "p", 1, "[1]"},
	{"what was emptied by a rebinding", "def f(q):\n    q = []\n    q.append(3)\n    return q  # here\ndef g():\n    p = [1]\n    f(p)\ng()\n", "p", 1, "[1]"},
	{"before the change", "def f(q):\n    n = len(q)  # here\n    q.append(2)\ndef g():\n    p = [1]\n    f(p)\ng()\n", "p", 1, "[1]"},
	{"a list that a generator's caller has", "def f(q):\n    q.append(2)\n    yield q  # here\ndef g():\n    p = [1]\n    next(f(p))\ng()\n", "p", 1, "[1, 2]"},
	{"in another module's frame between", "def f(q):\n    q.append(2)\n    return 0  # here\ndef g():\n    p = [1]\n    import functools\n    functools.reduce(lambda a, b: f(p), [1, 2])\ng()\n", "p", 2, "[1, 2]"},
}

// variables are those that functions share which are within each other: who shares them is known where the accelerator writes the steps.
var variables = []struct {
	what, text, name string
	frame            int
	want             string
}{
	{"a number", "def g():\n    p = 1\n    def f():\n        nonlocal p\n        p += 1\n        return p  # here\n    f()\ng()\n", "p", 1, "2"},
	{"a list that is another one", "def g():\n    p = [1]\n    def f():\n        nonlocal p\n        p = [2]\n        return p  # here\n    f()\ng()\n", "p", 1, "[2]"},
	{"a list that is another one, changed", "def g():\n    p = [1]\n    def f(q):\n        nonlocal p\n        p = [2]\n        q.append(5)\n        p.append(3)\n        return p  # here\n    f(p)\ng()\n", "p", 1, "[2, 3]"},
	{"of another call", "def g(n):\n    p = n\n    def f():\n        nonlocal p\n        p += 1\n        return p  # here\n    if n:\n        return f\n    g(5)()\ng(0)\n", "p", 1, "0"},
}

// TestWhatChangesUnderAnotherName: one object has one history. What is changed through one name is seen under all others that have it.
// The programs run one after another, in one recording.
func TestWhatChangesUnderAnotherName(t *testing.T) {
	for _, python := range backends(t) {
		for _, native := range []string{"auto", "off"} {
			fast := native == "auto" && python.Monitoring()
			if native == "off" && !python.Monitoring() {
				continue // steps are written in Python there either way
			}
			rows := aliases
			if fast {
				rows = append(rows[:len(rows):len(rows)], variables...)
			}
			t.Run(python.Name()+" native "+native, func(t *testing.T) {
				t.Parallel()
				var text string
				var points []object
				for _, row := range rows {
					text += row.text
					points = append(points, object{"line": 1 + strings.Count(text[:strings.LastIndex(text, "# here")], "\n")})
				}
				p, path := recordedBy(t, python, native, text)
				p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": points})
				p.must("configurationDone", nil)
				p.past(1)
				for n, row := range rows {
					p.must("continue", object{"threadId": 1})
					if reason, where := p.past(n + 2); reason != "breakpoint" || !strings.Contains(where, fmt.Sprintf(":%v ", points[n]["line"])) {
						t.Fatalf("%s: stopped by %s at %s, not at line %v", row.what, reason, where, points[n]["line"])
					}
					var frames []any
					for _, f := range p.must("stackTrace", object{"threadId": 1})["stackFrames"].([]any) {
						if f.(object)["presentationHint"] != "subtle" {
							frames = append(frames, f)
						}
					}
					if got := p.must("evaluate", object{"expression": row.name, "frameId": frames[row.frame].(object)["id"], "context": "watch"})["result"]; got != row.want {
						t.Errorf("%s: %s is %v, and was %s", row.what, row.name, got, row.want)
					}
				}
				p.goodbye()
			})
		}
	}
}

// TestCallersNamesAreOfTheirLines: what a line has bound before its call is not among the names of the frame that waits, and its scope says
// of when they are.
func TestCallersNamesAreOfTheirLines(t *testing.T) {
	const text = "def f(v):\n    return v  # here\ndef g():\n    p = 1\n    return (p := 2) + f(p)\ndef h():\n    q = [1]\n    return f(q)\ng()\nh()\n"
	for _, python := range backends(t) {
		t.Run(python.Name(), func(t *testing.T) {
			t.Parallel()
			p, path := recordedBy(t, python, "auto", text)
			p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 2}}})
			p.must("configurationDone", nil)
			p.past(1)
			for n, want := range []string{"Locals (recorded; as line 5 began)", "Locals (recorded; as line 8 began, objects as they were seen then or later)"} {
				p.must("continue", object{"threadId": 1})
				p.past(n + 2)
				frames := p.must("stackTrace", object{"threadId": 1})["stackFrames"].([]any)
				for at, want := range []string{"Locals (recorded)", want} {
					scopes := p.must("scopes", object{"frameId": frames[at].(object)["id"]})["scopes"].([]any)
					if got := scopes[0].(object)["name"]; got != want {
						t.Errorf("frame %d: %q, want %q", at, got, want)
					}
				}
			}
			p.goodbye()
		})
	}
}

// recordedBy has a program recorded by one of the recorders, and an adapter open the recording.
func recordedBy(t *testing.T, python testkit.Interpreter, native, text string) (p *adapterProcess, path string) {
	t.Helper()
	path = program(t, "prog.py", text)
	file := filepath.Join(filepath.Dir(path), "a.rec")
	cmd := exec.CommandContext(t.Context(), testkit.Binary(t), "record", "--no-tally", "--native", native, "--python", python.Path, "-o", file, path)
	cmd.Env = append(os.Environ(), "PYTHONHASHSEED=1", "XDG_CACHE_HOME="+testkit.CacheHome(t), "XDG_STATE_HOME="+testkit.Folder(t))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p = startBinary(t)
	p.must("initialize", object{"adapterID": "tallyho", "linesStartAt1": true, "columnsStartAt1": true, "pathFormat": "path"})
	p.must("launch", object{"recording": file})
	p.event("initialized")
	return p, path
}
