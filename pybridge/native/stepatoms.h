/* Digests (stepdigest.c) of values that have no items: numbers, texts, and what a class and a name are told of. */
#ifndef STEPATOMS_H
#define STEPATOMS_H

#include "stepseen.h"

#if HAS_STEPS

static inline uint64_t mixed(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9E3779B97F4A7C15ull;
    return h ^ h >> 29;
}

/* What tells one kind of value from another. */
static inline uint64_t of_type(PyTypeObject *type) { return mixed(0x243F6A8885A308D3ull, (uintptr_t)type); }

/* It is kept in the text when it was asked for once. */
static inline Py_hash_t hash_of_text(PyObject *text)
{
    Py_hash_t known = ((PyASCIIObject *)text)->hash;
    return known != -1 ? known : PyObject_Hash(text);
}

SHARED uint64_t hash_bytes(const void *from, size_t n);

/* Each adds to what is looked at how much its text has. */
SHARED uint64_t digest_str(Look *k, PyObject *value);
SHARED uint64_t digest_int(Look *k, PyObject *value);
SHARED uint64_t digest_range(Look *k, PyObject *value);

/* Each goes on from h, the digest of the type. */
SHARED uint64_t digest_descriptor(Look *k, PyObject *value, uint64_t h);
SHARED uint64_t digest_pattern(Look *k, PyObject *value, uint64_t h);

#endif
#endif
