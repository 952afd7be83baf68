/* How an event is written (printer.h). */
#include "printer.h"

#include <time.h>

/* The number of the line's place, 0 where it could not be defined. */
static long place_of(FastPrinter *q, PyFrameObject *frame)
{
    if (q->epoch != q->writer->epoch) {
        PyDict_Clear(q->places);
        q->epoch = q->writer->epoch;
        q->place = 0;
    }
    int at = LINE_IS_LAST_EVENTS ? PyFrame_GetLineNumber(frame) : PyFrame_GetLasti(frame);
    if (q->place > 0 && q->place_at == at)
        return q->place;
    int line = LINE_IS_LAST_EVENTS ? at : PyFrame_GetLineNumber(frame);
    PyObject *key = PyLong_FromLong(line > 0 ? line : 0);
    if (!key)
        return -1;
    PyObject *known = PyDict_GetItemWithError(q->places, key), *made = NULL;
    if (!known && !PyErr_Occurred()) {
        known = made = PyObject_CallOneArg(q->define, (PyObject *)frame);
        if (made && PyLong_AsLong(made) > 0 && PyDict_SetItem(q->places, key, made) < 0)
            known = NULL;
    }
    long number = known ? PyLong_AsLong(known) : -1;
    Py_XDECREF(made);
    Py_DECREF(key);
    q->place = number;
    q->place_at = at;
    return number;
}

static int64_t now(void)
{
    struct timespec t;
#ifdef __APPLE__
    clock_gettime(CLOCK_UPTIME_RAW, &t); /* what time.monotonic_ns reads there */
#else
    clock_gettime(CLOCK_MONOTONIC, &t);
#endif
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void head_of(FastPrinter *q, ThreadRing *s, Buffer *b, uint32_t place, uint32_t number, int flags)
{
    uint8_t *at = b->data + RECORD_HEAD;
    int32_t depth = -1;
    uint64_t calls = UINT64_MAX, time = (uint64_t)(now() - q->writer->started);
    at[0] = (uint8_t)q->kind;
    at[1] = (uint8_t)flags;
    memcpy(at + 2, &q->action, 2);
    memcpy(at + 4, &q->tracepoint, 4);
    memcpy(at + 8, &place, 4);
    memcpy(at + 12, &s->number, 4);
    memcpy(at + 16, &depth, 4);
    memcpy(at + 20, &number, 4);
    memcpy(at + 24, &calls, 8);
    memcpy(at + 32, &time, 8);
}

static int write_event(FastPrinter *q, PyFrameObject *frame, PyObject *arg, int return_op, Buffer *b)
{
    RecordWriter *p = q->writer;
    uint64_t epoch = p->epoch;
    if (!p->base || (p->ended && p->ended == PyThread_get_thread_ident()))
        return 0;
    ThreadRing *s = thread_ring(p);
    if (!s)
        return PyErr_Occurred() ? -1 : 0;
    if (*s->busy != Py_False)
        return 0;
    long at = place_of(q, frame);
    if (at <= 0)
        return PyErr_Occurred() ? -1 : 0;
    b->len = RECORD_HEAD + EVENT_HEAD;
    uint32_t number;
    int done = render_values(q, b, frame, arg, &number);
    if (done != 1)
        return done;
    if (put(b, "\0\0", 2) < 0) /* no stack */
        return -1;
    int in_task = put_activity(p, b);
    if (in_task < 0 || reserve(b, 8) < 0)
        return -1;
    /* All of this may have let other threads run, and a cleared cache is refilled. */
    if (p->epoch != epoch || !(s = thread_ring(p)))
        return PyErr_Occurred() ? -1 : 0;
    if (p->out >= 0) {
        done = tell_written(p, s);
        if (done == 1 && (p->epoch != epoch || !(s = thread_ring(p)))) /* the doorbell, too, is Python */
            done = PyErr_Occurred() ? -1 : 0;
        if (done != 1)
            return done;
    }
    head_of(q, s, b, (uint32_t)at, number, (return_op ? F_RETURN_OP : 0) | (in_task ? F_TASK : 0));
    if (!commit(p, s, b, EVENT))
        return 0;
    q->hits->total++;
    return published(p) < 0 ? -1 : 1;
}

SHARED int printer_write(FastPrinter *q, PyFrameObject *frame, PyObject *arg, int return_op)
{
    Buffer b;
    b.data = b.room;
    b.len = 0;
    b.cap = sizeof b.room;
    int done = write_event(q, frame, arg, return_op, &b);
    if (b.data != b.room)
        PyMem_Free(b.data);
    return done;
}

static PyObject *printer_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    if (PyVectorcall_NARGS(nargsf) != 3 || (names && PyTuple_GET_SIZE(names)) || !PyFrame_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "a FastPrinter takes a frame, a value and whether it returns");
        return NULL;
    }
    int done = printer_write((FastPrinter *)self, (PyFrameObject *)args[0], args[1], args[2] == Py_True);
    return done < 0 ? NULL : PyBool_FromLong(done);
}

