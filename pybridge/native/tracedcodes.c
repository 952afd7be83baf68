/* What a Tracer knows of code objects (tracedcodes.h). */
#include "tracedcodes.h"

#if SETTRACE_ONLY
SHARED Code *code_known(Tracer *t, PyObject *code)
{
    void *extra = NULL;
    if (_PyCode_GetExtra(code, t->state->extra, &extra) < 0) {
        PyErr_Clear();
        return NULL;
    }
    Code *c = extra;
    return c && c->owner == t && c->change == t->change ? c : NULL;
}

static uint32_t units_of(PyObject *code)
{
    PyCodeObject *o = (PyCodeObject *)code;
#if FRAMES_ARE_OBJECTS
    return (uint32_t)(PyBytes_GET_SIZE(o->co_code) / 2);
#else
    return (uint32_t)Py_SIZE(o);
#endif
}

/* A Code of a code object's, of which nothing is known; NULL with an exception. */
static Code *code_make(Tracer *t, PyObject *code)
{
    void *extra = NULL;
    if (_PyCode_GetExtra(code, t->state->extra, &extra) < 0)
        return NULL;
    Code *c = extra;
    if (c)
        do
            code_clear(c);
        while (c->marks); /* what it held may have let another thread come here */
    else if (!(c = PyMem_Calloc(1, sizeof *c)))
        return (Code *)PyErr_NoMemory();
    else if (_PyCode_SetExtra(code, t->state->extra, c) < 0) {
        PyMem_Free(c);
        return NULL;
    }
    c->units = units_of(code);
    c->start = c->entry = -1;
    return (c->marks = PyMem_Calloc(c->units + 1, 1)) ? c : (Code *)PyErr_NoMemory();
}

/* Takes what is counted of a code object: (first, due, entry, start, yields). */
static int take_counts(Tracer *t, Code *c, PyObject *counts)
{
    unsigned long long first;
    PyObject *due, *yields;
    if (!PyArg_ParseTuple(counts, "KOiiO", &first, &due, &c->entry, &c->start, &yields) || PyObject_GetBuffer(due, &c->due, PyBUF_SIMPLE) < 0)
        return -1;
    c->first = first;
    c->slots = (uint32_t)(c->due.len / 4);
    if (c->first + c->slots > t->limit || c->entry >= (int32_t)c->slots || (uintptr_t)c->due.buf % 4) {
        PyErr_SetString(PyExc_ValueError, "no such counters");
        return -1;
    }
    if (yields == Py_None)
        return 0;
    if (!PyBytes_Check(yields) || PyBytes_GET_SIZE(yields) != (Py_ssize_t)c->units) {
        PyErr_SetString(PyExc_ValueError, "yields must tell of each code unit");
        return -1;
    }
    if (!(c->yields = PyMem_Malloc(c->units + 1)))
        return PyErr_NoMemory(), -1;
    memcpy(c->yields, PyBytes_AS_STRING(yields), c->units);
    return 0;
}

/* Takes what is asked before Python, or writes the record in its place: (call, return, exception), None where there is neither. */
static int take_before(Tracer *t, Code *c, PyObject *before)
{
    if (!PyTuple_CheckExact(before) || PyTuple_GET_SIZE(before) != 3) {
        PyErr_SetString(PyExc_TypeError, "what stands before Python is of calls, returns and exceptions");
        return -1;
    }
    for (int i = 0; i < 3; i++) {
        PyObject *one = PyTuple_GET_ITEM(before, i);
        if (!Py_IS_TYPE(one, t->state->screen) && !Py_IS_TYPE(one, t->state->printer))
            continue;
        code_holds(c, &t->holding);
        c->before[i] = Py_NewRef(one);
    }
    return 0;
}

