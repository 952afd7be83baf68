package recording

// recorderPrograms do what a recorder in C could get wrong, one kind of thing each.
var recorderPrograms = map[string]string{
	"aliases": `class Node:
    def __init__(self, n):
        self.n = n
p = q = Node(1)
q.n = 50
a = [1, 2]
b = a
b.append(3)
def f(x):
    y = x
    i = 0
    y.append(i)
    i += 1
    y[0] = i
    i += 1
    x += [i]
    z = {"k": y}
    y.clear()
    i += 1
    return z
f(a)
f(b)
class Both:
    pass
o = Both()
o.other = Node(o)
o.other.n = 7
`,
	"containers": `big = list(range(1000))
big.append(7)
big[500] = None
big[999] = "x"
words = ["word %d" % i for i in range(300)]
words[299] = "tail"
words[0] = "hea\nd"
d = {i: str(i) for i in range(600)}
d[5] = "changed"
d[599] = "tail"
del d[3]
s = {1, 2, 3}
s.add(4)
t = ("a", (1,), [], {}, set(), frozenset({1}), b"x", 1.5, True, None, 2 ** 70, -2 ** 63, 2 ** 63 - 1, 1j, "é", "\ud800", "'", '"', "\\")
n = [[[[[[1]]]]]]
l = "x" * 500
m = "é" * 500
k = "y" * 5000
u = "quote's" * 800
v = "z" * 2000
w = ["z" * 2000, "y" * 1500, "it's" * 400]
c = [k, k]
e = [[i] * 3 for i in range(200)]
e[199][2] = 5
r = range(3)
g = (i for i in r)
h = iter(big)
next(h)
deep = [d, words, [d]]
`,
	"secrets": `password = "hunter2"
conf = {"token": "abc", "user": "bob"}
args = ["--password", "x", "--n=1", "TOKEN=zzz"]
pair = ("password", "x")
class Login:
    def __init__(self):
        self.secret, self.name = 1, "n"
def get_token():
    return "t"
get_token()
login = Login()
`,
	"names": `import sys
def f(a, b=2, *c, d, **e):
    x = a
    del x
    def inner():
        nonlocal a
        a += 1
        return a
    inner()
    t = [y for y in range(2)]
    try:
        raise ValueError("no")
    except ValueError as error:
        z = 1
    global made
    made = z
    return locals
f(1, d=3, k=4)
del made
class C:
    one = 1
    two = [v for v in (1, 2)]
    def m(self): return self.one
    one += 1
C().m()
x = 1.5; x = None; x = 2.5
for i in range(2): x = i
exec("q = 1\nq += 1\ndel q", {"w": 1})
lam = lambda v: v + 1
lam(2)
class Ends:
    def __del__(self): ended.append(self.n)
ended = []
for i in range(3):
    lam(i)
    item = Ends()
    item.n = i
    lam(i)
    del item
    squares = [item * i for item in range(i) for i in (1, 2)]
`,
	"frames": `import threading
def gen(n):
    got = yield n
    while got:
        got = yield got + 1
    return "end"
def outer():
    r = yield from gen(1)
    return r
g = outer()
next(g)
g.send(1)
try:
    g.send(0)
except StopIteration as stop:
    v = stop.value
h = gen(2)
next(h)
h.close()
k = gen(3)
next(k)
try:
    k.throw(KeyError("k"))
except KeyError:
    pass
def deep(n):
    if n:
        return deep(n - 1)
    raise IndexError(n)
try:
    deep(5)
except IndexError:
    pass
sorted([3, 1], key=lambda one: -one)
def work(n):
    total = 0
    for i in range(n):
        total += i
    return total
threading.Thread(target=work, args=(5,), name="worker").start()
import asyncio
async def nap(n):
    await asyncio.sleep(0)
    return n
async def main():
    return await asyncio.gather(nap(1), nap(2))
print(asyncio.run(main()))
`,
	"errors": `class Odd(Exception):
    def __init__(self, n):
        super().__init__(n)
        self.n = [n]
class Loud:
    __slots__ = ("a",)
    def __repr__(self): raise RuntimeError
    def __eq__(self, other): raise RuntimeError
    def __hash__(self): return 1
def f(n):
    e = Odd(n)
    e.n.append(n)
    l = Loud()
    l.a = n
    many = [l, e, Odd, f, len, "x".upper]
    by = {l: 1}
    try:
        raise e
    finally:
        n = None
try:
    f(3)
except Odd:
    pass
class Meta(type):
    def __getattribute__(cls, name): raise RuntimeError
class M(metaclass=Meta): pass
m = M
class Dict(dict): pass
dd = Dict(a=1)
dd["b"] = 2
from collections import deque, OrderedDict, namedtuple
q = deque([1])
q.append(2)
Point = namedtuple("Point", "x y")
pt = Point(1, 2)
`,
	// What is cut shows its first and its last characters, however long and of which they are.
	"ends": `def shown(value):
    again = value
    return again
plain, single, double, both = "abc " * 30, "it's " * 30, 'say "it" ' * 20, "it's \"so\" \\\\ " * 20
for part in (plain, single, double, both, "caf\u00e9 " * 30, "\u20ac\U0001f600 " * 40, "tab\tnew\nline " * 20):
    for times in (1, 2, 3, 4, 8, 9, 20, 40):
        long = part * times
        shown(long)
        shown((long, 7))
        shown([7, part, long])
        shown({1: [part] * times})
        shown({1: {"k": long}, 2: "end"})
        shown({"k%d" % i: {i: part} for i in range(times)}.items())
        shown([long + "'", "'" + long])
        shown(["a" * 600 + long, part])
shown(plain * 40 + "'")
shown("'" + plain * 40)
shown(plain * 40 + "'" + single * 40 + '"')
shown({1: "'" + plain * 40})
shown({1: {2: {3: {4: {5: {6: plain}}}}}, 2: [{"n": "caf\u00e9 %d" % i, "v": [i, i / 3, None]} for i in range(90)]})
shown({"password": plain * 40})
shown({1: plain, "token": plain * 9})
shown([{}.keys(), {1: 2}.keys(), {1: [2]}.values(), {("password", "x"): 1}.keys(), {"password": "x"}.items()])
class Box:
    def put(self, item): return self
box = Box()
shown([box.put, [].append, len, Box, Box.put, shown, str.join, ValueError("it's", 1), KeyError(), b"by\xfftes", range(2), iter([]), (i for i in "a")])
shown(ValueError("caf\u00e9 " * 300))
shown(OSError(2, [plain] * 20))
def deleg(n):
    r = yield from inner(n)
    return r
def inner(n):
    for i in range(n):
        yield [i for i in range(3) if i]
    return n
shown(list(deleg(3)))
total = [shared for shared in range(3)]
alias = total
def grows(p):
    p += [1]
    n = 1
    p = p
    return n
for i in range(3): grows(total)
def returns(n):
    if n: return returns(n - 1)
    return [alias, total]
for i in range(300): returns(3)
`,
	// What comes again is written once, by whichever frame or object has it.
	"again": `import re
class Parser:
    def __init__(self, text):
        self.text, self.at, self.parts, self.peer = text, 0, [], None
    def take(self):
        self.at += 1
        return self.text
    def both(self, other, text):
        self.peer = other
        return [self.take(), other.take(), text]
text = "a text that is long enough to be kept " * 30
one, two = Parser(text), Parser(text[1:])
for i in range(12):
    one.both(two, text)
    two.parts.append("part %d of some length" % i)
def shown(value):
    again = value
    return again
for i in range(700):
    shown("text number %d, which is one of many" % (i % 300))
table = {"key %d" % i: text[i:i + 30] for i in range(9)}
for kind in (table.items(), table.keys(), table.values(), re.compile("a+" * 9), re.compile(b"a+" * 9, re.S), re.compile("b").match,
             str.join, float.__repr__, int.real, dict.__dict__["fromkeys"], shown, Parser, Parser.take, one.take):
    shown(kind)
    shown(kind)
    table["key 3"] = "another text, as long"
for i in range(30):
    made = type("Made%d" % i, (), {"name": "of some length"})
    thing = made()
    thing.text, thing.one = text, one
    shown(thing)
    made.__qualname__ = "Renamed%d" % i
    shown(made)
    shown(thing)
    def inner(): pass
    inner.__qualname__ = "inner %d of a loop" % i
    shown(inner)
    del made, thing, inner
`,
	// What is freed and made anew within one statement may lie where it lay.
	"places": `class Box: pass
def items(v):
    for n in range(8):
        v.__setitem__(0, None) or v.__setitem__(0, n * 1.1)
        v.__setitem__(1, None) or v.__setitem__(1, "te" + str(n) * 9)
        v.__setitem__(2, None) or v.__setitem__(2, n + 2 ** 70)
        v.__setitem__(3, None) or v.__setitem__(3, [n, n, n, n])
        v.__setitem__(4, None) or v.__setitem__(4, (n, n, n, n + 1))
        v.__setitem__(5, None) or v.__setitem__(5, 1000 * n)
items([0.5, "", 0, [], (), 1])
items({0: 0.5, 1: "", 2: 0, 3: [], 4: (), 5: 1})
def attributes(o):
    o.a, o.b, o.c, o.d = 0.5, "", [], 1
    for n in range(8):
        setattr(o, "a", None) or setattr(o, "a", n * 1.1)
        setattr(o, "b", None) or setattr(o, "b", "te" + str(n) * 9)
        setattr(o, "c", None) or setattr(o, "c", [n, n, n, n])
        setattr(o, "d", None) or setattr(o, "d", Box())
        o.__dict__.pop("d", None) and setattr(o, "e%d" % (n % 2), n)
        o.d = n
attributes(Box())
def within(v):
    for n in range(8):
        v[0][0].__setitem__(0, None) or v[0][0].__setitem__(0, n * 1.1)
        v[1].o.__dict__.update(a=None) or v[1].o.__dict__.update(a=n * 1.1)
b = Box()
b.o = Box()
b.o.a = 0.5
within([[[0.5, 1, 2, 3, 4], 1, 2, 3], b, 2, 3])
`,
}
