/* A value's bytes, as steps.py writes them. */
#include "steps.h"

#if HAS_STEPS

/* The bytes that Python has for it. */
static int by_python(Looker *l, Buffer *b, PyObject *value, int deep)
{
    PyObject *number = PyLong_FromLong(deep), *args[] = {value, number}, *data = NULL;
    if (number)
        data = PyObject_Vectorcall(l->encode, args, 2, NULL);
    Py_XDECREF(number);
    if (!data)
        return -1;
    int done = PyBytes_CheckExact(data) ? put(b, PyBytes_AS_STRING(data), (size_t)PyBytes_GET_SIZE(data)) : -1;
    if (done < 0 && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "a value's bytes are bytes");
    Py_DECREF(data);
    return done < 0 ? -1 : 1;
}

static int put_int(Buffer *b, long long n)
{
    return put_byte(b, V_INT) < 0 ? -1 : put_number(b, n >= 0 ? (uint64_t)n << 1 : ~(uint64_t)n << 1 | 1);
}

/* The number of a type's full name. */
static long type_number(Looker *l, PyObject *value)
{
    TypeFacts *facts = (TypeFacts *)type_facts(l, value);
    if (facts->number)
        return facts->number;
    PyObject *name = PyObject_CallOneArg(l->full_name, (PyObject *)Py_TYPE(value));
    PyObject *number = name ? PyObject_CallOneArg(l->name, name) : NULL;
    long n = number ? PyLong_AsLong(number) : -1;
    Py_XDECREF(name);
    Py_XDECREF(number);
    if (n > 0 && facts->type == Py_TYPE(value))
        facts->number = (uint32_t)n;
    return n;
}

/* The number of a text that comes again. */
static long text_number(Looker *l, PyObject *text)
{
    PyObject *known = PyDict_GetItemWithError(l->numbers, text);
    if (known || PyErr_Occurred())
        return known ? PyLong_AsLong(known) : -1;
    PyObject *number = PyObject_CallOneArg(l->name, text);
    long n = number ? PyLong_AsLong(number) : -1;
    if (n > 0 && PyDict_GET_SIZE(l->numbers) < SECRETS_KNOWN && PyDict_SetItem(l->numbers, text, number) < 0)
        n = -1;
    Py_XDECREF(number);
    return n;
}

/* Whether a dict may be a WSGI environ or an ASGI scope, of which more is told. */
static int may_be_request(PyObject *dict)
{
    PyObject *path = PyDict_GetItemString(dict, "path"), *info = path ? NULL : PyDict_GetItemString(dict, "PATH_INFO");
    return path != NULL || info != NULL;
}

static int fields_of(Looker *l, Buffer *b, PyObject *value, int deep)
{
    PyObject *fields = PyObject_GenericGetDict(value, NULL);
    if (!fields || !PyDict_CheckExact(fields)) {
        PyErr_Clear();
        Py_XDECREF(fields);
        return 0;
    }
    PyObject *names = PyDict_Keys(fields);
    Py_ssize_t told = 0, n = names ? PyList_GET_SIZE(names) : 0;
    for (Py_ssize_t i = 0; i < n && told < MOST_FIELDS; i++)
        told += PyUnicode_CheckExact(PyList_GET_ITEM(names, i));
    int done = names && put_number(b, (uint64_t)told << 1 | (PyDict_GET_SIZE(fields) > told)) == 0 ? 1 : -1;
    for (Py_ssize_t i = 0; i < n && told > 0 && done == 1; i++) {
        PyObject *name = PyList_GET_ITEM(names, i), *one;
        if (!PyUnicode_CheckExact(name))
            continue;
        told--;
        one = Py_XNewRef(PyDict_GetItemWithError(fields, name));
        long number = one ? text_number(l, name) : 0;
        int secret = number > 0 ? names_secret(l, name) : 0;
        if (number < 0 || secret < 0)
            done = -1;
        else if (!one) /* another thread's doing */
            done = PyErr_Occurred() ? -1 : 0;
        else if (put_number(b, (uint64_t)number) < 0)
            done = -1;
        else
            done = secret ? (put_byte(b, V_REDACTED) < 0 ? -1 : 1) : step_value_looked_at(l, b, one, deep - 1);
        Py_XDECREF(one);
    }
    Py_XDECREF(names);
    Py_DECREF(fields);
    return done;
}

