/* The RAISE callback (raises.h). */
#include "raises.h"

#include <frameobject.h>

#include "counters.h"
#include "guard.h"
#include "variables.h"

static Site *site_at(Site *sites, size_t size, PyObject *code, int offset, PyObject *type)
{
    uint64_t h = ((uint64_t)(uintptr_t)code >> 4) * 0x9E3779B97F4A7C15ull ^ ((uint64_t)(uintptr_t)type >> 4) * 0xC2B2AE3D27D4EB4Full;
    size_t i = (size_t)((h + (uint64_t)(unsigned)offset * 0x165667B19E3779F9ull) >> 20) & (size - 1);
    while (sites[i].code && (sites[i].code != code || sites[i].offset != offset || sites[i].type != type))
        i = (i + 1) & (size - 1);
    return &sites[i];
}

/* What is known; NULL: nothing. */
static inline Site *known_site(Raises *r, PyObject *code, int offset, PyObject *type)
{
    Site *s = r->sites ? site_at(r->sites, r->size, code, offset, type) : NULL;
    return s && s->code ? s : NULL;
}

/* To let go of what is kept may run the program's code, which raises and so comes in here again. */
static void drop_sites(Site *sites, size_t size)
{
    for (size_t i = 0; sites && i < size; i++) {
        Py_XDECREF(sites[i].code);
        Py_XDECREF(sites[i].type);
        Py_XDECREF(sites[i].globals);
        Py_XDECREF(sites[i].needs);
    }
    PyMem_Free(sites);
}

static void forget_sites(Raises *r)
{
    Site *sites = r->sites;
    size_t size = r->size;
    r->sites = NULL;
    r->size = r->used = 0;
    drop_sites(sites, size);
}

/* An attribute of an instance that is plain data of it or of its class; NULL: none, or asking would run code. */
static PyObject *plain_attribute(PyObject *o, PyObject *name)
{
    PyObject *member = Py_TYPE(o)->tp_getattro == PyObject_GenericGetAttr ? _PyType_Lookup(Py_TYPE(o), name) : NULL;
    if (Py_TYPE(o)->tp_getattro != PyObject_GenericGetAttr || (member && Py_TYPE(member)->tp_descr_get))
        return NULL;
    return PyObject_GenericGetAttr(o, name);
}

/* What a name means there (outcomecache.Needs), new; NULL: nothing. */
static PyObject *meaning(PyObject *where, PyObject *name, PyFrameObject *frame)
{
    PyObject *found = NULL;
    if (PyDict_CheckExact(where))
        found = Py_XNewRef(PyDict_GetItemWithError(where, name));
    else if (where == Py_None)
        found = variable_of(frame, name);
    else if (PyUnicode_CheckExact(where)) {
        PyObject *holder = variable_of(frame, where);
        found = holder ? plain_attribute(holder, name) : NULL;
        Py_XDECREF(holder);
    } else if (!_PyType_Lookup(Py_TYPE(where), name)) /* a metaclass's own name may be asked for first */
        found = Py_XNewRef(_PyType_Lookup((PyTypeObject *)where, name));
    if (!found)
        PyErr_Clear();
    return found;
}

/* Whether the names in a frame's clauses still mean what they meant. */
static int site_holds(Raises *r, Site *s, PyFrameObject *frame)
{
    if (!s->globals)
        return 1;
    PyObject *globals = PyFrame_GetGlobals(frame);
    int same = globals == s->globals;
    Py_XDECREF(globals);
    if (!same)
        return 0;
    PyObject *needs = Py_NewRef(s->needs); /* a key may have an __eq__ that has us forget the site */
    for (Py_ssize_t i = 0; same && i < PyTuple_GET_SIZE(needs); i++) {
        PyObject *need = PyTuple_GET_ITEM(needs, i);
        PyObject *found = meaning(PyTuple_GET_ITEM(need, 0), PyTuple_GET_ITEM(need, 1), frame);
        same = (found ? found : r->nothing) == PyTuple_GET_ITEM(need, 2);
        Py_XDECREF(found);
    }
    Py_DECREF(needs);
    return same;
}

/* Whether C swallows what leaves a frame, or may: not where only what starts the program is around it. */
static int is_swallowed(Raises *r, PyFrameObject *frame)
{
    PyFrameObject *around = PyFrame_GetBack(frame);
    Site *s = around ? known_site(r, (PyObject *)code_of(around), -1, NULL) : NULL;
    Py_XDECREF(around);
    return s && s->what & ABOVE;
}

/* Whether the frames that an exception passes lead to one that catches it. */
static int is_caught(Raises *r, Site *s, PyFrameObject *frame, PyObject *type)
{
    int caught = 0;
    Py_INCREF(frame);
    while (frame && s && !(s->what & SWALLOWED)) {
        caught = !(s->what & PASSES);
        if (!site_holds(r, s, frame)) {
            caught = 0;
            break;
        }
        if (caught)
            break;
        PyFrameObject *around = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = around;
        s = frame ? known_site(r, (PyObject *)code_of(frame), PyFrame_GetLasti(frame), type) : NULL;
    }
    Py_XDECREF(frame);
    return caught;
}

