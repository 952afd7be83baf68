/* Code objects that have no plan, and raw counting.
 *
 * A program that imports thousands of files meets code objects by the ten
 * thousand, most of which run once. To plan each would take longer than to run
 * it. So Raw notes them, and counts those of the person's files raw: a byte of
 * shared memory for each code unit, which says how often the instruction there
 * was begun; what that means is worked out elsewhere (docs/wire.md, "Raw
 * counters").
 *
 * What is known of a code object hangs on it as an extra and goes with it. All
 * of it changes with the GIL held only.
 */
enum { NOTHING, PASSED, COUNTED, RENEWED, PLANNED }; /* RENEWED: counted by the process that this one was forked from */

enum { MOST_AGAIN = 256, ENTRY_HEAD = 16, MOST_UNITS = 16000 };

typedef struct Entry {
    struct Raw *raw; /* NULL once that is gone */
    struct Entry *before, *after;
    PyObject *code;   /* borrowed: the entry goes first */
    PyObject *module; /* the name of its module */
    uint8_t *count;   /* in shared memory */
    uint32_t units;
    uint32_t begun, ran; /* by Raw.tick */
    uint8_t state, armed, named, again;
} Entry;

typedef struct Raw {
    PyObject_HEAD
    Py_buffer memory; /* of the counters */
    size_t at, end;   /* bytes of it that are to be handed out */
    uint32_t tick;
    Entry list; /* a ring */
    Entry *again[MOST_AGAIN];
    size_t agains;
} Raw;

static Py_ssize_t extra = -1;
static PyObject *lambda_name;
static uint32_t crc_table[256];

static uint32_t crc32(const uint8_t *p, size_t n)
{
    uint32_t c = 0xffffffffu;
    while (n--)
        c = crc_table[(c ^ *p++) & 0xff] ^ c >> 8;
    return ~c;
}

static inline Entry *entry_of(PyObject *code)
{
    void *found = NULL;
    if (extra < 0 || PyUnstable_Code_GetExtra(code, extra, &found) < 0)
        return NULL;
    return found;
}

static void leave(Entry *e)
{
    Raw *r = e->raw;
    if (!r)
        return;
    e->before->after = e->after;
    e->after->before = e->before;
    for (size_t i = 0; e->again && i < r->agains; i++)
        if (r->again[i] == e) {
            r->again[i] = r->again[--r->agains];
            break;
        }
    e->again = 0;
    e->raw = NULL;
    e->state = NOTHING;
    Py_CLEAR(e->module);
}

static void freed(void *p)
{
    leave(p);
    PyMem_RawFree(p);
}

/* Returns the entry of a code object, of this Raw; NULL with an exception. */
static Entry *enter(Raw *r, PyObject *code, PyObject *module)
{
    Entry *e = entry_of(code);
    if (!e) {
        if (!(e = PyMem_RawCalloc(1, sizeof *e))) {
            PyErr_NoMemory();
            return NULL;
        }
        e->code = code;
        if (PyUnstable_Code_SetExtra(code, extra, e) < 0) {
            PyMem_RawFree(e);
            return NULL;
        }
    }
    if (e->raw != r) {
        leave(e);
        e->raw = r;
        e->named = 0;
        e->before = r->list.before;
        e->after = &r->list;
        e->before->after = e->after->before = e;
    }
    Py_XSETREF(e->module, Py_XNewRef(module));
    return e;
}

/* 1: counted; 0: not a code object that is counted raw; -1: the slow path has to see to it. */
static inline int raw_hit(PyObject *code, size_t i)
{
    Entry *e = entry_of(code);
    if (!e || e->state < COUNTED || e->state == PLANNED)
        return 0;
    if (e->state == RENEWED || i >= e->units || e->count[i] == 255)
        return -1;
    e->count[i]++;
    Raw *r = e->raw;
    if (e->ran != r->tick) {
        e->ran = r->tick;
        if (r->tick - e->begun > 1 && !e->again && r->agains < MOST_AGAIN) {
            e->again = 1;
            r->again[r->agains++] = e;
        }
    }
    return 1;
}

static void raw_planned(PyObject *code)
{
    Entry *e = entry_of(code);
    if (e && e->raw)
        e->state = PLANNED;
}

/* Whether code is never counted raw: what is too long, and a lambda, since two on a line can be told apart by their
 * instructions alone. */
static int shunned(PyObject *code)
{
    return Py_SIZE(code) > MOST_UNITS || PyUnicode_Compare(((PyCodeObject *)code)->co_name, lambda_name) == 0;
}

