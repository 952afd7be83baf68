/* Where the pairs of a dict lie, and the attributes of an object: read in place, for to ask for an object's dictionary would make
 * one, which the interpreter keeps and reads more slowly than what was there.
 */
#ifndef STEPPAIRS_H
#define STEPPAIRS_H

#include "steps.h"

#if HAS_STEPS

/* The pairs of a dict, or of what stands for an object's. Nothing is owned: they are so until something of the program's runs. */
typedef struct {
    PyDictKeysObject *keys;
    PyDictValues *values; /* NULL: values lie with the keys */
    Py_ssize_t used, entries;
} Pairs;

/* Which value of a table apart from its keys was put there as the i-th. */
static inline Py_ssize_t split_place(const PyDictValues *values, Py_ssize_t i)
{
#if VALUES_TELL_THEIR_SIZE
    return ((const uint8_t *)&values->values[values->capacity])[i];
#else
    return ((const uint8_t *)values)[-3 - i];
#endif
}

static inline Py_ssize_t split_size(const PyDictValues *values)
{
#if VALUES_TELL_THEIR_SIZE
    return values->size;
#else
    return ((const uint8_t *)values)[-2];
#endif
}

/* A pair by its number, from 0 to entries; 0: there is none any more. */
static inline int pair_at(const Pairs *p, Py_ssize_t i, PyObject **key, PyObject **value)
{
    if (p->values) {
        Py_ssize_t at = split_place(p->values, i);
        *key = DK_UNICODE_ENTRIES(p->keys)[at].me_key;
        *value = p->values->values[at];
    } else if (DK_IS_UNICODE(p->keys)) {
        *key = DK_UNICODE_ENTRIES(p->keys)[i].me_key;
        *value = DK_UNICODE_ENTRIES(p->keys)[i].me_value;
    } else {
        *key = DK_ENTRIES(p->keys)[i].me_key;
        *value = DK_ENTRIES(p->keys)[i].me_value;
    }
    return *value != NULL;
}

static inline Pairs pairs_of_dict(PyObject *dict)
{
    PyDictObject *d = (PyDictObject *)dict;
    return (Pairs){d->ma_keys, d->ma_values, d->ma_used, d->ma_values ? d->ma_used : d->ma_keys->dk_nentries};
}

/* The attributes of an object of a type that has fields (TypeFacts); 0: they cannot be read. */
SHARED int pairs_of_object(PyObject *value, Pairs *pairs);

#endif
#endif
