/* The events of a trace function (tracer.h). None of them raises anything of ours: what cannot be done here is done by Python. */
#include "condition.h"
#include "passing.h"
#include "printer.h"
#include "screen.h"

#if SETTRACE_ONLY
#include <frameobject.h>
#include <opcode.h>
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

/* Whether a frame's last instruction is a return: what tells a return from an unwinding. */
static int at_return_op(PyFrameObject *frame)
{
    int32_t at = at_of(frame);
#if FRAMES_ARE_OBJECTS
    const uint8_t *code = (const uint8_t *)PyBytes_AS_STRING(frame->f_code->co_code);
#else
    const uint8_t *code = (const uint8_t *)_PyCode_CODE(frame->f_frame->f_code);
#endif
    return at >= 0 && code[at] == RETURN_VALUE;
}

/* Asks a Screen about an event, or has a FastPrinter write it. 1: nothing is left to be asked; 0: Python has to see it; -1: an exception. */
static int done_by(Tracer *t, PyObject *before, PyFrameObject *frame, int what, PyObject *arg)
{
    PyObject *value = arg ? arg : Py_None;
    if (Py_IS_TYPE(before, t->state->printer))
        return calls_left() < ROOMY ? 0 : printer_write((FastPrinter *)before, frame, value, what == PyTrace_RETURN && at_return_op(frame));
    About about = {.frame = frame, .arg = value};
    int is = screen_says((Screen *)before, &about);
    return is < 0 ? -1 : is == NO;
}

/* The same of what is asked at an event of a code object. What was known of the code may be no more so after it; but what is written has
 * been asked. */
static int done_first(Tracer *t, PyFrameObject *frame, Code *c, int what, int kind, PyObject *arg)
{
    if (!c->before[kind])
        return 0;
    uint64_t change = t->change;
    PyObject *before = Py_NewRef(c->before[kind]);
    int done = done_by(t, before, frame, what, arg);
    if (done > 0 && !Py_IS_TYPE(before, t->state->printer))
        done = t->change == change && code_known(t, code_in(frame)) == c;
    Py_DECREF(before);
    return done;
}

/* A frame gets the trace function if anything is wanted of it, as it would by the interpreter. */
static void trace_frame(Tracer *t, PyFrameObject *frame, const Code *c)
{
    if (!(c->flags & TRACED))
        return;
    PyObject *before = frame->f_trace;
    frame->f_trace = Py_NewRef((PyObject *)t);
    if (c->flags & NO_LINES)
        frame->f_trace_lines = 0;
    Py_XDECREF(before);
}

