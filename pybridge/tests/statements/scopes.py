"""Definitions, lambdas, comprehensions, generators and coroutines. A number for each span that begins on a line."""
#: -
import asyncio  #: 1
import functools  #: 1


def same(f):  #: 1
    return f  #: 4


@same  #: .
@functools.lru_cache(maxsize=None)  #: .
def decorated(n):  #: 1
    return n + 1  #: 2


decorated(1); decorated(1); decorated(2)  #: 1 1 1


@same  #: .
class Thing:  #: 1
    size = 1  #: 1
    names = [n for n in ("a", "b")]  #: 1 2

    @staticmethod  #: .
    def make(): return Thing()  #: 1 2

    @property  #: .
    def double(self):  #: 1
        return self.size * 2  #: 1


Thing.make().double + Thing.make().size  #: 1


def defaults(a=[x for x in range(2)], *, b=(lambda: 3)()):  #: 1 2 1
    f = lambda n=a: (lambda: n)()  #: 1 2 2
    return f(1), f(2), b  #: 1


defaults()  #: 1
same(lambda: 0)  #: 1 0
one, two, four = lambda: 1, lambda: 1 + 1, (lambda: (4))  #: 1 2 1 0
one(); one(); two()  #: 1 1 1


@same  #: .
def comprehensions(n):  #: 1
    a = [[i * j for j in range(n)] for i in range(n)]  #: 1 2 4
    b = {i: i for i in range(n) if i}  #: 1 1
    c = {(i, j) for i in range(n) for j in range(i)}  #: 1 1
    d = sum(i for i in range(n))  #: 1 2
    e = [*a, [*b, 1]]  #: 1
    g = [[*q, 1] for q in a]  #: 1 2
    h = [y for x in range(n) if (y := x)]  #: 1 1
    return any(i == 0 for i in range(n))  #: 1 1


comprehensions(2)  #: 1


def generator(n):  #: 1
    for i in range(n):  #: 5
        got = yield i  #: 4
    return "end"  #: 1


def delegating(n):  #: 1
    r = yield from generator(n)  #: 1
    return r  #: 1


list(delegating(2))  #: 1
g = generator(5); next(g); next(g); g.close()  #: 1 1 1 1


def thrown():  #: 1
    while True:  #: .
        try:  #: 3
            x = yield  #: 3
        except KeyError:  #: 2
            x = None  #: 1


t = thrown(); next(t); t.send(1); t.throw(KeyError)  #: 1 1 1 1
try: t.throw(ValueError)  #: 1 1
except ValueError: t = None  #: 1 1


async def ticker(n):  #: 1
    for i in range(n):  #: 6
        await asyncio.sleep(0)  #: 4
        yield i  #: 4


class Manager:  #: 1
    async def __aenter__(self): return self  #: 1 2
    async def __aexit__(self, *e): await asyncio.sleep(0)  #: 1 2


async def work(n):  #: 1
    total = 0  #: 2
    async for i in ticker(n):  #: 6
        total += i  #: 4
    async with Manager() as m:  #: 2
        total += 1  #: 2
    return [total, *[await wait(i) for i in range(n)]]  #: 2 4


async def wait(n):  #: 1
    await asyncio.sleep(0)  #: 4
    return n  #: 4


async def both():  #: 1
    return await asyncio.gather(work(2), work(2))  #: 1


asyncio.run(both())  #: 1


def generic[T: int](v: T) -> T:  #: 1
    type Pair = tuple[T, T]  #: 1
    return v  #: 1


generic(1)  #: 1


class Box[T]:  #: 1
    def get(self, v: T): return v  #: 1 1


Box().get(2)  #: 1
é = "ü"; ö = é + é  #: 1 1
