/* Variables by their names (variables.h). */
#include "variables.h"

#include "latest.h"

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
