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
        code_clear(c);
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

/* Takes what Python is to see only where a Screen does not say no: (call, return, exception), None where there is none. */
static int take_screens(Tracer *t, Code *c, PyObject *screens)
{
    if (!PyTuple_CheckExact(screens) || PyTuple_GET_SIZE(screens) != 3) {
        PyErr_SetString(PyExc_TypeError, "screens are of calls, returns and exceptions");
        return -1;
    }
    for (int i = 0; i < 3; i++)
        if (Py_IS_TYPE(PyTuple_GET_ITEM(screens, i), t->state->screen))
            c->screens[i] = Py_NewRef(PyTuple_GET_ITEM(screens, i));
    return 0;
}

SHARED PyObject *tracer_use(PyObject *self, PyObject *args)
{
    Tracer *t = (Tracer *)self;
    PyObject *code, *counts = Py_None, *screens = NULL;
    unsigned int flags;
    unsigned long long change;
    if (!PyArg_ParseTuple(args, "O!IK|OO", &PyCode_Type, &code, &flags, &change, &counts, &screens))
        return NULL;
    if (change != t->change || units_of(code) > MOST_UNITS)
        Py_RETURN_FALSE;
    Code *c = code_make(t, code);
    if (!c)
        return NULL;
    if ((counts != Py_None && take_counts(t, c, counts) < 0) || (screens && take_screens(t, c, screens) < 0)) {
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

SHARED PyObject *tracer_ask(PyObject *self, PyObject *args)
{
    Tracer *t = (Tracer *)self;
    PyObject *code, *ask;
    int at;
    unsigned long long change;
    if (!PyArg_ParseTuple(args, "O!iKO", &PyCode_Type, &code, &at, &change, &ask))
        return NULL;
    Code *c = change == t->change ? code_known(t, code) : NULL;
    if (!c || at < 0 || (uint32_t)at / 2 >= c->units || !(Py_IS_TYPE(ask, t->state->condition) || Py_IS_TYPE(ask, t->state->screen)))
        Py_RETURN_NONE;
    if (!c->asked && !(c->asked = PyList_New(0)))
        return NULL;
    Py_ssize_t number = PyList_GET_SIZE(c->asked);
    if (number >= MOST_ASKED)
        Py_RETURN_NONE;
    if (PyList_Append(c->asked, ask) < 0)
        return NULL;
    c->marks[at / 2] = (uint8_t)(ASKED + number);
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
