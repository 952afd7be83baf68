/* What counts calls (calls.h). */
#include "calls.h"

static PyMemberDef calls_members[] = {
    {"calls", Py_T_LONGLONG, offsetof(Calls, calls), 0, "How many there were."},
    {NULL},
};

static PyObject *calls_add(PyObject *self, PyObject *Py_UNUSED(none))
{
    ((Calls *)self)->calls++;
    Py_RETURN_NONE;
}

static PyMethodDef calls_methods[] = {
    {"add", calls_add, METH_NOARGS, "add()\n\nA call was seen."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot calls_slots[] = {
    {Py_tp_doc, "Calls()\n\nCounts calls."},
    {Py_tp_members, calls_members},
    {Py_tp_methods, calls_methods},
    {0, NULL},
};

static PyType_Spec calls_spec = {
    .name = "_tallyho_native.Calls",
    .basicsize = sizeof(Calls),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = calls_slots,
};

SHARED int add_calls(PyObject *module, State *state) { return add_type(module, &calls_spec, &state->calls); }
