/* The trace function as Python sees it (tracer.h). */
#include "framelines.h"
#include "passing.h"
#include "tracedcodes.h"

#if SETTRACE_ONLY
static int tracer_init(PyObject *self, PyObject *args, PyObject *kwds);

/* Holds nothing of what it was told, of which nothing is known any more. To let go may have other threads tell it anew. */
static void let_go_of_codes(Tracer *t)
{
    Code *all = t->holding;
    t->holding = NULL;
    if (all)
        all->link = &all;
    while (all)
        code_let_go(all);
}

static PyObject *tracer_forget(PyObject *self, PyObject *Py_UNUSED(none))
{
    ((Tracer *)self)->change = ++((Tracer *)self)->state->changes;
    let_go_of_codes((Tracer *)self);
    passing_wake((Tracer *)self);
    Py_RETURN_NONE;
}

static PyObject *tracer_pass(PyObject *self, PyObject *on)
{
    Tracer *t = (Tracer *)self;
    if (on == Py_True)
        return PyBool_FromLong(t->python && passing_begin(t));
    passing_end(t);
    Py_RETURN_FALSE;
}

#if !CALLS_TAKE_ARGUMENTS
SHARED Tracer *tracer_of(PyObject *o) { return o && Py_TYPE(o)->tp_init == tracer_init ? (Tracer *)o : NULL; }
#endif

static PyObject *tracer_busy(PyObject *self, void *Py_UNUSED(none)) { return PyBool_FromLong(((Tracer *)self)->busy); }

static int tracer_set_busy(PyObject *self, PyObject *on, void *Py_UNUSED(none))
{
    ((Tracer *)self)->busy = on != Py_False;
    passing_wake((Tracer *)self);
    return 0;
}

/* In Python others may come between reading and writing (ADDING_IS_ATOMIC in base/behaviour.py). */
static PyObject *tracer_add(PyObject *self, PyObject *number)
{
    Tracer *t = (Tracer *)self;
    unsigned long long slot = PyLong_AsUnsignedLongLong(number);
    if (PyErr_Occurred())
        return NULL;
    return PyLong_FromUnsignedLongLong(slot < t->limit ? ++t->count[slot] : 0);
}

static int point_at(Tracer *t, PyObject *counters)
{
    Py_buffer buffer;
    if (PyObject_GetBuffer(counters, &buffer, PyBUF_WRITABLE) < 0)
        return -1;
    if (t->counters.obj)
        PyBuffer_Release(&t->counters);
    t->counters = buffer;
    t->count = buffer.buf;
    t->limit = (uint64_t)buffer.len / sizeof(uint64_t);
    t->change = ++t->state->changes; /* what was known counts elsewhere */
    return 0;
}

static PyObject *tracer_restart(PyObject *self, PyObject *counters)
{
    if (point_at((Tracer *)self, counters) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *tracer_bind(PyObject *self, PyObject *args)
{
    Tracer *t = (Tracer *)self;
    PyObject *python, *noted, *owed, *calls = NULL;
    if (!PyArg_ParseTuple(args, "OO!O!|O!", &python, &PyList_Type, &noted, &PyDict_Type, &owed, t->state->calls, &calls))
        return NULL;
    Py_XINCREF(calls);
    Py_XSETREF(t->calls, (Calls *)calls);
    Py_INCREF(python), Py_INCREF(noted), Py_INCREF(owed);
    Py_XSETREF(t->python, python);
    Py_XSETREF(t->noted, noted);
    Py_XSETREF(t->owed, owed);
    Py_RETURN_NONE;
}

static PyObject *tracer_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    Tracer *t = (Tracer *)self;
    if (!t->python) {
        PyErr_SetString(PyExc_TypeError, "the trace function is not bound");
        return NULL;
    }
    Py_INCREF(self); /* who calls a trace function holds it by the place that it may be taken from */
    PyObject *result = PyObject_Vectorcall(t->python, args, (size_t)PyVectorcall_NARGS(nargsf), names);
    if (result)
        tracer_take(t);
    Py_DECREF(self);
    return result;
}

/* What else a trace function is asked for, the one in Python has. */
static PyObject *tracer_getattro(PyObject *self, PyObject *name)
{
    PyObject *found = PyObject_GenericGetAttr(self, name);
    if (found || !((Tracer *)self)->python || !PyErr_ExceptionMatches(PyExc_AttributeError))
        return found;
    PyErr_Clear();
    return PyObject_GetAttr(((Tracer *)self)->python, name);
}

static int tracer_init(PyObject *self, PyObject *args, PyObject *Py_UNUSED(kwds))
{
    Tracer *t = (Tracer *)self;
    PyObject *counters;
    if (!PyArg_ParseTuple(args, "O", &counters))
        return -1;
    if (t->call) {
        PyErr_SetString(PyExc_TypeError, "a Tracer is made once");
        return -1;
    }
    t->state = state_of(self);
    if (t->state->extra < 0) {
        PyErr_SetString(PyExc_RuntimeError, "code objects have no place left for what is known of them");
        return -1;
    }
    t->call = tracer_call;
    t->busy = 1;
    return point_at(t, counters);
}

static int tracer_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Tracer *)self)->python);
    for (const Code *c = ((Tracer *)self)->holding; c; c = c->next) {
        Py_VISIT(c->asked);
        for (int i = 0; i < 3; i++)
            Py_VISIT(c->before[i]);
    }
    return 0;
}

