/* Digests of values that have no items (stepatoms.h). */
#include "stepatoms.h"

#if HAS_STEPS

enum { LONGEST_HASHED = 64 << 10 };

SHARED uint64_t hash_bytes(const void *from, size_t n)
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

SHARED uint64_t digest_str(Look *k, PyObject *value)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(value);
    int kind = PyUnicode_KIND(value);
    const uint8_t *data = PyUnicode_DATA(value);
    uint64_t h = mixed(of_type(&PyUnicode_Type), (uint64_t)n << 3 | (uint64_t)kind);
    k->shown += (long)n + 2;
    Py_hash_t known = ((PyASCIIObject *)value)->hash;
    if (known == -1 && n <= LONGEST_HASHED) /* it is kept in the text: the next time costs nothing */
        known = PyObject_Hash(value);
    if (known != -1)
        return mixed(h, (uint64_t)known);
    /* no more of it shows */
    h = mixed(h, hash_bytes(data, TEXT_LIMIT));
    data += (size_t)(n - TEXT_LIMIT) * (size_t)kind;
    return mixed(mixed(h, hash_bytes(data, TEXT_LIMIT * (size_t)kind)), (uintptr_t)value);
}

SHARED uint64_t digest_int(Look *k, PyObject *value)
{
    PyLongObject *n = (PyLongObject *)value;
    uint64_t h = of_type(&PyLong_Type);
    k->shown += 1;
    if (PyUnstable_Long_IsCompact(n))
        return mixed(h, (uint64_t)PyUnstable_Long_CompactValue(n) + 3);
    size_t digits = n->long_value.lv_tag >> 3;
    return mixed(mixed(h, n->long_value.lv_tag), hash_bytes(n->long_value.ob_digit, (digits < 4000 ? digits : 4000) * sizeof(digit)));
}

/* A range's numbers lie where nothing public tells: its length and two of its items say as much. */
SHARED uint64_t digest_range(Look *k, PyObject *value)
{
    Py_ssize_t n = PyObject_Size(value);
    PyObject *items[2] = {n > 0 ? PySequence_GetItem(value, 0) : NULL, n > 1 ? PySequence_GetItem(value, n - 1) : NULL};
    if (n < 2)
        k->unknown = 1;
    uint64_t h = mixed(of_type(&PyRange_Type), (uint64_t)n);
    for (int i = 0; i < 2; i++) {
        if (items[i])
            h = mixed(h, digest_int(k, items[i]));
        Py_XDECREF(items[i]);
    }
    PyErr_Clear();
    k->shown += 10;
    return h;
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
    uint64_t word = !name ? 0 : PyUnicode_CheckExact(name) ? (uint64_t)hash_of_text(name) : (uintptr_t)name;
    return (word ^ (uintptr_t)value) * 0x9E3779B97F4A7C15ull;
}

/* What is immutable, and whose text is made of a class and a name. */
SHARED uint64_t digest_descriptor(Look *k, PyObject *value, uint64_t h)
{
    PyTypeObject *type = PyDescr_TYPE(value);
    PyObject *name = PyDescr_NAME(value);
    if (!name || !PyUnicode_CheckExact(name)) {
        k->unknown = 1;
        return h;
    }
    k->shown += 24;
    h = mixed(mixed(h, (uintptr_t)value), (uint64_t)PyObject_Hash(name));
    return mixed(h, type->tp_flags & Py_TPFLAGS_HEAPTYPE ? named_key((PyObject *)type) : (uintptr_t)type);
}

SHARED uint64_t digest_pattern(Look *k, PyObject *value, uint64_t h)
{
    PyObject *pattern = PyObject_GetAttrString(value, "pattern"), *flags = PyObject_GetAttrString(value, "flags");
    if (pattern && flags && PyLong_CheckExact(flags) && (PyUnicode_CheckExact(pattern) || PyBytes_CheckExact(pattern))) {
        h = mixed(mixed(h, (uintptr_t)Py_TYPE(pattern)), (uint64_t)PyObject_Hash(pattern));
        h = mixed(h, digest_int(k, flags));
    } else
        k->unknown = 1;
    PyErr_Clear();
    Py_XDECREF(pattern);
    Py_XDECREF(flags);
    k->shown += 16;
    return h;
}

#endif
