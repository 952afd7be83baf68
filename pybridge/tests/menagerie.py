"""Classes, metaclasses, instances, namespaces and exceptions all of whose special methods tell that they ran.

A program for the tests: it prints what ran, which is nothing but what it does itself. Whatever looks at its values has to
leave that as it is.
"""

PROGRAM = r'''
import collections, enum, types

ran = []
SPECIAL = """__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __repr__ __str__ __format__ __bytes__ __bool__ __len__
    __length_hint__ __iter__ __next__ __reversed__ __contains__ __getitem__ __setitem__ __delitem__ __missing__ __getattr__
    __getattribute__ __setattr__ __delattr__ __dir__ __int__ __float__ __complex__ __index__ __round__ __fspath__ __add__
    __radd__ __mod__ __rmod__ __and__ __enter__ __exit__ __sizeof__ __reduce__ __reduce_ex__ __instancecheck__
    __subclasscheck__ __subclasses__ __get__ __set__ __await__ keys items values get copy mro""".split()

def telling(where, name):
    def special(*args, **named):
        ran.append(where + "." + name)
        raise LookupError(where + "." + name)
    return special

def specials(where, *left_out):
    made = {name: telling(where, name) for name in SPECIAL if name not in left_out}
    for name in ("__class__", "__dict__", "__name__", "__module__", "__qualname__", "__flags__", "__mro__", "__bases__", "__doc__",
                 "__wrapped__", "__code__", "__self__", "__func__", "__traceback__", "args", "name", "shape", "_fields"):
        if name not in left_out:
            made[name] = property(telling(where, name))
    return made

kept = ("__module__", "__qualname__", "__doc__", "__dict__")
Meta = type("Meta", (type,), specials("Meta", "mro", "__dict__", "__module__", "__doc__", "__qualname__"))
# An exception that is raised has its class asked by the interpreter, once more where there is a trace function.
Raised = type("Raised", (type,), specials("Raised", "mro", "__dict__", "__module__", "__doc__", "__qualname__", "__subclasscheck__"))
Bare = type("Bare", (type,), {"__eq__": telling("Bare", "__eq__"), "__hash__": None})
make = type.__new__

def hostile(name, base, meta=Meta, **more):
    names = specials(name, *kept)
    names.update(more, __module__=__name__)
    return make(meta, name, (base,), names)

BASES = [object, int, float, str, bytes, list, tuple, dict, set, frozenset, complex, bytearray, Exception, OSError, KeyError, SystemExit,
         collections.OrderedDict, collections.defaultdict, collections.deque, collections.Counter, types.SimpleNamespace, types.ModuleType]
KINDS = [hostile("Hostile_" + base.__name__, base, Raised if BaseException in base.__mro__ else Meta) for base in BASES]
KINDS += [hostile("Plain_" + base.__name__, base, type) for base in BASES]
KINDS += [make(Bare, "Bare_" + base.__name__, (base,), {}) for base in BASES]
Slotted = hostile("Slotted", object, type, __slots__=("a",))
Text = hostile("Text", str, type)
KINDS.append(Slotted)
KINDS.append(make(type, str.__new__(Text, "Named"), (), {"__qualname__": str.__new__(Text, "Named.by"), "__module__": __name__}))
KINDS.append(make(type, "Keyed", (), {"__module__": __name__, str.__new__(hostile("Key", str, type, __hash__=str.__hash__), "a"): 1}))

lineage = type.__dict__["__mro__"].__get__

def instance(kind):
    base = next(one for one in lineage(kind) if any(one is known for known in BASES))
    if BaseException in base.__mro__:
        made = base.__new__(kind, 1)
    elif base is types.ModuleType:
        made = base.__new__(kind, "name")
        types.ModuleType.__init__(made, "name")
    else:
        made = base.__new__(kind)
    return made

ZOO = [instance(kind) for kind in KINDS]
Same = hostile("Same", object, type, __hash__=lambda self: hash("a"))
Color = enum.Enum("Color", "RED")
ODD = [Same.__new__(Same), Color.RED, types.MappingProxyType({"a": ZOO[0]}), slice(ZOO[0], ZOO[1]), {"a": 1}.items()]
fields = types.SimpleNamespace()
fields.__dict__.update({"b": ZOO[0], "a": ZOO[1]})

def look(value, held, kind, key):
    got = value
    items = held
    name = kind
    b = fields.a
    for one in (1, 2):
        last = value
    return value

def work():
    for value, kind in zip(ZOO + ODD, KINDS + [int] * len(ODD)):
        held = {"a": value, 1: [value, kind], "t": (value, {"v": value, "k": kind})}
        look(value, held, kind, "a")
        look(kind, [kind, (kind,)], held, 1)

def keyed():
    odd = {}
    dict.__setitem__(odd, Same.__new__(Same), 1)
    odd[1] = 2
    x = odd[1]
    return odd

class Namespace:
    """Of a class body: any mapping will do."""
    def __init__(self): self.names = {}
    def __getitem__(self, name):
        ran.append("namespace " + name)
        return self.names[name]
    def __setitem__(self, name, value): self.names[name] = value
    def keys(self): ran.append("keys"); return self.names.keys()
    def get(self, name, absent=None): ran.append("get " + name); return absent
    def __iter__(self): ran.append("iter"); return iter(self.names)
    def __contains__(self, name): ran.append("in"); return True

class Body(type):
    @classmethod
    def __prepare__(cls, name, bases): return Namespace()
    def __new__(cls, name, bases, names): return type.__new__(cls, name, bases, dict(names.names))

def bodies():
    class Made(metaclass=Body):
        one = 1
        two = one
        three = [one, two]
    exec("a = 1\nb = a\ndef f(c):\n    d = a\n    return d\nf(2)", hostile("Globals", dict, type, __getitem__=dict.__getitem__,
         __setitem__=dict.__setitem__)({"__name__": "made"}))

def fails(error):
    try:
        raise error
    except BaseException as caught:
        seen = 1
    try:
        raise error
    except KeyError:
        seen = 2
    except BaseException:
        seen = 3

def generator(error):
    try:
        yield 1
    except Exception:
        pass

def raising():
    for error in ZOO:
        if any(one is BaseException for one in lineage(type(error))):
            fails(error)
            g = generator(error)
            next(g)
            try:
                g.throw(error)
            except BaseException:
                pass

def calling():
    for value in ZOO:
        id(value)
        list.append([], value)

def done(zoo, kinds, odd):
    value = zoo[0]
    held = {"a": value}
    return None                     # done

ran.clear()
work()
keyed()
bodies()
raising()
calling()
done(ZOO, KINDS, ODD)
print(ran)
'''
