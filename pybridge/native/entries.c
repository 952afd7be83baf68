/* The entries of code objects: they lie in slabs, and hang on the code objects as extras. */
#include "entries.h"

SHARED uint32_t entry_crc32(Pool *pool, const uint8_t *p, size_t n)
{
    uint32_t c = 0xffffffffu;
    while (n--)
        c = pool->crc[(c ^ *p++) & 0xff] ^ c >> 8;
    return ~c;
}

static Pool *pool_of(Entry *e)
{
    return ((Slab *)((char *)(e - e->nth) - offsetof(Slab, entries)))->pool;
}

static void forget_entry(Pool *pool, Entry *e)
{
    Raw *r = pool->current;
    for (size_t i = 0; e->again && r && i < r->agains; i++)
        if (r->again[i] == e) {
            r->again[i] = r->again[--r->agains];
            break;
        }
    Entry kept = {.code = e->code, .nth = e->nth};
    Py_CLEAR(e->module);
    *e = kept;
}

static void put_back(Pool *pool, Entry *e)
{
    e->code = NULL;
    e->next = pool->unused;
    pool->unused = e;
}

/* A code object ends; NULL: one of which somebody else has kept something, and nobody here. */
static void freed(void *p)
{
    if (!p)
        return;
    Pool *pool = pool_of(p);
    forget_entry(pool, p);
    put_back(pool, p);
}

SHARED void entries_forget(Pool *pool)
{
    for (Slab *slab = pool->slabs; slab; slab = slab->next)
        for (size_t i = 0; i < SLAB; i++)
            if (slab->entries[i].code)
                forget_entry(pool, &slab->entries[i]);
}

static Entry *new_entry(Pool *pool)
{
    if (!pool->unused) {
        Slab *slab = PyMem_RawCalloc(1, sizeof *slab);
        if (!slab) {
            PyErr_NoMemory();
            return NULL;
        }
        slab->pool = pool;
        slab->next = pool->slabs;
        pool->slabs = slab;
        for (size_t i = SLAB; i-- > 0;) {
            slab->entries[i].nth = (uint8_t)i;
            put_back(pool, &slab->entries[i]);
        }
    }
    Entry *e = pool->unused;
    pool->unused = e->next;
    e->next = NULL;
    return e;
}

SHARED Entry *entry_make(Pool *pool, PyObject *code, PyObject *module)
{
    Entry *e = entry_of(pool, code);
    if (!e) {
        if (!(e = new_entry(pool)))
            return NULL;
        if (PyUnstable_Code_SetExtra(code, pool->extra, e) < 0) {
            put_back(pool, e);
            return NULL;
        }
        e->code = code;
    }
    Py_XSETREF(e->module, Py_XNewRef(module));
    return e;
}

static Pool *new_pool(void)
{
    Pool *pool = PyMem_RawCalloc(1, sizeof *pool);
    if (!pool)
        return PyErr_NoMemory(), NULL;
    for (uint32_t n = 0; n < 256; n++) {
        uint32_t c = n;
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
        pool->crc[n] = c;
    }
    if ((pool->extra = PyUnstable_Eval_RequestCodeExtraIndex(freed)) < 0)
        PyErr_Clear(); /* every index is taken */
    return pool;
}

/* There are few indices, and none is ever given back: a module that is loaded again takes the pool that is there. Another
 * build of the accelerator has one of its own. */
SHARED Pool *pool_get(void)
{
    PyObject *all = PyInterpreterState_GetDict(PyInterpreterState_Get()), *capsule;
    PyObject *key = all ? PyUnicode_FromFormat("_tallyho_native.pool.%p", (void *)(uintptr_t)freed) : NULL;
    if (!key)
        return PyErr_Occurred() ? NULL : (PyErr_SetString(PyExc_ImportError, "the interpreter has no dictionary"), NULL);
    Pool *pool = NULL;
    if ((capsule = PyDict_GetItemWithError(all, key)))
        pool = PyCapsule_GetPointer(capsule, NULL);
    else if (!PyErr_Occurred() && (pool = new_pool())) {
        capsule = PyCapsule_New(pool, NULL, NULL);
        if (!capsule || PyDict_SetItem(all, key, capsule) < 0)
            pool = NULL; /* an index and a little memory are lost */
        Py_XDECREF(capsule);
    }
    Py_DECREF(key);
    return pool;
}
