/* The events of a trace function (tracer.h). None of them raises anything of ours: what cannot be done here is done by Python. */
#include "passing.h"

#if SETTRACE_ONLY
#include <frameobject.h>
#if !FRAMES_ARE_OBJECTS
#include <internal/pycore_frame.h>
#endif

/* How many calls must be left at a frame's start: for Python to be called and to give us back; and to count what comes in it
 * (events/keeptracing.py, STEP and ROOM). */
enum { ENOUGH = 24, ROOMY = 64 };

static int calls_left(void)
{
#if CALLS_LEFT_ARE_COUNTED
    return PyThreadState_GET()->recursion_remaining;
#else
    return Py_GetRecursionLimit() - PyThreadState_GET()->recursion_depth;
#endif
}

/* The instruction that a frame is at, in bytes as f_lasti has it; -1: it has not begun. */
static int32_t at_of(PyFrameObject *frame)
{
#if FRAMES_ARE_OBJECTS
    return LASTI_IN_BYTES || frame->f_lasti < 0 ? frame->f_lasti : 2 * frame->f_lasti;
#else
    int at = _PyInterpreterFrame_LASTI(frame->f_frame);
    return at < 0 ? -1 : 2 * at;
#endif
}

static PyObject *code_in(PyFrameObject *frame)
{
#if FRAMES_ARE_OBJECTS
    return (PyObject *)frame->f_code;
#else
    return (PyObject *)frame->f_frame->f_code;
#endif
}

static int by_python(Tracer *t, PyFrameObject *frame, int what, PyObject *arg)
{
    return t->interpreter((PyObject *)t, frame, what, arg);
}

static int at_call(Tracer *t, PyFrameObject *frame, Code *c, PyObject *arg)
{
    if (!c || c->flags & ASKS_CALL || calls_left() < (c->flags & COUNTED ? ROOMY : ENOUGH))
        return by_python(t, frame, PyTrace_CALL, arg);
    if (!(c->flags & TRACED))
        return 0;
    PyObject *before = frame->f_trace;
    frame->f_trace = Py_NewRef((PyObject *)t);
    Py_XDECREF(before);
    if (c->flags & NO_LINES)
        frame->f_trace_lines = 0;
    int32_t at = at_of(frame);
    if (c->flags & COUNTED && (at < 0 || at == c->start)) {
        frame_drop(&t->frames, (uintptr_t)frame);
        if (c->entry >= 0)
            t->count[c->first + (uint32_t)c->entry]++;
    }
    return 0;
}

/* Whether a statement that a way begins is to be sampled at this hit. */
static int is_due(Tracer *t, const Code *c, const Way *way)
{
    const uint32_t *due = c->due.buf;
    for (uint32_t i = 0; i < way->n; i++) {
        uint32_t at = due[way->slot[i]];
        if (at != UINT32_MAX && t->count[c->first + way->slot[i]] + 1 >= at)
            return 1;
    }
    return 0;
}

static int at_line(Tracer *t, PyFrameObject *frame, Code *c, PyObject *arg)
{
    int32_t at = at_of(frame);
    if (at < 0 || (uint32_t)at / 2 >= c->units || !c->quiet[at / 2])
        return by_python(t, frame, PyTrace_LINE, arg);
    if (!(c->flags & COUNTED))
        return 0;
    FrameLine *f = frame_find(&t->frames, (uintptr_t)frame);
    const Way *way = way_find(c, f ? way_key(f->at, f->entered, at) : way_key(-1, -1, at));
    if (!way || (way->n && ((f && f->waits) || is_due(t, c, way))))
        return by_python(t, frame, PyTrace_LINE, arg);
    if (!f && !(f = frame_make(&t->frames, (uintptr_t)frame))) {
        PyErr_Clear();
        return by_python(t, frame, PyTrace_LINE, arg);
    }
    f->line = way->line, f->at = at, f->entered = way->entered, f->events++;
    for (uint32_t i = 0; i < way->n; i++)
        t->count[c->first + way->slot[i]]++;
    return 0;
}

static int at_return(Tracer *t, PyFrameObject *frame, Code *c, PyObject *arg)
{
    if (c->flags & ASKS_RETURN)
        return by_python(t, frame, PyTrace_RETURN, arg);
    int32_t at = at_of(frame);
    if (!(c->flags & COUNTED) || (c->yields && at >= 0 && (uint32_t)at / 2 < c->units && c->yields[at / 2]))
        return 0;
    FrameLine *f = frame_find(&t->frames, (uintptr_t)frame);
    if (f && f->waits)
        return by_python(t, frame, PyTrace_RETURN, arg);
    frame_drop(&t->frames, (uintptr_t)frame);
    return 0;
}

/* The ends of iterations are no raising (_ENDS in tally/lines.py). */
static int at_exception(Tracer *t, PyFrameObject *frame, Code *c, PyObject *arg)
{
    if (!(c->flags & ASKS_EXCEPTION) && PyTuple_CheckExact(arg) && PyTuple_GET_SIZE(arg) == 3) {
        PyObject *kind = PyTuple_GET_ITEM(arg, 0);
        if (!(c->flags & COUNTED) || kind == PyExc_StopIteration || kind == PyExc_GeneratorExit || kind == PyExc_StopAsyncIteration)
            return 0;
    }
    return by_python(t, frame, PyTrace_EXCEPTION, arg);
}

SHARED int tracer_event(PyObject *self, PyFrameObject *frame, int what, PyObject *arg)
{
    Tracer *t = (Tracer *)self;
    int ours = what == PyTrace_CALL && passing_runs(t, frame);
    if (tracer_is_busy(t))
        return by_python(t, frame, what, arg);
    if (what != PyTrace_CALL && frame->f_trace != self)
        return frame->f_trace ? by_python(t, frame, what, arg) : 0;
    Code *c = code_known(t, code_in(frame));
    if (what == PyTrace_CALL) {
        int is = at_call(t, frame, c, arg);
        if (ours && is == 0)
            passing_called(t, code_known(t, code_in(frame)));
        return is;
    }
    if (c && what == PyTrace_LINE)
        return at_line(t, frame, c, arg);
    if (c && what == PyTrace_RETURN)
        return at_return(t, frame, c, arg);
    if (c && what == PyTrace_EXCEPTION)
        return at_exception(t, frame, c, arg);
    return by_python(t, frame, what, arg);
}

SHARED void tracer_take(Tracer *t)
{
    PyThreadState *thread = PyThreadState_GET();
    if (thread->c_traceobj != (PyObject *)t || thread->c_tracefunc == tracer_event || t->busy)
        return;
    t->interpreter = thread->c_tracefunc;
    thread->c_tracefunc = tracer_event;
}
#endif
