/* The INSTRUCTION callback, in C: it does what counting.py's closure does. */
#ifndef TALLYHO_COUNTERS_H
#define TALLYHO_COUNTERS_H

#include "state.h"
#include "table.h"

typedef struct Counters {
    PyObject_HEAD
    vectorcallfunc call; /* on_instruction: the object is its own callback, which spares each event a wrapper */
    Py_buffer counters;
    uint64_t *count;
    uint32_t limit; /* how many there are, as far as a slot can say it */
    PyObject *slow, *carry, *disable;
    PyObject *on_return; /* NULL: nobody */
#ifndef Py_LIMITED_API
    PyObject *guard; /* of on_return; NULL: nobody */
    struct Pool *pool;
#endif
    Tables tables;
} Counters;

/* near_offset of what is no offset at all is beyond every code. */
#ifdef Py_LIMITED_API
static inline size_t offset_of(PyObject *o) { return (size_t)PyLong_AsLong(o); }
static inline size_t near_offset(PyObject *o) { return offset_of(o); }
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

/* The same without a call and a multiplication: bit 1 of the tag is the sign. */
static inline size_t near_offset(PyObject *o)
{
    PyLongObject *l = (PyLongObject *)o;
    return PyUnstable_Long_IsCompact(l) && !(l->long_value.lv_tag & 2) ? l->long_value.ob_digit[0] : SIZE_MAX;
}
#endif

SHARED int add_counters(PyObject *module, State *state);

#ifndef Py_LIMITED_API
/* Counts an exception in a code object that is counted, in a slot, -1 for none: 1. 0: it is for the slow path, which waits for
 * something in a frame of that code. */
SHARED int count_raised(Counters *c, PyObject *code, int32_t slot);
#endif

#endif
