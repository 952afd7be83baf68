/* The LINE callback (lines.h). */
#include "lines.h"

#include "condition.h"
#include "guard.h"
#include "hits.h"
#include "printer.h"

/* The only entry of a line in a code object's dispatch table, owned; NULL where on_line has to look. */
static PyObject *only_entry(Lines *l, PyObject *code, PyObject *line)
{
    PyObject *key = PyLong_FromVoidPtr(code), *entry = NULL;
    if (!key)
        return NULL;
    PyObject *dispatch = PyDict_GetItemWithError(l->dispatches, key);
    Py_DECREF(key);
    if (!dispatch)
        return NULL;
    Py_INCREF(dispatch);
    if (attribute_is_true(dispatch, l->state->names.plain) == 1) {
        PyObject *lines = PyObject_GetAttr(dispatch, l->state->names.lines);
        PyObject *entries = lines && PyDict_CheckExact(lines) ? PyDict_GetItemWithError(lines, line) : NULL;
        if (entries && PyTuple_CheckExact(entries) && PyTuple_GET_SIZE(entries) == 1)
            entry = Py_NewRef(PyTuple_GET_ITEM(entries, 0));
        Py_XDECREF(lines);
    }
    Py_DECREF(dispatch);
    return entry;
}

static PyObject *guard_failed(Lines *l, PyObject *entry, PyObject *code, PyFrameObject *frame)
{
    if (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_RecursionError))
        return NULL;
    PyObject *error = PyErr_GetRaisedException();
    PyObject *result = PyObject_CallFunctionObjArgs(l->failed, entry, error, code, (PyObject *)frame, NULL);
    Py_DECREF(error);
    return result;
}

/* 1: written; 0: not; -1: an exception. */
static int printed(Lines *l, PyObject *shortway, PyFrameObject *frame)
{
    return Py_IS_TYPE(shortway, l->printer) ? printer_write((FastPrinter *)shortway, frame, Py_None, 0) : 0;
}

static void forget_line(Known *k)
{
    k->code = NULL;
    PyObject *entry = k->entry, *guard = k->guard, *shortway = k->shortway;
    k->entry = k->guard = k->shortway = NULL;
    Py_XDECREF(entry);
    Py_XDECREF(guard);
    Py_XDECREF(shortway);
}

static PyObject *lines_forget(PyObject *self, PyObject *Py_UNUSED(none))
{
    for (int i = 0; i < KNOWN; i++)
        forget_line(&((Lines *)self)->known[i]);
    Py_RETURN_NONE;
}

/* What is asked at a line, if that is for C to ask; NULL where on_line has to
 * look, or with an exception. */
static Known *known_line(Lines *l, PyObject *code, PyObject *line)
{
    long number = PyLong_AsLong(line);
    Known *k = &l->known[(((uintptr_t)code >> 4) ^ (unsigned long)number) % KNOWN];
    if (k->code == code && k->line == number)
        return k;
    PyObject *entry = only_entry(l, code, line);
    if (!entry)
        return NULL;
    PyObject *point = PyObject_GetAttr(entry, l->state->names.tracepoint), *guard = PyObject_GetAttr(entry, l->state->names.guard);
    PyObject *shortway = PyObject_GetAttr(entry, l->state->names.short_way);
    int good = point && guard && shortway ? attribute_is_true(point, l->state->names.active) : 0;
    Py_XDECREF(point);
    if (good == 1 && (guard == Py_None ? Py_IS_TYPE(shortway, l->printer) : Py_IS_TYPE(guard, l->condition) || Py_IS_TYPE(guard, l->hits))) {
        forget_line(k);
        k->entry = entry, k->guard = guard, k->shortway = shortway, k->line = number, k->code = code;
        return k;
    }
    Py_DECREF(entry);
    Py_XDECREF(guard);
    Py_XDECREF(shortway);
    return NULL;
}

