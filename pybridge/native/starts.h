/* The PY_START callback.
 *
 * While nobody asks about code it passes over new code objects, or begins to count
 * them raw. Otherwise it goes the short way where a call is printed and nothing
 * more. Everything else it leaves to on_start (events/callbacks.py).
 */
#ifndef TALLYHO_STARTS_H
#define TALLYHO_STARTS_H

#include "raw.h"

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    State *state;
    Pool *pool;
    PyObject *raw, *dispatches, *verdicts, *on_start, *arm, *guard, *disable;
    PyObject *set_events, *get_tool, *tool, *events; /* of sys.monitoring; which tool we are, what raw counting wants */
    PyTypeObject *table; /* DispatchTable, and where it keeps two of its attributes; NULL: none was met yet. Owned */
    Py_ssize_t direct, tally_lines;
    PyObject *tools;                                 /* who had the tools' ids when they were looked at last; None: arm has to look */
    char open, counting, wary;
} Starts;

SHARED int add_starts(PyObject *module, State *state);

#endif
