package dap

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// backwardsPrelude is what random programs have at hand: objects that share what they hold, frames that wait and frames that
// are in each other.
const backwardsPrelude = `class Box:
    def __init__(self, n=0, items=None):
        self.n = n
        self.items = items
    def put(self, item):
        self.items = [item]
        self.n += 1
        return self
class Trouble(Exception):
    pass
def each(items):
    for one in list(items)[:3]:
        got = yield one
        if got:
            items.append(got)
def changing(x):
    shared.append(x)
    del shared[4:]
    return x
def counter(n):
    def more(by):
        nonlocal n
        n += by
        return n
    return more
shared = [1]
table = {"k": [1]}
total = 0
`

// backwardsStatements are statements by lines, one on each: %i is a name of an int, %l of a list, %d of a dict, %t of a set, %o of
// an object, %s of a text, %a any of them, %k a number.
// None binds a name and calls after that: callers' names are those of the beginning of their lines (TestCallersNamesAreOfTheirLines).
var backwardsStatements = []string{
	"%i = %i + %k", "%i += len(%l)", "%l.append(%i)", "%l += [%k]", "%l = %l[-4:]", "%l = [%i, %k]", "%d['k'] = %i", "%d['l'] = %l", "%d = dict(%d)", "%d = {'k': %k}",
	"%o.n = %i", "%o.items = %l", "%o = Box(%i, %l)", "%o = %o", "%o.put(%i)", "%s = %s[-4:] + 'x'", "%t.add(%i %% 5)", "%t = {%k}", "%t = %t", "%l = %l", "%d = %d",
	"%i = sum(map(changing, [%k, %k]))", "%l = [v for v in %l[:2]]", "%l = list(each(%l))", "%i = next(each(%l), 0)", "%l.insert(0, %k)", "del %l[3:]", "%d.pop('k', None)",
	"%d.setdefault('q', []).append(%k)", "%l.append([%k])", "if %i %% 2:\n    %i = 0\nelse:\n    %s = 'even'", "for i in range(%k):\n    %l.append(i)\n    del %l[5:]",
	"while len(%l) > 3:\n    %l.pop()", "try:\n    raise Trouble(%k)\nexcept Trouble as error:\n    %l.append(len(error.args))\nfinally:\n    %i = %k",
	"try:\n    try:\n        %i = {}[%k]\n    finally:\n        %l.append(%k)\nexcept KeyError:\n    %s = 'caught'", "shared.append(%i)", "table['k'] = %i", "del shared[3:]",
	"more = counter(%k)\n%i = more(%k)\n%i = more(%k)", "g = each(%l)\n%i = next(g, 0)\n%i = next(g, 0)\ng = None", "u = (%l, %d)\n%l.append(0)\nu = None",
	"%i = (lambda v: changing(v) + 1)(%k)", "%l = list(\n    v * 2\n    for v in %l[:3])", "%l = sorted(%l[:3], key=lambda v: 0)", "%i = total",
}

// randomBackwards is a program of random statements, the same for the same seed.
func randomBackwards(seed int64) string {
	r := rand.New(rand.NewSource(seed))
	names := map[byte][]string{'i': {"i", "j"}, 'l': {"l", "p"}, 'd': {"d"}, 't': {"t"}, 'o': {"o", "q"}, 's': {"s"}}
	of := func(kind byte) (string, bool) {
		if kind == 'k' {
			return fmt.Sprint(1 + r.Intn(4)), true
		}
		some, known := names[kind]
		if !known {
			return "", false
		}
		return some[r.Intn(len(some))], true
	}
	var b strings.Builder
	b.WriteString(backwardsPrelude)
	const functions = 3
	for f := range functions {
		fmt.Fprintf(&b, "def f%d(i, l, d, t, o, s, depth=0):\n    j = i\n    p = l\n    q = o\n", f)
		if r.Intn(2) == 0 {
			b.WriteString("    global total\n    total += 1\n")
		}
		for range 7 {
			statement := testkit.Filled(backwardsStatements[r.Intn(len(backwardsStatements))], of)
			if r.Intn(4) == 0 {
				statement = fmt.Sprintf("if depth < 2:\n    f%d(j, p, d, t, q, s, depth + 1)", r.Intn(functions))
			}
			b.WriteString("    try:\n")
			for _, line := range strings.Split(statement, "\n") {
				b.WriteString("        " + line + "\n")
			}
			b.WriteString("    except (TypeError, ValueError, AttributeError, LookupError, NameError):\n        i = 1\n        p = l = [1]\n")
		}
		b.WriteString("    return i\n")
	}
	for n := range 3 {
		fmt.Fprintf(&b, "own = Box(%d, shared)\nlast = f%d(%d, shared, table, {1, 2}, own, 'abc', %d)\n", n, r.Intn(functions), n, r.Intn(2))
	}
	return b.String()
}

// truth is what Python itself says of a program: at each line event of its trace function the stack with the names of every frame,
// and the module's. It knows nothing of Tallyho.
const truth = `import json, re, sys
path, out = sys.argv[1:3]
moments, numbers, kept = [], {}, []
def shown(value, deep=2):
    kind = type(value)
    if kind.__module__ == "__main__" and not isinstance(value, BaseException) and deep and getattr(value, "__dict__", None):
        return kind.__name__ + "(" + ", ".join(name + "=" + shown(one, deep - 1) for name, one in vars(value).items()) + ")"
    return re.sub("0x[0-9a-f]+", "#", repr(value))
def names(space):
    return {name: shown(value) for name, value in dict(space).items() if not name.startswith(("__", "."))}
def told(frame, event, arg):
    if frame.f_code.co_filename != path:
        return None
    if event == "line":
        stack = []
        at = frame
        while at is not None:
            if at.f_code.co_filename == path:
                if id(at) not in numbers:
                    kept.append(at)
                    numbers[id(at)] = len(kept)
                own = {} if at.f_locals is at.f_globals else names(at.f_locals)
                stack.append({"name": at.f_code.co_name, "line": at.f_lineno, "number": numbers[id(at)], "locals": own})
            at = at.f_back
        moments.append({"stack": stack, "globals": names(frame.f_globals)})
    return told
space = {"__name__": "__main__", "__file__": path}
with open(path) as f:
    code = compile(f.read(), path, "exec")
sys.settrace(told)
exec(code, space)
sys.settrace(None)
with open(out, "w") as f:
    json.dump(moments, f)
`

// momentOf is one line event as Python tells it, or one moment as a debugger shows it: the stack is innermost first.
type momentOf struct {
	Stack   []frameOf         `json:"stack"`
	Globals map[string]string `json:"globals"`
}

type frameOf struct {
	Name   string            `json:"name"`
	Line   int               `json:"line"`
	Number int               `json:"number"` // Python's alone: one for each frame
	Locals map[string]string `json:"locals"`
}

// truthOf runs a program under Python's own trace function.
func truthOf(t *testing.T, python, path string) []momentOf {
	t.Helper()
	dir := filepath.Dir(path)
	script, out := filepath.Join(dir, "truth.py"), filepath.Join(dir, "truth.json")
	if err := os.WriteFile(script, []byte(truth), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, script, path, out)
	cmd.Env = append(os.Environ(), "PYTHONHASHSEED=1")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, text, sourceOf(t, path))
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var all []momentOf
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}
