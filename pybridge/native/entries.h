/* Code objects that were met and have no dispatch table.
 *
 * A program that imports thousands of files meets code objects by the ten
 * thousand, most of which run once. To plan each would take longer than to run
 * it. So they are noted, and those of the person's files counted raw: a byte of
 * shared memory for each code unit, which says how often the instruction there
 * was begun; what that means is worked out elsewhere (docs/wire.md, "Raw
 * counters").
 *
 * What is known of a code object hangs on it as an extra and goes with it. All
 * of it changes with the GIL held only.
 */
#ifndef TALLYHO_ENTRIES_H
#define TALLYHO_ENTRIES_H

#include "state.h"

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
    uint8_t nth; /* in its slab */
} Entry;

typedef struct Slab {
    struct Slab *next;
    struct Pool *pool;
    Entry entries[SLAB];
} Slab;

/* Python's Raw (tally/raw.py). Of several, the one made last is in use; the others answer that they know nothing. */
typedef struct {
    PyObject_HEAD
    struct Pool *pool;
    Py_buffer memory; /* of the counters */
    size_t at, end;   /* bytes of it that are to be handed out */
    uint16_t tick;
    Entry *again[MOST_AGAIN];
    size_t agains;
} Raw;

/* All that one interpreter knows of code objects. It stays as long as the process, for their extras lie in it and they may
 * outlive the module. */
typedef struct Pool {
    Raw *current; /* the Raw in use, which was made last; NULL: none */
    Py_ssize_t extra; /* the index of our extra of a code object; -1: there was none left, and none is counted raw */
    Entry *unused;
    Slab *slabs;
    uint32_t crc[256];
} Pool;

/* The pool of this interpreter, which is made where there is none; NULL with an exception. */
SHARED Pool *pool_get(void);

static inline Entry *entry_of(Pool *pool, PyObject *code)
{
    void *found = NULL;
    if (pool->extra < 0 || PyUnstable_Code_GetExtra(code, pool->extra, &found) < 0)
        return NULL;
    return found;
}

/* Returns the entry of a code object; NULL with an exception. */
SHARED Entry *entry_make(Pool *pool, PyObject *code, PyObject *module);

/* Nothing is known of any code object any more. */
SHARED void entries_forget(Pool *pool);

SHARED uint32_t entry_crc32(Pool *pool, const uint8_t *p, size_t n);

/* 1: counted; 0: not a code object that is counted raw; -1: the slow path has to see to it. */
static inline int raw_hit(Pool *pool, PyObject *code, size_t i)
{
    Entry *e = entry_of(pool, code);
    if (!e || e->state < COUNTED || e->state == PLANNED)
        return 0;
    Raw *r = pool->current;
    if (e->state == RENEWED || i >= e->units)
        return -1;
    uint8_t *count = (uint8_t *)r->memory.buf + (size_t)e->count * 8 + i;
    if (*count == 255)
        return -1;
    ++*count;
    if (e->ran != r->tick) {
        e->ran = r->tick;
        if ((uint16_t)(r->tick - e->begun) > 1 && !e->again && r->agains < MOST_AGAIN) {
            e->again = 1;
            r->again[r->agains++] = e;
        }
    }
    return 1;
}

static inline void raw_planned(Pool *pool, PyObject *code)
{
    Entry *e = entry_of(pool, code);
    if (e && e->state != NOTHING)
        e->state = PLANNED;
}

#endif
