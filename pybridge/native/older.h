/* What CPython 3.9 to 3.11 lack of what the C files use: named as newer ones name it. */
#ifndef TALLYHO_OLDER_H
#define TALLYHO_OLDER_H

#include "unit.h"

#if SETTRACE_ONLY
#include <frameobject.h>
#include <structmember.h>

#ifndef Py_T_PYSSIZET
#define Py_T_PYSSIZET T_PYSSIZET
#define Py_T_BOOL T_BOOL
#define Py_T_ULONGLONG T_ULONGLONG
#define Py_T_OBJECT_EX T_OBJECT_EX
#define Py_T_LONGLONG T_LONGLONG
#define Py_READONLY READONLY
#endif

#ifndef Py_TPFLAGS_IMMUTABLETYPE
#define Py_TPFLAGS_IMMUTABLETYPE 0
#endif

#if !HAS_NEW_REFERENCES
static inline PyObject *Py_NewRef(PyObject *o)
{
    Py_INCREF(o);
    return o;
}

static inline PyObject *Py_XNewRef(PyObject *o) { return o ? Py_NewRef(o) : NULL; }

static inline int PyModule_AddObjectRef(PyObject *module, const char *name, PyObject *value)
{
    Py_INCREF(value);
    if (PyModule_AddObject(module, name, value) == 0)
        return 0;
    Py_DECREF(value);
    return -1;
}
#endif

#if FRAMES_ARE_OBJECTS
static inline int PyFrame_GetLasti(PyFrameObject *f) { return LASTI_IN_BYTES || f->f_lasti < 0 ? f->f_lasti : 2 * f->f_lasti; }
static inline PyObject *PyFrame_GetGlobals(PyFrameObject *f) { return Py_NewRef(f->f_globals); }
static inline PyObject *PyFrame_GetBuiltins(PyFrameObject *f) { return Py_NewRef(f->f_builtins); }
#endif

static inline PyObject *PyErr_GetRaisedException(void)
{
    PyObject *kind, *error, *trace;
    PyErr_Fetch(&kind, &error, &trace);
    if (!kind)
        return NULL;
    PyErr_NormalizeException(&kind, &error, &trace);
    if (trace)
        PyException_SetTraceback(error, trace);
    Py_DECREF(kind);
    Py_XDECREF(trace);
    return error;
}

static inline void PyErr_SetRaisedException(PyObject *error)
{
    PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(error)), error, PyException_GetTraceback(error));
}
#endif

#endif
