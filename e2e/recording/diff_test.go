package recording

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// pairs are programs that differ in one place: the line of the first (or of the
// second, where it is not in the first) at which they part, and the name.
var pairs = []struct {
	what, a, b string
	line       int
	name       string
}{
	{"a constant", "x = 1\ny = 3\nz = x + y\n", "x = 1\ny = 4\nz = x + y\n", 2, "y"},
	{"a float", "x = 1.5\nprint(x)\n", "x = 1.25\nprint(x)\n", 1, "x"},
	{"a text", "def f():\n    s = 'a'\n    return s * 2\nf()\n", "def f():\n    s = 'b'\n    return s * 2\nf()\n", 2, "s"},
	{"an argument", "def f(n):\n    return n\nf(1)\nf(2)\n", "def f(n):\n    return n\nf(1)\nf(3)\n", 4, "n"},
	{"a default", "def f(n, k=1):\n    return n + k\nf(1)\n", "def f(n, k=2):\n    return n + k\nf(1)\n", 1, "k"},
	{"off by one", "t = 0\nfor i in range(5):\n    t += i\nu = t\n", "t = 0\nfor i in range(6):\n    t += i\nu = t\n", 2, "i"},
	{"off by one, the other way", "t = 0\nfor i in range(6):\n    t += i\nu = t\n", "t = 0\nfor i in range(5):\n    t += i\nu = t\n", 2, "i"},
	{"a while", "n = 0\nwhile n < 3:\n    n += 1\nm = n\n", "n = 0\nwhile n <= 3:\n    n += 1\nm = n\n", 2, ""},
	{"a comparison", "x = 3\nif x > 3:\n    y = 1\nelse:\n    y = 2\n", "x = 3\nif x >= 3:\n    y = 1\nelse:\n    y = 2\n", 2, ""},
	{"a missing branch", "x = 3\nif x > 5:\n    y = 1\nelif x > 2:\n    y = 2\nz = 0\n", "x = 3\nif x > 5:\n    y = 1\nz = 0\n", 4, ""},
	{"a missing else", "x = 3\ny = 0\nif x > 5:\n    y = 1\nelse:\n    y = 9\nz = y\n", "x = 3\ny = 0\nif x > 5:\n    y = 1\nz = y\n", 6, ""},
	{"a new statement", "x = 3\nz = x\n", "x = 3\nx = 4\nz = x\n", 2, ""},
	{"a dict's order", "d = {'a': 1, 'b': 2}\nl = list(d)\n", "d = {'b': 2, 'a': 1}\nl = list(d)\n", 1, "d"},
	{"a list's order", "l = [2, 1]\ns = sorted(l)\n", "l = [1, 2]\ns = sorted(l)\n", 1, "l"},
	{"a return", "def f(n):\n    return n + 1\nx = f(1)\n", "def f(n):\n    return n - 1\nx = f(1)\n", 2, "return"},
	{"an operator", "def f(a, b):\n    c = a * b\n    return c\nf(2, 3)\n", "def f(a, b):\n    c = a + b\n    return c\nf(2, 3)\n", 2, "c"},
	{"an exception", "def f(k):\n    return {'a': 1}[k]\ntry:\n    f('a')\nexcept KeyError:\n    pass\n", "def f(k):\n    return {'b': 1}[k]\ntry:\n    f('a')\nexcept KeyError:\n    pass\n", 2, ""},
	{"an attribute", "class P:\n    pass\np = P()\np.n = 1\nq = p.n\n", "class P:\n    pass\np = P()\np.n = 2\nq = p.n\n", 4, "p"},
	{"a global", "total = 0\ndef add(n):\n    global total\n    total += n\nadd(2)\n", "total = 0\ndef add(n):\n    global total\n    total -= n\nadd(2)\n", 4, "total"},
	{"a race", "import threading\nn = 0\ndef add(k):\n    global n\n    n += k\nt = threading.Thread(target=add, args=(1,))\nt.start(); t.join()\nadd(10)\n",
		"import threading\nn = 0\ndef add(k):\n    global n\n    n += k\nt = threading.Thread(target=add, args=(1,))\nadd(10)\nt.start(); t.join()\n", 7, ""},
	{"a race between two threads", racing + "first.start()\nfirst.join()\nturn.set()\nother.start()\nother.join()\ntotal = n\n",
		racing + "other.start()\nfirst.start()\nfirst.join()\nturn.set()\nother.join()\ntotal = n\n", 12, ""},
	{"a thread's argument", racing + "first.start()\nfirst.join()\n", strings.Replace(racing, "1,", "3,", 1) + "first.start()\nfirst.join()\n", 11, "first"},
	// One statement each: between two, the main thread may see what the thread became before that has come to its first line.
	{"which thread begins", racing + "first.start(), first.join(), turn.set()\nother.start(), other.join()\n",
		racing + "other.start(), first.start(), first.join(), turn.set()\nother.join()\n", 5, "k"},
	{"what a library hands on", "import functools\ndef f(a, n):\n    return n\nx = functools.reduce(f, [1, 2])\n", "import functools\ndef f(a, n):\n    return n\nx = functools.reduce(f, [1, 3])\n", 4, "n"},
	{"a generator", "def g():\n    for i in range(3):\n        yield i * 2\nl = list(g())\n", "def g():\n    for i in range(3):\n        yield i * 3\nl = list(g())\n", 3, "return"},
	{"a set's order is none", "s = {'x', 'y', 'z'}\nn = len(s)\n", "s = {'z', 'y', 'x'}\nn = len(s)\n", -1, ""},
	{"a comment", "x = 1\n# one\ny = 2\n", "x = 1\n\n# two\n# lines\ny = 2\n", -1, ""},
}

