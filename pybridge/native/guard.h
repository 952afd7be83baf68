/* The guard around a callback in C, as around a callback in Python (guest.leave says why): exceptions of the program's go on,
 * exceptions of ours do not reach it, and at the program's recursion limit nothing is called any more.
 */
#ifndef TALLYHO_GUARD_H
#define TALLYHO_GUARD_H

#include "state.h"

/* A callback's own exceptions: leave is guest.leave, deep the list that holds how many events were not looked at. */
typedef struct {
    PyObject_HEAD
    PyObject *leave, *deep;
} Guard;

/* The answer of a callback: its result, or where that is NULL, what becomes of the exception. */
SHARED PyObject *guarded(PyObject *guard, PyObject *result);

/* The answer of a callback in Python, which has a guard of its own: to call it may be one call too many. */
SHARED PyObject *guarded_call(PyObject *guard, PyObject *callback, PyObject *const *args, size_t nargsf, PyObject *names);

SHARED int add_guard(PyObject *module, State *state);

#endif
