/* The record writer: what writes events in C, byte for byte as records.py does
 * (docs/wire.md, "Trace memory"). It knows the rings that the threads write to,
 * and hands out the numbers of records.
 */
#define PY_SSIZE_T_CLEAN
#define Py_BUILD_CORE_MODULE 1 /* latest.c reads the interpreter's own frames */
#include <Python.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { READER_WAITING = 8, IN_STEP = 28, EVENT = 1, WRITTEN = 8, RECORD_HEAD = 16, EVENT_HEAD = 40 };
enum { OK = 0, MISSING = 1, SKIPPED = 2, REDACTED = 5 };
enum { CALL = 0 };
enum { F_RETURN_OP = 16 };
enum { LONGEST_TEXT = 24 << 10, LONGEST_EVENT = 64 << 10, WHOLE = 3000, ITEMS = 100, DEPTH = 5, THREAD_RINGS = 64 };

typedef struct {
    uint64_t thread; /* PyThreadState_GetID, which is never used again; 0: free */
    PyObject *ring;  /* owned */
    size_t header, offset, size;
    uint32_t number;
} ThreadRing;

typedef struct {
    PyObject_HEAD
    Py_buffer map;
    uint8_t *base;
    uint64_t seq;
    uint64_t epoch; /* of the memory: a forked child has another */
    int64_t started;
    int out, err; /* the program's captured stdout and stderr, -1: none */
    int64_t lengths[2];
    PyObject *thread_ring, *doorbell, *special, *placeholder;
    ThreadRing rings[THREAD_RINGS];
} RecordWriter;

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    RecordWriter *writer;
    PyObject *point, *define, *render, *places;
    PyObject *names; /* tuple of (name, packed name, is a local, is a secret), or None: the event's value */
    uint64_t epoch;
    Py_ssize_t limit;
    int kind, wants_value, none_is_missing;
    int as_text; /* a log message: strings without quotes, and what has no value is Python's to say */
    uint16_t action;
    uint32_t tracepoint;
} FastPrinter;

static void gone(PyObject *self, inquiry clear)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* The record writer itself is the iterator of the records' numbers: C and Python take
 * them from one place. */
static PyObject *writer_next(PyObject *self) { return PyLong_FromUnsignedLongLong(((RecordWriter *)self)->seq++); }

static void forget_rings(RecordWriter *p)
{
    for (int i = 0; i < THREAD_RINGS; i++) {
        p->rings[i].thread = 0;
        Py_CLEAR(p->rings[i].ring);
    }
}

static PyObject *writer_restart(PyObject *self, PyObject *args)
{
    RecordWriter *p = (RecordWriter *)self;
    PyObject *map;
    unsigned long long seq;
    Py_buffer buffer;
    if (!PyArg_ParseTuple(args, "OK", &map, &seq) || PyObject_GetBuffer(map, &buffer, PyBUF_WRITABLE) < 0)
        return NULL;
    if (p->map.obj)
        PyBuffer_Release(&p->map);
    p->map = buffer;
    p->base = buffer.buf;
    p->seq = seq;
    p->epoch++;
    forget_rings(p);
    Py_RETURN_NONE;
}

static PyObject *writer_watch(PyObject *self, PyObject *args)
{
    RecordWriter *p = (RecordWriter *)self;
    int out, err;
    if (!PyArg_ParseTuple(args, "ii", &out, &err))
        return NULL;
    p->out = out;
    p->err = err;
    p->lengths[0] = p->lengths[1] = 0;
    Py_RETURN_NONE;
}

static int writer_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    RecordWriter *p = (RecordWriter *)self;
    static char *keys[] = {"thread_ring", "doorbell", "special", "placeholder", "started", NULL};
    PyObject *thread_ring, *doorbell, *special, *placeholder;
    long long started;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "OOO!SL", keys, &thread_ring, &doorbell, &PyFrozenSet_Type, &special, &placeholder, &started))
        return -1;
    if (p->thread_ring) {
        PyErr_SetString(PyExc_TypeError, "a RecordWriter is made once");
        return -1;
    }
    p->thread_ring = Py_NewRef(thread_ring);
    p->doorbell = Py_NewRef(doorbell);
    p->special = Py_NewRef(special);
    p->placeholder = Py_NewRef(placeholder);
    p->started = started;
    p->out = p->err = -1;
    return 0;
}

static int writer_traverse(PyObject *self, visitproc visit, void *arg)
{
    RecordWriter *p = (RecordWriter *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(p->thread_ring);
    Py_VISIT(p->doorbell);
    Py_VISIT(p->special);
    for (int i = 0; i < THREAD_RINGS; i++)
        Py_VISIT(p->rings[i].ring);
    return 0;
}

static int writer_clear(PyObject *self)
{
    RecordWriter *p = (RecordWriter *)self;
    forget_rings(p);
    p->base = NULL;
    if (p->map.obj)
        PyBuffer_Release(&p->map);
    Py_CLEAR(p->thread_ring);
    Py_CLEAR(p->doorbell);
    Py_CLEAR(p->special);
    Py_CLEAR(p->placeholder);
    return 0;
}

static void writer_dealloc(PyObject *self) { gone(self, writer_clear); }

static PyMethodDef writer_methods[] = {
    {"restart", writer_restart, METH_VARARGS, "restart(map, number)\n\nWrite into that memory, the next record with that number."},
    {"watch", writer_watch, METH_VARARGS, "watch(stdout, stderr)\n\nSay before events how long those files are; -1: no more."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot writer_slots[] = {
    {Py_tp_doc, "RecordWriter(thread_ring, doorbell, special, placeholder, started)\n\nWhere FastPrinters write; yields the numbers of records."},
    {Py_tp_init, writer_init},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, writer_next},
    {Py_tp_methods, writer_methods},
    {Py_tp_traverse, writer_traverse},
    {Py_tp_clear, writer_clear},
    {Py_tp_dealloc, writer_dealloc},
    {0, NULL},
};

static PyType_Spec writer_spec = {
    .name = "_tallyho_native.RecordWriter",
    .basicsize = sizeof(RecordWriter),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = writer_slots,
};
