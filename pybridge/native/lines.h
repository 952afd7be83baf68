/* Lines is linecallback.py's on_line for the two commonest cases: a line with one tracepoint, which either has a
 * LocalsCondition or Hits before it, or only prints. All else goes to on_line itself.
 */
#ifndef TALLYHO_LINES_H
#define TALLYHO_LINES_H

#include "state.h"

/* What is asked at a line, found once: tracepointtable.py has it forgotten where that may
 * change. The code is not owned, a line of it is forgotten before it is gone. */
typedef struct {
    PyObject *code;
    long line;
    PyObject *entry, *guard, *shortway; /* owned */
} Known;

enum { KNOWN = 64 };

typedef struct {
    PyObject_HEAD
    State *state;
    PyTypeObject *condition, *printer, *hits; /* of the state, which outlives this */
    PyObject *dispatches, *slow, *passed, *failed, *guard;
    Known known[KNOWN];
} Lines;

SHARED int add_lines(PyObject *module, State *state);

#endif
