/* Variables by their names (variables.h). */
#include "variables.h"

#include "latest.h"

#if SETTRACE_ONLY
#if !FRAMES_ARE_OBJECTS
#include <internal/pycore_code.h>
#include <internal/pycore_frame.h>
#endif

/* The place of a name among some names, or -1. */
static Py_ssize_t index_of(PyObject *names, PyObject *name)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++)
        if (PyTuple_GET_ITEM(names, i) == name)
            return i;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++)
        if (PyUnicode_Compare(PyTuple_GET_ITEM(names, i), name) == 0)
            return i;
    return -1;
}

/* What lies at one of a frame's places, borrowed; NULL: nothing. */
static PyObject *lies_at(PyFrameObject *frame, Py_ssize_t at, int in_cell)
{
#if FRAMES_ARE_OBJECTS
    PyObject *value = frame->f_localsplus[at];
#else
    PyObject *value = frame->f_frame->localsplus[at];
#endif
    return in_cell && value && PyCell_Check(value) ? PyCell_GET(value) : in_cell ? NULL : value;
}

static PyObject *found_in(PyFrameObject *frame, PyObject *name)
{
    PyCodeObject *code = code_of(frame);
    if (!(code->co_flags & CO_OPTIMIZED))
        return NULL;
#if FRAMES_ARE_OBJECTS
    Py_ssize_t at = index_of(code->co_varnames, name), cells = PyTuple_GET_SIZE(code->co_cellvars);
    PyObject *value = at < 0 ? NULL : lies_at(frame, at, 0);
    if (!value && (at = index_of(code->co_cellvars, name)) >= 0) /* an argument may be among both */
        value = lies_at(frame, code->co_nlocals + at, 1);
    if (!value && (at = index_of(code->co_freevars, name)) >= 0)
        value = lies_at(frame, code->co_nlocals + cells + at, 1);
    return value;
#else
    Py_ssize_t at = index_of(code->co_localsplusnames, name);
    return at < 0 ? NULL : lies_at(frame, at, PyBytes_AS_STRING(code->co_localspluskinds)[at] & (CO_FAST_CELL | CO_FAST_FREE));
#endif
}

SHARED PyObject *variable_of(PyFrameObject *frame, PyObject *name)
{
    PyObject *value = found_in(frame, name);
    if (!value)
        PyErr_Format(PyExc_NameError, "variable %R does not exist", name);
    return Py_XNewRef(value);
}
#else
/* What a function has from around it under a name, new; NULL without an exception: nothing. */
static PyObject *outer_variable(PyFrameObject *frame, int at)
{
#if HAS_LATEST
    PyObject *cell = frame->f_frame->localsplus[at];
    return cell && PyCell_Check(cell) ? Py_XNewRef(PyCell_GET(cell)) : NULL;
#elif LIVE_LOCALS
    PyObject *view = PyFrame_GetLocals(frame);
    PyObject *found = view ? PyObject_GetItem(view, PyTuple_GET_ITEM(code_of(frame)->co_localsplusnames, at)) : NULL;
    Py_XDECREF(view);
    if (!found)
        PyErr_Clear();
    return found;
#else
    return (void)frame, (void)at, NULL;
#endif
}

/* PyFrame_GetVar looks at the first variable of a name only. A function has two of one where a comprehension that is a part
 * of it (PEP 709) has a variable by the name of one from around the function: the first, unless that comprehension runs, is
 * not bound.
 */
SHARED PyObject *variable_of(PyFrameObject *frame, PyObject *name)
{
    PyObject *found = PyFrame_GetVar(frame, name);
    PyCodeObject *code = code_of(frame);
    if (found || !code->co_nfreevars || !PyErr_ExceptionMatches(PyExc_NameError))
        return found;
    for (int at = code->co_nlocalsplus - code->co_nfreevars; at < code->co_nlocalsplus; at++) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(code->co_localsplusnames, at), name) != 0)
            continue;
        PyObject *unbound = PyErr_GetRaisedException();
        found = outer_variable(frame, at);
        if (found)
            Py_DECREF(unbound);
        else
            PyErr_SetRaisedException(unbound);
        break;
    }
    return found;
}
#endif
