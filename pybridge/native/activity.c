/* In which task or greenlet an event is (program/activity.py): asked only where there may be one. */
#include "writer.h"

static int may_be_in_one(RecordWriter *p)
{
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(p->libraries); i++) {
        int there = PyDict_Contains(modules, PyTuple_GET_ITEM(p->libraries, i));
        if (there)
            return there;
    }
    return 0;
}

SHARED int put_activity(RecordWriter *p, Buffer *b)
{
    int may_be = may_be_in_one(p);
    if (may_be <= 0)
        return may_be;
    PyObject *name = PyObject_CallNoArgs(p->activity);
    if (!name)
        return -1;
    PyObject *text = PyUnicode_Check(name) ? PyUnicode_AsEncodedString(name, "utf-8", "backslashreplace") : NULL;
    Py_DECREF(name);
    if (!text) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "a task's name is a str");
        return -1;
    }
    uint16_t length = (uint16_t)PyBytes_GET_SIZE(text);
    int done = length == 0 ? 0 : put(b, &length, sizeof length) < 0 || put(b, PyBytes_AS_STRING(text), length) < 0 ? -1 : 1;
    Py_DECREF(text);
    return done;
}
