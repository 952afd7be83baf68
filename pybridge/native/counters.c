/* The INSTRUCTION callback: find the code object's table, find the place's slot in it, add one. Rarer cases go to the Python
 * functions that counting.py calls too: to `slow` a place that has no slot, or whose sample is due; now and then a hit to
 * `carry`.
 *
 * With the interpreter's own headers a small integer is read directly; the stable ABI costs 3 to 5 ns more for each event.
 */
#include "counters.h"

#ifndef Py_LIMITED_API
#include "entries.h"
#include "held.h"
#endif

enum { PATIENCE = 1000 }; /* events in other frames after which the slow path is told that frames are still watched */

#define NEVER UINT32_MAX /* instead of a count at which a sample is due */

enum { SILENT = -2 }; /* instead of a slot: nothing is there, not even for the slow path */

/* At the program's recursion limit the slow path may be a call too many: the statement does not run then, and the
 * program's traceback is not to show where that was found out. */
static PyObject *without_ours(void)
{
    if (PyErr_ExceptionMatches(PyExc_RecursionError)) {
        PyObject *error = PyErr_GetRaisedException();
        PyException_SetTraceback(error, Py_None);
        PyErr_SetRaisedException(error);
    }
    return NULL;
}

/* A hit that Python counts, for it may want a sample of it: the 256th, the
 * 512th, and so on. */
static RARE PyObject *carry(Counters *c, PyObject *const *args, uint32_t s)
{
    PyObject *slot = PyLong_FromLong((long)s);
    if (!slot)
        return NULL;
    PyObject *with[] = {args[0], args[1], slot};
    PyObject *result = PyObject_Vectorcall(c->carry, with, 3, NULL);
    Py_DECREF(slot);
    return result ? result : without_ours();
}

static RARE PyObject *take_slow_path(Counters *c, PyObject *const *args)
{
    PyObject *result = PyObject_Vectorcall(c->slow, args, 2, NULL);
    return result ? result : without_ours();
}

/* Whether the slow path wants this frame's events. */
static int watched(Table *t)
{
    uintptr_t here = (uintptr_t)PyEval_GetFrame();
    for (uint32_t i = 0; i < t->frames; i++)
        if (t->frame[i] == here)
            return 1;
    if (++t->age < PATIENCE)
        return 0;
    t->age = 0;
    return 1;
}

static inline PyObject *add_one(Counters *c, PyObject *const *args, uint32_t s)
{
    uint64_t n = c->count[s] + 1;
    if ((n & 0xff) == 0 && (n & (n - 1)) == 0)
        return carry(c, args, s);
    c->count[s] = n;
    Py_RETURN_NONE;
}

static RARE PyObject *count_watched(Counters *c, Table *t, PyObject *const *args, uint32_t s)
{
    return watched(t) ? take_slow_path(c, args) : add_one(c, args, s);
}

/* A hit of a place that has a slot. */
static inline PyObject *count(Counters *c, Table *t, PyObject *const *args, uint32_t s)
{
    uint32_t local = s - t->first;
    if (local < t->some && c->count[s] + 1 >= t->due[local] && t->due[local] != NEVER)
        return take_slow_path(c, args);
    return t->frames ? count_watched(c, t, args, s) : add_one(c, args, s);
}

#if HAS_LATEST
/* The same, where latest values are held first. */
static RARE PyObject *count_held(Counters *c, Table *t, PyObject *const *args, uint32_t s, size_t i)
{
    uint32_t local = s - t->first;
    if (local < t->some) {
        PyThreadState *ts = PyThreadState_Get();
        latest_begin(t->latest, t->latest->places + t->notes[i] - 1, ts, running(ts), c->count + t->first, local);
        t->notes = t->latest->use;
    }
    return count(c, t, args, s);
}
#endif

/* A place that has no slot, or code whose table is not at hand. */
static RARE PyObject *count_elsewhere(Counters *c, PyObject *const *args)
{
    size_t i = offset_of(args[1]) >> 1;
    Table *t = table_cached(&c->tables, args[0]);
    if (!t) {
#ifndef Py_LIMITED_API
        int raw = raw_hit(c->pool, args[0], i);
        if (raw > 0)
            Py_RETURN_NONE;
        if (raw < 0)
            return take_slow_path(c, args);
#endif
        if (!(t = table_find(&c->tables, args[0])))
            return Py_NewRef(c->disable);
    }
    int32_t at = i < t->n ? t->slot[i] : -1;
    if (at == SILENT)
        return Py_NewRef(c->disable);
    uint32_t s = (uint32_t)at;
    if (s >= c->limit)
        return take_slow_path(c, args);
#if HAS_LATEST
    if (t->notes && t->notes[i])
        return count_held(c, t, args, s, i);
#endif
    return count(c, t, args, s);
}

