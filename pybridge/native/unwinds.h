/* The PY_UNWIND callback of stepper.py: of each frame that each exception leaves. It sees whether that can concern anybody. */
#ifndef TALLYHO_UNWINDS_H
#define TALLYHO_UNWINDS_H

#include "state.h"

typedef struct {
    PyObject_HEAD
    State *state;
    PyObject *stops, *slow, *guard;
} Unwinds;

SHARED int add_unwinds(PyObject *module, State *state);

#endif
