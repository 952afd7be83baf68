/* The type of the record writer (writer.h). */
#include "writer.h"

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

static PyObject *writer_end(PyObject *self, PyObject *Py_UNUSED(none))
{
    ((RecordWriter *)self)->ended = PyThread_get_thread_ident();
    Py_RETURN_NONE;
}

static int writer_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    RecordWriter *p = (RecordWriter *)self;
    static char *keys[] = {"thread_ring", "doorbell", "libraries", "activity", "special", "placeholder", "started", NULL};
    PyObject *thread_ring, *doorbell, *libraries, *activity, *special, *placeholder;
    long long started;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "OOO!OO!SL", keys, &thread_ring, &doorbell, &PyTuple_Type, &libraries, &activity, &PyFrozenSet_Type, &special, &placeholder, &started))
        return -1;
    if (p->thread_ring) {
        PyErr_SetString(PyExc_TypeError, "a RecordWriter is made once");
        return -1;
    }
    p->state = state_of(self);
    p->thread_ring = Py_NewRef(thread_ring);
    p->doorbell = Py_NewRef(doorbell);
    p->libraries = Py_NewRef(libraries);
    p->activity = Py_NewRef(activity);
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
    Py_VISIT(p->libraries);
    Py_VISIT(p->activity);
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
    Py_CLEAR(p->libraries);
    Py_CLEAR(p->activity);
    Py_CLEAR(p->special);
    Py_CLEAR(p->placeholder);
    return 0;
}

static void writer_dealloc(PyObject *self) { gone(self, writer_clear); }

static PyMethodDef writer_methods[] = {
    {"restart", writer_restart, METH_VARARGS, "restart(map, number)\n\nWrite into that memory, the next record with that number."},
    {"watch", writer_watch, METH_VARARGS, "watch(stdout, stderr)\n\nSay before events how long those files are; -1: no more."},
    {"end", writer_end, METH_NOARGS, "end()\n\nThe program's main code has ended, in this thread: FastPrinters write nothing more here."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot writer_slots[] = {
    {Py_tp_doc, "RecordWriter(thread_ring, doorbell, libraries, activity, special, placeholder, started)\n\nWhere FastPrinters write; yields the numbers of records."},
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

SHARED int add_writer(PyObject *module, State *state) { return add_type(module, &writer_spec, &state->writer); }
