/* The callbacks (gate.h). */
#include "gate.h"

#include <frameobject.h>

#include "calls.h"
#include "guard.h"

static void forget_asked(Asked *k)
{
    PyObject *screens = k->screens;
    k->code = k->screens = NULL;
    Py_XDECREF(screens);
}

/* Finds out what is asked of a code object, or at a line of it; NULL: the next callback has to see to it, or an exception. */
static Asked *find_asked(Gate *g, Asked *k, PyObject *code, PyObject *where, long line)
{
    PyObject *key = PyLong_FromVoidPtr(code);
    int planned = key ? PyDict_Contains(g->dispatches, key) : -1;
    Py_XDECREF(key);
    if (planned <= 0)
        return NULL;
    PyObject *args[] = {NULL, code, where};
    PyObject *found = PyObject_Vectorcall(g->find, args + 1, (g->kind == 1 ? 2 : 1) | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    if (!found)
        return NULL;
    if (found == Py_False) {
        Py_DECREF(found); /* not known yet */
        return NULL;
    }
    forget_asked(k);
    int asked = PyTuple_CheckExact(found) && PyTuple_GET_SIZE(found) == 2 && PyTuple_CheckExact(PyTuple_GET_ITEM(found, 0));
    k->screens = asked ? Py_NewRef(PyTuple_GET_ITEM(found, 0)) : NULL;
    k->silent = asked && PyTuple_GET_ITEM(found, 1) == Py_True;
    Py_DECREF(found);
    k->line = line;
    k->code = code;
    return k;
}

/* Finds the frame that runs, if it is of that code; 0: it is not. */
static int about(About *a, PyObject *code)
{
#if HAS_LATEST
    Frame *f = _PyFrame_GetFirstComplete(running(PyThreadState_Get()));
#if FRAME_HAS_EXECUTABLE
    a->inner = f && f->f_executable == code ? f : NULL;
#else
    a->inner = f && (PyObject *)f->f_code == code ? f : NULL;
#endif
    return a->inner != NULL;
#else
    a->frame = PyEval_GetFrame();
    return a->frame && (PyObject *)code_of(a->frame) == code;
#endif
}

/* Whether all that is asked says no; -1: an exception. */
static int all_say_no(PyObject *screens, About *a)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(screens); i++) {
        int is = screen_says((Screen *)PyTuple_GET_ITEM(screens, i), a);
        if (is != NO)
            return is < 0 ? -1 : 0;
    }
    return 1;
}

/* A call that concerns nobody still counts, unless it is one of our own thread's. */
static int count_call(Gate *g)
{
    PyObject *reader = PyList_GET_SIZE(g->reader) ? PyList_GET_ITEM(g->reader, 0) : NULL;
    unsigned long ident = reader ? PyLong_AsUnsignedLong(reader) : 0;
    if (PyErr_Occurred())
        return -1;
    if (ident != PyThread_get_thread_ident())
        ((Calls *)g->count)->calls++;
    return 0;
}

/* Whether an exception has come through our code, which is to be taken out of its traceback. */
static int through_us(Gate *g, PyObject *error)
{
    if (!PyExceptionInstance_Check(error) || PyList_GET_SIZE(g->leaving) < 1 || PyList_GET_ITEM(g->leaving, 0) != Py_False)
        return 1;
    PyTracebackObject *trace = (PyTracebackObject *)((PyBaseExceptionObject *)error)->traceback;
    PyTracebackObject *inner = trace && PyTraceBack_Check(trace) ? trace->tb_next : NULL;
    int ours = inner ? (int)PyUnicode_Tailmatch(code_of(inner->tb_frame)->co_filename, g->here, 0, PY_SSIZE_T_MAX, -1) : 0;
    if (ours < 0)
        PyErr_Clear();
    return ours != 0;
}

/* What an event shows of a callback's last argument, new; NULL: with an exception, or to be left to the next callback. */
static PyObject *shown(Gate *g, PyObject *last)
{
    if (!last || g->last == THROWN)
        return Py_NewRef(Py_None);
    if (g->last == VALUE)
        return Py_NewRef(last);
    if (through_us(g, last))
        return NULL;
    PyObject *trace = ((PyBaseExceptionObject *)last)->traceback;
    return PyTuple_Pack(3, (PyObject *)Py_TYPE(last), last, trace ? trace : Py_None);
}

