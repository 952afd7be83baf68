/* The accelerator of the bridge: the INSTRUCTION callback, in C.
 *
 * It does what counting.py's closure does, and nothing else: find the code
 * object's table, find the place's slot in it, add one. Whatever is rarer is
 * handed to the same Python functions as there: a place that has no slot, or
 * whose sample is due, to `slow`; and now and then a hit to `carry`.
 *
 * Needs CPython 3.12. With the interpreter's own headers a small integer is
 * read directly; with -DPy_LIMITED_API=0x030C0000 the stable ABI is used, which
 * costs 3 to 5 ns more for each event, and has nothing but this file: conditions
 * and printers stay in Python. Tables are changed only with the GIL held, as the
 * callback runs.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef Py_LIMITED_API
#define OFFSET(o) ((size_t)PyLong_AsLong(o))
#else
/* An offset is small and never negative (Include/cpython/longintrepr.h); one
 * that needs a second digit is read the long way. */
static inline size_t OFFSET(PyObject *o)
{
    PyLongObject *l = (PyLongObject *)o;
    if (PyUnstable_Long_IsCompact(l))
        return (size_t)PyUnstable_Long_CompactValue(l);
    return (size_t)PyLong_AsLong(o);
}
#endif

/* A code object and its slots by offset/2. slots.buf is NULL while every place
 * takes the slow path. due has for each slot from first on the count at which it
 * takes it too, and frames are those in which every place does. */
typedef struct {
    PyObject *code; /* borrowed: forget is called before its address is another's */
    Py_buffer slots, dues;
    const int32_t *slot;
    const uint32_t *due;
    size_t n;
    uint32_t first, some; /* due has some numbers */
    uint32_t frames, age; /* how many in frame, and events in others since that was set */
    uintptr_t *frame;     /* ids; owned */
#ifndef Py_LIMITED_API
    const uint16_t *notes; /* of latest: whether there is something to do at a code unit; NULL: nowhere */
    Latest *latest;        /* owned; NULL: nothing is held of it */
#endif
} Table;

#define PATIENCE 1000 /* events in other frames after which the slow path is told that frames are still watched */

#define NEVER UINT32_MAX

#define SILENT -2 /* instead of a slot: nothing is there, not even for the slow path */

#define CACHE 1024 /* direct-mapped, by address: saves the probing of the hash table */

typedef struct {
    PyObject_HEAD
    vectorcallfunc call; /* on_instruction: the object is its own callback, which spares each event a wrapper */
    Py_buffer counters;
    uint64_t *count;
    size_t limit;
    PyObject *slow, *carry, *disable;
    PyObject *on_return; /* NULL: nobody */
    Table **tables; /* open addressing, at most half full */
    size_t mask, used;
    Table *cache[CACHE];
} Counters;

static inline size_t hash(const void *p)
{
    return (size_t)(((uint64_t)(uintptr_t)p >> 4) * 0x9E3779B97F4A7C15ull >> 20);
}

static inline size_t line(const void *p)
{
    return (((uintptr_t)p >> 4) ^ ((uintptr_t)p >> 13)) & (CACHE - 1);
}

static Table **place(Counters *c, const void *code)
{
    size_t i = hash(code) & c->mask;
    while (c->tables[i] && c->tables[i]->code != code)
        i = (i + 1) & c->mask;
    return &c->tables[i];
}