static int printer_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    FastPrinter *q = (FastPrinter *)self;
    static char *keys[] = {"writer", "hits", "define", "render", "kind", "action", "tracepoint", "limit", "names", "wants_value", "none_is_missing", "as_text", "shows_fields", NULL};
    State *state = state_of(self);
    PyObject *writer, *hits, *define, *render, *names;
    unsigned short action;
    unsigned int tracepoint;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O!O!OOiHInOpppp", keys, state->writer, &writer, state->hits, &hits, &define, &render, &q->kind, &action, &tracepoint,
                                     &q->limit, &names, &q->wants_value, &q->none_is_missing,
                                     &q->as_text, &q->shows_fields))
        return -1;
    if (q->writer || (names != Py_None && !PyTuple_CheckExact(names))) {
        PyErr_SetString(PyExc_TypeError, "a FastPrinter is made once, of a tuple of names");
        return -1;
    }
    for (Py_ssize_t i = 0; names != Py_None && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *one = PyTuple_GET_ITEM(names, i);
        if (!PyTuple_CheckExact(one) || PyTuple_GET_SIZE(one) != 4 || !PyUnicode_CheckExact(PyTuple_GET_ITEM(one, 0)) ||
            !PyBytes_CheckExact(PyTuple_GET_ITEM(one, 1)) || PyBytes_GET_SIZE(PyTuple_GET_ITEM(one, 1)) < 2) {
            PyErr_SetString(PyExc_TypeError, "a name is (name, packed name, is a local, is a secret)");
            return -1;
        }
    }
    if (!(q->places = PyDict_New()))
        return -1;
    q->writer = (RecordWriter *)Py_NewRef(writer);
    q->hits = (Hits *)Py_NewRef(hits);
    q->define = Py_NewRef(define);
    q->render = Py_NewRef(render);
    q->names = Py_NewRef(names);
    q->action = action;
    q->tracepoint = tracepoint;
    q->epoch = q->writer->epoch;
    q->call = printer_call;
    return 0;
}

static int printer_traverse(PyObject *self, visitproc visit, void *arg)
{
    FastPrinter *q = (FastPrinter *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(q->writer);
    Py_VISIT(q->hits);
    Py_VISIT(q->define);
    Py_VISIT(q->render);
    Py_VISIT(q->places);
    Py_VISIT(q->names);
    return 0;
}

static int printer_clear(PyObject *self)
{
    FastPrinter *q = (FastPrinter *)self;
    Py_CLEAR(q->writer);
    Py_CLEAR(q->hits);
    Py_CLEAR(q->define);
    Py_CLEAR(q->render);
    Py_CLEAR(q->places);
    Py_CLEAR(q->names);
    return 0;
}

static void printer_dealloc(PyObject *self) { gone(self, printer_clear); }

static PyMemberDef printer_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(FastPrinter, call), Py_READONLY},
    {NULL},
};

static PyType_Slot printer_slots[] = {
    {Py_tp_doc, "Writes the events of one action at one kind of event of one code object.\n\nprinter(frame, value, return_op) -> whether it did."},
    {Py_tp_init, printer_init},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_members, printer_members},
    {Py_tp_traverse, printer_traverse},
    {Py_tp_clear, printer_clear},
    {Py_tp_dealloc, printer_dealloc},
    {0, NULL},
};

static PyType_Spec printer_spec = {
    .name = "_tallyho_native.FastPrinter",
    .basicsize = sizeof(FastPrinter),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = printer_slots,
};

SHARED int add_printer(PyObject *module, State *state) { return add_type(module, &printer_spec, &state->printer); }
