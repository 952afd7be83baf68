/* Whether a value would be written otherwise than before, told without writing it: a number made of what its bytes say.
 *
 * It is made of values where they are numbers and texts, and of places only where the text shows nothing but a place. So an
 * object that was freed and another that was made where it was have the same number only where they are written alike.
 */
#include "steps.h"

#if HAS_STEPS

enum { SHOWN = TEXT_LIMIT / 2 + 1, MOST_LOOKS = 3000, LONGEST_HASHED = 64 << 10 };

typedef struct {
    Looker *looker;
    uint64_t h;
    long shown; /* how many characters the text has at least */
    int looks;
    int unknown;
} Digest;

static inline void mix(Digest *d, uint64_t word)
{
    d->h = (d->h ^ word) * 0x9E3779B97F4A7C15ull;
    d->h ^= d->h >> 29;
}

static uint64_t hash_bytes(const void *from, size_t n)
{
    const uint8_t *at = from;
    uint64_t h = n * 0x9E3779B97F4A7C15ull + 1, word;
    for (; n >= 8; n -= 8, at += 8) {
        memcpy(&word, at, 8);
        h = (h ^ word) * 0xBF58476D1CE4E5B9ull;
        h ^= h >> 31;
    }
    word = 0;
    memcpy(&word, at, n);
    h = (h ^ word) * 0x94D049BB133111EBull;
    return h ^ h >> 30;
}

static void digest_str(Digest *d, PyObject *value)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(value);
    int kind = PyUnicode_KIND(value);
    const uint8_t *data = PyUnicode_DATA(value);
    mix(d, (uint64_t)n << 3 | (uint64_t)kind);
    d->shown += (long)n + 2;
    Py_hash_t known = ((PyASCIIObject *)value)->hash;
    if (known == -1 && n <= LONGEST_HASHED) /* it is kept in the text: the next time costs nothing */
        known = PyObject_Hash(value);
    if (known != -1) {
        mix(d, (uint64_t)known);
        return;
    }
    /* no more of it shows */
    mix(d, hash_bytes(data, TEXT_LIMIT));
    data += (size_t)(n - TEXT_LIMIT) * (size_t)kind;
    mix(d, hash_bytes(data, TEXT_LIMIT * (size_t)kind));
    mix(d, (uintptr_t)value);
}

static void digest_int(Digest *d, PyObject *value)
{
    PyLongObject *n = (PyLongObject *)value;
    d->shown += 1;
    if (PyUnstable_Long_IsCompact(n)) {
        mix(d, (uint64_t)PyUnstable_Long_CompactValue(n) + 3);
        return;
    }
    size_t digits = n->long_value.lv_tag >> 3;
    mix(d, n->long_value.lv_tag);
    mix(d, hash_bytes(n->long_value.ob_digit, (digits < 4000 ? digits : 4000) * sizeof(digit)));
}

static void digest(Digest *d, PyObject *value, int depth);

/* What most items are goes without a call. */
static inline void digest_item(Digest *d, PyObject *item, int depth)
{
    PyTypeObject *type = Py_TYPE(item);
    if (depth && type == &PyUnicode_Type && ((PyASCIIObject *)item)->hash != -1) {
        mix(d, (uint64_t)((PyASCIIObject *)item)->hash + (uint64_t)PyUnicode_GET_LENGTH(item));
        d->shown += (long)PyUnicode_GET_LENGTH(item) + 4;
        d->looks++;
    } else if (depth && type == &PyLong_Type && PyUnstable_Long_IsCompact((PyLongObject *)item)) {
        mix(d, (uint64_t)PyUnstable_Long_CompactValue((PyLongObject *)item) * 0xBF58476D1CE4E5B9ull + 1);
        d->shown += 3;
        d->looks++;
    } else {
        digest(d, item, depth);
        d->shown += 2;
    }
}

/* Items until enough is shown, from the first on and from the last. */
static void digest_sequence(Digest *d, PyObject *value, int depth)
{
    Py_ssize_t n = PySequence_Fast_GET_SIZE(value), i = 0, j;
    PyObject **items = PySequence_Fast_ITEMS(value);
    mix(d, (uint64_t)n);
    long before = d->shown;
    for (; i < n && d->shown - before <= SHOWN && !d->unknown; i++)
        digest_item(d, items[i], depth);
    before = d->shown;
    for (j = n - 1; j >= i && d->shown - before <= SHOWN && !d->unknown; j--)
        digest_item(d, items[j], depth);
}