static PyObject *gate_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    Gate *g = (Gate *)self;
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    if (n < 2 || n > 3 || !PyCode_Check(args[0]))
        return guarded_call(g->guard, g->next, args, nargsf, names);
    PyObject *code = args[0];
    long line = g->kind == 1 ? PyLong_AsLong(args[1]) : 0;
    Asked *k = &g->asked[(((uintptr_t)code >> 4) ^ ((uintptr_t)code >> 12) ^ (unsigned long)line) % GATED];
    if ((k->code != code || k->line != line) && !find_asked(g, k, code, args[1], line))
        return PyErr_Occurred() ? guarded(g->guard, NULL) : guarded_call(g->guard, g->next, args, nargsf, names);
    About a = {.return_op = g->return_op};
    PyObject *arg = k->screens && about(&a, code) ? shown(g, n > 2 ? args[2] : NULL) : NULL;
    if (!arg)
        return PyErr_Occurred() ? guarded(g->guard, NULL) : guarded_call(g->guard, g->next, args, nargsf, names);
    PyObject *screens = Py_NewRef(k->screens);
    a.arg = arg;
    int silent = k->silent, no = all_say_no(screens, &a);
    Py_DECREF(screens);
    Py_DECREF(arg);
    if (no > 0 && g->counted)
        no = count_call(g) < 0 ? -1 : 1;
    if (no < 0)
        return guarded(g->guard, NULL);
    if (no == 0)
        return guarded_call(g->guard, g->next, args, nargsf, names);
    if (!silent)
        return Py_NewRef(Py_None);
    PyObject *answer = PyObject_CallOneArg(g->silence, code);
    if (answer == Py_None && k->code == code)
        k->silent = 0;
    return guarded(g->guard, answer);
}

static PyObject *gate_forget(PyObject *self, PyObject *Py_UNUSED(none))
{
    for (int i = 0; i < GATED; i++)
        forget_asked(&((Gate *)self)->asked[i]);
    Py_RETURN_NONE;
}

static int gate_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    Gate *g = (Gate *)self;
    static char *keys[] = {"kind", "return_op", "last", "dispatches", "find", "silence", "next", "guard", "count", "reader", "leaving", "here", NULL};
    PyObject *dispatches, *find, *silence, *next, *guard, *count, *reader, *leaving, *here;
    State *state = state_of(self);
    int kind, return_op, last;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "ipiO!OOOO!O!O!O!U", keys, &kind, &return_op, &last, &PyDict_Type, &dispatches, &find, &silence, &next,
                                     state->guard, &guard, state->calls, &count, &PyList_Type, &reader, &PyList_Type, &leaving, &here))
        return -1;
    if (g->dispatches) {
        PyErr_SetString(PyExc_TypeError, "a Gate is made once");
        return -1;
    }
    g->call = gate_call;
    g->kind = kind;
    g->return_op = return_op;
    g->last = last;
    g->dispatches = Py_NewRef(dispatches);
    g->find = Py_NewRef(find);
    g->silence = Py_NewRef(silence);
    g->next = Py_NewRef(next);
    g->guard = Py_NewRef(guard);
    g->count = Py_NewRef(count);
    g->reader = Py_NewRef(reader);
    g->leaving = Py_NewRef(leaving);
    g->here = Py_NewRef(here);
    return 0;
}

static int gate_traverse(PyObject *self, visitproc visit, void *arg)
{
    Gate *g = (Gate *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(g->dispatches);
    Py_VISIT(g->find);
    Py_VISIT(g->silence);
    Py_VISIT(g->next);
    Py_VISIT(g->guard);
    Py_VISIT(g->reader);
    Py_VISIT(g->leaving);
    for (int i = 0; i < GATED; i++)
        Py_VISIT(g->asked[i].screens);
    return 0;
}

static int gate_clear(PyObject *self)
{
    Gate *g = (Gate *)self;
    Py_CLEAR(g->dispatches);
    Py_CLEAR(g->find);
    Py_CLEAR(g->silence);
    Py_CLEAR(g->next);
    Py_CLEAR(g->guard);
    Py_CLEAR(g->count);
    Py_CLEAR(g->reader);
    Py_CLEAR(g->leaving);
    Py_CLEAR(g->here);
    for (int i = 0; i < GATED; i++)
        forget_asked(&g->asked[i]);
    return 0;
}

static void gate_dealloc(PyObject *self) { gone(self, gate_clear); }

static PyObject *gate_count(PyObject *self, PyObject *counting)
{
    ((Gate *)self)->counted = counting == Py_True;
    Py_RETURN_NONE;
}

static PyMethodDef gate_methods[] = {
    {"count", gate_count, METH_O, "count(counting)\n\nWhether its events are calls that are counted."},
    {"forget", gate_forget, METH_NOARGS, "forget()\n\nWhat is asked may be another thing from now on."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef gate_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(Gate, call), Py_READONLY},
    {NULL},
};

static PyType_Slot gate_slots[] = {
    {Py_tp_doc, "Gate(kind, return_op, last, dispatches, find, silence, next, guard, count, reader, leaving, here)\n\nA callback of a Monitor. find tells of a code object (and a line) the Screens of all that is asked there, and whether what they say is for good."},
    {Py_tp_init, gate_init},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_methods, gate_methods},
    {Py_tp_members, gate_members},
    {Py_tp_traverse, gate_traverse},
    {Py_tp_clear, gate_clear},
    {Py_tp_dealloc, gate_dealloc},
    {0, NULL},
};

static PyType_Spec gate_spec = {
    .name = "_tallyho_native.Gate",
    .basicsize = sizeof(Gate),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = gate_slots,
};

SHARED int add_gate(PyObject *module, State *state) { return add_type(module, &gate_spec, &state->gate); }