/* The other two stay: an event may still come. The module may be cleared, and its state gone. */
static int tracer_clear(PyObject *self)
{
    passing_end((Tracer *)self);
    ((Tracer *)self)->busy = 1;
    ((Tracer *)self)->change = 0;
    let_go_of_codes((Tracer *)self);
    Py_CLEAR(((Tracer *)self)->python);
    return 0;
}

static void tracer_dealloc(PyObject *self)
{
    Tracer *t = (Tracer *)self;
    frames_free(&t->frames);
    if (t->counters.obj)
        PyBuffer_Release(&t->counters);
    Py_CLEAR(t->noted);
    Py_CLEAR(t->owed);
    Py_CLEAR(t->calls);
    gone(self, tracer_clear);
}

static PyMemberDef tracer_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(Tracer, call), Py_READONLY},
    {"change", Py_T_ULONGLONG, offsetof(Tracer, change), Py_READONLY},
    {NULL},
};

static PyObject *tracer_traced(PyObject *Py_UNUSED(self), void *Py_UNUSED(none)) { return PyBool_FromLong(PyThreadState_GET()->c_tracefunc != NULL); }

static PyObject *tracer_taken(PyObject *self, void *Py_UNUSED(none)) { return PyBool_FromLong(passing_taken((Tracer *)self)); }

static PyGetSetDef tracer_names[] = {
    {"taken", tracer_taken, NULL, "Whether somebody else has come to run the frames while some were passed over; all is traced from then on.", NULL},
    {"traced", tracer_traced, NULL, "Whether this thread's events are seen now.", NULL},
    {"busy", tracer_busy, tracer_set_busy, "Whether Python sees each event.", NULL},
    {NULL},
};

PyDoc_STRVAR(use_doc,
"use(code, flags, change, counts=None, before=(None, None, None)) -> whether it is known now\n\n"
"Know what is asked in a code object until forget() is called; counts: (first, due, entry, start, yields) where its lines are counted; before:\n"
"a Screen, or a FastPrinter that does all that is asked, of calls, returns and exceptions. change:\n"
"of this Tracer when that was looked up; where it is another one now, what was looked up may be no more so, and nothing is known.");

static PyMethodDef tracer_methods[] = {
    {"bind", tracer_bind, METH_VARARGS, "bind(python, noted, owed, calls=None)\n\nCall that trace function; while the list or the dict holds something, at each event. Count calls by Calls."},
    {"use", tracer_use, METH_VARARGS, use_doc},
    {"forget", tracer_forget, METH_NOARGS, "forget()\n\nKnow nothing of any code object any more."},
    {"pass_over", tracer_pass, METH_O,
     "pass_over(on) -> whether it does\n\nRun frames of code that concerns nobody without tracing them (passing.h), or trace all again."},
    {"quiet", tracer_quiet, METH_VARARGS, "quiet(code, at, change)\n\nNobody asked at the line that begins there, when change was the Tracer's."},
    {"ask", tracer_ask, METH_VARARGS,
     "ask(code, at, change, condition, printer=None)\n\nA LocalsCondition, Hits or a Screen is all that is asked at the line that begins there, or None is; a FastPrinter\n"
     "is all that happens where the first two say yes. Where there is more to it, Python sees the event: with True where it was asked and holds, with\n"
     "what was raised; with False where it is not to be asked again."},
    {"learn", tracer_learn, METH_VARARGS, "learn(code, was, entered, at, enters, line, slots)\n\nKnow a way (ways.h)."},
    {"get", tracer_get, METH_O, "get(frame) -> line, offset, entered; or None"},
    {"put", tracer_put, METH_VARARGS, "put(frame, line, offset, entered)"},
    {"drop", tracer_drop, METH_O, "drop(frame)"},
    {"wait", tracer_wait, METH_VARARGS, "wait(frame, whether a statement of it is to be sampled when it is over)"},
    {"told", tracer_told, METH_O, "told(frame) -> line, and a number that is another one after each event; or None"},
    {"clear", tracer_clear_frames, METH_NOARGS, "clear()\n\nForget all frames."},
    {"add", tracer_add, METH_O, "add(slot)\n\nAdd one to a counter, and return what it is then."},
    {"restart", tracer_restart, METH_O, "restart(counters)\n\nCount in other memory: a forked child's."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot tracer_slots[] = {
    {Py_tp_doc, "Tracer(counters)\n\nA trace function for sys.settrace, and a FrameLines."},
    {Py_tp_init, tracer_init},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_getattro, tracer_getattro},
    {Py_tp_members, tracer_members},
    {Py_tp_methods, tracer_methods},
    {Py_tp_getset, tracer_names},
    {Py_tp_traverse, tracer_traverse},
    {Py_tp_clear, tracer_clear},
    {Py_tp_dealloc, tracer_dealloc},
    {0, NULL},
};

static PyType_Spec tracer_spec = {
    .name = "_tallyho_native.Tracer",
    .basicsize = sizeof(Tracer),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = tracer_slots,
};

SHARED int add_tracer(PyObject *module, State *state)
{
    state->extra = _PyEval_RequestCodeExtraIndex(code_gone);
    return add_type(module, &tracer_spec, &state->tracer);
}
#endif
