/* A hash table of tables. It is changed only with the GIL held, as the callback that reads it runs. */
#include "table.h"

static inline size_t hash(const void *p)
{
    return (size_t)(((uint64_t)(uintptr_t)p >> 4) * 0x9E3779B97F4A7C15ull >> 20);
}

static Table **place(Tables *all, const void *code)
{
    size_t i = hash(code) & all->mask;
    while (all->tables[i] && all->tables[i]->code != code)
        i = (i + 1) & all->mask;
    return &all->tables[i];
}

SHARED Table *table_of(Tables *all, const void *code) { return all->tables ? *place(all, code) : NULL; }

SHARED Table *table_find(Tables *all, const void *code)
{
    Table *t = *place(all, code);
    if (t)
        all->cache[cache_line(code)] = t;
    return t;
}

static int grow(Tables *all)
{
    size_t old = all->tables ? all->mask + 1 : 0, size = old ? old * 2 : 1024;
    Table **was = all->tables, **tables = PyMem_Calloc(size, sizeof *tables);
    if (!tables) {
        PyErr_NoMemory();
        return -1;
    }
    all->tables = tables;
    all->mask = size - 1;
    for (size_t i = 0; i < old; i++)
        if (was[i])
            *place(all, was[i]->code) = was[i];
    PyMem_Free(was);
    return 0;
}

SHARED int tables_init(Tables *all)
{
    for (size_t i = 0; i < CACHED; i++)
        all->cache[i] = &all->nobody;
    return grow(all);
}

SHARED Table *table_add(Tables *all, PyObject *code)
{
    if ((all->used + 1) * 2 > all->mask + 1 && grow(all) < 0)
        return NULL;
    Table *t = PyMem_Calloc(1, sizeof *t);
    if (!t) {
        PyErr_NoMemory();
        return NULL;
    }
    t->code = code;
    *place(all, code) = t;
    all->used++;
    return t;
}

SHARED void table_clear(Table *t)
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

static void release(Table *t)
{
    table_clear(t);
    PyMem_Free(t->frame);
#ifndef Py_LIMITED_API
    latest_free(t->latest);
#endif
    PyMem_Free(t);
}

SHARED void table_end(Tables *all, const void *code)
{
    size_t i = hash(code) & all->mask;
    while (all->tables[i] && all->tables[i]->code != code)
        i = (i + 1) & all->mask;
    Table *t = all->tables[i];
    if (!t)
        return;
    if (all->cache[cache_line(code)] == t)
        all->cache[cache_line(code)] = &all->nobody;
    all->tables[i] = NULL;
    all->used--;
    for (size_t j = (i + 1) & all->mask; all->tables[j]; j = (j + 1) & all->mask) { /* those that had to go past it may come nearer */
        size_t home = hash(all->tables[j]->code) & all->mask;
        if (((j - home) & all->mask) >= ((j - i) & all->mask)) {
            all->tables[i] = all->tables[j];
            all->tables[j] = NULL;
            i = j;
        }
    }
    release(t);
}

SHARED void tables_free(Tables *all)
{
    for (size_t i = 0; all->tables && i <= all->mask; i++)
        if (all->tables[i])
            release(all->tables[i]);
    PyMem_Free(all->tables);
    all->tables = NULL;
}
