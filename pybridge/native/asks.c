/* What a step says (asks.h); asknames.c has the steps about variables and globals. */
#include "asks.h"

#include <frameobject.h>

#include "asknames.h"
#include "calls.h"

SHARED PyFrameObject *frame_of(About *a)
{
    if (!a->frame)
        a->frame = PyEval_GetFrame();
    return a->frame;
}

SHARED int python_says(PyObject *ask, PyObject *one, PyObject *two)
{
    PyObject *args[] = {NULL, one, two};
    PyObject *result = PyObject_Vectorcall(ask, args + 1, (two ? 2 : 1) | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    int is = result ? PyObject_IsTrue(result) : -1;
    Py_XDECREF(result);
    return is < 0 ? MAYBE : is;
}

static inline int compared(long a, int compare, long b)
{
    switch (compare) {
    case Py_LT: return a < b;
    case Py_LE: return a <= b;
    case Py_EQ: return a == b;
    case Py_GT: return a > b;
    case Py_GE: return a >= b;
    default: return MAYBE;
    }
}

static int number_says(Step *s, long long number)
{
    if (s->compare >= 0)
        return compared(number > (1L << 30) + 8 ? (1L << 30) + 8 : (long)number, s->compare, s->number);
    PyObject *value = PyLong_FromLongLong(number);
    int is = value ? python_says(s->ask, value, NULL) : MAYBE;
    Py_XDECREF(value);
    return is;
}

/* Whether this thread is the main one; MAYBE: not known. */
static int is_main(Screen *c, Step *s, unsigned long ident)
{
    PyObject *main = PyDict_GetItemWithError(c->names, c->state->names.main_thread);
    if (!main)
        return MAYBE;
    if (s->kept_main != main) { /* in a forked child it is another */
        PyObject *found = PyObject_CallNoArgs(c->main);
        unsigned long number = found ? PyLong_AsUnsignedLong(found) : 0;
        Py_XDECREF(found);
        if (PyErr_Occurred())
            return MAYBE;
        Py_XSETREF(s->kept_main, Py_NewRef(main));
        s->kept_ident = number;
    }
    return ident == s->kept_ident;
}

/* How many frames of any thread are on the stack, up to one more than a limit; -1: not known. */
static long frames_up_to(About *a, long limit)
{
    long n = 0;
#if HAS_LATEST
    if (a->inner) {
        for (Frame *f = a->inner; f && n <= limit; f = f->previous)
            n += !_PyFrame_IsIncomplete(f);
        return n;
    }
#endif
    PyFrameObject *frame = (PyFrameObject *)Py_XNewRef((PyObject *)frame_of(a));
    while (frame && n <= limit) {
        n++;
        PyFrameObject *back = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = back;
    }
    Py_XDECREF(frame);
    return n ? n : -1;
}

/* The depth of an event, or any number greater than most where the depth is; -1: not known. */
static long depth_of(Screen *c, Step *s, About *a, long most)
{
    long base = 0;
    int main = is_main(c, s, PyThread_get_thread_ident());
    if (main == MAYBE)
        return -1;
    if (main) {
        PyObject *found = PyObject_GetAttr(c->run, c->state->names.base);
        base = found ? PyLong_AsLong(found) : -1;
        Py_XDECREF(found);
        if (base < 0)
            return -1;
    }
    int less = c->kind == 0 || c->kind == 2; /* a call, a return: hunter counts from around it */
    long n = frames_up_to(a, most < 0 ? base + 1 : most + base + less + 1);
    if (n < 0)
        return -1;
    n = (n > base ? n - base : 0) - less;
    return n > 0 ? n : 0;
}

static int depth_says(Screen *c, Step *s, About *a)
{
    long depth = depth_of(c, s, a, s->compare >= 0 ? s->number : 1L << 30);
    return depth < 0 ? MAYBE : number_says(s, depth);
}

static int thread_id_says(Screen *c, Step *s)
{
    unsigned long ident = PyThread_get_thread_ident();
    PyObject *main = s->kept_main;
    int is = is_main(c, s, ident);
    if (is == MAYBE)
        return MAYBE;
    PyObject *value = NULL;
    if (s->kept && main == s->kept_main && PyLong_AsUnsignedLong(s->kept) == ident)
        return s->answer;
    if (!(value = PyLong_FromUnsignedLong(ident)))
        return MAYBE;
    int says = python_says(s->ask, is ? Py_None : value, NULL);
    s->answer = (uint8_t)says;
    Py_XSETREF(s->kept, value);
    return says;
}

/* A thread may be given another name at any time: another object. */
static int thread_name_says(Screen *c, Step *s)
{
    unsigned long ident = PyThread_get_thread_ident();
    if (!s->operand || s->kept_ident != ident) {
        PyObject *key = PyLong_FromUnsignedLong(ident);
        if (!key)
            return MAYBE;
        s->kept_ident = ident;
        Py_XSETREF(s->operand, key);
    }
    PyObject *thread = PyDict_GetItemWithError(c->active, s->operand);
    if (!thread)
        return MAYBE;
    Py_INCREF(thread);
    PyObject *name = PyObject_GetAttr(thread, c->state->names.own_name);
    Py_DECREF(thread);
    if (!name)
        return MAYBE;
    int says = MAYBE;
    if (name == s->kept)
        says = s->answer;
    else if (PyUnicode_CheckExact(name)) {
        says = python_says(s->ask, name, NULL);
        s->answer = (uint8_t)says;
        Py_XSETREF(s->kept, Py_NewRef(name));
    }
    Py_DECREF(name);
    return says;
}

static int arg_says(Step *s, About *a)
{
    int says = s->compare >= 0 ? scalar_says(a->arg, s->compare, s->operand) : MAYBE;
    return says == MAYBE && !PyErr_Occurred() ? python_says(s->ask, a->arg, NULL) : says;
}

/* Where the frame is, in code units; -1: in other code. */
static Py_ssize_t unit_of(Screen *c, About *a)
{
#if HAS_LATEST
    if (a->inner)
        return _PyInterpreterFrame_LASTI(a->inner);
#endif
    PyFrameObject *frame = frame_of(a);
    if (!frame || (PyObject *)code_of(frame) != c->code)
        return -1;
    return PyFrame_GetLasti(frame) / (Py_ssize_t)sizeof(uint16_t);
}

static int place_says(Screen *c, Step *s, About *a)
{
    Py_ssize_t unit = unit_of(c, a);
    if (unit < 0 || unit >= c->units)
        return MAYBE;
    if (!s->places[unit]) {
        int says = frame_of(a) ? python_says(s->ask, (PyObject *)a->frame, a->arg) : MAYBE;
        if (says == MAYBE)
            return MAYBE; /* a failure: the next time there may be an answer */
        s->places[unit] = (uint8_t)(says + 1);
    }
    return s->places[unit] - 1;
}

/* NO where From's latch is off, and its condition does not put it on. */
static int from_says(Screen *c, Step *s, About *a)
{
    PyObject *on = PyObject_GetAttr(s->operand, c->state->names.on);
    Py_XDECREF(on);
    return on == Py_False && step_says(c, s + 1, a) == NO ? NO : MAYBE;
}

/* How many calls were seen; -1: not known. */
static long long calls_of(Screen *c)
{
    PyObject *count = PyObject_GetAttr(c->run, c->state->names.count);
    long long calls = count && Py_IS_TYPE(count, c->state->calls) ? ((Calls *)count)->calls : -1;
    Py_XDECREF(count);
    return calls;
}

static int calls_say(Screen *c, Step *s)
{
    long long calls = calls_of(c);
    return calls < 0 ? MAYBE : number_says(s, calls);
}

/* Queues an event for which a Backlog's condition does not hold, as a tuple of which stateful.py makes an Event later: what every
 * event of this Screen has, the frame, whether it returns by an opcode, its instruction, the depth, the calls so far, the thread, the
 * values. */
static int backlog_says(Screen *c, Step *s, About *a)
{
    if (step_says(c, s + 1, a) != NO)
        return MAYBE;
    int wanted = s->size > 1 + s[1].size ? step_says(c, s + 1 + s[1].size, a) : YES;
    long depth = wanted == MAYBE ? -1 : depth_of(c, s, a, 1L << 30);
    long long calls = depth < 0 ? -1 : calls_of(c);
    if (calls < 0 || !frame_of(a))
        return MAYBE;
    PyObject *keep = PyTuple_GET_ITEM(s->ask, 2), *kept = Py_None, *queued = NULL, *done, *args[] = {NULL, (PyObject *)a->frame, a->arg};
    if (wanted == YES && keep != Py_None && !(kept = PyObject_Vectorcall(keep, args + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL)))
        return MAYBE;
    if (wanted == YES)
        queued = Py_BuildValue("(OOOilLkO)", s->ask, (PyObject *)a->frame, a->return_op ? Py_True : Py_False, PyFrame_GetLasti(a->frame), depth,
                               calls, PyThread_get_thread_ident(), kept);
    if (kept != Py_None)
        Py_DECREF(kept);
    if (wanted == YES && !queued)
        return MAYBE;
    if (s->number && depth < 1) {
        done = PyObject_CallMethodNoArgs(s->operand, c->state->names.clear);
        Py_XDECREF(done);
    }
    if (queued && !PyErr_Occurred()) {
        done = PyObject_CallMethodOneArg(s->operand, c->state->names.append, queued);
        Py_XDECREF(done);
    }
    Py_XDECREF(queued);
    return NO;
}

/* What a step says, by its own answer or by the answers of the steps below it. */
SHARED int step_says(Screen *c, Step *s, About *a)
{
    int is;
    switch (s->what) {
    case ASK_AND:
    case ASK_OR:
        is = s->what == ASK_AND;
        for (Step *one = s + 1; one < s + s->size; one += one->size)
            if ((is = step_says(c, one, a)) != (s->what == ASK_AND))
                return is;
        return is;
    case ASK_NOT: is = step_says(c, s + 1, a); return is == MAYBE ? MAYBE : !is;
    case ASK_CONST: return (int)s->number;
    case ASK_FROM: return from_says(c, s, a);
    case ASK_BACKLOG: return backlog_says(c, s, a);
    case ASK_PLACE: return place_says(c, s, a);
    case ASK_DEPTH: return depth_says(c, s, a);
    case ASK_CALLS: return calls_say(c, s);
    case ASK_THREAD_ID: return thread_id_says(c, s);
    case ASK_THREAD_NAME: return thread_name_says(c, s);
    case ASK_ARG: return arg_says(s, a);
    case ASK_LOCALS: return locals_say(s, a);
    case ASK_GLOBALS: return globals_say(s, a);
    case ASK_LOCAL: return local_says(s, a);
    case ASK_HAS_LOCAL: return has_local(s, a);
    case ASK_HAS_GLOBAL: return has_global(s, a);
    default: return MAYBE;
    }
}
