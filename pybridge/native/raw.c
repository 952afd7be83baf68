/* Raw counting: what raw.py asks of the entries. */
#include "raw.h"

SHARED int raw_is_shunned(State *state, PyObject *code)
{
    return Py_SIZE(code) > MOST_UNITS || PyUnicode_Compare(((PyCodeObject *)code)->co_name, state->names.lambda) == 0;
}

SHARED int raw_begin(Raw *r, PyObject *code, uint32_t file, PyObject *module)
{
    uint32_t units = (uint32_t)Py_SIZE(code);
    size_t need = ENTRY_HEAD + ((size_t)units + 7) / 8 * 8;
    if (r->end - r->at < need)
        return 0;
    Entry *e = entry_make(r->pool, code, module);
    if (!e)
        return -1;
    PyObject *lines = ((PyCodeObject *)code)->co_linetable;
    uint32_t key = entry_crc32(r->pool, (const uint8_t *)PyBytes_AS_STRING(lines), (size_t)PyBytes_GET_SIZE(lines));
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

PyDoc_STRVAR(begin_doc, "begin(code, file, module) -> bool or None\n\nCount a code object raw from now on; False: a chunk has to be handed out first; None: it is never counted raw.");

static PyObject *raw_start(PyObject *self, PyObject *args)
{
    PyObject *code, *module;
    unsigned int file;
    if (!PyArg_ParseTuple(args, "O!IO", &PyCode_Type, &code, &file, &module))
        return NULL;
    if (raw_is_shunned(state_of(self), code) || !raw_is_current(self))
        Py_RETURN_NONE;
    int done = raw_begin((Raw *)self, code, file, module);
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
    return raw_is_current(self) && PyCode_Check(code) ? entry_of(((Raw *)self)->pool, code) : NULL;
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
        raw_hit(((Raw *)self)->pool, code, (size_t)offset >> 1);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(where_doc, "where(code) -> int\n\nThe byte of the counters that counts a code object's first unit, also when raw counting has ended; -1: there never was any.");

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
        raw_planned(((Raw *)self)->pool, code);
    Py_RETURN_NONE;
}

/* Appends the pair of an entry. The pair holds both: a code object may end while the list is made. */
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
    for (Slab *slab = raw_is_current((PyObject *)r) ? r->pool->slabs : NULL; list && slab; slab = slab->next)
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

PyDoc_STRVAR(noted_doc, "noted() -> list of (code, module)\n\nThe code objects that have no dispatch table.");

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
    if (!raw_is_current(self))
        Py_RETURN_NONE;
    Entry *e = entry_make(((Raw *)self)->pool, code, module);
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
    for (Slab *slab = raw_is_current((PyObject *)r) ? r->pool->slabs : NULL; slab; slab = slab->next)
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
    Pool *pool = r->pool = state_of(self)->pool;
    entries_forget(pool);
    if (pool->current)
        pool->current->agains = 0;
    pool->current = r;
    return 0;
}

static void raw_dealloc(PyObject *self)
{
    Raw *r = (Raw *)self;
    PyTypeObject *type = Py_TYPE(self);
    if (r->pool && raw_is_current(self)) {
        entries_forget(r->pool);
        r->pool->current = NULL;
    }
    if (r->memory.obj)
        PyBuffer_Release(&r->memory);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef raw_methods[] = {
    {"begin", raw_start, METH_VARARGS, begin_doc},
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
    {Py_tp_doc, "Raw(counters)\n\nWhat is known of code objects that have no dispatch table."},
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

SHARED int add_raw(PyObject *module, State *state) { return add_type(module, &raw_spec, &state->raw); }
