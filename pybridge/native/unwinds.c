/* The PY_UNWIND callback (unwinds.h). */
#include "unwinds.h"

#include "guard.h"

/* What JustMyCode knows of code: 1, it is the person's; 0, it is not; -1, nothing. */
static int whose(PyObject *known, PyObject *code)
{
    PyObject *key = PyLong_FromVoidPtr(code), *found = key ? PyDict_GetItemWithError(known, key) : NULL;
    Py_XDECREF(key);
    if (!found || !PyTuple_CheckExact(found) || PyTuple_GET_SIZE(found) != 2 || PyTuple_GET_ITEM(found, 0) != code)
        return -1;
    return PyTuple_GET_ITEM(found, 1) == Py_True;
}

/* Whether a container of that name is there and empty. */
static int is_empty(PyObject *o, PyObject *name)
{
    PyObject *found = o ? PyObject_GetAttr(o, name) : NULL;
    int empty = found && (PyDict_CheckExact(found) ? PyDict_GET_SIZE(found) == 0 : PyList_CheckExact(found) && PyList_GET_SIZE(found) == 0);
    Py_XDECREF(found);
    return empty;
}

/* Whether nobody is concerned: no step ends there, no value is watched, and the frame is not the outermost of the person's. */
static int is_nobodys(Unwinds *u, PyObject *code)
{
    PyObject *watches = PyObject_GetAttr(u->stops, u->state->names.watches);
    int idle = watches && is_empty(u->stops, u->state->names.steps) && is_empty(watches, u->state->names.points);
    Py_XDECREF(watches);
    PyFrameObject *frame = idle ? PyEval_GetFrame() : NULL, *around = frame ? PyFrame_GetBack(frame) : NULL;
    PyObject *just_my_code = frame ? PyObject_GetAttr(u->stops, u->state->names.just_my_code) : NULL;
    PyObject *known = just_my_code ? PyObject_GetAttr(just_my_code, u->state->names.known) : NULL;
    int nobodys = known && PyDict_CheckExact(known) && ((around && whose(known, (PyObject *)code_of(around)) == 1) || whose(known, code) == 0);
    Py_XDECREF(known);
    Py_XDECREF(just_my_code);
    Py_XDECREF(around);
    if (PyErr_Occurred())
        PyErr_Clear();
    return nobodys;
}

static PyObject *on_unwind(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Unwinds *u = (Unwinds *)self;
    if (nargs == 3 && is_nobodys(u, args[0]))
        Py_RETURN_NONE;
    return guarded_call(u->guard, u->slow, args, (size_t)nargs, NULL);
}

static int unwinds_init(PyObject *self, PyObject *args, PyObject *Py_UNUSED(kwds))
{
    Unwinds *u = (Unwinds *)self;
    PyObject *stops, *slow, *guard;
    if (!PyArg_ParseTuple(args, "OOO!", &stops, &slow, state_of(self)->guard, &guard))
        return -1;
    if (u->stops) {
        PyErr_SetString(PyExc_TypeError, "Unwinds are made once");
        return -1;
    }
    u->stops = Py_NewRef(stops);
    u->state = state_of(self);
    u->slow = Py_NewRef(slow);
    u->guard = Py_NewRef(guard);
    return 0;
}

static int unwinds_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Unwinds *)self)->stops);
    Py_VISIT(((Unwinds *)self)->slow);
    Py_VISIT(((Unwinds *)self)->guard);
    return 0;
}

static int unwinds_clear(PyObject *self)
{
    Py_CLEAR(((Unwinds *)self)->stops);
    Py_CLEAR(((Unwinds *)self)->slow);
    Py_CLEAR(((Unwinds *)self)->guard);
    return 0;
}

static void unwinds_dealloc(PyObject *self) { gone(self, unwinds_clear); }

static PyMethodDef unwinds_methods[] = {
    {"on_unwind", (PyCFunction)(void *)on_unwind, METH_FASTCALL, "The PY_UNWIND callback."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot unwinds_slots[] = {
    {Py_tp_doc, "Unwinds(stops, slow, guard)\n\nThe PY_UNWIND callback of a Stepper: slow's, where somebody may be concerned."},
    {Py_tp_init, unwinds_init},
    {Py_tp_methods, unwinds_methods},
    {Py_tp_traverse, unwinds_traverse},
    {Py_tp_clear, unwinds_clear},
    {Py_tp_dealloc, unwinds_dealloc},
    {0, NULL},
};

static PyType_Spec unwinds_spec = {
    .name = "_tallyho_native.Unwinds",
    .basicsize = sizeof(Unwinds),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = unwinds_slots,
};

SHARED int add_unwinds(PyObject *module, State *state) { return add_type(module, &unwinds_spec, &state->unwinds); }
