/* The pen: writes the commonest events in C, byte for byte as records.py does
 * (docs/wire.md, "Trace memory").
 *
 * A Quick stands for one action of one tracepoint at one kind of event of one
 * code object, where nothing is left to ask. Called with the frame it renders
 * the values, writes the record and counts the hit. Whatever is unusual (a ring
 * that is full or shared, a value that wants more than a few lines of C) it
 * leaves to Python: the answer False means that nothing was done.
 *
 * Nothing of the program runs here. Between taking a record's number and
 * publishing it nothing of Python runs at all, so that no signal comes between.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { READER_WAITING = 8, EVENT = 1, WRITTEN = 8, RECORD_HEAD = 16, EVENT_HEAD = 40 };
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

/* A record while it is put together: on the stack as long as it is short. */
typedef struct {
    uint8_t *data;
    size_t len, cap;
    uint8_t room[2048];
} Buffer;

static int reserve(Buffer *b, size_t more)
{
    if (b->len + more <= b->cap)
        return 0;
    size_t cap = (b->len + more) * 2;
    uint8_t *data = PyMem_Malloc(cap);
    if (!data) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(data, b->data, b->len);
    if (b->data != b->room)
        PyMem_Free(b->data);
    b->data = data;
    b->cap = cap;
    return 0;
}

static int put(Buffer *b, const void *data, size_t n)
{
    if (reserve(b, n) < 0)
        return -1;
    memcpy(b->data + b->len, data, n);
    b->len += n;
    return 0;
}

#define PUT(b, text) put(b, text, sizeof(text) - 1)

/* Rendering: 1 done, 0 Python has to do it, -1 an exception. */

static int unicode(Buffer *b, PyObject *text)
{
    Py_ssize_t n;
    const char *data = PyUnicode_AsUTF8AndSize(text, &n);
    if (!data) { /* a lone surrogate */
        PyErr_Clear();
        return 0;
    }
    return put(b, data, (size_t)n) < 0 ? -1 : 1;
}

static int repr(Buffer *b, PyObject *value, reprfunc how)
{
    PyObject *text = how(value);
    if (!text)
        return -1;
    int done = unicode(b, text);
    Py_DECREF(text);
    return done;
}

/* An instance of a class that Python code defines is shown as object shows it. */
static int is_plain_object(Pen *pen, PyTypeObject *kind)
{
    if (Py_TYPE(kind) != &PyType_Type || !(kind->tp_flags & Py_TPFLAGS_HEAPTYPE) || kind->tp_flags & Py_TPFLAGS_BASE_EXC_SUBCLASS)
        return 0;
    int known = PySet_Contains(pen->special, (PyObject *)kind);
    if (known)
        return 0;
    PyObject *module = kind->tp_dict ? PyDict_GetItemString(kind->tp_dict, "__module__") : NULL;
    if (!module || !PyUnicode_CheckExact(module))
        return 0;
    static const char *const safe[] = {"builtins", "io", "_io", "socket", "_socket", "zoneinfo", "decimal"};
    for (size_t i = 0; i < sizeof safe / sizeof *safe; i++)
        if (PyUnicode_CompareWithASCIIString(module, safe[i]) == 0)
            return 0;
    return 1;
}

static int text(Pen *pen, Buffer *b, PyObject *value, int depth);

static int sequence(Pen *pen, Buffer *b, PyObject *value, int depth, const char *open, const char *close)
{
    Py_ssize_t n = PySequence_Fast_GET_SIZE(value);
    if (n > ITEMS)
        return 0;
    if (put(b, open, 1) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); i++) {
        if (i && PUT(b, ", ") < 0)
            return -1;
        int done = text(pen, b, PySequence_Fast_GET_ITEM(value, i), depth);
        if (done != 1)
            return done;
    }
    if (PyTuple_CheckExact(value) && n == 1 && PUT(b, ",") < 0)
        return -1;
    return put(b, close, 1) < 0 ? -1 : 1;
}

