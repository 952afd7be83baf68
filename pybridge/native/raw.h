/* Raw counting, as raw.py and the PY_START callback ask for it. */
#ifndef TALLYHO_RAW_H
#define TALLYHO_RAW_H

#include "entries.h"

/* Whether a Raw is the one in use. */
static inline int raw_is_current(PyObject *raw)
{
    Pool *pool = ((Raw *)raw)->pool;
    return pool && pool->current == (Raw *)raw;
}

/* Whether code is never counted raw: what is too long, and a lambda, since two on a line can be told apart by their
 * instructions alone. */
SHARED int raw_is_shunned(State *state, PyObject *code);

/* Counts a code object from now on. 1: begun; 0: no room; -1: an exception. */
SHARED int raw_begin(Raw *r, PyObject *code, uint32_t file, PyObject *module);

SHARED int add_raw(PyObject *module, State *state);

#endif
