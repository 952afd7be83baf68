/* The recorder: callbacks of sys.monitoring that write steps, where nothing but a step comes of an event. Everything else is the
 * callback's in Python that each stands before.
 */
#include "guard.h"
#include "held.h"
#include "recorder.h"
#include "stepseen.h"

#if HAS_STEPS

/* Asks Python what comes of a code object's events, as dispatch tables are now. */
static int ask(StepWriter *w, Code *k)
{
    uint64_t revision = w->revision;
    k->replanned = 0;
    PyObject *code = k->code, *answer = PyObject_CallOneArg(w->ask_code, code);
    if (!answer)
        return -1;
    if (!(k = code_known(w, code))) { /* it may have been forgotten meanwhile */
        Py_DECREF(answer);
        return -1;
    }
    int done = 0;
    if (PyTuple_CheckExact(answer)) {
        done = code_describe(w, k, answer);
        k->state = done < 0 ? SLOWLY : ALONE;
    } else
        k->state = answer == Py_None ? UNKNOWN : answer == Py_True ? COUNTED_ONLY : SLOWLY;
    k->revision = k->state == UNKNOWN || k->replanned ? 0 : revision;
    Py_DECREF(answer);
    return done;
}

/* What comes of an event in some code; NULL: Python sees to it, or an exception. */
static inline Code *concerned(StepWriter *w, PyThreadState *thread, PyObject *code)
{
    if (!w->recording || !PyCode_Check(code) || *slot_at(w->run, w->ending_at) != Py_False)
        return NULL;
    PyObject *reader = PyList_GET_ITEM(w->reader, 0);
    if (reader != w->reader_said) {
        w->reader_ident = PyLong_AsUnsignedLong(reader);
        Py_XSETREF(w->reader_said, Py_NewRef(reader));
    }
    if (w->reader_ident == thread->thread_id)
        return NULL;
    Code *k = code_known(w, code);
    if (!k || k->revision == w->revision)
        return k;
    return ask(w, k) < 0 ? NULL : code_known(w, code);
}