static int text(Pen *pen, Buffer *b, PyObject *value, int depth)
{
    if (!depth)
        return PUT(b, "...") < 0 ? -1 : 1;
    if (value == Py_None)
        return PUT(b, "None") < 0 ? -1 : 1;
    if (value == Py_True)
        return PUT(b, "True") < 0 ? -1 : 1;
    if (value == Py_False)
        return PUT(b, "False") < 0 ? -1 : 1;
    if (PyLong_CheckExact(value)) {
        int overflow;
        long long n = PyLong_AsLongLongAndOverflow(value, &overflow);
        if (overflow)
            return 0;
        char digits[24];
        return put(b, digits, (size_t)snprintf(digits, sizeof digits, "%lld", n)) < 0 ? -1 : 1;
    }
    if (PyUnicode_CheckExact(value))
        return PyUnicode_GET_LENGTH(value) > WHOLE ? 0 : repr(b, value, PyUnicode_Type.tp_repr);
    if (PyFloat_CheckExact(value))
        return repr(b, value, PyFloat_Type.tp_repr);
    if (PyList_CheckExact(value))
        return sequence(pen, b, value, depth - 1, "[", "]");
    if (PyTuple_CheckExact(value))
        return sequence(pen, b, value, depth - 1, "(", ")");
    if (is_plain_object(pen, Py_TYPE(value)))
        return repr(b, value, PyBaseObject_Type.tp_repr);
    return 0;
}

/* One value: status, length of name, name, length of text, text. `head` has the
 * first three. */
static int value(Quick *q, Buffer *b, PyObject *head, PyObject *what)
{
    if (put(b, PyBytes_AS_STRING(head), (size_t)PyBytes_GET_SIZE(head)) < 0)
        return -1;
    size_t status = b->len - (size_t)PyBytes_GET_SIZE(head), at = b->len;
    if (reserve(b, 4) < 0)
        return -1;
    b->len += 4;
    int done;
    if (q->as_text && (PyUnicode_CheckExact(what) || PyComplex_CheckExact(what))) {
        if (PyComplex_CheckExact(what) || PyUnicode_GET_LENGTH(what) > (q->limit < WHOLE ? q->limit : WHOLE))
            return 0;
        done = unicode(b, what);
        if (done != 1)
            return done;
        uint32_t n = (uint32_t)(b->len - at - 4);
        memcpy(b->data + at, &n, 4);
        return b->len > LONGEST_EVENT ? 0 : 1;
    }
    done = text(q->pen, b, what, DEPTH);
    if (done < 0)
        return -1;
    if (!done && q->as_text && PyLong_CheckExact(what)) /* format() shows all its digits */
        return 0;
    /* A text within the limit in bytes is within it in characters. */
    if (!done || b->len - at - 4 > (size_t)(q->limit < WHOLE ? q->limit : WHOLE)) {
        b->len = at + 4;
        PyObject *answer = PyObject_CallOneArg(q->render, what);
        if (!answer)
            return -1;
        PyObject *rendered;
        int how;
        done = PyArg_ParseTuple(answer, "Ui", &rendered, &how) ? unicode(b, rendered) : -1;
        Py_DECREF(answer);
        if (done != 1)
            return done;
        b->data[status] = (uint8_t)how;
    }
    uint32_t n = (uint32_t)(b->len - at - 4);
    if (n > LONGEST_TEXT || b->len > LONGEST_EVENT)
        return 0;
    memcpy(b->data + at, &n, 4);
    return 1;
}

/* A value of which only the status and a fixed text show. */
static int without(Buffer *b, PyObject *head, int status, const char *shown, size_t n)
{
    size_t at = b->len;
    uint32_t size = (uint32_t)n;
    if (put(b, PyBytes_AS_STRING(head), (size_t)PyBytes_GET_SIZE(head)) < 0 || put(b, &size, 4) < 0 || put(b, shown, n) < 0)
        return -1;
    b->data[at] = (uint8_t)status;
    return 1;
}

/* Finds a name as the frame would; a new reference, NULL without an exception
 * where it has no value, -1 where Python has to look. */
