/* A Tracer as what tally/framelines.py calls FrameLines: where the frames are of code that is counted by line (frametable.h), for
 * Python to read and to set. A frame goes by its id there, which is where its object lies.
 */
#ifndef TALLYHO_FRAMELINES_H
#define TALLYHO_FRAMELINES_H

#include "tracer.h"

#if SETTRACE_ONLY
/* Methods of the type Tracer; what they take and return, tracer_methods in tracer.c says. */
SHARED PyObject *tracer_get(PyObject *self, PyObject *id);
SHARED PyObject *tracer_put(PyObject *self, PyObject *args);
SHARED PyObject *tracer_drop(PyObject *self, PyObject *id);
SHARED PyObject *tracer_wait(PyObject *self, PyObject *args);
SHARED PyObject *tracer_told(PyObject *self, PyObject *id);
SHARED PyObject *tracer_clear_frames(PyObject *self, PyObject *Py_UNUSED(none));
#endif

#endif
