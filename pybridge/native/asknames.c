/* What a step says that asks about variables, globals or a value (asknames.h). */
#include "asknames.h"

#include <frameobject.h>

#include "asks.h"
#include "variables.h"

static int is_number(PyObject *o) { return PyLong_CheckExact(o) || PyFloat_CheckExact(o) || PyBool_Check(o); }

static int is_scalar(PyObject *o) { return is_number(o) || PyUnicode_CheckExact(o) || PyBytes_CheckExact(o) || o == Py_None; }


SHARED int scalar_says(PyObject *value, int compare, PyObject *operand)
{
    int is;
    if (compare == Py_EQ) {
        if (value == operand)
            return YES;
        if (!is_scalar(value))
            return PyComplex_CheckExact(value) || value == Py_Ellipsis ? MAYBE : NO;
        if (PyBytes_CheckExact(value) != PyBytes_CheckExact(operand))
            return MAYBE; /* to compare them may be a warning */
    } else if (!(is_number(value) && is_number(operand)) && !(PyUnicode_CheckExact(value) && PyUnicode_CheckExact(operand)))
        return MAYBE;
    PyObject *result = PyObject_RichCompare(value, operand, compare);
    is = result ? PyObject_IsTrue(result) : -1;
    Py_XDECREF(result);
    return is < 0 ? MAYBE : is;
}

/* A variable of a function's frame, new; NULL: it is not bound, or there is none of that name. */
static PyObject *variable(About *a, PyObject *name)
{
    PyFrameObject *frame = frame_of(a);
    PyObject *value = frame ? variable_of(frame, name) : NULL;
    if (!value)
        PyErr_Clear();
    return value;
}

/* Whether a person may have added names to a frame. */
static int may_have_more(About *a)
{
#if !LIVE_LOCALS
    return (void)a, 0; /* they are kept elsewhere (fastlocals.py) */
#elif HAS_LATEST
    if (a->inner && !a->inner->frame_obj)
        return 0;
    PyFrameObject *frame = frame_of(a);
    return !frame || frame->f_extra_locals;
#else
    return (void)a, 1;
#endif
}

SHARED int local_says(Step *s, About *a)
{
    PyObject *value;
#if HAS_LATEST
    if (a->inner && s->number >= 0) /* where it lies in frames of the Screen's code */
        value = Py_XNewRef(variable_in(a->inner, (uint32_t)s->number));
    else
#endif
        value = variable(a, s->ask);
    int says = value && Py_IS_TYPE(value, Py_TYPE(s->operand)) ? PyObject_RichCompareBool(value, s->operand, s->compare) : MAYBE;
    Py_XDECREF(value);
    return says < 0 ? MAYBE : says;
}

/* A frame's variables equal a dict only if each of the dict's items does; where none differs, Python has to say. */
SHARED int locals_say(Step *s, About *a)
{
    if (s->compare >= 0 && s->number && !may_have_more(a))
        return NO; /* one of them is no variable of the code */
    for (Py_ssize_t i = 0; s->compare >= 0 && i < PyTuple_GET_SIZE(s->operand); i++) {
        PyObject *pair = PyTuple_GET_ITEM(s->operand, i), *want = PyTuple_GET_ITEM(pair, 1), *value = variable(a, PyTuple_GET_ITEM(pair, 0));
        if (!value && !may_have_more(a))
            return NO;
        int says = value && is_scalar(want) ? scalar_says(value, Py_EQ, want) : MAYBE;
        Py_XDECREF(value);
        if (says == NO || PyErr_Occurred())
            return says;
    }
    return frame_of(a) ? python_says(s->ask, (PyObject *)frame_of(a), NULL) : MAYBE;
}

SHARED int has_local(Step *s, About *a)
{
    if (s->number && !may_have_more(a))
        return NO;
    PyObject *value = variable(a, s->operand);
    Py_XDECREF(value);
    if (value)
        return YES;
    if (!may_have_more(a))
        return NO;
    return frame_of(a) ? python_says(s->ask, (PyObject *)frame_of(a), NULL) : MAYBE;
}

static PyObject *globals_of(About *a)
{
    PyObject *globals = NULL;
#if HAS_LATEST
    if (a->inner)
        globals = a->inner->f_globals;
    else
#endif
    if (frame_of(a)) {
        globals = PyFrame_GetGlobals(a->frame);
        Py_XDECREF(globals); /* the frame has them */
    }
    return globals && PyDict_CheckExact(globals) ? globals : NULL;
}

SHARED int globals_say(Step *s, About *a)
{
    PyObject *globals = globals_of(a);
    if (globals && s->compare >= 0 && PyDict_GET_SIZE(globals) != s->number)
        return NO;
    return frame_of(a) ? python_says(s->ask, (PyObject *)a->frame, NULL) : MAYBE;
}

/* A key that is no exact str may have an __eq__ of its own: no look-up by hash. */
SHARED int has_global(Step *s, About *a)
{
    PyObject *globals = globals_of(a), *key, *value;
    Py_ssize_t at = 0;
    if (!globals)
        return frame_of(a) ? python_says(s->ask, (PyObject *)a->frame, NULL) : MAYBE;
    while (PyDict_Next(globals, &at, &key, &value))
        if (key == s->operand)
            return YES;
        else if (PyUnicode_CheckExact(key) && PyUnicode_GET_LENGTH(key) == PyUnicode_GET_LENGTH(s->operand) && PyUnicode_Compare(key, s->operand) == 0)
            return YES;
        else if (PyBytes_CheckExact(key))
            return MAYBE;
    return NO;
}