/* 1: begun; 0: no room; -1: an exception. */
static int begin(Raw *r, PyObject *code, uint32_t file, PyObject *module)
{
    uint32_t units = (uint32_t)Py_SIZE(code);
    size_t need = ENTRY_HEAD + ((size_t)units + 7) / 8 * 8;
    if (r->end - r->at < need)
        return 0;
    Entry *e = enter(r, code, module);
    if (!e)
        return -1;
    PyObject *lines = ((PyCodeObject *)code)->co_linetable;
    uint32_t key = crc32((const uint8_t *)PyBytes_AS_STRING(lines), (size_t)PyBytes_GET_SIZE(lines));
    uint64_t *head = (uint64_t *)((uint8_t *)r->memory.buf + r->at);
    uint64_t about = (uint64_t)(uint32_t)((PyCodeObject *)code)->co_firstlineno | (uint64_t)units << 32;
    __atomic_store_n(head, (uint64_t)file | (uint64_t)key << 32, __ATOMIC_RELAXED);
    __atomic_store_n(head + 1, about, __ATOMIC_RELEASE);
    e->count = (uint8_t *)(head + 2);
    e->units = units;
    e->state = COUNTED;
    e->armed = 0;
    e->begun = e->ran = r->tick;
    r->at += need;
    return 1;
}

PyDoc_STRVAR(begin_doc, "begin(code, file, module) -> bool or None\n\nCount a code object raw from now on; False where a chunk is wanted first, None where that is not to be.");

static PyObject *raw_begin(PyObject *self, PyObject *args)
{
    PyObject *code, *module;
    unsigned int file;
    if (!PyArg_ParseTuple(args, "O!IO", &PyCode_Type, &code, &file, &module))
        return NULL;
    if (shunned(code))
        Py_RETURN_NONE;
    int done = begin((Raw *)self, code, file, module);
    return done < 0 ? NULL : PyBool_FromLong(done);
}

PyDoc_STRVAR(chunk_doc, "chunk(first, slots)\n\nHand out these counter slots from now on.");