/* Asks what is known of a line; NULL: an exception. */
static PyObject *ask_line(Lines *l, PyObject *entry, PyObject *guard, PyObject *shortway, PyFrameObject *frame, PyObject *const *args)
{
    PyCodeObject *running = PyFrame_GetCode(frame);
    Py_DECREF(running);
    if ((PyObject *)running != args[0])
        return PyObject_Vectorcall(l->slow, args, 2, NULL);
    int is = 1, done;
    if (Py_IS_TYPE(guard, l->hits))
        is = hits_meant((Hits *)guard);
    else if (guard != Py_None && (is = condition_holds((LocalsCondition *)guard, frame)) < 0)
        return guard_failed(l, entry, args[0], frame);
    if (!is)
        return Py_NewRef(Py_None);
    done = printed(l, shortway, frame);
    if (done)
        return done > 0 ? Py_NewRef(Py_None) : NULL;
    return PyObject_Vectorcall(guard != Py_None ? l->passed : l->slow, args, 2, NULL);
}

static PyObject *on_line(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Lines *l = (Lines *)self;
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "on_line takes a code object and a line");
        return NULL;
    }
    PyFrameObject *frame = PyEval_GetFrame();
    Known *k = frame ? known_line(l, args[0], args[1]) : NULL;
    if (!k)
        return PyErr_Occurred() ? guarded(l->guard, NULL) : guarded_call(l->guard, l->slow, args, 2, NULL);
    PyObject *entry = Py_NewRef(k->entry), *guard = Py_NewRef(k->guard), *shortway = Py_NewRef(k->shortway);
    PyObject *result = ask_line(l, entry, guard, shortway, frame, args);
    Py_DECREF(entry);
    Py_DECREF(guard);
    Py_DECREF(shortway);
    return guarded(l->guard, result);
}

static int lines_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    Lines *l = (Lines *)self;
    static char *keys[] = {"dispatches", "slow", "passed", "failed", "guard", NULL};
    State *state = state_of(self);
    PyObject *dispatches, *slow, *passed, *failed, *guard;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O!OOOO!", keys, &PyDict_Type, &dispatches, &slow, &passed, &failed, state->guard, &guard))
        return -1;
    if (l->dispatches) {
        PyErr_SetString(PyExc_TypeError, "Lines are made once");
        return -1;
    }
    l->state = state;
    l->condition = state->condition, l->printer = state->printer, l->hits = state->hits;
    l->dispatches = Py_NewRef(dispatches);
    l->slow = Py_NewRef(slow);
    l->passed = Py_NewRef(passed);
    l->failed = Py_NewRef(failed);
    l->guard = Py_NewRef(guard);
    return 0;
}

static int lines_traverse(PyObject *self, visitproc visit, void *arg)
{
    Lines *l = (Lines *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(l->dispatches);
    Py_VISIT(l->slow);
    Py_VISIT(l->passed);
    Py_VISIT(l->failed);
    Py_VISIT(l->guard);
    for (int i = 0; i < KNOWN; i++) {
        Py_VISIT(l->known[i].entry);
        Py_VISIT(l->known[i].guard);
        Py_VISIT(l->known[i].shortway);
    }
    return 0;
}

static int lines_clear(PyObject *self)
{
    Lines *l = (Lines *)self;
    Py_CLEAR(l->dispatches);
    Py_CLEAR(l->slow);
    Py_CLEAR(l->passed);
    Py_CLEAR(l->failed);
    Py_CLEAR(l->guard);
    for (int i = 0; i < KNOWN; i++)
        forget_line(&l->known[i]);
    return 0;
}

static void lines_dealloc(PyObject *self) { gone(self, lines_clear); }

static PyMethodDef lines_methods[] = {
    {"on_line", (PyCFunction)(void *)on_line, METH_FASTCALL, "The LINE callback."},
    {"forget", lines_forget, METH_NOARGS, "forget()\n\nWhat is asked at lines may be another thing from now on."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot lines_slots[] = {
    {Py_tp_doc, "Lines(dispatches, slow, passed, failed, guard)\n\nThe LINE callback of a Monitor."},
    {Py_tp_init, lines_init},
    {Py_tp_methods, lines_methods},
    {Py_tp_traverse, lines_traverse},
    {Py_tp_clear, lines_clear},
    {Py_tp_dealloc, lines_dealloc},
    {0, NULL},
};

static PyType_Spec lines_spec = {
    .name = "_tallyho_native.Lines",
    .basicsize = sizeof(Lines),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = lines_slots,
};

SHARED int add_lines(PyObject *module, State *state) { return add_type(module, &lines_spec, &state->lines); }
