/* Whether a value would be written otherwise than before, told without writing it: a number made of what its bytes say.
 *
 * It is made of values where they are numbers and texts, and of places only where the text shows nothing but a place. So an
 * object that was freed and another that was made where it was have the same number only where they are written alike.
 */
#include "stepatoms.h"

#if HAS_STEPS

enum { SHOWN = TEXT_LIMIT / 2 + 1, MOST_LOOKS = 3000, FEW = 3 };

static uint64_t digest(Look *k, PyObject *value, int depth);

/* What most items are goes without a call. */
static inline uint64_t digest_item(Look *k, PyObject *item, int depth)
{
    PyTypeObject *type = Py_TYPE(item);
    if (depth && type == &PyUnicode_Type && ((PyASCIIObject *)item)->hash != -1) {
        k->shown += (long)PyUnicode_GET_LENGTH(item) + 4;
        k->looks++;
        return (uint64_t)((PyASCIIObject *)item)->hash + (uint64_t)PyUnicode_GET_LENGTH(item);
    }
    if (depth && type == &PyLong_Type && PyUnstable_Long_IsCompact((PyLongObject *)item)) {
        k->shown += 3;
        k->looks++;
        return (uint64_t)PyUnstable_Long_CompactValue((PyLongObject *)item) * 0xBF58476D1CE4E5B9ull + 1;
    }
    k->shown += 2;
    return digest(k, item, depth);
}

static inline uint64_t note_item(Look *k, Seen *seen, PyObject *item, int level)
{
    uint64_t h = digest_item(k, item, level);
    if (seen)
        seen_item(seen, item, level, h);
    return h;
}

static uint64_t digest_value(Look *k, PyObject *value, int deep);

/* Whether what may have changed is as it was. */
static int same_changeable(Look *k, Seen *seen)
{
    Look again = {k->looker, 0, 0, 0};
    int same = 1;
    seen->busy = 1;
    for (uint32_t i = 0; same && i < seen->nchangeable; i++) {
        const Changeable *one = &seen->changeable[i];
        PyObject *item = seen->items[one->at];
        uint64_t h = one->level >= OF_FIELDS ? digest_value(&again, item, one->level - OF_FIELDS) : digest_item(&again, item, one->level);
        same = h == one->digest && !again.unknown;
    }
    seen->busy = 0;
    return same;
}

static uint64_t as_seen(Look *k, Seen *seen)
{
    seen->misses = 0;
    k->shown += seen->shown;
    k->looks += seen->looks;
    return seen->digest;
}

/* Items until enough is shown, from the first on and from the last. */
static uint64_t digest_items(Look *k, Seen *seen, PyObject *value, int depth)
{
    Py_ssize_t n = PySequence_Fast_GET_SIZE(value), i = 0, j;
    PyObject **items = PySequence_Fast_ITEMS(value);
    uint64_t h = mixed(of_type(Py_TYPE(value)), (uint64_t)n);
    long before = k->shown;
    for (; i < n && k->shown - before <= SHOWN && !k->unknown; i++)
        h = mixed(h, note_item(k, seen, items[i], depth));
    if (seen)
        seen->head = seen->n;
    before = k->shown;
    for (j = n - 1; j >= i && k->shown - before <= SHOWN && !k->unknown; j--)
        h = mixed(h, note_item(k, seen, items[j], depth));
    return h;
}

static uint64_t digest_sequence(Look *k, PyObject *value, int depth)
{
    Py_ssize_t n = PySequence_Fast_GET_SIZE(value);
    Seen *seen = n > FEW ? seen_of(k->looker, value, depth) : NULL;
    if (seen && seen->whole && same_sequence(seen, PySequence_Fast_ITEMS(value), n) && same_changeable(k, seen))
        return as_seen(k, seen);
    if (!seen || !seen_begin(seen, value))
        return digest_items(k, NULL, value, depth);
    Look before = *k;
    seen->busy = 1;
    seen->size = n;
    uint64_t h = digest_items(k, seen, value, depth);
    seen_end(seen, &before, k, h);
    return h;
}

