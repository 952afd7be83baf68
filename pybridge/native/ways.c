/* Ways by their keys, and what else is known of a code object (ways.h). */
#include "ways.h"

enum { FIRST_WAYS = 16 };

static size_t way_at(const Code *c, uint64_t key)
{
    size_t i = (size_t)(key * 0x9E3779B97F4A7C15u >> 40) & (c->size - 1);
    while (c->ways[i].key && c->ways[i].key != key)
        i = (i + 1) & (c->size - 1);
    return i;
}

SHARED const Way *way_find(const Code *c, uint64_t key)
{
    if (!c->size)
        return NULL;
    const Way *way = &c->ways[way_at(c, key)];
    return way->key ? way : NULL;
}

static int grow_ways(Code *c)
{
    Code more = {.size = c->size ? 2 * c->size : FIRST_WAYS};
    more.ways = PyMem_Calloc(more.size, sizeof *more.ways);
    if (!more.ways) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < c->size; i++)
        if (c->ways[i].key)
            more.ways[way_at(&more, c->ways[i].key)] = c->ways[i];
    PyMem_Free(c->ways);
    c->ways = more.ways, c->size = more.size;
    return 0;
}

SHARED int way_add(Code *c, const Way *way)
{
    if (way_find(c, way->key) || c->used >= MOST_WAYS)
        return 0;
    if (2 * (c->used + 1) > c->size && grow_ways(c) < 0)
        return -1;
    c->ways[way_at(c, way->key)] = *way;
    c->used++;
    return 0;
}

SHARED void code_holds(Code *c, Code **all)
{
    if (c->link)
        return;
    c->next = *all;
    if (c->next)
        c->next->link = &c->next;
    *all = c;
    c->link = all;
}

static void unlink_code(Code *c)
{
    if (c->link)
        *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    c->next = NULL, c->link = NULL;
}

SHARED void code_let_go(Code *c)
{
    PyObject *held[] = {c->asked, c->before[0], c->before[1], c->before[2]};
    unlink_code(c);
    c->asked = c->before[0] = c->before[1] = c->before[2] = NULL;
    for (size_t i = 0; i < sizeof held / sizeof *held; i++)
        Py_XDECREF(held[i]);
}

SHARED void code_clear(Code *c)
{
    unlink_code(c);
    Code was = *c;
    *c = (Code){0};
    if (was.due.obj)
        PyBuffer_Release(&was.due);
    PyMem_Free(was.marks);
    PyMem_Free(was.yields);
    PyMem_Free(was.ways);
    code_let_go(&was);
}

SHARED void code_gone(void *code)
{
    if (!code) /* the code object had an extra of somebody else's */
        return;
    code_clear(code);
    PyMem_Free(code);
}