static int digest_pair(Digest *d, PyObject *key, PyObject *one, int depth)
{
    digest(d, key, depth + 1);
    digest(d, one, depth);
    d->shown += 4;
    return !d->unknown;
}

enum { PIECE = 32 };

static void digest_dict(Digest *d, PyObject *value, int depth)
{
    Py_ssize_t at = 0, entries = ((PyDictObject *)value)->ma_keys->dk_nentries, to = entries;
    PyObject *key, *one;
    mix(d, (uint64_t)PyDict_GET_SIZE(value));
    long before = d->shown;
    while (d->shown - before <= SHOWN && PyDict_Next(value, &at, &key, &one))
        if (!digest_pair(d, key, one, depth))
            return;
    before = d->shown;
    while (!((PyDictObject *)value)->ma_values && to > at && d->shown - before <= SHOWN) {
        Py_ssize_t from = to - PIECE > at ? to - PIECE : at, i = from;
        while (i < to && PyDict_Next(value, &i, &key, &one) && i <= to)
            if (!digest_pair(d, key, one, depth))
                return;
        to = from;
    }
}

static void digest_set(Digest *d, PyObject *value, int depth)
{
    Py_ssize_t at = 0;
    PyObject *key;
    Py_hash_t hash;
    mix(d, (uint64_t)PySet_GET_SIZE(value));
    while (d->shown <= 3 * TEXT_LIMIT && !d->unknown && _PySet_NextEntry(value, &at, &key, &hash)) {
        digest(d, key, depth);
        d->shown += 2;
    }
}

/* A range's numbers lie where nothing public tells: its length and two of its items say as much. */
static void digest_range(Digest *d, PyObject *value)
{
    Py_ssize_t n = PyObject_Size(value);
    PyObject *items[2] = {n > 0 ? PySequence_GetItem(value, 0) : NULL, n > 1 ? PySequence_GetItem(value, n - 1) : NULL};
    if (n < 2)
        d->unknown = 1;
    mix(d, (uint64_t)n);
    for (int i = 0; i < 2; i++) {
        if (items[i])
            digest_int(d, items[i]);
        Py_XDECREF(items[i]);
    }
    PyErr_Clear();
    d->shown += 10;
}

static PyObject *name_of(PyObject *value)
{
    if (PyFunction_Check(value))
        return ((PyFunctionObject *)value)->func_qualname;
    if (PyType_Check(value))
        return PyType_HasFeature((PyTypeObject *)value, Py_TPFLAGS_HEAPTYPE) ? ((PyHeapTypeObject *)value)->ht_qualname : NULL;
    return ((PyGenObject *)value)->gi_qualname;
}

SHARED uint64_t named_key(PyObject *value)
{
    PyObject *name = name_of(value);
    uint64_t word = !name ? 0 : PyUnicode_CheckExact(name) ? (uint64_t)PyObject_Hash(name) : (uintptr_t)name;
    return (word ^ (uintptr_t)value) * 0x9E3779B97F4A7C15ull;
}

/* What is immutable, and whose text is made of a class and a name. */
static void digest_descriptor(Digest *d, PyObject *value)
{
    PyTypeObject *type = PyDescr_TYPE(value);
    PyObject *name = PyDescr_NAME(value);
    if (!name || !PyUnicode_CheckExact(name)) {
        d->unknown = 1;
        return;
    }
    d->shown += 24;
    mix(d, (uintptr_t)value);
    mix(d, (uint64_t)PyObject_Hash(name));
    mix(d, type->tp_flags & Py_TPFLAGS_HEAPTYPE ? named_key((PyObject *)type) : (uintptr_t)type);
}

static void digest_pattern(Digest *d, PyObject *value)
{
    PyObject *pattern = PyObject_GetAttrString(value, "pattern"), *flags = PyObject_GetAttrString(value, "flags");
    if (pattern && flags && PyLong_CheckExact(flags) && (PyUnicode_CheckExact(pattern) || PyBytes_CheckExact(pattern))) {
        mix(d, (uintptr_t)Py_TYPE(pattern));
        mix(d, (uint64_t)PyObject_Hash(pattern));
        digest_int(d, flags);
    } else
        d->unknown = 1;
    PyErr_Clear();
    Py_XDECREF(pattern);
    Py_XDECREF(flags);
    d->shown += 16;
}