static PyObject *raw_chunk(PyObject *self, PyObject *args)
{
    Raw *r = (Raw *)self;
    Py_ssize_t first, slots;
    if (!PyArg_ParseTuple(args, "nn", &first, &slots))
        return NULL;
    if (first < 0 || slots < 0 || (first + slots) * 8 > r->memory.len) {
        PyErr_SetString(PyExc_ValueError, "a chunk outside the counters");
        return NULL;
    }
    r->at = (size_t)first * 8;
    r->end = r->at + (size_t)slots * 8;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(counts_doc, "counts(code) -> bool\n\nWhether a code object is counted raw, in this process or in the one that it was forked from.");

static PyObject *raw_counts(PyObject *self, PyObject *code)
{
    Entry *e = PyCode_Check(code) ? entry_of(code) : NULL;
    return PyBool_FromLong(e && e->raw == (Raw *)self && (e->state == COUNTED || e->state == RENEWED));
}

PyDoc_STRVAR(renewed_doc, "renewed(code) -> bool\n\nWhether the process that this one was forked from has counted it raw, and this one does not yet.");

static PyObject *raw_renewed(PyObject *self, PyObject *code)
{
    Entry *e = PyCode_Check(code) ? entry_of(code) : NULL;
    return PyBool_FromLong(e && e->raw == (Raw *)self && e->state == RENEWED);
}

PyDoc_STRVAR(where_doc, "where(code) -> int\n\nThe byte of the counters that counts a code object's first unit, also where that has ended; -1 where it never was.");

static PyObject *raw_where(PyObject *self, PyObject *code)
{
    Raw *r = (Raw *)self;
    Entry *e = PyCode_Check(code) ? entry_of(code) : NULL;
    if (!e || e->raw != r || !e->count)
        return PyLong_FromLong(-1);
    return PyLong_FromSsize_t((Py_ssize_t)(e->count - (uint8_t *)r->memory.buf));
}

PyDoc_STRVAR(module_doc, "module(code) -> str or None\n\nThe name of its module, of a code object that was noted.");

static PyObject *raw_module(PyObject *self, PyObject *code)
{
    Entry *e = PyCode_Check(code) ? entry_of(code) : NULL;
    return Py_NewRef(e && e->raw == (Raw *)self && e->module ? e->module : Py_None);
}

PyDoc_STRVAR(planned_doc, "planned(code)\n\nPass over a code object no longer.");

static PyObject *raw_is_planned(PyObject *self, PyObject *code)
{
    Entry *e = PyCode_Check(code) ? entry_of(code) : NULL;
    if (e && e->raw == (Raw *)self && e->state == PASSED)
        e->state = PLANNED;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(end_doc, "end(code)\n\nCount a code object raw no longer.");

static PyObject *raw_end(PyObject *self, PyObject *code)
{
    (void)self;
    if (PyCode_Check(code))
        raw_planned(code);
    Py_RETURN_NONE;
}

/* Appends the pair of an entry; what is not held may go while the list is made. */
static int append(PyObject *list, Entry *e)
{
    PyObject *pair = PyTuple_Pack(2, e->code, e->module ? e->module : Py_None);
    if (!pair)
        return -1;
    int failed = PyList_Append(list, pair);
    Py_DECREF(pair);
    return failed;
}

static PyObject *entries(Raw *r, int unnamed)
{
    PyObject *list = PyList_New(0);
    if (!list)
        return NULL;
    for (Entry *e = r->list.after; e != &r->list; e = e->after) {
        if (unnamed ? e->named : e->state == PLANNED || e->state == NOTHING)
            continue;
        if (append(list, e) < 0) {
            Py_DECREF(list);
            return NULL;
        }
        e->named |= unnamed;
    }
    return list;
}

PyDoc_STRVAR(noted_doc, "noted() -> list of (code, module)\n\nThe code objects that have no Plan.");

static PyObject *raw_noted(PyObject *self, PyObject *unused)
{
    return (void)unused, entries((Raw *)self, 0);
}

PyDoc_STRVAR(unnamed_doc, "unnamed() -> list of (code, module)\n\nThe code objects that Starts has noted, once.");

static PyObject *raw_unnamed(PyObject *self, PyObject *unused)
{
    return (void)unused, entries((Raw *)self, 1);
}

PyDoc_STRVAR(note_doc, "note(code, module)\n\nPass over a code object.");

static PyObject *raw_note(PyObject *self, PyObject *args)
{
    PyObject *code, *module;
    if (!PyArg_ParseTuple(args, "O!O", &PyCode_Type, &code, &module))
        return NULL;
    Entry *e = enter((Raw *)self, code, module);
    if (!e)
        return NULL;
    e->state = PASSED;
    e->named = 1;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(again_doc, "again() -> list of (code, module)\n\nThe code objects counted raw that have run since the last call, and began before the one before it.");

static PyObject *raw_again(PyObject *self, PyObject *unused)
{
    Raw *r = (Raw *)self;
    (void)unused;
    PyObject *list = PyList_New(0);
    if (!list)
        return NULL;
    while (r->agains) {
        Entry *e = r->again[--r->agains];
        e->again = 0;
        if (e->state == COUNTED && append(list, e) < 0) {
            Py_DECREF(list);
            return NULL;
        }
    }
    r->tick++;
    return list;
}

static int open_memory(Raw *r, PyObject *counters)
{
    Py_buffer buffer;
    if (PyObject_GetBuffer(counters, &buffer, PyBUF_WRITABLE) < 0)
        return -1;
    if (r->memory.obj)
        PyBuffer_Release(&r->memory);
    r->memory = buffer;
    r->at = r->end = 0;
    return 0;
}

PyDoc_STRVAR(raw_restart_doc, "restart(counters)\n\nCount in other memory: a forked child's. What the parent has counted is begun anew when it runs.");

static PyObject *raw_restart(PyObject *self, PyObject *counters)
{
    Raw *r = (Raw *)self;
    if (open_memory(r, counters) < 0)
        return NULL;
    for (Entry *e = r->list.after; e != &r->list; e = e->after) {
        if (e->state == COUNTED)
            e->state = RENEWED;
        e->count = NULL;
    }
    Py_RETURN_NONE;
}

static int raw_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    Raw *r = (Raw *)self;
    static char *names[] = {"counters", NULL};
    PyObject *counters;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O", names, &counters))
        return -1;
    if (r->list.after) {
        PyErr_SetString(PyExc_TypeError, "a Raw is made once");
        return -1;
    }
    r->list.before = r->list.after = &r->list;
    return open_memory(r, counters);
}

static void raw_dealloc(PyObject *self)
{
    Raw *r = (Raw *)self;
    PyTypeObject *type = Py_TYPE(self);
    while (r->list.after && r->list.after != &r->list)
        leave(r->list.after);
    if (r->memory.obj)
        PyBuffer_Release(&r->memory);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef raw_methods[] = {
    {"begin", raw_begin, METH_VARARGS, begin_doc},
    {"chunk", raw_chunk, METH_VARARGS, chunk_doc},
    {"counts", raw_counts, METH_O, counts_doc},
    {"renewed", raw_renewed, METH_O, renewed_doc},
    {"where", raw_where, METH_O, where_doc},
    {"module", raw_module, METH_O, module_doc},
    {"planned", raw_is_planned, METH_O, planned_doc},
    {"end", raw_end, METH_O, end_doc},
    {"note", raw_note, METH_VARARGS, note_doc},
    {"noted", raw_noted, METH_NOARGS, noted_doc},
    {"unnamed", raw_unnamed, METH_NOARGS, unnamed_doc},
    {"again", raw_again, METH_NOARGS, again_doc},
    {"restart", raw_restart, METH_O, raw_restart_doc},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot raw_slots[] = {
    {Py_tp_doc, "Raw(counters)\n\nWhat is known of code objects that have no Plan."},
    {Py_tp_init, raw_init},
    {Py_tp_methods, raw_methods},
    {Py_tp_dealloc, raw_dealloc},
    {0, NULL},
};

static PyType_Spec raw_spec = {
    .name = "_tallyho_native.Raw",
    .basicsize = sizeof(Raw),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = raw_slots,
};