static inline uint64_t digest_pair(Look *k, Seen *seen, uint64_t h, PyObject *key, PyObject *one, int depth)
{
    h = mixed(h, note_item(k, seen, key, depth + 1));
    return mixed(h, note_item(k, seen, one, depth));
}

static uint64_t digest_pairs(Look *k, Seen *seen, const Pairs *p, int depth)
{
    PyObject *key, *one;
    uint64_t h = mixed(of_type(&PyDict_Type), (uint64_t)p->used);
    long before = k->shown;
    Py_ssize_t i = 0, j;
    for (; i < p->entries && k->shown - before <= SHOWN && !k->unknown; i++)
        if (pair_at(p, i, &key, &one))
            h = digest_pair(k, seen, h, key, one, depth);
    if (seen)
        seen->head = seen->n;
    before = k->shown;
    for (j = p->entries - 1; j >= i && k->shown - before <= SHOWN && !k->unknown; j--)
        if (pair_at(p, j, &key, &one))
            h = digest_pair(k, seen, h, key, one, depth);
    return h;
}

static uint64_t digest_dict(Look *k, PyObject *value, int depth)
{
    Pairs p = pairs_of_dict(value);
    Seen *seen = p.used > 1 ? seen_of(k->looker, value, depth) : NULL;
    if (seen && seen->whole && same_pairs(seen, &p) && same_changeable(k, seen))
        return as_seen(k, seen);
    if (!seen || !seen_begin(seen, value))
        return digest_pairs(k, NULL, &p, depth);
    Look before = *k;
    seen->busy = 1;
    seen->size = p.used, seen->entries = p.entries, seen->keys = p.keys;
    uint64_t h = digest_pairs(k, seen, &p, depth);
    seen_end(seen, &before, k, h);
    return h;
}

static uint64_t digest_set(Look *k, PyObject *value, int depth)
{
    Py_ssize_t at = 0;
    PyObject *key;
    Py_hash_t hash;
    uint64_t h = mixed(of_type(Py_TYPE(value)), (uint64_t)PySet_GET_SIZE(value));
    long before = k->shown;
    while (k->shown - before <= 3 * TEXT_LIMIT && !k->unknown && _PySet_NextEntry(value, &at, &key, &hash))
        h = mixed(h, digest_item(k, key, depth));
    return h;
}

/* A value of one of the types that most are not. */
static uint64_t digest_other(Look *k, PyObject *value, int depth)
{
    PyTypeObject *type = Py_TYPE(value);
    uint64_t h = of_type(type), word;
    switch (type_facts(k->looker, value)->kind) {
    case K_SINGLE:
        k->shown += 4;
        return mixed(h, (uintptr_t)value);
    case K_FLOAT:
        k->shown += 3;
        memcpy(&word, &((PyFloatObject *)value)->ob_fval, sizeof word);
        return mixed(h, word);
    case K_BYTES:
        k->shown += (long)PyBytes_GET_SIZE(value) + 3;
        return mixed(h, hash_bytes(PyBytes_AS_STRING(value), (size_t)PyBytes_GET_SIZE(value)));
    case K_SET:
    case K_FROZENSET:
        return digest_set(k, value, depth - 1);
    case K_PLACE:
        k->shown += 8;
        return mixed(h, (uintptr_t)value);
    case K_PLAIN:
        k->shown += 16;
        return mixed(mixed(h, (uintptr_t)value), named_key((PyObject *)type));
    case K_ERROR:
        h = mixed(h, named_key((PyObject *)type));
        return mixed(h, digest(k, ((PyBaseExceptionObject *)value)->args, depth));
    case K_METHOD:
        k->shown += 16;
        h = mixed(h, (uintptr_t)PyMethod_GET_FUNCTION(value));
        return mixed(h, digest(k, PyMethod_GET_SELF(value), depth - 1));
    case K_NAMED:
        k->shown += 16;
        return mixed(h, named_key(value));
    case K_BUILTIN:
        k->shown += 16;
        h = mixed(mixed(h, (uintptr_t)((PyCFunctionObject *)value)->m_ml), (uintptr_t)PyCFunction_GET_SELF(value));
        return mixed(h, (uintptr_t)value);
    case K_DESCRIPTOR:
        return digest_descriptor(k, value, h);
    case K_PATTERN:
        return digest_pattern(k, value, h);
    case K_VIEW:
        if (PyDict_CheckExact(((_PyDictViewObject *)value)->dv_dict))
            return mixed(h, digest_dict(k, (PyObject *)((_PyDictViewObject *)value)->dv_dict, depth));
        break;
    case K_RANGE:
        return digest_range(k, value);
    default:
        break;
    }
    k->unknown = 1;
    return h;
}

