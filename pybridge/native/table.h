/* The tables of what is counted: one for each code object, found by its address. */
#ifndef TALLYHO_TABLE_H
#define TALLYHO_TABLE_H

#include "unit.h"

#ifndef Py_LIMITED_API
#include "latest.h"
#endif

/* A code object and its slots by offset/2. slots.buf is NULL while every place
 * takes the slow path. due has for each slot from first on the count at which it
 * takes it too, and frames are those in which every place does. */
typedef struct {
    PyObject *code; /* borrowed: forget is called before its address is another's */
    const int32_t *slot;
    size_t n;
#ifndef Py_LIMITED_API
    const uint16_t *notes; /* of latest: whether there is something to do at a code unit; NULL: nowhere */
#endif
    const uint32_t *due;
    uint32_t first, some; /* due has some numbers */
    uint32_t frames, age; /* how many in frame, and events in others since that was set */
    /* What every event reads is above, in one line of the cache. */
    uintptr_t *frame; /* ids; owned */
#ifndef Py_LIMITED_API
    Latest *latest; /* owned; NULL: nothing is held of it */
#endif
    Py_buffer slots, dues;
} Table;

enum { CACHED = 1024 }; /* direct-mapped, by address: saves the probing of the hash table */

typedef struct {
    Table **tables; /* open addressing, at most half full; NULL: none yet */
    size_t mask, used;
    Table *cache[CACHED];
    Table nobody; /* of no code: stands in the cache where nothing else does, so that nobody has to ask for NULL */
} Tables;

static inline size_t cache_line(const void *p)
{
    return (((uintptr_t)p >> 4) ^ ((uintptr_t)p >> 13)) & (CACHED - 1);
}

/* The table of a code object that has been met of late; NULL: table_find has to look. */
static inline Table *table_cached(Tables *all, const void *code)
{
    Table *t = all->cache[cache_line(code)];
    return t->code == code ? t : NULL;
}

/* The table of a code object, NULL where there is none. */
SHARED Table *table_of(Tables *all, const void *code);
/* As table_of; table_cached will find it from now on. NULL where there is none. */
SHARED Table *table_find(Tables *all, const void *code);

/* Makes the place for tables; -1 with an exception. */
SHARED int tables_init(Tables *all);
SHARED void tables_free(Tables *all);

/* Makes the table of a code object that has none; NULL with an exception. */
SHARED Table *table_add(Tables *all, PyObject *code);
/* Lets go of a table's arrays: every place takes the slow path then. */
SHARED void table_clear(Table *t);
/* Ends the table of a code object that ends, or has ended, at that address. */
SHARED void table_end(Tables *all, const void *code);

#endif