static int find_name(PyFrameObject *frame, PyObject *name, int local, int only_local, PyObject **found)
{
    *found = NULL;
    if (local) {
        *found = PyFrame_GetVar(frame, name);
        if (*found)
            return 1;
        if (!PyErr_ExceptionMatches(PyExc_NameError))
            return -1;
        PyErr_Clear();
    }
    if (only_local)
        return 1;
    PyObject *(*const spaces[])(PyFrameObject *) = {PyFrame_GetGlobals, PyFrame_GetBuiltins};
    for (int i = 0; i < 2; i++) {
        PyObject *space = spaces[i](frame);
        if (!PyDict_CheckExact(space)) {
            Py_DECREF(space);
            return 0;
        }
        *found = Py_XNewRef(PyDict_GetItemWithError(space, name));
        Py_DECREF(space);
        if (*found)
            return 1;
        if (PyErr_Occurred())
            return -1;
    }
    return 1;
}

static int values(Quick *q, Buffer *b, PyFrameObject *frame, PyObject *arg, uint32_t *number)
{
    if (q->names == Py_None) {
        *number = (uint32_t)q->wants_value;
        if (!q->wants_value)
            return 1;
        static PyObject *head;
        if (!head && !(head = PyBytes_FromStringAndSize("\0\0", 2)))
            return -1;
        return value(q, b, head, arg);
    }
    Py_ssize_t n = PyTuple_GET_SIZE(q->names);
    *number = (uint32_t)n;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *one = PyTuple_GET_ITEM(q->names, i), *found;
        PyObject *head = PyTuple_GET_ITEM(one, 1);
        int done = find_name(frame, PyTuple_GET_ITEM(one, 0), PyTuple_GET_ITEM(one, 2) == Py_True, q->none_is_missing, &found);
        if (done != 1)
            return done;
        if (!found && q->as_text)
            return 0;
        if (!found)
            done = q->none_is_missing ? without(b, head, MISSING, "?", 1) : without(b, head, SKIPPED, "", 0);
        else if (PyTuple_GET_ITEM(one, 3) == Py_True)
            done = without(b, head, REDACTED, PyBytes_AS_STRING(q->pen->placeholder), (size_t)PyBytes_GET_SIZE(q->pen->placeholder));
        else
            done = value(q, b, head, found);
        Py_XDECREF(found);
        if (done != 1)
            return done;
    }
    return 1;
}

/* The current thread's seat; NULL without an exception where it has none of its own. */
static Seat *seat(Pen *p)
{
    uint64_t thread = PyThreadState_GetID(PyThreadState_Get());
    Seat *s = &p->seats[thread % SEATS];
    if (s->thread == thread)
        return s;
    PyObject *answer = PyObject_CallNoArgs(p->seat);
    if (!answer)
        return NULL;
    if (answer == Py_None) {
        Py_DECREF(answer);
        return NULL;
    }
    PyObject *ring;
    unsigned long long header, offset, size;
    unsigned int number;
    if (!PyArg_ParseTuple(answer, "OKKKI", &ring, &header, &offset, &size, &number)) {
        Py_DECREF(answer);
        return NULL;
    }
    if (header + 64 > (uint64_t)p->map.len || offset + size > (uint64_t)p->map.len) {
        Py_DECREF(answer);
        PyErr_SetString(PyExc_ValueError, "a ring outside the memory");
        return NULL;
    }
    Py_XSETREF(s->ring, Py_NewRef(ring));
    s->thread = thread;
    s->header = header, s->offset = offset, s->size = size, s->number = number;
    Py_DECREF(answer);
    return s;
}