static RARE PyObject *called_wrongly(void)
{
    PyErr_SetString(PyExc_TypeError, "on_instruction takes a code object and an offset");
    return NULL;
}

/* All that it calls it calls last, so that where it calls nothing it has saved no registers: that is a quarter of its time. */
static PyObject *on_instruction(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    Counters *c = (Counters *)self;
    if (PyVectorcall_NARGS(nargsf) != 2 || names)
        return called_wrongly();
    Table *t = table_cached(&c->tables, args[0]);
    size_t i = near_offset(args[1]) >> 1;
    if (!t || i >= t->n)
        return count_elsewhere(c, args);
    uint32_t s = (uint32_t)t->slot[i]; /* a negative one is beyond every limit */
    if (s >= c->limit)
        return count_elsewhere(c, args);
#if HAS_LATEST
    if (t->notes && t->notes[i])
        return count_held(c, t, args, s, i);
#endif
    return count(c, t, args, s);
}

#ifndef Py_LIMITED_API
SHARED int count_raised(Counters *c, PyObject *code, int32_t slot)
{
    if (slot == -1)
        return 1;
    Table *t = table_of(&c->tables, code);
    if (!t || t->frames || (uint32_t)slot >= c->limit)
        return 0;
    c->count[slot]++;
    return 1;
}
#endif

PyDoc_STRVAR(use_doc,
"use(code, counters_slots, due=None, first=0)\n\n"
"Count a code object: slots is an array of 32-bit slot numbers by offset/2, -1 for the slow path, read in place at each\n"
"event; None sends every place to the slow path. due is one of the counts, from slot first on, at which a place takes it.");

/* Takes an array of 32-bit numbers, or None. */
static int numbers(PyObject *from, Py_buffer *buffer)
{
    if (from == Py_None)
        return 0;
    if (PyObject_GetBuffer(from, buffer, PyBUF_SIMPLE) < 0)
        return -1;
    if (buffer->len % 4 || (buffer->len && (uintptr_t)buffer->buf % 4)) {
        PyBuffer_Release(buffer);
        PyErr_SetString(PyExc_ValueError, "slots and due must be 32-bit numbers");
        return -1;
    }
    return 0;
}

static PyObject *use(PyObject *self, PyObject *args)
{
    Counters *c = (Counters *)self;
    PyObject *code, *counters_slots, *dues = Py_None;
    unsigned int first = 0;
    if (!PyArg_ParseTuple(args, "OO|OI", &code, &counters_slots, &dues, &first))
        return NULL;
    Py_buffer slot = {0}, due = {0};
    if (numbers(counters_slots, &slot) < 0)
        return NULL;
    Table *t = NULL;
    if (numbers(dues, &due) == 0) {
        t = table_of(&c->tables, code);
        if (!t)
            t = table_add(&c->tables, code);
    }
    if (!t) {
        if (slot.obj)
            PyBuffer_Release(&slot);
        if (due.obj)
            PyBuffer_Release(&due);
        return NULL;
    }
    table_clear(t);
    t->slots = slot;
    t->slot = slot.buf;
    t->n = (size_t)slot.len / 4;
    t->dues = due;
    t->due = due.buf;
    t->some = (uint32_t)(due.len / 4);
    t->first = first;
#ifndef Py_LIMITED_API
    raw_planned(c->pool, code);
#endif
    Py_RETURN_NONE;
}

PyDoc_STRVAR(forget_doc,
"forget(address)\n\n"
"Let go of the table of a code object that ends, or has ended, at that address.");

