/* Conditions on locals: a LocalsCondition fetches the locals that a condition names and calls it with them. No dictionary of
 * all locals is made.
 */
#ifndef TALLYHO_CONDITION_H
#define TALLYHO_CONDITION_H

#include "state.h"

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    PyObject *function;
    PyObject *names; /* tuple of (name, what stands for it where it is not bound, or the module's own mark: then it fails) */
    PyObject *must;
    int compare; /* the one name with the constant, where both are exactly int or str: no code is run for it; -1: no */
    PyObject *constant;
} LocalsCondition;

/* 1 true, 0 false, -1 an exception. */
SHARED int condition_holds(LocalsCondition *g, PyFrameObject *frame);

SHARED int add_condition(PyObject *module, State *state);

#endif