/* The number of the line's place, 0 where it could not be defined. */
static long place_of(Quick *q, PyFrameObject *frame)
{
    if (q->epoch != q->pen->epoch) {
        PyDict_Clear(q->places);
        q->epoch = q->pen->epoch;
    }
    int line = PyFrame_GetLineNumber(frame);
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

static inline uint64_t load(const uint8_t *at)
{
    return __atomic_load_n((const uint64_t *)at, __ATOMIC_ACQUIRE);
}

/* Publishes a record; 0 where there is no room. Runs no Python. */
static int commit(Pen *p, Seat *s, Buffer *b, uint32_t kind)
{
    size_t size = (b->len + 7) & ~(size_t)7;
    uint8_t *header = p->base + s->header, *data = p->base + s->offset;
    uint64_t head = load(header), tail = load(header + 8);
    size_t at = head % s->size, skip = at + size > s->size ? s->size - at : 0;
    if (size > s->size / 2 || head + skip + size - tail > s->size)
        return 0;
    memset(b->data + b->len, 0, size - b->len);
    if (skip >= 8) {
        uint32_t pad[2] = {(uint32_t)skip, 0};
        memcpy(data + at, pad, 8);
    }
    uint32_t words[2] = {(uint32_t)size, kind};
    memcpy(b->data, words, 8);
    memcpy(b->data + 8, &p->seq, 8);
    p->seq++;
    memcpy(data + (skip ? 0 : at), b->data, size);
    __atomic_store_n((uint64_t *)header, head + skip + size, __ATOMIC_SEQ_CST);
    return 1;
}

static void head_of(Quick *q, Seat *s, Buffer *b, uint32_t place, uint32_t number, int return_op)
{
    uint8_t *at = b->data + RECORD_HEAD;
    int32_t depth = -1;
    uint64_t calls = UINT64_MAX, time = (uint64_t)(now() - q->pen->started);
    at[0] = (uint8_t)q->kind;
    at[1] = return_op ? F_RETURN_OP : 0;
    memcpy(at + 2, &q->action, 2);
    memcpy(at + 4, &q->tracepoint, 4);
    memcpy(at + 8, &place, 4);
    memcpy(at + 12, &s->number, 4);
    memcpy(at + 16, &depth, 4);
    memcpy(at + 20, &number, 4);
    memcpy(at + 24, &calls, 8);
    memcpy(at + 32, &time, 8);
}

static PyObject *hits_name, *changed_name, *head_name, *busy_name;

static int count_hit(PyObject *point)
{
    PyObject *hits = PyObject_GetAttr(point, hits_name);
    if (!hits)
        return -1;
    PyObject *more = PyLong_FromLongLong(PyLong_AsLongLong(hits) + 1);
    Py_DECREF(hits);
    if (!more || PyObject_SetAttr(point, hits_name, more) < 0) {
        Py_XDECREF(more);
        return -1;
    }
    Py_DECREF(more);
    return PyObject_SetAttr(point, changed_name, Py_True);
}

/* The ring's own idea of its head follows, and the reader is woken if it sleeps. */
static int published(Pen *p, Seat *s)
{
    PyObject *head = PyLong_FromUnsignedLongLong(load(p->base + s->header));
    if (!head || PyObject_SetAttr(s->ring, head_name, head) < 0) {
        Py_XDECREF(head);
        return -1;
    }
    Py_DECREF(head);
    uint32_t *waiting = (uint32_t *)(p->base + READER_WAITING);
    if (__atomic_load_n(waiting, __ATOMIC_SEQ_CST)) {
        __atomic_store_n(waiting, 0, __ATOMIC_SEQ_CST);
        PyObject *rung = PyObject_CallNoArgs(p->doorbell);
        if (!rung)
            return -1;
        Py_DECREF(rung);
    }
    return 0;
}

/* Says how much the program has written, if that is news (written.py). The calls
 * take less time than letting go of the GIL for them would. */
static int tell_written(Pen *p, Seat *s)
{
    int64_t now[2] = {lseek(p->out, 0, SEEK_CUR), lseek(p->err, 0, SEEK_CUR)};
    if (now[0] < 0 || now[1] < 0 || (now[0] == p->lengths[0] && now[1] == p->lengths[1]))
        return 1;
    Buffer b;
    b.data = b.room;
    b.len = RECORD_HEAD + sizeof now;
    b.cap = sizeof b.room;
    memcpy(b.data + RECORD_HEAD, now, sizeof now);
    if (!commit(p, s, &b, WRITTEN))
        return 0;
    memcpy(p->lengths, now, sizeof now);
    return published(p, s) < 0 ? -1 : 1;
}

static int write_event(Quick *q, PyFrameObject *frame, PyObject *arg, int return_op, Buffer *b)
{
    Pen *p = q->pen;
    uint64_t epoch = p->epoch;
    if (!p->base)
        return 0;
    Seat *s = seat(p);
    if (!s)
        return PyErr_Occurred() ? -1 : 0;
    PyObject *busy = PyObject_GetAttr(s->ring, busy_name);
    if (!busy)
        return -1;
    Py_DECREF(busy);
    if (busy != Py_False)
        return 0;
    long at = place_of(q, frame);
    if (at <= 0)
        return PyErr_Occurred() ? -1 : 0;
    b->len = RECORD_HEAD + EVENT_HEAD;
    uint32_t number;
    int done = values(q, b, frame, arg, &number);
    if (done != 1)
        return done;
    if (put(b, "\0\0", 2) < 0 || reserve(b, 8) < 0) /* no stack */
        return -1;
    /* Rendering may have let other threads run, and a cleared cache is refilled. */
    if (p->epoch != epoch || !(s = seat(p)))
        return PyErr_Occurred() ? -1 : 0;
    if (p->out >= 0) {
        done = tell_written(p, s);
        if (done == 1 && (p->epoch != epoch || !(s = seat(p)))) /* the doorbell, too, is Python */
            done = PyErr_Occurred() ? -1 : 0;
        if (done != 1)
            return done;
    }
    head_of(q, s, b, (uint32_t)at, number, return_op);
    if (!commit(p, s, b, EVENT))
        return 0;
    if (published(p, s) < 0 || count_hit(q->point) < 0)
        return -1;
    return 1;
}

static PyObject *quick_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    if (PyVectorcall_NARGS(nargsf) != 3 || (names && PyTuple_GET_SIZE(names)) || !PyFrame_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "a Quick takes a frame, a value and whether it returns");
        return NULL;
    }
    Buffer b;
    b.data = b.room;
    b.len = 0;
    b.cap = sizeof b.room;
    int done = write_event((Quick *)self, (PyFrameObject *)args[0], args[1], args[2] == Py_True, &b);
    if (b.data != b.room)
        PyMem_Free(b.data);
    return done < 0 ? NULL : PyBool_FromLong(done);
}

