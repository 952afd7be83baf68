/* The attributes of an object, read where they lie (steppairs.h). */
#include "steppairs.h"

#if HAS_STEPS

static int pairs_of_nothing(PyObject *value, Pairs *pairs)
{
    *pairs = (Pairs){((PyHeapTypeObject *)Py_TYPE(value))->ht_cached_keys, NULL, 0, 0};
    return 1;
}

static int pairs_in(PyObject *dict, Pairs *pairs)
{
    if (!PyDict_CheckExact(dict))
        return 0;
    *pairs = pairs_of_dict(dict);
    return 1;
}

static int pairs_of_values(PyObject *value, PyDictValues *values, Pairs *pairs)
{
    PyDictKeysObject *keys = ((PyHeapTypeObject *)Py_TYPE(value))->ht_cached_keys;
    if (!keys)
        return 0;
    Py_ssize_t n = split_size(values);
    *pairs = (Pairs){keys, values, n, n};
    return 1;
}

SHARED int pairs_of_object(PyObject *value, Pairs *pairs)
{
    PyTypeObject *type = Py_TYPE(value);
    if (!(type->tp_flags & Py_TPFLAGS_MANAGED_DICT)) {
        PyObject **at = _PyObject_GetDictPtr(value);
        return !at ? 0 : *at ? pairs_in(*at, pairs) : pairs_of_nothing(value, pairs);
    }
#if VALUES_TELL_THEIR_SIZE
    PyObject *dict = (PyObject *)_PyObject_GetManagedDict(value);
    if (dict)
        return pairs_in(dict, pairs);
    if (type->tp_flags & Py_TPFLAGS_INLINE_VALUES && _PyObject_InlineValues(value)->valid)
        return pairs_of_values(value, _PyObject_InlineValues(value), pairs);
#else
    PyDictOrValues all = *_PyObject_DictOrValuesPointer(value);
    if (_PyDictOrValues_IsValues(all))
        return pairs_of_values(value, _PyDictOrValues_GetValues(all), pairs);
    if (_PyDictOrValues_GetDict(all))
        return pairs_in(_PyDictOrValues_GetDict(all), pairs);
#endif
    return pairs_of_nothing(value, pairs);
}

#endif