static inline Table *find(Counters *c, const void *code)
{
    Table *t = *place(c, code);
    if (t)
        c->cache[line(code)] = t;
    return t;
}

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
static PyObject *carry(Counters *c, PyObject *const *args, int32_t s)
{
    PyObject *slot = PyLong_FromLong(s);
    if (!slot)
        return NULL;
    PyObject *with[] = {args[0], args[1], slot};
    PyObject *result = PyObject_Vectorcall(c->carry, with, 3, NULL);
    Py_DECREF(slot);
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

static PyObject *on_instruction(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    Counters *c = (Counters *)self;
    if (PyVectorcall_NARGS(nargsf) != 2 || names) {
        PyErr_SetString(PyExc_TypeError, "on_instruction takes a code object and an offset");
        return NULL;
    }
    size_t i = OFFSET(args[1]) >> 1;
    Table *t = c->cache[line(args[0])];
    if (!t || t->code != args[0]) {
#ifndef Py_LIMITED_API
        int raw = raw_hit(args[0], i);
        if (raw > 0)
            Py_RETURN_NONE;
        if (raw < 0)
            goto slow;
#endif
        if (!(t = find(c, args[0])))
            return Py_NewRef(c->disable);
    }
    if (i < t->n) {
        int32_t s = t->slot[i];
        if (s >= 0 && (size_t)s < c->limit) {
            uint64_t n = c->count[s] + 1;
            uint32_t local = (uint32_t)s - t->first;
#if defined(HAS_LATEST) && HAS_LATEST
            if (t->notes && t->notes[i] && local < t->some) {
                PyThreadState *ts = PyThreadState_Get();
                latest_begin(t->latest, t->latest->places + t->notes[i] - 1, ts, running(ts), c->count + t->first, local);
                t->notes = t->latest->use;
            }
#endif
            if (local < t->some && n >= t->due[local] && t->due[local] != NEVER)
                goto slow;
            if (t->frames && watched(t))
                goto slow;
            if ((n & 0xff) == 0 && (n & (n - 1)) == 0)
                return carry(c, args, s);
            c->count[s] = n;
            Py_RETURN_NONE;
        }
        if (s == SILENT)
            return Py_NewRef(c->disable);
    }
slow: {
    PyObject *result = PyObject_Vectorcall(c->slow, args, 2, NULL);
    return result ? result : without_ours();
}
}

static int grow(Counters *c)
{
    size_t old = c->tables ? c->mask + 1 : 0, size = old ? old * 2 : 1024;
    Table **was = c->tables, **tables = PyMem_Calloc(size, sizeof *tables);
    if (!tables) {
        PyErr_NoMemory();
        return -1;
    }
    c->tables = tables;
    c->mask = size - 1;
    for (size_t i = 0; i < old; i++)
        if (was[i])
            *place(c, was[i]->code) = was[i];
    PyMem_Free(was);
    return 0;
}

static Table *add(Counters *c, PyObject *code)
{
    if ((c->used + 1) * 2 > c->mask + 1 && grow(c) < 0)
        return NULL;
    Table *t = PyMem_Calloc(1, sizeof *t);
    if (!t) {
        PyErr_NoMemory();
        return NULL;
    }
    t->code = code;
    *place(c, code) = t;
    c->used++;
    return t;
}

static void clear(Table *t)
{
    t->slot = NULL;
    t->due = NULL;
    t->n = 0;
    t->some = 0;
    if (t->slots.obj)
        PyBuffer_Release(&t->slots);
    if (t->dues.obj)
        PyBuffer_Release(&t->dues);
}

PyDoc_STRVAR(use_doc,
"use(code, slots, due=None, first=0)\n\n"
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
    PyObject *code, *slots, *dues = Py_None;
    unsigned int first = 0;
    if (!PyArg_ParseTuple(args, "OO|OI", &code, &slots, &dues, &first))
        return NULL;
    Py_buffer slot = {0}, due = {0};
    if (numbers(slots, &slot) < 0)
        return NULL;
    Table *t = NULL;
    if (numbers(dues, &due) == 0) {
        t = c->tables ? *place(c, code) : NULL;
        if (!t)
            t = add(c, code);
    }
    if (!t) {
        if (slot.obj)
            PyBuffer_Release(&slot);
        if (due.obj)
            PyBuffer_Release(&due);
        return NULL;
    }
    clear(t);
    t->slots = slot;
    t->slot = slot.buf;
    t->n = (size_t)slot.len / 4;
    t->dues = due;
    t->due = due.buf;
    t->some = (uint32_t)(due.len / 4);
    t->first = first;
#ifndef Py_LIMITED_API
    raw_planned(code);
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
    size_t i = hash(code) & c->mask;
    while (c->tables[i] && c->tables[i]->code != code)
        i = (i + 1) & c->mask;
    Table *t = c->tables[i];
    if (!t)
        Py_RETURN_NONE;
    if (c->cache[line(code)] == t)
        c->cache[line(code)] = NULL;
    c->tables[i] = NULL;
    c->used--;
    for (size_t j = (i + 1) & c->mask; c->tables[j]; j = (j + 1) & c->mask) { /* those that had to go past it may come nearer */
        size_t home = hash(c->tables[j]->code) & c->mask;
        if (((j - home) & c->mask) >= ((j - i) & c->mask)) {
            c->tables[i] = c->tables[j];
            c->tables[j] = NULL;
            i = j;
        }
    }
    clear(t);
    PyMem_Free(t->frame);
#ifndef Py_LIMITED_API
    latest_free(t->latest);
#endif
    PyMem_Free(t);
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
    Table *t = c->tables ? *place(c, code) : NULL;
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

#if defined(HAS_LATEST) && HAS_LATEST
PyDoc_STRVAR(latest_doc,
"latest(code, description)\n\n"
"Hold the latest values of a code object that is counted, as latest.py describes it; None: no longer.");

static PyObject *latest(PyObject *self, PyObject *args)
{
    Counters *c = (Counters *)self;
    PyObject *code, *description;
    if (!PyArg_ParseTuple(args, "O!O", &PyCode_Type, &code, &description))
        return NULL;
    Table *t = c->tables ? *place(c, code) : NULL;
    if (!t)
        Py_RETURN_NONE;
    Latest *k = NULL;
    if (description != Py_None && !(k = latest_new(code, description)))
        return NULL;
    latest_free(t->latest);
    t->latest = k;
    t->notes = k ? k->use : NULL;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(news_doc, "news(address) -> list\n\nWhat is held of the code object there since it was asked last: (statement, hit, thread, states, values) of each.");

static PyObject *news(PyObject *self, PyObject *address)
{
    Counters *c = (Counters *)self;
    void *code = PyLong_AsVoidPtr(address);
    if (!code && PyErr_Occurred())
        return NULL;
    Table *t = c->tables ? *place(c, code) : NULL;
    return t && t->latest ? latest_news(t->latest) : PyList_New(0);
}

/* The table and the frame that a frame object stands for; NULL where nothing is held of it. */
static Table *kept_of(Counters *c, PyObject *object, Frame **frame)
{
    if (!PyFrame_Check(object) || !c->tables)
        return NULL;
    PyCodeObject *code = PyFrame_GetCode((PyFrameObject *)object);
    Table *t = *place(c, code);
    Py_DECREF(code);
    *frame = ((PyFrameObject *)object)->f_frame;
    return t && t->latest ? t : NULL;
}

PyDoc_STRVAR(enter_doc,
"enter(frame, alone, offset)\n\n"
"A frame runs when its code's latest values begin to be held, and has come to that offset, which is counted already; alone: no\n"
"other frame of that code runs.");

static PyObject *entered(PyObject *self, PyObject *args)
{
    Counters *c = (Counters *)self;
    PyObject *object;
    int alone;
    Py_ssize_t offset;
    Frame *frame;
    if (!PyArg_ParseTuple(args, "Opn", &object, &alone, &offset))
        return NULL;
    Table *t = kept_of(c, object, &frame);
    if (t) {
        t->latest->only = frame;
        if (!alone)
            t->latest->only = NULL, latest_overlap(t->latest), t->notes = t->latest->use;
        size_t i = (size_t)offset >> 1;
        if (offset >= 0 && i < t->n && i < t->latest->units && t->latest->of_unit[i] && t->slot[i] >= 0) {
            uint32_t local = (uint32_t)t->slot[i] - t->first;
            Place begun = t->latest->places[t->latest->of_unit[i] - 1];
            uint64_t *count = c->count + t->first;
            begun.entry = 0; /* it has been entered */
            if (local < t->some && count[local]) {
                count[local]--;
                latest_begin(t->latest, &begun, PyThreadState_Get(), frame, count, local);
                count[local]++;
            }
        }
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(weigh_doc,
"weigh(afford, least) -> int\n\n"
"How often something was held since the last time. Where that cannot be afforded, less is noted of code that has done so so often at least.");

static PyObject *weigh(PyObject *self, PyObject *args)
{
    Counters *c = (Counters *)self;
    int afford;
    unsigned long long least, total = 0;
    if (!PyArg_ParseTuple(args, "pK", &afford, &least))
        return NULL;
    for (size_t i = 0; c->tables && i <= c->mask; i++) {
        Latest *k = c->tables[i] ? c->tables[i]->latest : NULL;
        if (!k)
            continue;
        uint64_t some = k->events - k->weighed;
        k->weighed = k->events;
        total += some;
        k->limit = k->events + (some < MUCH ? MOST : MUCH);
        if (afford || some >= least)
            latest_lean(k, !afford), c->tables[i]->notes = k->use;
    }
    return PyLong_FromUnsignedLongLong(total);
}

PyDoc_STRVAR(survey_doc,
"survey(ours, stopped) -> list of (code, offset)\n\n"
"Hold what the frames of all threads hold that run. ours: how the file names of the bridge's code begin; stopped: the innermost frames\n"
"of the program stand still at an event. Returns where frames are of which it is not known yet, as stands tells it, what that is.");

enum { DEEPEST = 100 }; /* frames of a thread that are looked at */

/* Appends where a frame is. */
static int tell_place(PyObject *list, Frame *f)
{
    PyObject *place = Py_BuildValue("(On)", code_in(f), (Py_ssize_t)_PyInterpreterFrame_LASTI(f) * (Py_ssize_t)sizeof(_Py_CODEUNIT));
    int failed = place ? PyList_Append(list, place) : -1;
    Py_XDECREF(place);
    return failed;
}

/* No frame object is made, and no other thread runs meanwhile: whoever held a frame of another thread could be the last to let
 * go of it, and what it held would end here. */
static PyObject *survey(PyObject *self, PyObject *args)
{
    Counters *c = (Counters *)self;
    PyObject *ours;
    int stopped;
    if (!PyArg_ParseTuple(args, "Up", &ours, &stopped))
        return NULL;
    PyObject *unknown = PyList_New(0);
    for (PyThreadState *ts = PyInterpreterState_ThreadHead(PyInterpreterState_Get()); unknown && ts; ts = PyThreadState_Next(ts)) {
        int inner = 1, depth = 0;
        for (Frame *f = running(ts); f && depth < DEEPEST; f = f->previous) {
            if (_PyFrame_IsIncomplete(f))
                continue;
            depth++;
            Table *t = *place(c, code_in(f));
            if (t && t->latest && !t->latest->lean && !latest_survey(t->latest, f, inner, stopped, c->count + t->first) &&
                tell_place(unknown, f) < 0)
                Py_CLEAR(unknown);
            Py_ssize_t is_ours = inner ? PyUnicode_Tailmatch(code_in(f)->co_filename, ours, 0, PY_SSIZE_T_MAX, -1) : 0;
            if (!unknown || is_ours < 0) {
                Py_XDECREF(unknown);
                return NULL;
            }
            inner = is_ours > 0;
        }
    }
    return unknown;
}

PyDoc_STRVAR(stands_doc, "stands(code, offset, statement, probe)\n\nWhat a frame there is in the midst of, -1 for none; probe: statements begin there.");

static PyObject *stands(PyObject *self, PyObject *args)
{
    Counters *c = (Counters *)self;
    PyObject *code;
    Py_ssize_t offset;
    int statement, probe;
    if (!PyArg_ParseTuple(args, "Onip", &code, &offset, &statement, &probe))
        return NULL;
    Table *t = c->tables ? *place(c, code) : NULL;
    if (t && t->latest && offset >= 0)
        stand(t->latest, (size_t)offset >> 1, statement, probe);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(left_doc, "left(frame)\n\nA frame is left by an exception: hold what it holds.");

static PyObject *left_by(PyObject *self, PyObject *object)
{
    Counters *c = (Counters *)self;
    Frame *frame;
    Table *t = kept_of(c, object, &frame);
    if (t && !t->latest->lean)
        latest_end(t->latest, PyThreadState_Get(), frame, c->count + t->first);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(began_doc, "began(frame, offset)\n\nStatements begin in a frame, at a place whose event does not come.");

static PyObject *began(PyObject *self, PyObject *args)
{
    Counters *c = (Counters *)self;
    PyObject *object;
    Py_ssize_t offset;
    Frame *frame;
    if (!PyArg_ParseTuple(args, "On", &object, &offset))
        return NULL;
    Table *t = kept_of(c, object, &frame);
    size_t i = (size_t)offset >> 1;
    if (!t || offset < 0 || i >= t->n || i >= t->latest->units || !t->notes || !t->notes[i] || t->slot[i] < 0)
        Py_RETURN_NONE;
    uint32_t local = (uint32_t)t->slot[i] - t->first;
    if (local < t->some)
        latest_begin(t->latest, t->latest->places + t->notes[i] - 1, PyThreadState_Get(), frame, c->count + t->first, local);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(python_doc, "python(code, wanted)\n\nWhether the Python callback hears of a code object's returns.");

static PyObject *python(PyObject *self, PyObject *args)
{
    Counters *c = (Counters *)self;
    PyObject *code;
    int wanted;
    if (!PyArg_ParseTuple(args, "Op", &code, &wanted))
        return NULL;
    Table *t = c->tables ? *place(c, code) : NULL;
    if (t && t->latest)
        t->latest->python = (char)wanted;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(hears_doc, "hears(on_return)\n\nSet the Python callback of PY_RETURN, which returned stands before.");

static PyObject *hears(PyObject *self, PyObject *callback)
{
    Py_XSETREF(((Counters *)self)->on_return, Py_NewRef(callback));
    Py_RETURN_NONE;
}

PyDoc_STRVAR(returned_doc, "returned(code, offset, value)\n\nThe PY_RETURN callback.");

static PyObject *returned(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Counters *c = (Counters *)self;
    if (nargs != 3) {
        PyErr_SetString(PyExc_TypeError, "returned takes a code object, an offset and a value");
        return NULL;
    }
    Table *t = c->cache[line(args[0])];
    if (!t || t->code != args[0])
        t = find(c, args[0]);
    if (t && t->latest && !t->latest->lean) {
        PyThreadState *ts = PyThreadState_Get();
        latest_return(t->latest, running(ts), OFFSET(args[1]) >> 1, args[2], c->count + t->first, ts);
    }
    if (t && t->latest && !t->latest->python)
        Py_RETURN_NONE;
    if (!c->on_return)
        Py_RETURN_NONE;
    return PyObject_Vectorcall(c->on_return, args, 3, NULL);
}
#endif

static int point(Counters *c, PyObject *counters)
{
    Py_buffer buffer;
    if (PyObject_GetBuffer(counters, &buffer, PyBUF_WRITABLE) < 0)
        return -1;
    if (c->counters.obj)
        PyBuffer_Release(&c->counters);
    c->counters = buffer;
    c->count = buffer.buf;
    c->limit = (size_t)buffer.len / sizeof(uint64_t);
    return 0;
}

PyDoc_STRVAR(restart_doc, "restart(counters)\n\nCount in other memory: a forked child's.");

static PyObject *restart(PyObject *self, PyObject *counters)
{
    if (point((Counters *)self, counters) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static int init(PyObject *self, PyObject *args, PyObject *kwds)
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
    if (point(c, counters) < 0 || grow(c) < 0)
        return -1;
    c->call = on_instruction;
    c->slow = Py_NewRef(slow);
    c->carry = Py_NewRef(carry);
    c->disable = Py_NewRef(disable);
    return 0;
}

static int traverse(PyObject *self, visitproc visit, void *arg)
{
    Counters *c = (Counters *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(c->slow);
    Py_VISIT(c->carry);
    Py_VISIT(c->on_return);
    return 0;
}

static int forget(PyObject *self)
{
    Py_CLEAR(((Counters *)self)->slow);
    Py_CLEAR(((Counters *)self)->carry);
    Py_CLEAR(((Counters *)self)->on_return);
    return 0;
}

static void dealloc(PyObject *self)
{
    Counters *c = (Counters *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    forget(self);
    for (size_t i = 0; c->tables && i <= c->mask; i++)
        if (c->tables[i]) {
            clear(c->tables[i]);
            PyMem_Free(c->tables[i]->frame);
#ifndef Py_LIMITED_API
            latest_free(c->tables[i]->latest);
#endif
            PyMem_Free(c->tables[i]);
        }
    PyMem_Free(c->tables);
    if (c->counters.obj)
        PyBuffer_Release(&c->counters);
    Py_XDECREF(c->disable);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"use", use, METH_VARARGS, use_doc},
    {"forget", forget_code, METH_O, forget_doc},
    {"watch", watch, METH_VARARGS, watch_doc},
    {"restart", restart, METH_O, restart_doc},
#if defined(HAS_LATEST) && HAS_LATEST
    {"latest", latest, METH_VARARGS, latest_doc},
    {"news", news, METH_O, news_doc},
    {"survey", survey, METH_VARARGS, survey_doc},
    {"stands", stands, METH_VARARGS, stands_doc},
    {"weigh", weigh, METH_VARARGS, weigh_doc},
    {"enter", entered, METH_VARARGS, enter_doc},
    {"left", left_by, METH_O, left_doc},
    {"began", began, METH_VARARGS, began_doc},
    {"python", python, METH_VARARGS, python_doc},
    {"hears", hears, METH_O, hears_doc},
    {"returned", (PyCFunction)(void (*)(void))returned, METH_FASTCALL, returned_doc},
#endif
    {NULL, NULL, 0, NULL},
};

static PyMemberDef members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(Counters, call), Py_READONLY},
    {NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Counters(counters, slow, carry, disable)\n\nThe INSTRUCTION callback: counts places of code objects in a buffer of 64-bit numbers."},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_members, members},
    {Py_tp_init, init},
    {Py_tp_traverse, traverse},
    {Py_tp_clear, forget},
    {Py_tp_dealloc, dealloc},
    {Py_tp_methods, methods},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "_tallyho_native.Counters",
    .basicsize = sizeof(Counters),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = slots,
};

#ifdef Py_LIMITED_API
static PyMethodDef functions[] = {{NULL, NULL, 0, NULL}};

static int add_others(PyObject *module) { return (void)module, 0; }
#else
#include <frameobject.h>

static PyObject *locals_of(PyObject *module, PyObject *frame)
{
    if (!PyFrame_Check(frame)) {
        PyErr_SetString(PyExc_TypeError, "locals_of takes a frame");
        return NULL;
    }
    PyObject *found = PyFrame_GetLocals((PyFrameObject *)frame);
#if !LIVE_LOCALS
    if (found)
        PyFrame_LocalsToFast((PyFrameObject *)frame, 0); /* writes what was just read: nothing is left to be written later */
#endif
    return (void)module, found;
}

static PyMethodDef functions[] = {
    {"locals_of", locals_of, METH_O,
     "locals_of(frame)\n\nA frame's f_locals, so that the frame forgets that somebody has them. When it does not, 3.12 makes the variables\n"
     "of a comprehension in a module or class body None as soon as somebody traces it."},
    {NULL, NULL, 0, NULL},
};

static int add_others(PyObject *module) { return add_writer(module) < 0 || add_raises(module) < 0 || add_raw(module) < 0 ? -1 : 0; }
#endif

static int exec(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &spec, NULL);
    if (!type)
        return -1;
    int failed = PyModule_AddObjectRef(module, "Counters", type);
    Py_DECREF(type);
    return failed ? failed : add_others(module);
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, exec}, {0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "_tallyho_native", .m_doc = "The accelerator of Tallyho's bridge.", .m_methods = functions, .m_slots = module_slots,
};

PyMODINIT_FUNC PyInit__tallyho_native(void)
{
    return PyModuleDef_Init(&module);
}
