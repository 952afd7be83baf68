/* The INSTRUCTION callback, in C: it does what counting.py's closure does. */
#ifndef TALLYHO_COUNTERS_H
#define TALLYHO_COUNTERS_H

#include "state.h"
#include "table.h"

typedef struct {
    PyObject_HEAD
    vectorcallfunc call; /* on_instruction: the object is its own callback, which spares each event a wrapper */
    Py_buffer counters;
    uint64_t *count;
    size_t limit;
    PyObject *slow, *carry, *disable;
    PyObject *on_return; /* NULL: nobody */
#ifndef Py_LIMITED_API
    PyObject *guard; /* of on_return; NULL: nobody */
    struct Pool *pool;
#endif
    Tables tables;
} Counters;

#ifdef Py_LIMITED_API
static inline size_t offset_of(PyObject *o) { return (size_t)PyLong_AsLong(o); }
#else
/* An offset is small and never negative (Include/cpython/longintrepr.h); one
 * that needs a second digit is read the long way. */
static inline size_t offset_of(PyObject *o)
{
    PyLongObject *l = (PyLongObject *)o;
    if (PyUnstable_Long_IsCompact(l))
        return (size_t)PyUnstable_Long_CompactValue(l);
    return (size_t)PyLong_AsLong(o);
}
#endif

SHARED int add_counters(PyObject *module, State *state);

#endif
