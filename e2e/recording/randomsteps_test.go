package recording

import (
	"fmt"
	"math/rand"
	"strings"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// stepPrelude is what random programs have at hand: objects that share others, what is written in C and changes them, what
// only looks like it, and frames that wait.
const stepPrelude = `import collections, functools, re
class Box:
    kind = "box"
    def __init__(self, n=0, items=None):
        self.n, self.items = n, items
    def put(self, item):
        self.items = self.items or []
        self.items.append(item)
        return self
    def __len__(self):
        self.n += 1
        return self.n
class Odd(Box):
    @property
    def size(self):
        self.n += 2
        return self.n
    def __eq__(self, other):
        self.n -= 1
        return self is other
    def __hash__(self):
        self.n += 3
        return 7
class Text(str):
    def strip(self):
        shared.append(len(shared))
        return str.strip(self)
class Trouble(Exception):
    pass
def each(items):
    for one in list(items):
        got = yield one
        if got: items.append(got)
def changing(x):
    shared.append(x)
    return x
shared, table, deep = [1], {"k": [1]}, 0
`

// stepStatements are statements by lines; %i is a name of an int, %l of a list, %d of a dict, %o of an object, %s of a text, %a
// any of them, %k a number.
var stepStatements = []string{
	"%i = %i + %k", "%i += len(%l)", "%i = %i %% 7; %s = type(%i).__name__", "%l.append(%i)", "%l += [%i]", "%l[:] = %l[-5:]", "%l = %l", "%d[%s] = %l", "%d['k'] = %a",
	"%d = dict(%d)", "%d.update(z=%i)", "%o.n = %i", "%o.items = %l", "%o = Box(%i, %l)", "%o = %o", "%o.put(%a)", "%s = %s + 'x'", "%s = (%s.strip().upper() + ' ')[-9:]",
	"%i = len(%o) + len(%s)", "%l = sorted(%l, key=lambda v: 0)[:3]", "%l.sort(key=changing)", "%i = sum(map(changing, [%k, %k]))",
	"%l = [v for v in range(%k)]", "%l = [changing(v) for v in %l[:3]]", "%d = {v: [v] for v in 'ab'}", "%l = list(each(%l[:4]))", "g = each(%l); %i = next(g, 0)",
	"g = each(%l)\nnext(g, None)\ntry:\n    g.send(%k)\nexcept (StopIteration, TypeError) as stop:\n    %i = %k",
	"setattr(%o, 'w', %l)", "%o.__dict__['v'] = %i", "%i = getattr(%o, 'size', %k)", "%i = %d.get('k') == %o", "%i = %o in [%o, %k]", "%d[Odd(%k)] = %i",
	"%l.extend(x for x in %l[:2])", "%l.insert(0, %a)", "del %l[2:]", "%d.pop('k', None)", "%d.setdefault('q', []).append(%k)", "%l[0:0], %i = [%k], %k",
	"if %i %% 2: %i = 0\nelse: %s = 'even'", "for i in range(%k): %l.append(i)", "for %i in %l[:2]:\n    if type(%i) is not int: continue\n    %i += 1",
	"while len(%l) > 4: %l.pop()", "try:\n    raise Trouble(%a)\nexcept Trouble as error:\n    %l.append(len(error.args))\nfinally:\n    %i = %k",
	"try:\n    %i = %d[%k]\nexcept KeyError:\n    pass", "shared.append(%i)", "table['k'] = %a", "table['k'].clear() if type(table['k']) is list else None",
	"global deep\ndeep += 1", "%o = Odd(%k)", "%s = Text(%s[:5])", "%i = len(%s.strip())", "f = functools.partial(%l.append, %k)\nf()", "%l = collections.deque(%l, 5)\n%l = list(%l)",
	"m = re.match('x*', %s)\n%i = m.end()", "b = %l.append\nb(%k)", "b = len\n%i = b(%o)", "b = %d.get\n%i = b('k') is None", "b = changing if %i %% 5 == 0 else len\n%i = b([]) or 0",
	"def inner(v):\n    nonlocal %s\n    %s = '%k'\n    %l.append(v)\n    return %l\ninner(%i)", "t = (%i, %l, %s)\n%l.append(0)", "u = [%l, [%l]]\n%l.append(1)\nu = None",
	"%l.__setitem__(slice(0, 0), [9])", "%l.__init__(%l[:3])", "%d.__init__(a=%l)", "type(%l).append(%l, %k)", "list(map(%l.append, [%k]))", "any(%l.append(%k) for _ in 'a')",
	"%s = '%%s' %% (%o is None)", "%s = f'{%i!s:.3}{%s[:3]!r}'", "assert %i is not None, %l.pop()", "%i = min(%k, 3, key=changing)", "%s = ','.join(each(['a', %s[:2]]))",
	"%i = isinstance(%o, Box) and %o.put(1).n", "%l = %l * 2 if len(%l) < 3 else %l", "vars(%o)['n'] = %k", "%i = ord('a') + abs(-%k)", "%l.reverse()", "%i = (lambda v: changing(v))(%k)",
}

// randomSteps is a program of random statements, the same for the same seed.
func randomSteps(seed int64) string { return randomProgram(seed, stepPrelude, stepStatements) }

func randomProgram(seed int64, prelude string, statements []string) string {
	r := rand.New(rand.NewSource(seed))
	names := map[byte][]string{'i': {"i", "j"}, 'l': {"l", "p"}, 'd': {"d"}, 'o': {"o", "q"}, 's': {"s"}}
	var b strings.Builder
	b.WriteString(prelude)
	of := func(kind byte) (string, bool) {
		switch kind {
		case 'k':
			return fmt.Sprint(1 + r.Intn(5)), true
		case 'a':
			kind = "ildos"[r.Intn(5)]
		}
		some, known := names[kind]
		if !known {
			return "", false
		}
		return some[r.Intn(len(some))], true
	}
	const functions = 4
	for f := range functions {
		fmt.Fprintf(&b, "def f%d(i, l, d, o, s, depth=0):\n    j, p, q = i, l, o\n", f)
		seen := map[string]bool{}
		for range 14 {
			statement := testkit.Filled(statements[r.Intn(len(statements))], of)
			if r.Intn(6) == 0 {
				statement = fmt.Sprintf("if depth < 2: f%d(j, p, d, q, s, depth + 1)", r.Intn(functions))
			}
			if strings.HasPrefix(statement, "global") && seen["global"] {
				continue
			}
			seen["global"] = seen["global"] || strings.HasPrefix(statement, "global")
			b.WriteString("    try:\n")
			for _, line := range strings.Split(statement, "\n") {
				b.WriteString("        " + line + "\n")
			}
			b.WriteString("    except (TypeError, ValueError, AttributeError, LookupError, NameError, RuntimeError):\n" +
				"        i, j, l, p, d, o, q, s = 1, 2, [1], [2], {'k': 1}, Box(1), Odd(2), 's'\n")
		}
		b.WriteString("    return i, l, o\n")
	}
	for n := range 10 {
		fmt.Fprintf(&b, "try:\n    out = f%d(%d, shared if %d %% 3 else [%d], table, Box(%d), 'abc', %d)\nexcept Exception as error:\n    out = type(error).__name__, str(error)\n",
			r.Intn(functions), n, n, n, n, r.Intn(3))
	}
	return b.String()
}