static PyObject *forget_code(PyObject *self, PyObject *address)
{
    Counters *c = (Counters *)self;
    void *code = PyLong_AsVoidPtr(address);
    if (!code && PyErr_Occurred())
        return NULL;
    table_end(&c->tables, code);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(watch_doc,
"watch(code, frames)\n\n"
"Send every place of a code object that is counted to the slow path in the frames with these ids, and now and then in others.");

static PyObject *watch(PyObject *self, PyObject *args)
{
    Counters *c = (Counters *)self;
    PyObject *code, *frames;
    if (!PyArg_ParseTuple(args, "OO!", &code, &PyTuple_Type, &frames))
        return NULL;
    Table *t = table_of(&c->tables, code);
    if (!t)
        Py_RETURN_NONE;
    Py_ssize_t n = PyTuple_Size(frames);
    uintptr_t *ids = n ? PyMem_Calloc((size_t)n, sizeof *ids) : NULL;
    if (n && !ids)
        return PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < n; i++) {
        ids[i] = (uintptr_t)PyLong_AsVoidPtr(PyTuple_GetItem(frames, i));
        if (!ids[i] && PyErr_Occurred()) {
            PyMem_Free(ids);
            return NULL;
        }
    }
    PyMem_Free(t->frame);
    t->frame = ids;
    t->frames = (uint32_t)n;
    t->age = 0;
    Py_RETURN_NONE;
}

static int point(Counters *c, PyObject *counters)
{
    Py_buffer buffer;
    if (PyObject_GetBuffer(counters, &buffer, PyBUF_WRITABLE) < 0)
        return -1;
    if (c->counters.obj)
        PyBuffer_Release(&c->counters);
    c->counters = buffer;
    c->count = buffer.buf;
    size_t some = (size_t)buffer.len / sizeof(uint64_t);
    c->limit = some < INT32_MAX ? (uint32_t)some : INT32_MAX;
    return 0;
}

PyDoc_STRVAR(restart_doc, "restart(counters)\n\nCount in other memory: a forked child's.");

static PyObject *restart(PyObject *self, PyObject *counters)
{
    if (point((Counters *)self, counters) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static int counters_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    Counters *c = (Counters *)self;
    static char *names[] = {"counters", "slow", "carry", "disable", NULL};
    PyObject *counters, *slow, *carry, *disable;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "OOOO", names, &counters, &slow, &carry, &disable))
        return -1;
    if (c->slow) {
        PyErr_SetString(PyExc_TypeError, "Counters are made once");
        return -1;
    }
    if (point(c, counters) < 0 || tables_init(&c->tables) < 0)
        return -1;
    c->call = on_instruction;
    c->slow = Py_NewRef(slow);
    c->carry = Py_NewRef(carry);
    c->disable = Py_NewRef(disable);
#ifndef Py_LIMITED_API
    c->pool = state_of(self)->pool;
#endif
    return 0;
}

static int counters_traverse(PyObject *self, visitproc visit, void *arg)
{
    Counters *c = (Counters *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(c->slow);
    Py_VISIT(c->carry);
    Py_VISIT(c->on_return);
#ifndef Py_LIMITED_API
    Py_VISIT(c->guard);
#endif
    return 0;
}

static int counters_clear(PyObject *self)
{
    Py_CLEAR(((Counters *)self)->slow);
    Py_CLEAR(((Counters *)self)->carry);
    Py_CLEAR(((Counters *)self)->on_return);
#ifndef Py_LIMITED_API
    Py_CLEAR(((Counters *)self)->guard);
#endif
    return 0;
}

static void counters_dealloc(PyObject *self)
{
    Counters *c = (Counters *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    counters_clear(self);
    tables_free(&c->tables);
    if (c->counters.obj)
        PyBuffer_Release(&c->counters);
    Py_XDECREF(c->disable);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static PyMethodDef counters_methods[] = {
    {"use", use, METH_VARARGS, use_doc},
    {"forget", forget_code, METH_O, forget_doc},
    {"watch", watch, METH_VARARGS, watch_doc},
    {"restart", restart, METH_O, restart_doc},
#if HAS_LATEST
    HELD_METHODS
#endif
    {NULL, NULL, 0, NULL},
};

static PyMemberDef counters_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(Counters, call), Py_READONLY},
    {NULL},
};

static PyType_Slot counters_slots[] = {
    {Py_tp_doc, "Counters(counters, slow, carry, disable)\n\nThe INSTRUCTION callback: counts places of code objects in a buffer of 64-bit numbers."},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_members, counters_members},
    {Py_tp_init, counters_init},
    {Py_tp_traverse, counters_traverse},
    {Py_tp_clear, counters_clear},
    {Py_tp_dealloc, counters_dealloc},
    {Py_tp_methods, counters_methods},
    {0, NULL},
};

static PyType_Spec counters_spec = {
    .name = "_tallyho_native.Counters",
    .basicsize = sizeof(Counters),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = counters_slots,
};

SHARED int add_counters(PyObject *module, State *state) { return add_type(module, &counters_spec, &state->counters); }