/* Whether all that an exception does is to be counted; then it is. */
static int is_counted(Raises *r, PyObject *code, PyObject *type)
{
    PyFrameObject *frame = r->counters ? PyEval_GetFrame() : NULL;
    Site *s = frame && (PyObject *)code_of(frame) == code ? known_site(r, code, at_lasti(PyFrame_GetLasti(frame)), type) : NULL;
    return s && count_raised(r->counters, code, s->slot);
}

/* Whether it is known that nothing is to be told of an exception. */
static int is_quiet(Raises *r, PyObject *code, PyObject *offset, PyObject *error)
{
    if (!PyExceptionInstance_Check(error) || !PyLong_CheckExact(offset) || PyList_GET_SIZE(r->leaving) < 1 ||
        PyList_GET_ITEM(r->leaving, 0) != Py_False)
        return 0;
    PyTracebackObject *trace = (PyTracebackObject *)((PyBaseExceptionObject *)error)->traceback;
    PyTracebackObject *inner = trace && PyTraceBack_Check(trace) ? trace->tb_next : NULL;
    PyCodeObject *left = inner ? code_of(inner->tb_frame) : NULL;
    if (left && PyUnicode_Tailmatch(left->co_filename, r->here, 0, PY_SSIZE_T_MAX, -1) != 0)
        return PyErr_Clear(), 0;
    PyObject *type = (PyObject *)Py_TYPE(error);
    Site *s = known_site(r, code, (int)PyLong_AsLong(offset), type);
    if (!s)
        return ((s = known_site(r, code, -1, NULL)) && s->what & NOBODY) || is_counted(r, code, type);
    if (left) {
        Site *before = known_site(r, (PyObject *)left, inner->tb_lasti, type);
        if (before && before->what & MINE)
            return 1; /* it was judged there */
    }
    PyFrameObject *frame = PyEval_GetFrame();
    if (!frame || (PyObject *)code_of(frame) != code)
        return 0;
    return s->what & SWALLOWED ? is_swallowed(r, frame) : is_caught(r, s, frame, type);
}

static PyObject *on_raise(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Raises *r = (Raises *)self;
    if (nargs == 3 && is_quiet(r, args[0], args[1], args[2]))
        Py_RETURN_NONE;
    return guarded_call(r->guard, r->slow, args, (size_t)nargs, NULL);
}

static int grow_sites(Raises *r)
{
    size_t size = r->size ? 2 * r->size : FEWEST_SITES;
    Site *sites = PyMem_Calloc(size, sizeof *sites);
    if (!sites)
        return PyErr_NoMemory(), -1;
    for (size_t i = 0; i < r->size; i++)
        if (r->sites[i].code)
            *site_at(sites, size, r->sites[i].code, r->sites[i].offset, r->sites[i].type) = r->sites[i];
    PyMem_Free(r->sites);
    r->sites = sites;
    r->size = size;
    return 0;
}

