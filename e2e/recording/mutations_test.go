package recording

import (
	"fmt"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// mutationPrelude has what changes containers without naming them: finalizers, descriptors, closures, other threads, functions in C.
const mutationPrelude = stepPrelude + `import bisect, heapq, itertools, operator, threading
class Ends:
    def __init__(self, items, n): self.of, self.n = items, n
    def __del__(self): self.of.append(self.n)
class Watching:
    def __set_name__(self, owner, name): self.name = "_" + name
    def __get__(self, one, owner):
        if one is None: return self
        shared.append(1)
        return one.__dict__.get(self.name)
    def __set__(self, one, value): one.__dict__[self.name] = value
class Watched:
    seen = Watching()
    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)
        log.append(name)
        del log[:-5]
    def __getattr__(self, name):
        log.append(name)
        return 1
class Other(Box):
    pass
class Slots:
    __slots__ = ("l", "__dict__")
class Adds(list):
    def __iadd__(self, other):
        shared.extend(other)
        return self
    def __contains__(self, one):
        self.append(one)
        return True
def elsewhere(work, *args):
    t = threading.Thread(target=work, args=args)
    t.start()
    t.join()
def keeper(items):
    def keep(one): items.append(one)
    return keep
def first(items):
    for one in items:
        return one
log, keep, watched, big, long, slots = [], keeper(shared), Watched(), list(range(400)), {n: [n] for n in range(200)}, Slots()
slots.l, nested = shared, [[1, [2, {"k": (3, [4])}]], {"d": {"e": [5]}}, (6, [7]), Box(8, [9])]
`

// mutationStatements change containers in the ways in which what is kept of them could be taken for what they are: under another name,
// in a callee, in C, deep within, in what of them is cut, back to the same length, by another object where one was.
var mutationStatements = append([]string{
	"nested[0][1][1]['k'][1].append(%k)", "nested[0][1][1]['k'] = (%k, [%k])", "nested[1]['d']['e'][0] = %k", "nested[2][1][:] = [%k]", "nested[3].n = %k", "nested[3].items = [%k, %l]",
	"nested[3].items.append(%a)", "nested[0][0] += 1", "del nested[3].__dict__['n']\nnested[3].n = %k", "nested[1]['d'] = {'e': [%k]}", "nested[2] = (%k, nested[2][1])",
	"big[-1] = %k", "big[0] = None\nbig[0] = %k * 1000", "big[200] = %k", "big[-3:] = [%k, %k, %k]", "big.reverse()", "big[5], big[-5] = big[-5], big[5]", "big.sort(key=str)",
	"long[199] = [%k]", "long[0][0] = %k", "long[100] = %k", "long[%k] = long.pop(%k)", "v = long.pop(1, [1])\nlong[1] = v", "long[199].append(%k)\ndel long[199][:-3]", "long.update({150: %k, 199: [%k]})",
	"%l[0] = %l[0] * 1.5", "%l[0] = None\n%l[0] = [%k]", "%l[0] = (%k, %k)\n%l[0] = None\n%l[0] = (%k, %k)", "%l[0] = 'te' + 'xt' * %k", "%l[0] = 2 ** 70 + %k\n%l[0] += 1", "%l[0] = str(%i) + 'z'\n%l[0] += 'y'",
	"%l[0] = Box(%k)\n%l[0] = None\n%l[0] = Box(%k)\n%i = %l[0].n", "%l[0] = {'k': %k}\n%l[0]['k'] += 1", "%l.append(%l)\n%l.pop()", "t = (%l, [%l], {'l': %l})\n%l.append(%k)\nt = None",
	"t = [%l, %d, %o]\nfirst(t).append(%k)\nt[1]['t'] = %k\nt[2].n = %k", "t = {'l': %l, 'o': %o}\nt['l'].append(1)\nt['o'].items = t['l']\nt['l'].clear()",
	"heapq.heapify(%l)\nheapq.heappush(%l, %k)\nheapq.heappop(%l)", "bisect.insort(%l, %k)", "%l.extend(itertools.repeat(%k, 3))\ndel %l[:-4]", "operator.setitem(%d, 'w', %k)", "operator.iadd(%l, [%k])",
	"operator.delitem(%l, 0)", "dict.update(%d, a=%k)", "list.insert(%l, 0, %a)", "%d |= {'u': %l}", "%d.setdefault('s', %l).append(%k)", "v = %d.setdefault('n', 0)\n%d['n'] = v + 1",
	"v = %d.pop('k', 1)\n%d['k'] = v", "%d.popitem()", "%d.clear()\n%d['k'] = [%k]", "%d = dict(sorted(%d.items(), key=str))", "%d[1.0], %d[True], %d[(%k,)] = %k, %k, [%k]", "v = {%k, 'a', (1, %k)}\nv.add(%k)\nv.discard('a')\n%i = len(v)",
	"v = frozenset([%k])\nv |= {%k}", "e = Ends(%l, %k)\ne = None\n%i += 1", "e = [Ends(%l, %k)]\ne[0] = None\n%i += 1\n%i = len(e)", "e = {'e': Ends(shared, %k)}\nwhile e: e.popitem()\n%i -= 1",
	"watched.n = %k\n%i += 1", "watched.seen = %l\n%i += 1", "%i = watched.seen and 1 or 0\n%i += 1", "%i = watched.nothing\n%i += 1", "keep(%k)\n%i += 1", "keep(%l)\nshared.pop()", "elsewhere(%l.append, %k)\n%i += 1",
	"elsewhere(%d.update, {'t': %k})\n%i += 1", "elsewhere(setattr, %o, 'n', %k)", "a = Adds([%k])\na += [%k]\n%i += 1", "a = Adds()\n%i += %k in a\n%i += 1", "%o.__class__ = Other\n%i += 1\n%o.__class__ = Box", "%o.__dict__ = {'n': %k, 'items': %l}",
	"v = vars(%o)\nv['n'] = %k\n%i += 1\nv.clear()\nv['n'], v['items'] = %k, %l", "v = %o.__dict__\n%o.n = %k\n%o.x = v.get('n')\ndel %o.x", "%o.a = %o.b = %o.c = %k\ndel %o.b\n%o.b = %k\ndel %o.a, %o.b, %o.c", "%o.me = %o\n%o.n = %k\ndel %o.me", "%o.other = Box(%k, %l)\n%o.other.n = %k\n%o.other.items = [%k]",
	"Box.__qualname__ = 'Box%k'\n%i += 1\nBox.__qualname__ = 'Box'", "slots.l = %l\nslots.l.append(%k)\nslots.z = %k", "exec('l.append(%k)')", "exec('shared.append(%k)', globals())\n%i += 1", "globals()['table'] = {'k': [%k]}\n%i += 1",
	"v = [%l.append(n) for n in (1, 2)]\nv[0] = %k", "v = (n for n in map(%l.append, [%k]))\n%i += 1\nlist(v)\n%i += 1", "v = iter(%l)\nnext(v, 0)\n%i += 1", "v = list(zip(%l, big))[:3]\nv[0] = v[-1]", "*v, w = %l\nv.append(w)", "for v in %l[:2]: big[-2] = v",
	"for n, v in enumerate(nested):\n    if n == 1: v['d']['e'].append(%k)\ndel nested[1]['d']['e'][1:]", "with threading.Lock(): %l.append(%k)", "v = [[0] * 3 for n in range(60)]\nv[59][2] = %k\nv[30][1] = %k\nv[0][0] = %k", "v = ['x' * 30 for n in range(50)]\nv[49] = 'y' * 30\nv[25] = 'z' * 30\nv[0] = 'w' * 30",
	"v = {'a': {'b': {'c': {'d': [%k]}}}}\nv['a']['b']['c']['d'][0] = %k\nv['a']['b']['c']['d'].append(%k)", "v = [None] * 5\nfor n in range(5):\n    v[n] = n * 1.1\n    v[n] = v[n] + 1", "v = [bytes([n, n]) for n in range(4)]\nv[1] = v[1] + b'x'\nv[1] = bytearray(v[1])\nv[1].append(5)", "v = [ValueError(%k, %l)]\nv[0].args = (%k,)\nv[0].n = %k",
	"v = [%l.append, %o.put, keep, Box]\nv[1](%k)\n%i += 1", "v = collections.OrderedDict(a=%k)\nv['b'] = %l\nv.move_to_end('a')", "v = collections.defaultdict(list)\nv['k'].append(%k)\nv['k'].append(%k)", "v = [range(%k), range(1, %k, 2), slice(%k), 1j * %k]\nv[0] = range(%k)", "v = [%l[:], %d.copy(), %o]\nv[0].append(%k)\nv[1]['c'] = %k",
	"def swap():\n    nonlocal l, o\n    l, o = [%k], Box(%k)\n    return l\nswap().append(%k)", "v = type('Made', (), {'n': %k})()\nv.l = %l\nv.l.append(%k)\nv = None\nv = type('Made2', (), {})()\nv.l = %k",
	"v = {n: str(n) for n in range(%k + 3)}\nv[0] = 'other'\nv[0], v[1] = v[1], v[0]\ndel v[2]\nv[2] = 'again'", "v = {Odd(%k): [%k]}\nfirst(v.values()).append(%k)\nfirst(v).n += 1", "v = [%k, [%k]]\nw = v[1]\nv[1] = None\nw = None\nw = [%k, %k]\nv[1] = w",
}, stepStatements...)

// TestMutationsAreSeen records programs that change containers in every way in C, which tells by what it has kept of them whether
// they are others, and in Python alone, which writes each of them out each time.
func TestMutationsAreSeen(t *testing.T) {
	testkit.Long(t)
	cache := "XDG_CACHE_HOME=" + testkit.CacheHome(t)
	for _, python := range testkit.Pythons(t) {
		if !python.Monitoring() {
			continue
		}
		for number := range testkit.Sized(2) {
			seed := int64(1000*number + 70 + python.Minor)
			t.Run(fmt.Sprint(python.Name(), " ", seed), func(t *testing.T) {
				t.Parallel()
				bothSayTheSame(t, python, cache, randomProgram(seed, mutationPrelude, mutationStatements))
			})
		}
	}
}