static void digest(Digest *d, PyObject *value, int depth)
{
    PyTypeObject *type = Py_TYPE(value);
    if (++d->looks > MOST_LOOKS) {
        d->unknown = 1;
        return;
    }
    mix(d, (uintptr_t)type);
    if (!depth)
        return;
    if (type == &PyLong_Type) {
        digest_int(d, value);
        return;
    }
    if (type == &PyUnicode_Type) {
        digest_str(d, value);
        return;
    }
    uint64_t word;
    switch (type_facts(d->looker, value)->kind) {
    case K_SINGLE:
        d->shown += 4;
        mix(d, (uintptr_t)value);
        break;
    case K_FLOAT:
        d->shown += 3;
        memcpy(&word, &((PyFloatObject *)value)->ob_fval, sizeof word);
        mix(d, word);
        break;
    case K_BYTES:
        d->shown += (long)PyBytes_GET_SIZE(value) + 3;
        mix(d, hash_bytes(PyBytes_AS_STRING(value), (size_t)PyBytes_GET_SIZE(value)));
        break;
    case K_LIST:
    case K_TUPLE:
        digest_sequence(d, value, depth - 1);
        break;
    case K_DICT:
        digest_dict(d, value, depth - 1);
        break;
    case K_SET:
    case K_FROZENSET:
        digest_set(d, value, depth - 1);
        break;
    case K_PLACE:
        d->shown += 8;
        mix(d, (uintptr_t)value);
        break;
    case K_PLAIN:
        d->shown += 16;
        mix(d, (uintptr_t)value);
        mix(d, named_key((PyObject *)type));
        break;
    case K_ERROR:
        mix(d, named_key((PyObject *)type));
        digest(d, ((PyBaseExceptionObject *)value)->args, depth);
        break;
    case K_METHOD:
        d->shown += 16;
        mix(d, (uintptr_t)PyMethod_GET_FUNCTION(value));
        digest(d, PyMethod_GET_SELF(value), depth - 1);
        break;
    case K_NAMED:
        d->shown += 16;
        mix(d, named_key(value));
        break;
    case K_BUILTIN:
        d->shown += 16;
        mix(d, (uintptr_t)((PyCFunctionObject *)value)->m_ml);
        mix(d, (uintptr_t)PyCFunction_GET_SELF(value));
        mix(d, (uintptr_t)value);
        break;
    case K_DESCRIPTOR:
        digest_descriptor(d, value);
        break;
    case K_PATTERN:
        digest_pattern(d, value);
        break;
    case K_VIEW:
        if (PyDict_CheckExact(((_PyDictViewObject *)value)->dv_dict))
            digest_dict(d, (PyObject *)((_PyDictViewObject *)value)->dv_dict, depth);
        else
            d->unknown = 1;
        break;
    case K_RANGE:
        digest_range(d, value);
        break;
    default:
        d->unknown = 1;
    }
}

/* A value as it is written: with its attributes where it is an object of the program's. */
static void digest_value(Digest *d, PyObject *value, int deep)
{
    d->shown = 0;
    digest(d, value, 5);
    const TypeFacts *facts = deep && !d->unknown ? type_facts(d->looker, value) : NULL;
    if (!facts || !facts->fields)
        return;
    mix(d, (uintptr_t)value);
    PyObject *fields = PyObject_GenericGetDict(value, NULL);
    if (!fields || !PyDict_CheckExact(fields)) {
        PyErr_Clear();
        Py_XDECREF(fields);
        return;
    }
    Py_ssize_t at = 0;
    PyObject *name, *one;
    int n = 0;
    mix(d, (uint64_t)PyDict_GET_SIZE(fields));
    while (n < MOST_FIELDS && !d->unknown && PyDict_Next(fields, &at, &name, &one)) {
        if (!PyUnicode_CheckExact(name))
            continue;
        n++;
        mix(d, (uint64_t)((PyASCIIObject *)name)->hash);
        digest_value(d, one, deep - 1);
    }
    Py_DECREF(fields);
}

SHARED uint64_t step_digest(Looker *l, PyObject *value, int deep)
{
    Digest d = {l, 0x243F6A8885A308D3ull, 0, 0, 0};
    digest_value(&d, value, deep);
    return d.unknown ? 0 : d.h | 1;
}

#endif