static uint64_t digest(Look *k, PyObject *value, int depth)
{
    PyTypeObject *type = Py_TYPE(value);
    if (++k->looks > MOST_LOOKS) {
        k->unknown = 1;
        return 0;
    }
    if (!depth)
        return of_type(type);
    if (type == &PyLong_Type)
        return digest_int(k, value);
    if (type == &PyUnicode_Type)
        return digest_str(k, value);
    if (type == &PyList_Type || type == &PyTuple_Type)
        return digest_sequence(k, value, depth - 1);
    return type == &PyDict_Type ? digest_dict(k, value, depth - 1) : digest_other(k, value, depth);
}

/* The attributes that are written of an object; noted only where all names are texts. */
static uint64_t digest_attributes(Look *k, Seen *seen, const Pairs *p, uint64_t h, int deep)
{
    PyObject *name, *one;
    h = mixed(h, (uint64_t)p->used);
    for (Py_ssize_t i = 0, n = 0; i < p->entries && n < MOST_FIELDS && !k->unknown; i++) {
        if (!pair_at(p, i, &name, &one))
            continue;
        if (!PyUnicode_CheckExact(name)) {
            if (seen)
                seen->whole = 2;
            continue;
        }
        n++;
        uint64_t of_one = digest_value(k, one, deep);
        h = mixed(mixed(h, (uint64_t)hash_of_text(name)), of_one);
        if (seen) {
            seen_item(seen, name, 1, 0);
            seen_item(seen, one, OF_FIELDS + deep, of_one);
        }
    }
    return h;
}

/* An object of the program's: what it is and where, and its attributes. */
static uint64_t digest_object(Look *k, PyObject *value, uint64_t base, int deep)
{
    Pairs p;
    base = mixed(base, (uintptr_t)value);
    if (!pairs_of_object(value, &p))
        return base;
    Seen *seen = seen_of(k->looker, value, OF_FIELDS + deep);
    if (seen && seen->whole && seen->base == base && same_pairs(seen, &p) && same_changeable(k, seen))
        return as_seen(k, seen);
    if (!seen || !seen_begin(seen, value))
        return digest_attributes(k, NULL, &p, base, deep - 1);
    Look before = *k;
    seen->busy = 1;
    seen->base = base;
    seen->size = p.used, seen->entries = p.entries, seen->keys = p.keys;
    uint64_t h = digest_attributes(k, seen, &p, base, deep - 1);
    seen->head = seen->n;
    seen_end(seen, &before, k, h);
    return h;
}

/* A value as it is written: with its attributes where it is an object of the program's, else with its identity where that is told. */
static uint64_t digest_value(Look *k, PyObject *value, int deep)
{
    if (deep && PyDict_CheckExact(value) && may_be_request(k->looker, value)) {
        PyErr_Clear();
        k->unknown = 1; /* what is told of a request may lie where the text is cut */
        return 0;
    }
    uint64_t h = digest(k, value, 5);
    if (deep && !k->unknown && !cannot_change(value) && type_facts(k->looker, value)->fields)
        return digest_object(k, value, h, deep);
    return is_shared(value) ? mixed(h, (uintptr_t)value) : h;
}

SHARED uint64_t step_digest(Looker *l, PyObject *value, int deep)
{
    Look k = {l, 0, 0, 0};
    uint64_t h = digest_value(&k, value, deep);
    return k.unknown ? 0 : h | 1;
}

#endif
