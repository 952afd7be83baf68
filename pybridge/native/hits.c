/* Counters of hits (hits.h). */
#include "hits.h"

static PyObject *hits_call(PyObject *self, PyObject *const *Py_UNUSED(args), size_t Py_UNUSED(nargsf), PyObject *Py_UNUSED(names))
{
    return PyBool_FromLong(hits_meant((Hits *)self));
}

static PyObject *hits_total(PyObject *self, PyObject *Py_UNUSED(none)) { return PyLong_FromLongLong(((Hits *)self)->total); }

static PyObject *hits_next(PyObject *self, PyObject *Py_UNUSED(none)) { return PyLong_FromLongLong(++((Hits *)self)->total); }

static PyObject *hits_aim(PyObject *self, PyObject *number)
{
    int64_t n = PyLong_AsLongLong(number);
    if (n == -1 && PyErr_Occurred())
        return NULL;
    ((Hits *)self)->aim = n;
    Py_RETURN_NONE;
}

static int hits_init(PyObject *self, PyObject *args, PyObject *Py_UNUSED(kwds))
{
    ((Hits *)self)->call = hits_call;
    return PyArg_ParseTuple(args, "") ? 0 : -1;
}

static int hits_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static int hits_clear(PyObject *Py_UNUSED(self)) { return 0; }

static void hits_dealloc(PyObject *self) { gone(self, hits_clear); }

static PyMemberDef hits_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(Hits, call), Py_READONLY},
    {NULL},
};

static PyMethodDef hits_methods[] = {
    {"total", hits_total, METH_NOARGS, "total() -> how many there were."},
    {"next", hits_next, METH_NOARGS, "next() -> the number of a hit that is meant, from 1."},
    {"aim", hits_aim, METH_O, "aim(n)\n\nCount the hits before the nth, and say that it is meant and those after it."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot hits_slots[] = {
    {Py_tp_doc, "Hits()\n\nCounts hits; of a hit condition, called, it says whether this one is meant."},
    {Py_tp_init, hits_init},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_members, hits_members},
    {Py_tp_methods, hits_methods},
    {Py_tp_traverse, hits_traverse},
    {Py_tp_dealloc, hits_dealloc},
    {0, NULL},
};

static PyType_Spec hits_spec = {
    .name = "_tallyho_native.Hits",
    .basicsize = sizeof(Hits),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = hits_slots,
};

SHARED int add_hits(PyObject *module, State *state) { return add_type(module, &hits_spec, &state->hits); }