static int count_step_call(StepWriter *w)
{
    PyObject *count = *slot_at(w->run, w->count_at);
    if (Py_IS_TYPE(count, w->look.writer->state->calls)) {
        ((Calls *)count)->calls++;
        return 0;
    }
    PyObject *done = PyObject_CallMethod(count, "add", NULL);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

/* Python's callback, by whatever way; anything may have happened then. */
static PyObject *slowly(StepWriter *w, PyObject *callback, PyObject *const *args, Py_ssize_t nargs)
{
    if (PyErr_Occurred())
        return guarded(w->guard, NULL);
    w->tick++;
    w->ran = 1;
    return guarded_call(w->guard, callback, args, (size_t)nargs, NULL);
}

/* A step where that is all that comes of an event; 0: Python sees to it. */
static inline int write_alone(StepWriter *w, PyThreadState *thread, Code *k, int kind, int line, PyObject *arg, int return_op)
{
    Frame *f = running(thread);
    if (k->state != ALONE || !f || (PyObject *)code_in(f) != k->code)
        return 0;
    Event a = {.code = k, .frame = f, .thread = thread, .kind = kind, .line = line, .return_op = return_op, .arg = arg};
    return step_write(w, &a) < 0 ? -1 : 1;
}

static PyObject *step_on_line(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    StepWriter *w = (StepWriter *)self;
    PyThreadState *thread = PyThreadState_Get();
    Code *k = nargs == 2 ? concerned(w, thread, args[0]) : NULL;
    if (k) {
        int64_t line = 0;
        int done = int_of(args[1], &line) ? write_alone(w, thread, k, STEP_LINE, (int)line, NULL, 0) : 0;
        if (done > 0)
            Py_RETURN_NONE;
    }
    return slowly(w, w->on_line, args, nargs);
}

static PyObject *called(StepWriter *w, PyObject *callback, PyObject *const *args, Py_ssize_t nargs)
{
    PyThreadState *thread = PyThreadState_Get();
    Code *k = nargs >= 2 ? concerned(w, thread, args[0]) : NULL;
    if (k) {
        if (k->of_threads)
            w->threads_changed = 1;
        int done = k->state == COUNTED_ONLY ? 1 : write_alone(w, thread, k, STEP_CALL, -1, NULL, 0);
        if (done > 0) {
            if (k->state == COUNTED_ONLY)
                w->tick++, w->ran = 1;
            if (count_step_call(w) == 0)
                Py_RETURN_NONE;
        }
    }
    return slowly(w, callback, args, nargs);
}

static PyObject *step_on_start(PyObject *self, PyObject *const *args, Py_ssize_t nargs) { return called((StepWriter *)self, ((StepWriter *)self)->on_start, args, nargs); }

static PyObject *step_on_resume(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return called((StepWriter *)self, ((StepWriter *)self)->on_resume, args, nargs);
}

/* What the tally does with a return; 0: that is Python's to see to, and to do it twice is no harm. */
static int tally_returned(StepWriter *w, const Code *k, PyObject *const *args)
{
#if HAS_LATEST
    return !k->returns || (w->counters && held_return((Counters *)w->counters, args));
#else
    return (void)w, (void)args, !k->returns;
#endif
}

static PyObject *left(StepWriter *w, PyObject *callback, PyObject *const *args, Py_ssize_t nargs, int return_op)
{
    PyThreadState *thread = PyThreadState_Get();
    Code *k = nargs == 3 ? concerned(w, thread, args[0]) : NULL;
    if (k && k->state == COUNTED_ONLY)
        Py_RETURN_NONE;
    if (k && k->state == ALONE && (!return_op || tally_returned(w, k, args))) {
        if (write_alone(w, thread, k, STEP_RETURN, -1, args[2], return_op) > 0)
            Py_RETURN_NONE;
    }
    return slowly(w, callback, args, nargs);
}

static PyObject *step_on_return(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return left((StepWriter *)self, ((StepWriter *)self)->on_return, args, nargs, 1);
}

static PyObject *step_on_yield(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return left((StepWriter *)self, ((StepWriter *)self)->on_yield, args, nargs, 0);
}

/* A jump back within a line, which begins the line again. */
static PyObject *step_on_jump(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    StepWriter *w = (StepWriter *)self;
    PyThreadState *thread = PyThreadState_Get();
    Code *k = nargs == 3 && w->lines ? concerned(w, thread, args[0]) : NULL;
    if (k && k->state == ALONE && k->described) {
        int from = (int)offset_of(args[1]) / 2, to = (int)offset_of(args[2]) / 2, line = code_line(k, from);
        if (to < from && line && line == code_line(k, to) && write_alone(w, thread, k, STEP_LINE, line, NULL, 0) > 0)
            Py_RETURN_NONE;
    }
    return slowly(w, w->on_jump, args, nargs);
}

/* The end of what was delegated to, which a trace function sees as an exception. */
static PyObject *step_on_stop(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    StepWriter *w = (StepWriter *)self;
    PyThreadState *thread = PyThreadState_Get();
    Code *k = nargs == 3 && PyExceptionInstance_Check(args[2]) ? concerned(w, thread, args[0]) : NULL;
    size_t unit = k ? offset_of(args[1]) / 2 : 0;
    if (k && k->state == ALONE && unit < k->nunits && (uint8_t)PyBytes_AS_STRING(k->units)[2 * unit] != w->end_for) {
        PyObject *arg = PyTuple_Pack(3, (PyObject *)Py_TYPE(args[2]), args[2], Py_None);
        int done = arg ? write_alone(w, thread, k, STEP_EXCEPTION, -1, arg, 0) : -1;
        Py_XDECREF(arg);
        if (done > 0)
            Py_RETURN_NONE;
    }
    return slowly(w, w->on_stop, args, nargs);
}

/* step(frame, kind, arg, return_op, line, column, description): an event that came by way of Python. */
static PyObject *step(PyObject *self, PyObject *args)
{
    StepWriter *w = (StepWriter *)self;
    PyObject *frame, *arg, *description;
    int kind, return_op, line, column;
    if (!PyArg_ParseTuple(args, "O!iOpiiO", &PyFrame_Type, &frame, &kind, &arg, &return_op, &line, &column, &description))
        return NULL;
    PyCodeObject *code = code_of((PyFrameObject *)frame);
    Code *k = code_known(w, (PyObject *)code);
    if (!k || (!k->described && code_describe(w, k, description) < 0))
        return NULL;
    Event a = {.code = k, .thread = PyThreadState_Get(), .frame = ((PyFrameObject *)frame)->f_frame, .object = (PyFrameObject *)frame, .kind = kind, .line = line,
               .column = column, .return_op = return_op, .arg = arg, .slowly = 1};
    int done = step_write(w, &a);
    return done < 0 ? NULL : PyBool_FromLong(done);
}

static PyObject *behind(PyObject *self, PyObject *args)
{
    StepWriter *w = (StepWriter *)self;
    PyObject *line, *start, *resume, *ret, *yield, *jump, *stop, *guard, *counters;
    State *state = w->look.writer->state;
    if (!PyArg_ParseTuple(args, "OOOOOOOO!O", &line, &start, &resume, &ret, &yield, &jump, &stop, state->guard, &guard, &counters))
        return NULL;
    Py_XSETREF(w->counters, Py_IS_TYPE(counters, state->counters) ? Py_NewRef(counters) : NULL);
    Py_XSETREF(w->on_line, Py_NewRef(line));
    Py_XSETREF(w->on_start, Py_NewRef(start));
    Py_XSETREF(w->on_resume, Py_NewRef(resume));
    Py_XSETREF(w->on_return, Py_NewRef(ret));
    Py_XSETREF(w->on_yield, Py_NewRef(yield));
    Py_XSETREF(w->on_jump, Py_NewRef(jump));
    Py_XSETREF(w->on_stop, Py_NewRef(stop));
    Py_XSETREF(w->guard, Py_NewRef(guard));
    Py_RETURN_NONE;
}

static PyObject *step_forget(PyObject *self, PyObject *address)
{
    void *code = PyLong_AsVoidPtr(address);
    if (!code && PyErr_Occurred())
        return NULL;
    code_forget((StepWriter *)self, code);
    Py_RETURN_NONE;
}

static PyObject *replanned(PyObject *self, PyObject *code)
{
    StepWriter *w = (StepWriter *)self;
    if (!PyCode_Check(code)) {
        w->revision++;
        Py_RETURN_NONE;
    }
    Code *k = code_known(w, code);
    if (!k)
        return NULL;
    k->revision = 0;
    k->replanned = 1;
    Py_RETURN_NONE;
}

static void forget_all(StepWriter *w)
{
    codes_forget(w);
    shadows_forget(w);
    while (w->modules) {
        Names *names = w->modules;
        w->modules = names->next;
        names_free(names);
    }
    types_forget(&w->look);
    again_forget(&w->look);
    seen_forget(&w->look);
    w->writing = 0;
    w->frames = 0;
    w->introduced = 0;
}

static PyObject *step_restart(PyObject *self, PyObject *Py_UNUSED(none))
{
    forget_all((StepWriter *)self);
    Py_RETURN_NONE;
}

static int take_helper(StepWriter *w, PyObject *helper)
{
    const struct { PyObject **at; const char *name; } all[] = {
        {&w->look.encode, "encode"}, {&w->look.name, "name"}, {&w->look.secret, "secret"}, {&w->look.full_name, "full_name"},
        {&w->ask_place, "place"}, {&w->ask_caller, "caller"}, {&w->ask_names, "names"}, {&w->introduce, "introduce"},
        {&w->wait, "wait"}, {&w->base, "base"}, {&w->put, "put"}, {&w->ask_code, "judge"}, {&w->ask_thread, "thread"},
        {&w->run, "run"}, {&w->reader, "reader"}, {&w->prints, "prints"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!(*all[i].at = PyObject_GetAttrString(helper, all[i].name)))
            return -1;
    if (!PyList_CheckExact(w->reader) || PyList_GET_SIZE(w->reader) != 1 || !PyFrozenSet_CheckExact(w->prints)) {
        PyErr_SetString(PyExc_TypeError, "the reader is in a list, and names are in a frozenset");
        return -1;
    }
    return 0;
}

static int recorder_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    StepWriter *w = (StepWriter *)self;
    static char *keys[] = {"writer", "helper", "operations", "resume", "end_for", "lines", "values", "redact", "patterns", NULL};
    PyObject *writer, *helper, *operations;
    int lines, values, redact, patterns;
    State *state = state_of(self);
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O!OSiipppp", keys, state->writer, &writer, &helper, &operations, &w->resume, &w->end_for, &lines, &values,
                                     &redact, &patterns))
        return -1;
    if (w->look.writer || PyBytes_GET_SIZE(operations) != sizeof w->operations) {
        PyErr_SetString(PyExc_TypeError, "a StepWriter is made once");
        return -1;
    }
    if (take_helper(w, helper) < 0 || !(w->look.secrets = PyDict_New()) || !(w->look.of_requests[0] = PyUnicode_InternFromString("path")) ||
        !(w->look.of_requests[1] = PyUnicode_InternFromString("PATH_INFO")))
        return -1;
    w->count_at = slot_of(Py_TYPE(w->run), state->names.count);
    w->ending_at = slot_of(Py_TYPE(w->run), state->names.ending);
    if (w->count_at < 0 || w->ending_at < 0) {
        PyErr_SetString(PyExc_TypeError, "a run without slots");
        return -1;
    }
    w->look.writer = (RecordWriter *)Py_NewRef(writer);
    w->look.redact = (char)redact;
    w->look.patterns = (char)patterns;
    memcpy(w->operations, PyBytes_AS_STRING(operations), sizeof w->operations);
    w->lines = (char)lines;
    w->values = (char)values;
    w->recording = 1;
    w->revision = 1;
    return 0;
}

