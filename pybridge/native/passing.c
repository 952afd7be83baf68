/* What runs frames (passing.h). It is called for each of them, and calls nothing in Python. */
#include "passing.h"

#if SETTRACE_ONLY
#if CALLS_TAKE_ARGUMENTS
SHARED int passing_begin(Tracer *Py_UNUSED(t)) { return 0; }
SHARED void passing_end(Tracer *Py_UNUSED(t)) {}
SHARED int passing_taken(Tracer *Py_UNUSED(t)) { return 0; }
SHARED void passing_wake(Tracer *Py_UNUSED(t)) {}
SHARED int passing_runs(Tracer *Py_UNUSED(t), PyFrameObject *Py_UNUSED(frame)) { return 0; }
SHARED void passing_called(Tracer *Py_UNUSED(t), const Code *Py_UNUSED(c)) {}
#else
#include <frameobject.h>
#include <internal/pycore_interp.h>

/* How many calls must be left where a frame is passed over: where there are fewer, the trace function sees to it that it is not lost at
 * the limit (events/keeptracing.py). */
enum { SPARE = 70 };

/* Whether a thread has calls enough left for a frame to be passed over. */
static int has_room(const PyThreadState *ts) { return Py_GetRecursionLimit() - ts->recursion_depth >= SPARE; }

static void use_tracing(PyThreadState *ts, int on)
{
    if (ts->tracing)
        return; /* it is set when the trace function returns */
#if TRACING_IN_CFRAME
    ts->cframe->use_tracing = on ? 255 : 0;
#else
    ts->use_tracing = on;
#endif
}

/* What PyEval_SetTrace does to a thread, but that the thread keeps its trace function. */
static void trace_on(PyThreadState *ts)
{
    if (ts->c_tracefunc)
        return;
#if TRACING_IS_COUNTED
    ts->interp->ceval.tracing_possible++;
#endif
    ts->c_tracefunc = tracer_event;
    use_tracing(ts, 1);
}

static void trace_off(PyThreadState *ts)
{
    if (ts->c_tracefunc != tracer_event)
        return;
#if TRACING_IS_COUNTED
    ts->interp->ceval.tracing_possible--;
#endif
    ts->c_tracefunc = NULL;
    use_tracing(ts, ts->c_profilefunc != NULL);
}

/* The Tracer that is a thread's trace function and passes over frames, or NULL. */
static Tracer *passer_in(const PyThreadState *ts)
{
    Tracer *t = tracer_of(ts->c_traceobj);
    return t && t->passes ? t : NULL;
}

static int concerns_nobody(const Tracer *t, const Code *c)
{
    return c && !(c->flags & (ASKS_CALL | TRACED | CALLS)) && !tracer_is_busy(t);
}

static PyObject *run(PyThreadState *ts, PyFrameObject *frame, int thrown);

/* All is traced from now on, as without us. */
static void leave(PyInterpreterState *interp)
{
    if (_PyInterpreterState_GetEvalFrameFunc(interp) == run)
        _PyInterpreterState_SetEvalFrameFunc(interp, _PyEval_EvalFrameDefault);
    for (PyThreadState *ts = PyInterpreterState_ThreadHead(interp); ts; ts = PyThreadState_Next(ts))
        if (passer_in(ts))
            trace_on(ts);
    for (PyThreadState *ts = PyInterpreterState_ThreadHead(interp); ts; ts = PyThreadState_Next(ts))
        if (passer_in(ts))
            passer_in(ts)->passes = 0;
}

static PyObject *run(PyThreadState *ts, PyFrameObject *frame, int thrown)
{
    Tracer *t = ts->tracing ? NULL : passer_in(ts);
    if (!t)
        return _PyEval_EvalFrameDefault(ts, frame, thrown);
    t->runs = frame;
    int traced = ts->c_tracefunc != NULL;
    uint64_t change = t->change;
    if (concerns_nobody(t, code_known(t, (PyObject *)frame->f_code)) && has_room(ts))
        trace_off(ts);
    else
        trace_on(ts);
    PyObject *result = _PyEval_EvalFrameDefault(ts, frame, thrown);
    if (ts->c_traceobj != (PyObject *)t)
        return result; /* the program has set another, or none */
    t->runs = NULL;
    if (traced || !t->passes || t->change != change || tracer_is_busy(t))
        trace_on(ts);
    else
        trace_off(ts);
    return result;
}

SHARED int passing_begin(Tracer *t)
{
    PyInterpreterState *interp = PyThreadState_GET()->interp;
    _PyFrameEvalFunction is = _PyInterpreterState_GetEvalFrameFunc(interp);
    if (is != run && is != _PyEval_EvalFrameDefault)
        return 0;
    _PyInterpreterState_SetEvalFrameFunc(interp, run);
    return t->passes = 1;
}

SHARED void passing_end(Tracer *t)
{
    if (t->passes)
        leave(PyThreadState_GET()->interp);
    t->passes = 0;
}

SHARED int passing_taken(Tracer *t)
{
    PyInterpreterState *interp = PyThreadState_GET()->interp;
    if (t->passes && _PyInterpreterState_GetEvalFrameFunc(interp) != run) {
        leave(interp);
        t->taken = 1;
    }
    return t->taken;
}

SHARED void passing_wake(Tracer *t)
{
    for (PyThreadState *ts = PyInterpreterState_ThreadHead(PyThreadState_GET()->interp); ts; ts = PyThreadState_Next(ts))
        if (t->passes && ts->c_traceobj == (PyObject *)t)
            trace_on(ts);
}

SHARED int passing_runs(Tracer *t, PyFrameObject *frame)
{
    const void *runs = t->runs;
    t->runs = NULL;
    return t->passes && (runs == frame || (passing_taken(t), 0));
}

SHARED void passing_called(Tracer *t, const Code *c)
{
    PyThreadState *ts = PyThreadState_GET();
    if (t->passes && ts->c_traceobj == (PyObject *)t && concerns_nobody(t, c) && has_room(ts))
        trace_off(ts);
}
#endif
#endif
