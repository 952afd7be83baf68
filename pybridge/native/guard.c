/* The one guard of all callbacks in C. What counts statements has none: a statement that was not counted must not run
 * (counters.c). */
#include "guard.h"

/* Counts one more event that was not looked at. The list is ours and holds a number: no code is run. */
static void count_deep(Guard *g)
{
    PyObject *old = PyList_GET_SIZE(g->deep) ? PyList_GET_ITEM(g->deep, 0) : NULL;
    long n = old && PyLong_CheckExact(old) ? PyLong_AsLong(old) : -1;
    PyObject *more = n < 0 ? NULL : PyLong_FromLong(n + 1);
    if (!more || PyList_SetItem(g->deep, 0, more) < 0)
        PyErr_Clear();
}

/* Where the program is at its recursion limit, the answer is None. */
static PyObject *unless_deep(Guard *g)
{
    if (!PyErr_ExceptionMatches(PyExc_RecursionError))
        return NULL;
    PyErr_Clear();
    count_deep(g);
    Py_RETURN_NONE;
}

static PyObject *after_error(Guard *g)
{
    PyObject *none = unless_deep(g);
    if (none)
        return none;
    PyObject *error = PyErr_GetRaisedException(), *result = PyObject_CallOneArg(g->leave, error);
    /* To call leave may be one call too many itself: an interrupt is the program's for certain. */
    if (!result && PyErr_ExceptionMatches(PyExc_RecursionError)) {
        PyErr_Clear();
        if (!PyErr_GivenExceptionMatches(error, PyExc_Exception)) {
            PyErr_SetRaisedException(error);
            return NULL;
        }
        count_deep(g);
        result = Py_NewRef(Py_None);
    }
    Py_DECREF(error);
    return result;
}

SHARED PyObject *guarded(PyObject *guard, PyObject *result)
{
    return result ? result : after_error((Guard *)guard);
}

SHARED PyObject *guarded_call(PyObject *guard, PyObject *callback, PyObject *const *args, size_t nargsf, PyObject *names)
{
    PyObject *result = PyObject_Vectorcall(callback, args, nargsf, names);
    return result ? result : unless_deep((Guard *)guard);
}

static int guard_init(PyObject *self, PyObject *args, PyObject *Py_UNUSED(kwds))
{
    Guard *g = (Guard *)self;
    PyObject *leave, *deep;
    if (!PyArg_ParseTuple(args, "OO!", &leave, &PyList_Type, &deep))
        return -1;
    if (g->leave) {
        PyErr_SetString(PyExc_TypeError, "a Guard is made once");
        return -1;
    }
    g->leave = Py_NewRef(leave);
    g->deep = Py_NewRef(deep);
    return 0;
}

static int guard_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Guard *)self)->leave);
    Py_VISIT(((Guard *)self)->deep);
    return 0;
}

/* No tp_clear: a callback asks it till the end, and what it holds are a function of a module and a list of that. */
static int guard_let_go(PyObject *self)
{
    Py_CLEAR(((Guard *)self)->leave);
    Py_CLEAR(((Guard *)self)->deep);
    return 0;
}

static void guard_dealloc(PyObject *self) { gone(self, guard_let_go); }

static PyType_Slot guard_slots[] = {
    {Py_tp_doc, "Guard(leave, deep)\n\nKeeps our exceptions from the program; deep[0] counts the events that came at the program's recursion limit."},
    {Py_tp_init, guard_init},
    {Py_tp_traverse, guard_traverse},
    {Py_tp_dealloc, guard_dealloc},
    {0, NULL},
};

static PyType_Spec guard_spec = {
    .name = "_tallyho_native.Guard",
    .basicsize = sizeof(Guard),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = guard_slots,
};

SHARED int add_guard(PyObject *module, State *state) { return add_type(module, &guard_spec, &state->guard); }
