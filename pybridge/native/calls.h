/* Calls counts the calls that were seen (program/event.py). */
#ifndef TALLYHO_CALLS_H
#define TALLYHO_CALLS_H

#include "state.h"

typedef struct {
    PyObject_HEAD
    long long calls;
} Calls;

SHARED int add_calls(PyObject *module, State *state);

#endif
