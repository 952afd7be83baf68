"""What Python 3.15 brought: comprehensions that unpack (PEP 798), of which each thing unpacked is one element. Numbers as in scopes.py."""
#: -
def unpacked(*many):  #: 1
    a = [*one for one in many]  #: 1 3
    b = {*one for one in many if one}  #: 1 2
    c = {**dict.fromkeys(one) for one in many}  #: 1 3
    d = list((*one for one in many))  #: 1 3
    e = [*[*one, *one] for one in many]  #: 1 3
    f = [[*one for one in many] for _ in range(2)]  #: 1 2 6
    g = sum([*(one, one) for one in range(4)])  #: 1 4
    return next((*one for one in [a, b, c, d, e, f, [g]]))  #: 1 1


unpacked((1, 2), (), (3,))  #: 1


def refused(many):  #: 1
    try:  #: 1
        return [*one for one in many]  #: 1 2
    except TypeError:  #: 1
        return list((*one for one in many))  #: 1 2


try:  #: 1
    refused([[1], 2, [3]])  #: 1
except TypeError:  #: 1
    pass  #: 1


async def rounds(n):  #: 1
    for one in range(n):  #: 8
        yield [one] * one  #: 6


async def awaited():  #: 1
    return [*one async for one in rounds(3)], [each async for each in (*one async for one in rounds(3))]  #: 1 3 3 3


def run(task):  #: 1
    try:  #: 1
        task.send(None)  #: 1
    except StopIteration:  #: 1
        pass  #: 1


run(awaited())  #: 1
