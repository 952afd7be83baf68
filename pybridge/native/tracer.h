/* A trace function in C, where there is no sys.monitoring. It stands in the place of the interpreter's own, which calls a trace
 * function in Python: what nobody asks about is passed over, lines are counted, and all else goes to the Python one by the
 * interpreter's own way. sys.gettrace() and the frames' f_trace are what they are without it.
 */
#ifndef TALLYHO_TRACER_H
#define TALLYHO_TRACER_H

#include "calls.h"
#include "frametable.h"
#include "state.h"
#include "ways.h"

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    PyObject *python;         /* the trace function in Python */
    Calls *calls;             /* what counts calls, NULL: Python does */
    PyObject *noted, *owed;   /* a list and a dict: while something is in there, Python sees each event */
    char busy;                /* Python sees each event */
    Py_tracefunc interpreter; /* what calls trace functions in Python */
    State *state;
    uint64_t change;          /* since which what is known of code is good; no other Tracer's is the same */
    Py_buffer counters;
    uint64_t *count, limit;
    Code *holding;            /* what is known of code and holds objects; those are this one's */
    FrameTable frames;
    char passes;              /* it passes over frames that concern nobody (passing.h) */
    char taken;               /* it did, till somebody else came to run the frames */
    const void *runs;         /* the frame that was last begun to be run; never followed */
} Tracer;

#if !CALLS_TAKE_ARGUMENTS
/* An object as a Tracer, or NULL. */
SHARED Tracer *tracer_of(PyObject *o);
#endif

/* Whether Python has to see each event. */
static inline int tracer_is_busy(const Tracer *t)
{
    return t->busy || PyList_GET_SIZE(t->noted) || PyDict_GET_SIZE(t->owed);
}

/* The Code of a code object as it is known now, or NULL. */
SHARED Code *code_known(Tracer *t, PyObject *code);

/* For the thread that runs: if its trace function is this one, it is called by the interpreter directly from now on. */
SHARED void tracer_take(Tracer *t);

/* What sees an event: Py_tracefunc of the interpreter. */
SHARED int tracer_event(PyObject *self, PyFrameObject *frame, int what, PyObject *arg);

SHARED int add_tracer(PyObject *module, State *state);

#endif
