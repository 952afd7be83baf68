/* The pen: what writes events in C, byte for byte as records.py does
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
enum { LONGEST_TEXT = 24 << 10, LONGEST_EVENT = 64 << 10, WHOLE = 3000, ITEMS = 100, DEPTH = 5, SEATS = 64 };

typedef struct {
    uint64_t thread; /* PyThreadState_GetID, which is never used again; 0: free */
    PyObject *ring;  /* owned */
    size_t header, offset, size;
    uint32_t number;
} Seat;

typedef struct {
    PyObject_HEAD
    Py_buffer map;
    uint8_t *base;
    uint64_t seq;
    uint64_t epoch; /* of the memory: a forked child has another */
    int64_t started;
    int out, err; /* the program's captured stdout and stderr, -1: none */
    int64_t lengths[2];
    PyObject *seat, *doorbell, *special, *placeholder;
    Seat seats[SEATS];
} Pen;

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    Pen *pen;
    PyObject *point, *define, *render, *places;
    PyObject *names; /* tuple of (name, packed name, is a local, is a secret), or None: the event's value */
    uint64_t epoch;
    Py_ssize_t limit;
    int kind, wants_value, none_is_missing;
    int as_text; /* a log message: strings without quotes, and what has no value is Python's to say */
    uint16_t action;
    uint32_t tracepoint;
} Quick;

static void gone(PyObject *self, inquiry clear)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* The pen itself is the iterator of the records' numbers: C and Python take
 * them from one place. */
static PyObject *pen_next(PyObject *self) { return PyLong_FromUnsignedLongLong(((Pen *)self)->seq++); }

static void forget_seats(Pen *p)
{
    for (int i = 0; i < SEATS; i++) {
        p->seats[i].thread = 0;
        Py_CLEAR(p->seats[i].ring);
    }
}

static PyObject *pen_restart(PyObject *self, PyObject *args)
{
    Pen *p = (Pen *)self;
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
    forget_seats(p);
    Py_RETURN_NONE;
}

static PyObject *pen_watch(PyObject *self, PyObject *args)
{
    Pen *p = (Pen *)self;
    int out, err;
    if (!PyArg_ParseTuple(args, "ii", &out, &err))
        return NULL;
    p->out = out;
    p->err = err;
    p->lengths[0] = p->lengths[1] = 0;
    Py_RETURN_NONE;
}

static int pen_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    Pen *p = (Pen *)self;
    static char *keys[] = {"seat", "doorbell", "special", "placeholder", "started", NULL};
    PyObject *seat, *doorbell, *special, *placeholder;
    long long started;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "OOO!SL", keys, &seat, &doorbell, &PyFrozenSet_Type, &special, &placeholder, &started))
        return -1;
    if (p->seat) {
        PyErr_SetString(PyExc_TypeError, "a Pen is made once");
        return -1;
    }
    p->seat = Py_NewRef(seat);
    p->doorbell = Py_NewRef(doorbell);
    p->special = Py_NewRef(special);
    p->placeholder = Py_NewRef(placeholder);
    p->started = started;
    p->out = p->err = -1;
    return 0;
}

static int pen_traverse(PyObject *self, visitproc visit, void *arg)
{
    Pen *p = (Pen *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(p->seat);
    Py_VISIT(p->doorbell);
    Py_VISIT(p->special);
    for (int i = 0; i < SEATS; i++)
        Py_VISIT(p->seats[i].ring);
    return 0;
}

static int pen_clear(PyObject *self)
{
    Pen *p = (Pen *)self;
    forget_seats(p);
    p->base = NULL;
    if (p->map.obj)
        PyBuffer_Release(&p->map);
    Py_CLEAR(p->seat);
    Py_CLEAR(p->doorbell);
    Py_CLEAR(p->special);
    Py_CLEAR(p->placeholder);
    return 0;
}

static void pen_dealloc(PyObject *self) { gone(self, pen_clear); }

static PyMethodDef pen_methods[] = {
    {"restart", pen_restart, METH_VARARGS, "restart(map, number)\n\nWrite into that memory, the next record with that number."},
    {"watch", pen_watch, METH_VARARGS, "watch(stdout, stderr)\n\nSay before events how long those files are; -1: no more."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot pen_slots[] = {
    {Py_tp_doc, "Pen(seat, doorbell, special, placeholder, started)\n\nWhere Quicks write; yields the numbers of records."},
    {Py_tp_init, pen_init},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, pen_next},
    {Py_tp_methods, pen_methods},
    {Py_tp_traverse, pen_traverse},
    {Py_tp_clear, pen_clear},
    {Py_tp_dealloc, pen_dealloc},
    {0, NULL},
};

static PyType_Spec pen_spec = {
    .name = "_tallyho_native.Pen",
    .basicsize = sizeof(Pen),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = pen_slots,
};
