"""Programs, and the last value that each of their statements shows."""

from __future__ import annotations

from typing import Dict, List, Tuple

Want = Tuple[str, str, str]
"""A statement's text, a name ("->": what was returned) and its last value."""

PROGRAMS: Dict[str, Tuple[str, List[Want]]] = {
    "a loop that ends its function": (
        """
        def f():
            for i in range(300):
                y = i * i
                print_(y)
                z = y + 1
        f()
        """,
        [("for i in range(300):", "i", "299"), ("y = i * i", "y", "89401"), ("z = y + 1", "z", "89402"), ("print_(y)", "y", "89401")],
    ),
    "a loop that is left by return": (
        """
        def f():
            for k in range(300):
                w = k
                if k == 220: return w
                v = k
        f()
        """,
        [
            ("for k in range(300):", "k", "220"),
            ("w = k", "w", "220"),
            ("v = k", "v", "219"),
            ("if k == 220:", "k", "220"),
            ("return w", "->", "220"),
        ],
    ),
    "a loop that is left by break, and continued": (
        """
        def f():
            for k in range(300):
                if k % 3: continue
                v = k
                if k == 201: break
            return k
        f()
        """,
        [("if k % 3:", "k", "201"), ("v = k", "v", "201"), ("if k == 201:", "k", "201")],
    ),
    "a loop that an exception leaves": (
        """
        def f():
            for k in range(300):
                v = 1 // (250 - k)
                print_(k)
                w = k
        try: f()
        except ZeroDivisionError: pass
        """,
        [("for k in range(300):", "k", "250"), ("w = k", "w", "249"), ("print_(k)", "k", "249")],
    ),
    "an if in a loop": (
        """
        def f():
            for x in range(300):
                if x > 5:
                    some = x
                elif x < 2:
                    other = x
        f()
        """,
        [("if x > 5:", "x", "299"), ("some = x", "some", "299"), ("elif x < 2:", "x", "5"), ("other = x", "other", "1")],
    ),
    "a while": (
        """
        def f(n):
            while n > 1:
                n -= 1
                if n == 150: print_(n)
            return n
        f(300)
        """,
        [("while n > 1:", "n", "1"), ("n -= 1", "n", "1"), ("return n", "->", "1")],
    ),
    "names that are bound twice": (
        """
        def f():
            total = 0
            for i in range(300):
                total += i
                y = i; z = y; y = -1
            total = -total
            return total
        for _ in range(20): f()
        """,
        [
            ("total += i", "total", "44850"),
            ("total = 0", "total", "0"),
            ("total = -total", "total", "-44850"),
            ("y = i", "y", "299"),
            ("z = y", "z", "299"),
            ("y = -1", "y", "-1"),
        ],
    ),
    "arguments and what is returned": (
        """
        def f(a, *rest, k=1):
            return a + k
        g = lambda s: s + "!"
        for i in range(2000):
            f(i, k=2 * i)
            g(str(i))
        """,
        [
            ("return a + k", "->", "5997"),
            ("return a + k", "a", "1999"),
            ("return a + k", "k", "3998"),
            ('lambda s: s + "!"', "->", "'1999!'"),
            ('lambda s: s + "!"', "s", "'1999'"),
        ],
    ),
    "a method that rarely comes to a statement": (
        """
        class C:
            def m(self, n):
                if n % 100 == 7:
                    print_(n)
                    last = n
                return n
        c = C()
        for i in range(1000): c.m(i)
        """,
        [("print_(n)", "n", "907"), ("last = n", "last", "907"), ("return n", "->", "999")],
    ),
    "recursion": (
        """
        def fib(n):
            before = n
            if n < 2: return n
            a = fib(n - 1)
            b = fib(n - 2)
            return a + b
        fib(12)
        """,
        [("before = n", "before", "0"), ("if n < 2:", "n", "0"), ("return n", "->", "0")],
    ),
    "generators side by side": (
        """
        def g(base):
            for i in range(base, base + 300):
                x = i
                yield x
                y = -i
        for pair in zip(g(0), g(1000)): pass
        """,
        [("x = i", "x", "1299"), ("y = -i", "y", "-299")],
    ),
    "comprehensions": (
        """
        def f():
            return [a for a in range(300)], {b: 1 for b in range(300)}, max(c for c in range(300)), [d for d in range(300) if d < 200]
        f()
        """,
        [
            ("[a for a in range(300)]", "a", "299"),
            ("{b: 1 for b in range(300)}", "b", "299"),
            ("(c for c in range(300))", "c", "299"),
            ("[d for d in range(300) if d < 200]", "d", "199"),
        ],
    ),
    "a module": (
        """
        total = 0
        for i in range(300):
            total += i
            if i == 250: break
            t = (i, str(i))
        n = 300
        while n:
            n -= 1
        """,
        [
            ("for i in range(300):", "i", "250"),
            ("total += i", "total", "31375"),
            ("t = (i, str(i))", "t", "(249, '249')"),
            ("n -= 1", "n", "0"),
            ("while n:", "n", "0"),
            ("if i == 250:", "i", "250"),
        ],
    ),
    "cells": (
        """
        def f():
            got = []
            for i in range(300):
                x = i
                got.append(lambda: x)
                y = x + 1
            return y
        f()
        """,
        [("x = i", "x", "299"), ("y = x + 1", "y", "300")],
    ),
    "an exception that is caught": (
        """
        def f():
            for i in range(300):
                try:
                    a = 1 // (i % 2)
                    b = i
                except ZeroDivisionError:
                    c = i
                d = i
        f()
        """,
        [("b = i", "b", "299"), ("c = i", "c", "298"), ("d = i", "d", "299"), ("a = 1 // (i % 2)", "a", "1")],
    ),
    "a with, and what is unpacked": (
        """
        class M:
            def __enter__(self): return 1
            def __exit__(self, *e): pass
        def f():
            m = M()
            for i in range(300):
                with m as one:
                    p, (q, r) = i, (i + 1, i + 2)
                if (w := i * 2) > 100: pass
        f()
        """,
        [
            ("p, (q, r) = i, (i + 1, i + 2)", "p", "299"),
            ("p, (q, r) = i, (i + 1, i + 2)", "r", "301"),
            ("if (w := i * 2) > 100:", "w", "598"),
        ],
    ),
}
