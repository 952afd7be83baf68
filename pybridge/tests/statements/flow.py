"""Everything that branches, raises, cleans up or is tested. A number for each span that begins on a line."""
#: -
import contextlib  #: 1


def conditions(a):  #: 1
    if a == 1 and a or a == 2:  #: 3
        x = 1  #: 2
    elif a > 5:  #: 1
        x = 2  #: 0
    else:
        x = 3 if a else 4  #: 1
    if (a ==  #: 3
            1): y = (1,  #: 1
                     2)
    if True:  #: 3
        z = 0  #: 3
    if False:  #: .
        z = 1  #: .
    assert a < 9, "no"  #: 3
    del x  #: 3


for value in (1, 2, 3):  #: 4
    conditions(value)  #: 3


def caught(n):  #: 1
    try:  #: 4
        if n == 1: raise KeyError(n)  #: 4 1
        if n == 2: raise ValueError(n)  #: 3 1
        if n == 3: raise OSError(n)  #: 2 1
    except KeyError as e:  #: 3
        k = e  #: 1
    except (ValueError, TypeError):  #: 2
        v = n  #: 1
    else:
        none = n  #: 1
    finally:
        done = n; again = n  #: 4 4
    return n  #: 3


for value in range(4):  #: 5
    with contextlib.suppress(OSError):  #: 4
        caught(value)  #: 4
        after = value  #: 3


def cleans(n):  #: 1
    for i in range(n):  #: 2
        try:  #: 2
            return 1 // i  #: 2
        except ZeroDivisionError:  #: 1
            continue  #: 1
        finally:
            n -= 1  #: 2


cleans(3)  #: 1


def managers(n):  #: 1
    with contextlib.nullcontext(n) as a, contextlib.nullcontext(a) as b:  #: 2
        if b: return a  #: 2 1
        c = a  #: 1
    with (contextlib.nullcontext(1)): d = c  #: 1 1
    return c  #: 1


managers(0); managers(1)  #: 1 1


def groups():  #: 1
    try:  #: 1
        raise ExceptionGroup("g", [KeyError(1), ValueError(2)])  #: 1
    except* KeyError:  #: 1
        a = 1  #: 1
    except* (ValueError, OSError) as g:  #: 1
        b = g  #: 1


groups()  #: 1


def matches(v):  #: 1
    match v:  #: 5
        case 0 | 1:  #: 5
            r = "low"  #: 1
        case [first, *rest] if rest:  #: 4
            r = first  #: 1
        case {"k": val}: r = val  #: 3 1
        case str() as text:  #: 2
            r = text  #: 1
        case _:  #: 1
            r = None  #: 1
    return r  #: 5


[matches(v) for v in (1, [1, 2], {"k": 3}, "s", None)]  #: 1 5


def no_code():  #: 1
    """Nothing is left of this."""  #: -
    global G  #: -
    a: int  #: -
    G = 1  #: 1
    ...  #: 1
    pass  #: 1
    return  #: 1
    after = 1  #: .


no_code()  #: 1