static int quick_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    Quick *q = (Quick *)self;
    static char *keys[] = {"pen", "point", "define", "render", "kind", "action", "tracepoint", "limit", "names", "wants_value", "none_is_missing", "as_text", NULL};
    PyObject *pen, *point, *define, *render, *names;
    unsigned short action;
    unsigned int tracepoint;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "OOOOiHInOppp", keys, &pen, &point, &define, &render, &q->kind, &action, &tracepoint,
                                     &q->limit, &names, &q->wants_value, &q->none_is_missing,
                                     &q->as_text))
        return -1;
    if (q->pen || (names != Py_None && !PyTuple_CheckExact(names)) || strcmp(Py_TYPE(pen)->tp_name, "_tallyho_native.Pen")) {
        PyErr_SetString(PyExc_TypeError, "a Quick is made once, of a Pen and a tuple of names");
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
    q->pen = (Pen *)Py_NewRef(pen);
    q->point = Py_NewRef(point);
    q->define = Py_NewRef(define);
    q->render = Py_NewRef(render);
    q->names = Py_NewRef(names);
    q->action = action;
    q->tracepoint = tracepoint;
    q->epoch = q->pen->epoch;
    q->call = quick_call;
    return 0;
}

static int quick_traverse(PyObject *self, visitproc visit, void *arg)
{
    Quick *q = (Quick *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(q->pen);
    Py_VISIT(q->point);
    Py_VISIT(q->define);
    Py_VISIT(q->render);
    Py_VISIT(q->places);
    Py_VISIT(q->names);
    return 0;
}

static int quick_clear(PyObject *self)
{
    Quick *q = (Quick *)self;
    Py_CLEAR(q->pen);
    Py_CLEAR(q->point);
    Py_CLEAR(q->define);
    Py_CLEAR(q->render);
    Py_CLEAR(q->places);
    Py_CLEAR(q->names);
    return 0;
}

static void gone(PyObject *self, inquiry clear)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static void quick_dealloc(PyObject *self) { gone(self, quick_clear); }

static PyMemberDef quick_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(Quick, call), Py_READONLY},
    {NULL},
};

static PyType_Slot quick_slots[] = {
    {Py_tp_doc, "Writes the events of one action at one kind of event of one code object.\n\nquick(frame, value, return_op) -> whether it did."},
    {Py_tp_init, quick_init},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_members, quick_members},
    {Py_tp_traverse, quick_traverse},
    {Py_tp_clear, quick_clear},
    {Py_tp_dealloc, quick_dealloc},
    {0, NULL},
};

static PyType_Spec quick_spec = {
    .name = "_tallyho_native.Quick",
    .basicsize = sizeof(Quick),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = quick_slots,
};

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