/* A text that is not a short str, and attributes. */
static int put_text(Looker *l, Buffer *b, PyObject *value, const TypeFacts *facts, int deep)
{
    size_t begins = b->len;
    int fields = deep && facts->fields, cut;
    long number = type_number(l, value);
    if (number <= 0)
        return number < 0 ? -1 : by_python(l, b, value, deep);
    if (put_byte(b, V_TEXT) < 0 || (fields && put_number(b, (uintptr_t)value) < 0) || put_number(b, (uint64_t)number) < 0)
        return -1;
    size_t length = b->len;
    if (put(b, "\0\0", 2) < 0)
        return -1;
    int done = step_text(l, b, value, &cut);
    size_t n = b->len - length - 2;
    if (done == 1 && n < 1 << 14) {
        if (n < 128) {
            memmove(b->data + length + 1, b->data + length + 2, n);
            b->data[length] = (uint8_t)n;
            b->len--;
        } else {
            b->data[length] = (uint8_t)(n | 128);
            b->data[length + 1] = (uint8_t)(n >> 7);
        }
        if (cut)
            b->data[begins] = V_CUT;
        else if (fields) {
            b->data[begins] = V_OBJECT;
            done = fields_of(l, b, value, deep);
        }
        if (done == 1 && !(cut && fields))
            return 1;
    }
    if (done < 0)
        return -1;
    b->len = begins;
    if (b->names)
        again_forget(l); /* what was written of it may have been named */
    return by_python(l, b, value, deep);
}

SHARED int step_error(Looker *l, Buffer *b, PyObject *arg)
{
    PyObject *error = PyTuple_CheckExact(arg) && PyTuple_GET_SIZE(arg) == 3 ? PyTuple_GET_ITEM(arg, 1) : arg;
    long number = type_number(l, error);
    return number < 0 || put_number(b, (uint64_t)number) < 0 || step_value(l, b, error, 0) < 0 || step_value(l, b, arg, 0) < 0 ? -1 : 0;
}

SHARED int step_value(Looker *l, Buffer *b, PyObject *value, int deep)
{
    if (value == Py_None)
        return put_byte(b, V_NONE) < 0 ? -1 : 1;
    if (PyBool_Check(value))
        return put_byte(b, value == Py_True ? V_TRUE : V_FALSE) < 0 ? -1 : 1;
    if (PyLong_CheckExact(value)) {
        if (PyUnstable_Long_IsCompact((PyLongObject *)value))
            return put_int(b, PyUnstable_Long_CompactValue((PyLongObject *)value)) < 0 ? -1 : 1;
        int overflow;
        long long n = PyLong_AsLongLongAndOverflow(value, &overflow);
        if (!overflow && n != INT64_MIN)
            return put_int(b, n) < 0 ? -1 : 1;
        return by_python(l, b, value, deep);
    }
    if (PyFloat_CheckExact(value)) {
        double number = PyFloat_AS_DOUBLE(value);
        return put_byte(b, V_FLOAT) < 0 || put(b, &number, 8) < 0 ? -1 : 1;
    }
    if (l->patterns)
        return by_python(l, b, value, deep);
    if (PyUnicode_CheckExact(value) && PyUnicode_GET_LENGTH(value) <= LONGEST_SHORT) {
        Py_ssize_t n;
        const char *data = PyUnicode_IS_COMPACT_ASCII(value) ? (n = PyUnicode_GET_LENGTH(value), (const char *)PyUnicode_1BYTE_DATA(value))
                                                              : PyUnicode_AsUTF8AndSize(value, &n);
        if (data)
            return put_byte(b, V_STR) < 0 || put_number(b, (uint64_t)n) < 0 || put(b, data, (size_t)n) < 0 ? -1 : 1;
        PyErr_Clear();
    }
    const TypeFacts *facts = type_facts(l, value);
    switch (facts->kind) {
    case K_OTHER:
    case K_PATTERN:
        return by_python(l, b, value, deep);
    case K_DICT:
        return deep && may_be_request(value) ? by_python(l, b, value, deep) : put_text(l, b, value, facts, 0);
    default:
        return put_text(l, b, value, facts, deep);
    }
}

#endif
