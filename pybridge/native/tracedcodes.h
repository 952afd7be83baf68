/* What a Tracer knows of a code object (Code, ways.h): what it was told by use(), what is asked at its lines, and the ways through
 * those that are counted. All of it is forgotten at once when what is asked changes.
 */
#ifndef TALLYHO_TRACEDCODES_H
#define TALLYHO_TRACEDCODES_H

#include "tracer.h"

#if SETTRACE_ONLY
/* Methods of the type Tracer; what they take and return, tracer_methods in tracer.c says. */
SHARED PyObject *tracer_use(PyObject *self, PyObject *args);
SHARED PyObject *tracer_quiet(PyObject *self, PyObject *args);
SHARED PyObject *tracer_ask(PyObject *self, PyObject *args);
SHARED PyObject *tracer_learn(PyObject *self, PyObject *args);
#endif

#endif