SHARED PyObject *tracer_use(PyObject *self, PyObject *args)
{
    Tracer *t = (Tracer *)self;
    PyObject *code, *counts = Py_None, *before = NULL;
    unsigned int flags;
    unsigned long long change;
    if (!PyArg_ParseTuple(args, "O!IK|OO", &PyCode_Type, &code, &flags, &change, &counts, &before))
        return NULL;
    if (change != t->change || units_of(code) > MOST_UNITS)
        Py_RETURN_FALSE;
    Code *c = code_make(t, code);
    if (!c)
        return NULL;
    if ((counts != Py_None && take_counts(t, c, counts) < 0) || (before && take_before(t, c, before) < 0)) {
        code_clear(c);
        return NULL;
    }
    c->flags = counts == Py_None ? flags & ~(unsigned int)COUNTED : flags | COUNTED;
    c->owner = t;
    c->change = t->change;
    Py_RETURN_TRUE;
}

SHARED PyObject *tracer_quiet(PyObject *self, PyObject *args)
{
    PyObject *code;
    int at;
    unsigned long long change;
    if (!PyArg_ParseTuple(args, "O!iK", &PyCode_Type, &code, &at, &change))
        return NULL;
    Code *c = change == ((Tracer *)self)->change ? code_known((Tracer *)self, code) : NULL;
    if (c && at >= 0 && (uint32_t)at / 2 < c->units)
        c->marks[at / 2] = QUIET;
    Py_RETURN_NONE;
}

/* Adds what is asked at a line, or puts it in the place of what was, where Python has asked once more. */
static int add_asked(Tracer *t, Code *c, uint8_t *mark, PyObject *both)
{
    code_holds(c, &t->holding);
    if (!c->asked && !(c->asked = PyList_New(0)))
        return -1;
    Py_ssize_t size = PyList_GET_SIZE(c->asked);
    if (*mark >= ASKED && *mark - ASKED < size)
        return PyList_SetItem(c->asked, *mark - ASKED, Py_NewRef(both));
    if (size >= MOST_ASKED)
        return 0;
    if (PyList_Append(c->asked, both) < 0)
        return -1;
    *mark = (uint8_t)(ASKED + size);
    return 0;
}

SHARED PyObject *tracer_ask(PyObject *self, PyObject *args)
{
    Tracer *t = (Tracer *)self;
    PyObject *code, *ask, *printer = Py_None;
    int at;
    unsigned long long change;
    if (!PyArg_ParseTuple(args, "O!iKO|O", &PyCode_Type, &code, &at, &change, &ask, &printer))
        return NULL;
    Code *c = change == t->change ? code_known(t, code) : NULL;
    if (!c || at < 0 || (uint32_t)at / 2 >= c->units)
        Py_RETURN_NONE;
    int prints = Py_IS_TYPE(printer, t->state->printer);
    if (!(Py_IS_TYPE(ask, t->state->condition) || Py_IS_TYPE(ask, t->state->screen) || Py_IS_TYPE(ask, t->state->hits) || (ask == Py_None && prints)))
        Py_RETURN_NONE;
    PyObject *both = PyTuple_Pack(2, ask, prints ? printer : Py_None);
    int is = both ? add_asked(t, c, &c->marks[at / 2], both) : -1;
    Py_XDECREF(both);
    if (is < 0)
        return NULL;
    Py_RETURN_NONE;
}

SHARED PyObject *tracer_learn(PyObject *self, PyObject *args)
{
    PyObject *code, *slots;
    int was, entered, at;
    Way way = {0};
    if (!PyArg_ParseTuple(args, "O!iiiiiO!", &PyCode_Type, &code, &was, &entered, &at, &way.entered, &way.line, &PyTuple_Type, &slots))
        return NULL;
    Code *c = code_known((Tracer *)self, code);
    int last = c ? 2 * (int)c->units : 0;
    if (!c || !(c->flags & COUNTED) || was < -1 || entered < -1 || at < 0 || was >= last || entered >= last || at >= last ||
        PyTuple_GET_SIZE(slots) > MOST_BEGUN)
        Py_RETURN_NONE;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(slots); i++) {
        unsigned long slot = PyLong_AsUnsignedLong(PyTuple_GET_ITEM(slots, i));
        if (PyErr_Occurred())
            return NULL;
        if (slot >= c->slots)
            Py_RETURN_NONE;
        way.slot[way.n++] = (uint32_t)slot;
    }
    way.key = way_key(was, entered, at);
    if (way_add(c, &way) < 0)
        return NULL;
    Py_RETURN_NONE;
}
#endif