/* Keeps what is known, which is borrowed. */
static PyObject *keep(Raises *r, Site new)
{
    if (2 * (r->used + 1) > r->size) {
        if (r->size >= MOST_SITES)
            forget_sites(r);
        if (grow_sites(r) < 0)
            return NULL;
    }
    Site *s = site_at(r->sites, r->size, new.code, new.offset, new.type), old = *s;
    r->used += !old.code;
    Py_INCREF(new.code);
    Py_XINCREF(new.type);
    Py_XINCREF(new.globals);
    Py_XINCREF(new.needs);
    *s = new;
    if (!old.type && old.code)
        s->what |= old.what;
    Py_XDECREF(old.code);
    Py_XDECREF(old.type);
    Py_XDECREF(old.globals);
    Py_XDECREF(old.needs);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(learn_doc,
"learn(what, code, offset=-1, type=None, globals=None, needs=())\n\n"
"Keep what is known of an instruction and a class, or (-1, None) of a code object; with globals, as long as they are a frame's and\n"
"each (where, name, value) is so: the name has that value in a dict, in a class, (None) in the\n"
"frame's function, or (a str) in what a variable of that holds.");

/* Whether it is a tuple of where a name is looked up, the name and a value. */
static int is_need(PyObject *o)
{
    if (!PyTuple_CheckExact(o) || PyTuple_GET_SIZE(o) != 3 || !PyUnicode_CheckExact(PyTuple_GET_ITEM(o, 1)))
        return 0;
    PyObject *where = PyTuple_GET_ITEM(o, 0);
    return PyDict_CheckExact(where) || where == Py_None || PyUnicode_CheckExact(where) || PyType_Check(where);
}

static PyObject *raises_learn(PyObject *self, PyObject *args)
{
    Raises *r = (Raises *)self;
    int what, offset = -1;
    PyObject *code, *type = Py_None, *globals = Py_None, *needs = NULL;
    if (!PyArg_ParseTuple(args, "iO!|iOOO!", &what, &PyCode_Type, &code, &offset, &type, &globals, &PyTuple_Type, &needs))
        return NULL;
    for (Py_ssize_t i = 0; needs && i < PyTuple_GET_SIZE(needs); i++)
        if (!is_need(PyTuple_GET_ITEM(needs, i))) {
            PyErr_SetString(PyExc_TypeError, "what is needed is where a name is looked up, the name and a value");
            return NULL;
        }
    int named = globals != Py_None && needs;
    return keep(r, (Site){code, type == Py_None ? NULL : type, named ? globals : NULL, named ? needs : NULL, offset, what, -1});
}

PyDoc_STRVAR(count_doc,
"count(code, lasti, type, counters, slot)\n\n"
"Of an exception of that class, where a frame's f_lasti is lasti, nothing but the hit of a slot of Counters is to be told; -1: not even that.");

static PyObject *raises_count(PyObject *self, PyObject *args)
{
    Raises *r = (Raises *)self;
    PyObject *code, *type, *counters;
    int lasti, slot;
    if (!PyArg_ParseTuple(args, "O!iO!O!i", &PyCode_Type, &code, &lasti, &PyType_Type, &type, state_of(self)->counters, &counters, &slot))
        return NULL;
    Py_XSETREF(r->counters, (Counters *)Py_NewRef(counters));
    return keep(r, (Site){code, type, NULL, NULL, at_lasti(lasti), COUNTS, slot});
}

static PyObject *raises_forget(PyObject *self, PyObject *Py_UNUSED(none))
{
    forget_sites((Raises *)self);
    Py_RETURN_NONE;
}

static int raises_init(PyObject *self, PyObject *args, PyObject *Py_UNUSED(kwds))
{
    Raises *r = (Raises *)self;
    PyObject *slow, *leaving, *here, *nothing, *guard;
    if (!PyArg_ParseTuple(args, "OO!UOO!", &slow, &PyList_Type, &leaving, &here, &nothing, state_of(self)->guard, &guard))
        return -1;
    if (r->slow) {
        PyErr_SetString(PyExc_TypeError, "Raises are made once");
        return -1;
    }
    r->slow = Py_NewRef(slow);
    r->leaving = Py_NewRef(leaving);
    r->here = Py_NewRef(here);
    r->nothing = Py_NewRef(nothing);
    r->guard = Py_NewRef(guard);
    return 0;
}

static int raises_traverse(PyObject *self, visitproc visit, void *arg)
{
    Raises *r = (Raises *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(r->slow);
    Py_VISIT(r->leaving);
    Py_VISIT(r->nothing);
    Py_VISIT(r->guard);
    Py_VISIT(r->counters);
    for (size_t i = 0; i < r->size; i++) {
        Py_VISIT(r->sites[i].code);
        Py_VISIT(r->sites[i].type);
        Py_VISIT(r->sites[i].globals);
        Py_VISIT(r->sites[i].needs);
    }
    return 0;
}

static int raises_clear(PyObject *self)
{
    Raises *r = (Raises *)self;
    forget_sites(r);
    Py_CLEAR(r->slow);
    Py_CLEAR(r->leaving);
    Py_CLEAR(r->here);
    Py_CLEAR(r->nothing);
    Py_CLEAR(r->guard);
    Py_CLEAR(r->counters);
    return 0;
}

static void raises_dealloc(PyObject *self) { gone(self, raises_clear); }

static PyMethodDef raises_methods[] = {
    {"on_raise", (PyCFunction)(void *)on_raise, METH_FASTCALL, "The RAISE callback."},
    {"learn", raises_learn, METH_VARARGS, learn_doc},
    {"count", raises_count, METH_VARARGS, count_doc},
    {"forget", raises_forget, METH_NOARGS, "forget()\n\nWhat is known may be otherwise from now on."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot raises_slots[] = {
    {Py_tp_doc, "Raises(slow, leaving, here, nothing, guard)\n\nThe RAISE callback of a Monitor: slow's, where it is not known that nothing is to be told."},
    {Py_tp_init, raises_init},
    {Py_tp_methods, raises_methods},
    {Py_tp_traverse, raises_traverse},
    {Py_tp_clear, raises_clear},
    {Py_tp_dealloc, raises_dealloc},
    {0, NULL},
};

static PyType_Spec raises_spec = {
    .name = "_tallyho_native.Raises",
    .basicsize = sizeof(Raises),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = raises_slots,
};

SHARED int add_raises(PyObject *module, State *state) { return add_type(module, &raises_spec, &state->raises); }
