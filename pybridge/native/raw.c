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

enum { MOST_AGAIN = 256, ENTRY_HEAD = 16, MOST_UNITS = 16000, SLAB = 256 };

/* There may be a hundred thousand of them: 32 bytes. */
typedef struct Entry {
    PyObject *code; /* borrowed: the entry goes first; NULL: free */
    union {
        PyObject *module; /* the name of its module */
        struct Entry *next;
    };
    uint32_t count;      /* the counter slot where its bytes begin; 0: none */
    uint16_t units;
    uint16_t begun, ran; /* by tick, of which they have the lower half */
    uint8_t state;
    uint8_t armed : 1, named : 1, again : 1;
} Entry;

typedef struct Slab {
    struct Slab *next;
    Entry entries[SLAB];
} Slab;

/* What was made last is in use; others know of nothing. */
typedef struct {
    PyObject_HEAD
    Py_buffer memory; /* of the counters */
    size_t at, end;   /* bytes of it that are to be handed out */
    uint16_t tick;
    Entry *again[MOST_AGAIN];
    size_t agains;
} Raw;

static Raw *here;
static Slab *slabs;
static Entry *free_entries;
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

static void forget_entry(Entry *e)
{
    for (size_t i = 0; e->again && here && i < here->agains; i++)
        if (here->again[i] == e) {
            here->again[i] = here->again[--here->agains];
            break;
        }
    PyObject *code = e->code;
    Py_CLEAR(e->module);
    memset(e, 0, sizeof *e);
    e->code = code;
}

static void freed(void *p)
{
    Entry *e = p;
    forget_entry(e);
    e->code = NULL;
    e->next = free_entries;
    free_entries = e;
}

static void forget_all(void)
{
    for (Slab *slab = slabs; slab; slab = slab->next)
        for (size_t i = 0; i < SLAB; i++)
            if (slab->entries[i].code)
                forget_entry(&slab->entries[i]);
}

static Entry *new_entry(void)
{
    if (!free_entries) {
        Slab *slab = PyMem_RawCalloc(1, sizeof *slab);
        if (!slab) {
            PyErr_NoMemory();
            return NULL;
        }
        slab->next = slabs;
        slabs = slab;
        for (size_t i = SLAB; i-- > 0; free_entries = &slab->entries[i])
            slab->entries[i].next = free_entries;
    }
    Entry *e = free_entries;
    free_entries = e->next;
    e->next = NULL;
    return e;
}