// racing has two threads of which the second reads what the first has written, or what was before.
const racing = `import threading
n = 0
turn = threading.Event()

def add(k):
    global n
    seen = n
    if k == 2:
        turn.wait()
    n = seen + k
first, other = threading.Thread(target=add, args=(1,)), threading.Thread(target=add, args=(2,))
`

// TestTheFirstDivergenceNamesThePlace records pairs of programs and has them compared.
func TestTheFirstDivergenceNamesThePlace(t *testing.T) {
	testkit.Long(t)
	python := testkit.Python(t, "3.12")
	for _, row := range pairs {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			dir := testkit.Folder(t)
			for name, text := range map[string]string{"a": row.a, "b": row.b} {
				if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, name, "prog.py"), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				e2e.Tallyho(t, e2e.Run{Dir: filepath.Join(dir, name), Args: []string{"record", "--python", python.Path, "-o", filepath.Join(dir, name+".rec"), "prog.py"}})
			}
			r := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"diff", "a.rec", "b.rec", "--json"}})
			var got struct {
				First *struct {
					Path, Function, Name, A, B string
					Line                       int
				}
				Statements []any
			}
			if err := json.Unmarshal([]byte(r.Stdout), &got); err != nil {
				t.Fatalf("%v: %s%s", err, r.Stdout, r.Stderr)
			}
			if row.line < 0 {
				if r.Code != 0 || got.First != nil || len(got.Statements) > 0 {
					t.Errorf("%d: %s", r.Code, r.Stdout)
				}
				return
			}
			if r.Code != 1 || got.First == nil {
				t.Fatalf("%d: %s", r.Code, r.Stdout)
			}
			if f := got.First; f.Line != row.line || f.Name != row.name || !strings.HasSuffix(f.Path, "prog.py") || f.A == f.B {
				t.Errorf("got %s, want line %d name %q", fmt.Sprintf("%+v", *f), row.line, row.name)
			}
			same := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"diff", "a.rec", "a.rec"}})
			if same.Code != 0 || same.Stdout != "Nothing differs.\n" {
				t.Errorf("with itself: %d %s", same.Code, same.Stdout)
			}
		})
	}
}
