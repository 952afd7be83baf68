/* The events of a trace function (tracer.h). None of them raises anything of ours: what cannot be done here is done by Python. */
#include "condition.h"
#include "passing.h"
#include "screen.h"

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

/* Has Python see an event in which an exception was raised that is the program's. */
static int raised_in(Tracer *t, PyFrameObject *frame, int what, PyObject *arg)
{
    PyObject *error = PyErr_GetRaisedException(), *ident = PyLong_FromUnsignedLong(PyThread_get_thread_ident());
    if (!ident || (!PyErr_GivenExceptionMatches(error, PyExc_RecursionError) && PyDict_SetItem(t->owed, ident, error) < 0))
        PyErr_Clear();
    Py_XDECREF(ident);
    Py_DECREF(error);
    return by_python(t, frame, what, arg);
}

/* Whether a Screen says that an event concerns nobody; 0: Python has to see it, and the exception if there is one. */
static int passes_by(PyObject *screen, PyFrameObject *frame, PyObject *arg)
{
    if (!screen)
        return 0;
    About about = {.frame = frame, .arg = arg ? arg : Py_None};
    Py_INCREF(screen);
    int is = screen_says((Screen *)screen, &about);
    Py_DECREF(screen);
    return is == NO;
}

/* Whether an event concerns nobody, and what is known of its code is known still; -1: Python has seen it and answered, or failed. */
static int is_nobodys(Tracer *t, PyFrameObject *frame, Code *c, int what, int kind, PyObject *arg, int *answer)
{
    uint64_t change = t->change;
    int no = passes_by(c->screens[kind], frame, arg);
    if (PyErr_Occurred())
        return *answer = raised_in(t, frame, what, arg), -1;
    if (no && t->change == change && code_known(t, code_in(frame)) == c)
        return 1;
    return *answer = by_python(t, frame, what, arg), -1;
}

static int at_call(Tracer *t, PyFrameObject *frame, Code *c, PyObject *arg)
{
    int answer;
    if (c && c->flags & ASKS_CALL && c->screens[0] && calls_left() >= ROOMY && is_nobodys(t, frame, c, PyTrace_CALL, 0, arg, &answer) < 0)
        return answer;
    if (!c || (c->flags & ASKS_CALL && !c->screens[0]) || calls_left() < (c->flags & (COUNTED | ASKS_CALL) ? ROOMY : ENOUGH))
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

/* What is asked at a line: False, where it says no; True, where a condition holds; what it has raised; None: Python has to ask. New. */
static PyObject *found_out(Tracer *t, Code *c, int number, PyFrameObject *frame)
{
    PyObject *ask = Py_NewRef(PyList_GET_ITEM(c->asked, number)), *found = NULL;
    int is;
    if (Py_IS_TYPE(ask, t->state->condition))
        is = condition_holds((LocalsCondition *)ask, frame);
    else {
        About about = {.frame = frame, .arg = Py_None};
        is = screen_says((Screen *)ask, &about);
        if (is > NO)
            found = Py_NewRef(Py_None);
    }
    Py_DECREF(ask);
    if (found)
        return found;
    if (is >= 0)
        return PyBool_FromLong(is);
    if (PyErr_ExceptionMatches(PyExc_RecursionError)) {
        PyErr_Clear(); /* Python will meet it as well */
        return Py_NewRef(Py_None);
    }
    return PyErr_GetRaisedException();
}

static int at_line(Tracer *t, PyFrameObject *frame, Code *c, PyObject *arg)
{
    int32_t at = at_of(frame);
    uint8_t mark = at < 0 || (uint32_t)at / 2 >= c->units ? TO_PYTHON : c->marks[at / 2];
    if (mark == TO_PYTHON)
        return by_python(t, frame, PyTrace_LINE, arg);
    if (mark >= ASKED) {
        uint64_t change = t->change;
        PyObject *found = found_out(t, c, mark - ASKED, frame);
        if (found != Py_False || t->change != change || code_known(t, code_in(frame)) != c) {
            int answer = by_python(t, frame, PyTrace_LINE, t->change == change && found && found != Py_False ? found : arg);
            Py_XDECREF(found);
            return answer;
        }
        Py_DECREF(found);
        arg = Py_False; /* not to be asked again */
    }
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
    int answer;
    if (c->flags & ASKS_RETURN && is_nobodys(t, frame, c, PyTrace_RETURN, 1, arg, &answer) < 0)
        return answer;
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
    int answer;
    if (c->flags & ASKS_EXCEPTION && is_nobodys(t, frame, c, PyTrace_EXCEPTION, 2, arg, &answer) < 0)
        return answer;
    if (PyTuple_CheckExact(arg) && PyTuple_GET_SIZE(arg) == 3) {
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