#define HELD(X)                                                                                                                             \
    X(look.encode) X(look.name) X(look.secret) X(look.full_name) X(look.secrets) X(look.of_requests[0]) X(look.of_requests[1]) X(ask_place) X(ask_caller) X(ask_names)          \
    X(introduce) X(wait) X(base) X(put) X(ask_code) X(ask_thread) X(on_line) X(on_start) X(on_resume) X(on_return) X(on_yield) X(on_jump) X(on_stop) X(guard) X(run) X(reader_said)  \
    X(reader) X(prints) X(counters) X(look.writer)

static int recorder_traverse(PyObject *self, visitproc visit, void *arg)
{
    StepWriter *w = (StepWriter *)self;
    Py_VISIT(Py_TYPE(self));
#define VISIT(name) Py_VISIT(w->name);
    HELD(VISIT)
#undef VISIT
    return 0;
}

static int recorder_clear(PyObject *self)
{
    StepWriter *w = (StepWriter *)self;
    w->recording = 0;
    forget_all(w);
#define CLEAR(name) Py_CLEAR(w->name);
    HELD(CLEAR)
#undef CLEAR
    return 0;
}

static void recorder_dealloc(PyObject *self) { gone(self, recorder_clear); }

static PyMethodDef recorder_methods[] = {
    {"on_line", (PyCFunction)(void (*)(void))step_on_line, METH_FASTCALL, "The LINE callback."},
    {"on_start", (PyCFunction)(void (*)(void))step_on_start, METH_FASTCALL, "The PY_START callback."},
    {"on_resume", (PyCFunction)(void (*)(void))step_on_resume, METH_FASTCALL, "The PY_RESUME callback."},
    {"on_return", (PyCFunction)(void (*)(void))step_on_return, METH_FASTCALL, "The PY_RETURN callback."},
    {"on_yield", (PyCFunction)(void (*)(void))step_on_yield, METH_FASTCALL, "The PY_YIELD callback."},
    {"on_jump", (PyCFunction)(void (*)(void))step_on_jump, METH_FASTCALL, "The JUMP callback."},
    {"on_stop", (PyCFunction)(void (*)(void))step_on_stop, METH_FASTCALL, "The STOP_ITERATION callback."},
    {"step", step, METH_VARARGS, "step(frame, kind, arg, return_op, line, column, description) -> whether it was written\n\nWrite a step; line -1: where the frame is."},
    {"behind", behind, METH_VARARGS, "behind(on_line, on_start, on_resume, on_return, on_yield, on_jump, on_stop, guard, counters)\n\nStand before these callbacks; counters: the tally's, or None."},
    {"forget", step_forget, METH_O, "forget(address)\n\nThe code object there ends, or has ended."},
    {"replanned", replanned, METH_O, "replanned(code)\n\nWhat comes of a code object's events may be another thing from now on; None: of every one's."},
    {"restart", step_restart, METH_NOARGS, "restart()\n\nNothing was written yet: a forked child."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot recorder_slots[] = {
    {Py_tp_doc, "StepWriter(writer, helper, operations, resume, end_for, lines, values, redact, patterns)\n\nWrites the steps of a recording."},
    {Py_tp_init, recorder_init},
    {Py_tp_methods, recorder_methods},
    {Py_tp_traverse, recorder_traverse},
    {Py_tp_clear, recorder_clear},
    {Py_tp_dealloc, recorder_dealloc},
    {0, NULL},
};

static PyType_Spec recorder_spec = {
    .name = "_tallyho_native.StepWriter",
    .basicsize = sizeof(StepWriter),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = recorder_slots,
};

SHARED int add_steps(PyObject *module, State *state) { return add_type(module, &recorder_spec, &state->steps); }

#endif
