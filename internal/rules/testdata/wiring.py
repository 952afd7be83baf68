"""Prints what the bridge's code does that the house forbids: wiring from outside, a second __init__, class names that exist twice,
texts that stand under nothing.

An object gets what it needs in its constructor. So nobody assigns an attribute of an object of ours but its own class: `x.name = …`
counts where `name` is an attribute that some class of ours gives itself (`self.name = …`). Records, classes with __slots__, are
left out: they are values, made and filled by those who hand them on. So are the interpreter's own objects, whose attributes
no class of ours has.
"""

import ast
import sys
from pathlib import Path

root = Path(sys.argv[1])
modules = {path.relative_to(root).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(root.glob("*/*.py"))}


def owner(function):
    """Return the name that a method has for its object."""
    return function.args.args[0].arg if function.args.args else ""


def targets(node):
    """Yield the attributes that a statement binds or deletes."""
    todo = list(getattr(node, "targets", ())) or ([node.target] if isinstance(node, (ast.AugAssign, ast.AnnAssign)) else [])
    while todo:
        one = todo.pop()
        if isinstance(one, (ast.Tuple, ast.List)):
            todo += one.elts
        elif isinstance(one, ast.Attribute):
            yield one


def slots(node):
    """Return the __slots__ of a class, None where it has none."""
    for one in node.body:
        if isinstance(one, ast.Assign) and any(isinstance(name, ast.Name) and name.id == "__slots__" for name in one.targets):
            return {item.value for item in ast.walk(one.value) if isinstance(item, ast.Constant)}
    return None


FOREIGN = {
    "self.starts": "an object of the accelerator's, in C",
    "tree": "syntax trees are Python's", "node": "the same",
    "spec": "how a module is loaded is Python's", "module.__spec__": "the same",
}
"""What is not ours, though it has attributes of names that we use."""

classes, ours, records = {}, set(), set()
for module, tree in modules.items():
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            classes.setdefault(node.name, []).append(module)
            fields = slots(node)
            if fields is not None:
                records |= fields
                continue
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    for inner in ast.walk(method):
                        for one in targets(inner):
                            if isinstance(one.value, ast.Name) and one.value.id == owner(method):
                                ours.add(one.attr)


def look(module, node, own):
    for one in ast.iter_child_nodes(node):
        inside = own
        if isinstance(one, ast.FunctionDef) and isinstance(node, ast.ClassDef):
            inside = owner(one)
        for target in targets(one):
            itself = isinstance(target.value, ast.Name) and target.value.id == inside
            held = isinstance(target.value, ast.Attribute)      # of an object that another one holds: whatever the name
            if ast.unparse(target.value) in FOREIGN:
                continue
            if not itself and target.attr in ours and (held or target.attr not in records):
                print("%s:%d: %s is assigned from outside" % (module, one.lineno, ast.unparse(target)))
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == "__init__":
            if not (isinstance(one.func.value, ast.Call) and getattr(one.func.value.func, "id", "") == "super"):
                print("%s:%d: %s: an object is made once" % (module, one.lineno, ast.unparse(one.func)))
        look(module, one, inside)


def is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def stray(module, tree):
    """A text that is a statement tells of what it begins, or of the field right above it; below another text it tells of nothing."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for before, one in zip([None] + body, body) if isinstance(body, list) else ():
            if is_text(one) and before is not None and not isinstance(before, (ast.Assign, ast.AnnAssign)):
                print("%s:%d: the text stands under no field" % (module, one.lineno))


for module, tree in modules.items():
    look(module, tree, "")
    stray(module, tree)
for name, where in sorted(classes.items()):
    if len(where) > 1:
        print("class %s exists in %s" % (name, " and ".join(where)))