/* Returns the entry of a code object; NULL with an exception. */
static Entry *enter(PyObject *code, PyObject *module)
{
    Entry *e = entry_of(code);
    if (!e) {
        if (!(e = new_entry()))
            return NULL;
        if (PyUnstable_Code_SetExtra(code, extra, e) < 0) {
            e->next = free_entries;
            free_entries = e;
            return NULL;
        }
        e->code = code;
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
    if (e->state == RENEWED || i >= e->units)
        return -1;
    uint8_t *count = (uint8_t *)here->memory.buf + (size_t)e->count * 8 + i;
    if (*count == 255)
        return -1;
    ++*count;
    if (e->ran != here->tick) {
        e->ran = here->tick;
        if ((uint16_t)(here->tick - e->begun) > 1 && !e->again && here->agains < MOST_AGAIN) {
            e->again = 1;
            here->again[here->agains++] = e;
        }
    }
    return 1;
}

static void raw_planned(PyObject *code)
{
    Entry *e = entry_of(code);
    if (e && e->state != NOTHING)
        e->state = PLANNED;
}

/* Whether code is never counted raw: what is too long, and a lambda, since two on a line can be told apart by their
 * instructions alone. */
static int shunned(PyObject *code)
{
    return Py_SIZE(code) > MOST_UNITS || PyUnicode_Compare(((PyCodeObject *)code)->co_name, lambda_name) == 0;
}

/* 1: begun; 0: no room; -1: an exception. */
static int begin(PyObject *code, uint32_t file, PyObject *module)
{
    Raw *r = here;
    uint32_t units = (uint32_t)Py_SIZE(code);
    size_t need = ENTRY_HEAD + ((size_t)units + 7) / 8 * 8;
    if (r->end - r->at < need)
        return 0;
    Entry *e = enter(code, module);
    if (!e)
        return -1;
    PyObject *lines = ((PyCodeObject *)code)->co_linetable;
    uint32_t key = crc32((const uint8_t *)PyBytes_AS_STRING(lines), (size_t)PyBytes_GET_SIZE(lines));
    uint64_t *head = (uint64_t *)((uint8_t *)r->memory.buf + r->at);
    uint64_t about = (uint64_t)(uint32_t)((PyCodeObject *)code)->co_firstlineno | (uint64_t)units << 32;
    __atomic_store_n(head, (uint64_t)file | (uint64_t)key << 32, __ATOMIC_RELAXED);
    __atomic_store_n(head + 1, about, __ATOMIC_RELEASE);
    e->count = (uint32_t)((r->at + ENTRY_HEAD) / 8);
    e->units = (uint16_t)units;
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
    if (shunned(code) || (Raw *)self != here)
        Py_RETURN_NONE;
    int done = begin(code, file, module);
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

/* What this Raw knows of a code object. */
static Entry *known(PyObject *self, PyObject *code)
{
    return (Raw *)self == here && PyCode_Check(code) ? entry_of(code) : NULL;
}

PyDoc_STRVAR(counts_doc, "counts(code) -> bool\n\nWhether a code object is counted raw, in this process or in the one that it was forked from.");

static PyObject *raw_counts(PyObject *self, PyObject *code)
{
    Entry *e = known(self, code);
    return PyBool_FromLong(e && (e->state == COUNTED || e->state == RENEWED));
}

PyDoc_STRVAR(renewed_doc, "renewed(code) -> bool\n\nWhether the process that this one was forked from has counted a code object raw, and this one does not yet.");

static PyObject *raw_renewed(PyObject *self, PyObject *code)
{
    Entry *e = known(self, code);
    return PyBool_FromLong(e && e->state == RENEWED);
}

PyDoc_STRVAR(hit_doc, "hit(code, offset)\n\nCount the instruction at an offset of a code object that is counted raw.");

static PyObject *raw_count(PyObject *self, PyObject *args)
{
    PyObject *code;
    Py_ssize_t offset;
    if (!PyArg_ParseTuple(args, "O!n", &PyCode_Type, &code, &offset))
        return NULL;
    if (known(self, code) && offset >= 0)
        raw_hit(code, (size_t)offset >> 1);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(where_doc, "where(code) -> int\n\nThe byte of the counters that counts a code object's first unit, also where that has ended; -1 where it never was.");

static PyObject *raw_where(PyObject *self, PyObject *code)
{
    Entry *e = known(self, code);
    return PyLong_FromSsize_t(e && e->count ? (Py_ssize_t)e->count * 8 : -1);
}

PyDoc_STRVAR(module_doc, "module(code) -> str or None\n\nThe name of its module, of a code object that was noted.");

static PyObject *raw_module(PyObject *self, PyObject *code)
{
    Entry *e = known(self, code);
    return Py_NewRef(e && e->module ? e->module : Py_None);
}

PyDoc_STRVAR(planned_doc, "planned(code)\n\nPass over a code object no longer.");

static PyObject *raw_is_planned(PyObject *self, PyObject *code)
{
    Entry *e = known(self, code);
    if (e && e->state == PASSED)
        e->state = PLANNED;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(end_doc, "end(code)\n\nCount a code object raw no longer.");

static PyObject *raw_end(PyObject *self, PyObject *code)
{
    if (known(self, code))
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
    for (Slab *slab = r == here ? slabs : NULL; list && slab; slab = slab->next)
        for (size_t i = 0; list && i < SLAB; i++) {
            Entry *e = &slab->entries[i];
            if (!e->code || e->state == NOTHING || (unnamed ? e->named : e->state == PLANNED))
                continue;
            e->named |= unnamed & 1;
            if (append(list, e) < 0)
                Py_CLEAR(list);
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
    if ((Raw *)self != here)
        Py_RETURN_NONE;
    Entry *e = enter(code, module);
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
    for (Slab *slab = r == here ? slabs : NULL; slab; slab = slab->next)
        for (size_t i = 0; i < SLAB; i++) {
            Entry *e = &slab->entries[i];
            if (e->code && e->state == COUNTED)
                e->state = RENEWED;
            e->count = 0;
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
    if (open_memory(r, counters) < 0)
        return -1;
    forget_all();
    if (here)
        here->agains = 0;
    here = r;
    return 0;
}

static void raw_dealloc(PyObject *self)
{
    Raw *r = (Raw *)self;
    PyTypeObject *type = Py_TYPE(self);
    if (r == here) {
        forget_all();
        here = NULL;
    }
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
    {"hit", raw_count, METH_VARARGS, hit_doc},
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
