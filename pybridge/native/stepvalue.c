/* A value's bytes, as steps.py writes them. */
#include "steppairs.h"

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

static int put_int(Buffer *b, int64_t n)
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

SHARED int may_be_request(Looker *l, PyObject *dict)
{
    for (int i = 0; i < 2; i++)
        if (PyDict_GetItemWithError(dict, l->of_requests[i]) || PyErr_Occurred())
            return PyErr_Occurred() ? -1 : 1;
    return 0;
}

static int put_field(Looker *l, Buffer *b, PyObject *name, PyObject *one, int deep)
{
    const FieldName *known = field_name(l, name);
    if (!known || put_number(b, known->number) < 0)
        return -1;
    if (known->secret)
        return put_byte(b, V_REDACTED) < 0 ? -1 : 1;
    if (is_shared(one) && !type_facts(l, one)->fields && put_identity(b, V_SHARED, one) < 0)
        return -1;
    return step_value_looked_at(l, b, one, deep);
}

static int fields_of(Looker *l, Buffer *b, PyObject *value, int deep)
{
    Pairs p;
    if (!pairs_of_object(value, &p))
        return 0;
    PyObject *names[MOST_FIELDS], *all[MOST_FIELDS], *name, *one;
    int n = 0;
    for (Py_ssize_t i = 0; i < p.entries && n < MOST_FIELDS; i++)
        if (pair_at(&p, i, &name, &one) && PyUnicode_CheckExact(name)) {
            names[n] = Py_NewRef(name);
            all[n++] = Py_NewRef(one);
        }
    int done = put_number(b, (uint64_t)n << 1 | (p.used > n)) < 0 ? -1 : 1;
    for (int i = 0; i < n; i++) {
        if (done == 1)
            done = put_field(l, b, names[i], all[i], deep - 1);
        Py_DECREF(names[i]);
        Py_DECREF(all[i]);
    }
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
        int64_t n;
        if (int_of(value, &n) && n != INT64_MIN)
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
    int request;
    switch (facts->kind) {
    case K_OTHER:
    case K_PATTERN:
        return by_python(l, b, value, deep);
    case K_DICT:
        if (deep && (request = may_be_request(l, value)) != 0)
            return request < 0 ? -1 : by_python(l, b, value, deep);
        return put_text(l, b, value, facts, 0);
    default:
        return put_text(l, b, value, facts, deep);
    }
}

#endif
