"""Loops: a header counts its looks. A number for each span that begins on a line, left to right, outer first."""
#: -

def plain(n):  #: 1
    total = 0  #: 2
    for i in range(n):  #: 5
        total += i  #: 3
    return total  #: 2


plain(3)  #: 1
plain(0)  #: 1


def left_early(items):  #: 1
    for i in items:  #: 6
        if i == 1: continue  #: 6 2
        if i == 2: break  #: 4 2
        seen = i; last = i  #: 2 2
    else:
        last = None  #: 0
    return last  #: 2


left_early([0, 1, 2, 3])  #: 1
left_early([0, 1, 2])  #: 1


def tests(n):  #: 1
    while n > 0:  #: 4
        n -= 1  #: 3
    while n < 2: n += 1  #: 3 2
    while True:  #: 2
        n += 1  #: 2
        if n > 3:  #: 2
            break  #: 1
    while n and n < 6:  #: 3
        n += 1  #: 2
    while False:  #: .
        n = 0  #: .


tests(3)  #: 1


def tests_alone(n):  #: 1
    while (n := n + 1) < 4: pass  #: 4 .
    while (n := n - 1) and n > 1 or n == 1: pass  #: 4 .
    while (n < 3 if (n := n + 1) else n): pass  #: 3 .
    while [n for _ in (1, 2) if (n := n + 1) < 9]: pass  #: 4 5 .
    while not (n := n - 1) < 5: pass  #: 7 .
    while True:  #: 1
        if n: break  #: 1 1
    match n:  #: 1
        case int() if n:  #: 1
            while n:  #: 1
                if n: break  #: 1 1
                n = 1  #: 0
    return n  #: 1


tests_alone(0)  #: 1


def suite_on_the_line(xs):  #: 1
    for x in xs: pass  #: 4 .
    for x in [y for y in xs]: z = x  #: 4 3 3
    return [x for x in xs if x]  #: 1 2


suite_on_the_line((0, 1, 2))  #: 1


def fails(xs):  #: 1
    for x in xs:  #: 2
        y = 1 // x  #: 2


try:  #: 1
    fails([1, 0, 3])  #: 1
except ZeroDivisionError:  #: 1
    pass  #: 1
try:  #: 1
    for x in 5:  #: 1
        never = x  #: 0
except TypeError as e:  #: 1
    text = str(e)  #: 1


def nested(n):  #: 1
    for a in range(n):  #: 3
        for b in range(n):  #: 6
            c = a * b  #: 4
            if c: continue  #: 4 1
            d = c  #: 3


nested(2)  #: 1
