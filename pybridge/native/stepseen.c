/* What was seen of containers and objects (stepseen.h). */
#include "stepseen.h"

#if HAS_STEPS

enum { SEEN = 2048, OFTEN_ANOTHER = 6, AGAIN_AFTER = 16 };

static void let_go(Seen *seen)
{
    uint32_t k = 0, n = seen->n;
    seen->n = seen->head = 0;
    seen->whole = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (k < seen->nchangeable && seen->changeable[k].at == i)
            k++;
        else
            Py_DECREF(seen->items[i]); /* of what cannot change: nothing runs */
    }
    seen->nchangeable = 0;
}

SHARED void seen_forget(Looker *l)
{
    Seen *all = l->seen;
    l->seen = NULL;
    for (size_t i = 0; all && i < SEEN; i++) {
        let_go(&all[i]);
        PyMem_Free(all[i].items);
        PyMem_Free(all[i].changeable);
    }
    PyMem_Free(all);
}

SHARED Seen *seen_of(Looker *l, PyObject *value, int level)
{
    if (!l->seen && !(l->seen = PyMem_Calloc(SEEN, sizeof(Seen))))
        return NULL;
    Seen *seen = &((Seen *)l->seen)[(((uintptr_t)value >> 4) + (uintptr_t)level * 0x9E37) * 0x9E3779B97F4A7C15ull >> 53];
    if (seen->busy)
        return NULL;
    if (seen->value != value || seen->level != level || seen->type != Py_TYPE(value)) {
        if (seen->n)
            let_go(seen);
        seen->whole = seen->misses = 0;
        seen->value = NULL; /* until it was looked at */
        seen->type = Py_TYPE(value);
        seen->level = level;
    }
    return seen;
}

SHARED int seen_begin(Seen *seen, PyObject *value)
{
    if (seen->n)
        let_go(seen);
    int first = !seen->value, worth = seen->misses < OFTEN_ANOTHER || seen->misses % AGAIN_AFTER == 0;
    seen->whole = 0;
    seen->value = value;
    if (!first && ++seen->misses == 0)
        seen->misses = OFTEN_ANOTHER;
    return !first && worth;
}

/* Makes room for one more; 0: there is none. */
static int room_for(void **at, uint32_t n, uint32_t *room, size_t size)
{
    if (n < *room)
        return 1;
    uint32_t more = *room ? 2 * *room : 16;
    void *made = PyMem_Realloc(*at, more * size);
    if (!made)
        return 0;
    *at = made;
    *room = more;
    return 1;
}

SHARED void seen_item(Seen *seen, PyObject *item, int level, uint64_t digest)
{
    if (!room_for((void **)&seen->items, seen->n, &seen->room, sizeof *seen->items)) {
        seen->whole = 2; /* it is not */
        return;
    }
    if (level && cannot_change(item))
        Py_INCREF(item);
    else if (room_for((void **)&seen->changeable, seen->nchangeable, &seen->changeable_room, sizeof *seen->changeable))
        seen->changeable[seen->nchangeable++] = (Changeable){seen->n, level, digest};
    else {
        seen->whole = 2;
        return;
    }
    seen->items[seen->n++] = item;
}

SHARED void seen_end(Seen *seen, const Look *before, const Look *after, uint64_t digest)
{
    seen->busy = 0;
    if (after->unknown || seen->whole) {
        let_go(seen);
        return;
    }
    seen->whole = 1;
    seen->shown = after->shown - before->shown;
    seen->looks = after->looks - before->looks;
    seen->digest = digest;
}

SHARED int same_sequence(const Seen *seen, PyObject **items, Py_ssize_t n)
{
    if (n != seen->size || memcmp(items, seen->items, seen->head * sizeof *items) != 0)
        return 0;
    PyObject **last = items + n - 1 + seen->head;
    for (uint32_t i = seen->head; i < seen->n; i++)
        if (last[-(Py_ssize_t)i] != seen->items[i])
            return 0;
    return 1;
}

SHARED int same_pairs(const Seen *seen, const Pairs *p)
{
    if (p->keys != seen->keys || p->used != seen->size || p->entries != seen->entries)
        return 0;
    PyObject *key, *one;
    uint32_t i = 0;
    for (Py_ssize_t at = 0; i < seen->head; at++) {
        if (at >= p->entries)
            return 0;
        if (!pair_at(p, at, &key, &one))
            continue;
        if (key != seen->items[i] || one != seen->items[i + 1])
            return 0;
        i += 2;
    }
    for (Py_ssize_t at = p->entries - 1; i < seen->n; at--) {
        if (at < 0)
            return 0;
        if (!pair_at(p, at, &key, &one))
            continue;
        if (key != seen->items[i] || one != seen->items[i + 1])
            return 0;
        i += 2;
    }
    return 1;
}

#endif
