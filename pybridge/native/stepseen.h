/* What was seen of containers and objects when they were looked at last, by which it is told at once that nothing of it is another.
 *
 * Of each the addresses of the items are kept that its text shows. Where they are the same, so are the items of which the text
 * shows what cannot change: those are held, so that nothing else can have come to be where they were. They are numbers and
 * texts, whose end nobody notices. All others are looked at again, and nothing of them is held.
 */
#ifndef STEPSEEN_H
#define STEPSEEN_H

#include "steppairs.h"

#if HAS_STEPS

/* One look at a value: how many characters its text has at least, how many values were looked at, and whether that says all. */
typedef struct {
    Looker *looker;
    long shown;
    int looks, unknown;
} Look;

/* An item that is looked at again each time: which, and what was found. */
typedef struct {
    uint32_t at;
    int level;
    uint64_t digest;
} Changeable;

typedef struct Seen {
    const void *value; /* never followed; NULL: nothing was seen yet */
    PyTypeObject *type; /* never followed */
    int level;
    uint8_t whole, busy, misses; /* misses: how often it was another one, in a row */
    Py_ssize_t size, entries;
    const void *keys;
    uint64_t base, digest; /* base: of an object without its attributes */
    long shown;
    int looks;
    uint32_t n, room, head, nchangeable, changeable_room;
    PyObject **items; /* from the first on, then from the last on; owned, but for those that are changeable */
    Changeable *changeable;
} Seen;

/* Levels of a container's depth are below this; those of an object's attributes from it on. */
enum { OF_FIELDS = 16 };

static inline int cannot_change(PyObject *v)
{
    PyTypeObject *type = Py_TYPE(v);
    if (type == &PyUnicode_Type)
        return PyUnicode_GET_LENGTH(v) <= TEXT_LIMIT;
    if (type == &PyLong_Type)
        return PyUnstable_Long_IsCompact((PyLongObject *)v);
    return type == &PyFloat_Type || v == Py_None || type == &PyBool_Type || (type == &PyBytes_Type && PyBytes_GET_SIZE(v) <= TEXT_LIMIT);
}

/* Where it is noted what is seen of a value now; NULL: nowhere. One that was *whole may be compared. */
SHARED Seen *seen_of(Looker *l, PyObject *value, int level);
/* Begins to note; 0: it is not worth it, for it is another one each time, or is seen for the first time. */
SHARED int seen_begin(Seen *seen, PyObject *value);
SHARED void seen_item(Seen *seen, PyObject *item, int level, uint64_t digest);
SHARED void seen_end(Seen *seen, const Look *before, const Look *after, uint64_t digest);

/* Whether a list or tuple, or pairs, are what was seen, but for what is changeable. */
SHARED int same_sequence(const Seen *seen, PyObject **items, Py_ssize_t n);
SHARED int same_pairs(const Seen *seen, const Pairs *pairs);

SHARED void seen_forget(Looker *l);

#endif
#endif