static int at_call(Tracer *t, PyFrameObject *frame, Code *c, PyObject *arg)
{
    if (!c || calls_left() < (c->flags & (COUNTED | ASKS_CALL) ? ROOMY : ENOUGH))
        return by_python(t, frame, PyTrace_CALL, arg);
    int32_t at = at_of(frame);
    int counted = c->flags & COUNTED && c->flags & TRACED && (at < 0 || at == c->start), calls = (c->flags & CALLS) != 0;
    uint64_t slot = c->entry >= 0 ? c->first + (uint32_t)c->entry : UINT64_MAX;
    /* Before anything is asked: if other things come to be wanted meanwhile, whoever wants them sees to the frames that run. */
    trace_frame(t, frame, c);
    int done = c->flags & ASKS_CALL ? done_first(t, frame, c, PyTrace_CALL, 0, arg) : 1;
    if (!done)
        return by_python(t, frame, PyTrace_CALL, arg);
    if (counted) {
        frame_drop(&t->frames, (uintptr_t)frame);
        if (slot < t->limit)
            t->count[slot]++;
    }
    if (done < 0)
        return raised_in(t, frame, PyTrace_CALL, arg);
    if (calls && t->calls)
        t->calls->calls++;
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

/* What is asked first at a line: NO, YES or MAYBE; -1: an exception. */
static int asked_first(Tracer *t, PyObject *ask, PyFrameObject *frame)
{
    if (ask == Py_None)
        return YES;
    if (Py_IS_TYPE(ask, t->state->hits))
        return hits_meant((Hits *)ask) ? YES : NO;
    if (Py_IS_TYPE(ask, t->state->condition))
        return condition_holds((LocalsCondition *)ask, frame);
    About about = {.frame = frame, .arg = Py_None};
    int is = screen_says((Screen *)ask, &about);
    return is == YES ? MAYBE : is;
}

/* What is asked at a line, asked: False, where it says no, or its record is written; True, where it says yes; what was raised; None:
 * Python has to ask. New. */
static PyObject *found_out(Tracer *t, PyObject *both, PyFrameObject *frame, int *written)
{
    uint64_t change = t->change;
    PyObject *printer = PyTuple_GET_ITEM(both, 1);
    int is = asked_first(t, PyTuple_GET_ITEM(both, 0), frame);
    if (is == YES && printer != Py_None && t->change == change && calls_left() >= ROOMY) {
        *written = printer_write((FastPrinter *)printer, frame, Py_None, 0);
        is = *written > 0 ? NO : *written < 0 ? -1 : YES;
    }
    if (is == MAYBE)
        return Py_NewRef(Py_None);
    if (is >= 0)
        return PyBool_FromLong(is);
    if (PyErr_ExceptionMatches(PyExc_RecursionError)) {
        PyErr_Clear(); /* Python will meet it as well */
        return Py_NewRef(Py_None);
    }
    return PyErr_GetRaisedException();
}

/* Whether a line is left to be counted only; else Python has seen it and answered, or failed. */
static int is_asked(Tracer *t, PyFrameObject *frame, Code *c, int number, PyObject *arg, int *answer)
{
    uint64_t change = t->change;
    PyObject *both = c->asked && number < PyList_GET_SIZE(c->asked) ? Py_NewRef(PyList_GET_ITEM(c->asked, number)) : NULL;
    int written = 0;
    PyObject *found = both ? found_out(t, both, frame, &written) : Py_NewRef(Py_None);
    int changed = t->change != change, done = found == Py_False && !changed && code_known(t, code_in(frame)) == c;
    if (changed && found && PyExceptionInstance_Check(found) && !PyErr_GivenExceptionMatches(found, PyExc_Exception)) {
        PyErr_SetRaisedException(Py_NewRef(found)); /* the program's, whatever is asked now */
        *answer = raised_in(t, frame, PyTrace_LINE, arg);
    } else if (!done)
        *answer = by_python(t, frame, PyTrace_LINE, written > 0 ? Py_False : changed || !found || found == Py_False ? arg : found);
    Py_XDECREF(found);
    Py_XDECREF(both);
    return done;
}

static int at_line(Tracer *t, PyFrameObject *frame, Code *c, PyObject *arg)
{
    int32_t at = at_of(frame);
    uint8_t mark = at < 0 || (uint32_t)at / 2 >= c->units ? TO_PYTHON : c->marks[at / 2];
    int answer;
    if (mark == TO_PYTHON)
        return by_python(t, frame, PyTrace_LINE, arg);
    if (mark >= ASKED) {
        if (!is_asked(t, frame, c, mark - ASKED, arg, &answer))
            return answer;
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
    int32_t at = at_of(frame);
    int over = c->flags & COUNTED && !(c->yields && at >= 0 && (uint32_t)at / 2 < c->units && c->yields[at / 2]);
    FrameLine *f = over ? frame_find(&t->frames, (uintptr_t)frame) : NULL;
    if (f && f->waits)
        return by_python(t, frame, PyTrace_RETURN, arg);
    int done = c->flags & ASKS_RETURN ? done_first(t, frame, c, PyTrace_RETURN, 1, arg) : 1;
    if (!done)
        return by_python(t, frame, PyTrace_RETURN, arg);
    if (over)
        frame_drop(&t->frames, (uintptr_t)frame);
    return done < 0 ? raised_in(t, frame, PyTrace_RETURN, arg) : 0;
}

/* The ends of iterations are no raising (_ENDS in tally/lines.py). */
static int is_raising(PyObject *arg)
{
    PyObject *kind = PyTuple_CheckExact(arg) && PyTuple_GET_SIZE(arg) == 3 ? PyTuple_GET_ITEM(arg, 0) : NULL;
    return kind != PyExc_StopIteration && kind != PyExc_GeneratorExit && kind != PyExc_StopAsyncIteration;
}

static int at_exception(Tracer *t, PyFrameObject *frame, Code *c, PyObject *arg)
{
    int done = c->flags & COUNTED && is_raising(arg) ? 0 : c->flags & ASKS_EXCEPTION ? done_first(t, frame, c, PyTrace_EXCEPTION, 2, arg) : 1;
    return done > 0 ? 0 : done < 0 ? raised_in(t, frame, PyTrace_EXCEPTION, arg) : by_python(t, frame, PyTrace_EXCEPTION, arg);
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
