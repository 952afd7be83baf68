/* The text of a value as renderer.py shows it, as far as is needed of it; stepcut.c puts a long one together. */
#include "steptext.h"

#if HAS_STEPS

enum { MOST_VALUES = 600, WHOLE_TEXT = 4096 }; /* characters of a text that may be shown whole */

static int items_of(Rendering *r, PyObject *value, int depth);

static inline int is_full(Rendering *r) { return r->b->len - r->begins > 4 * TEXT_LIMIT || (r->narrow && r->b->len - r->begins > TEXT_LIMIT); }

static inline int say(Rendering *r, const char *text, size_t n)
{
    if (put(r->b, text, n) < 0)
        return -1;
    return is_full(r) ? FULL : 1;
}
#define SAY(r, text) say(r, text, sizeof(text) - 1)

static int unicode_as_is(Rendering *r, PyObject *text)
{
    Py_ssize_t n;
    const char *data = PyUnicode_AsUTF8AndSize(text, &n);
    if (!data) { /* a lone surrogate */
        PyErr_Clear();
        return 0;
    }
    if (!PyUnicode_IS_ASCII(text))
        r->narrow = 0;
    if (memchr(data, '\n', (size_t)n))
        return 0;
    return say(r, data, (size_t)n);
}

static int by_repr(Rendering *r, PyObject *value, reprfunc how)
{
    PyObject *text = how(value);
    if (!text) {
        PyErr_Clear();
        return 0;
    }
    int done = unicode_as_is(r, text);
    Py_DECREF(text);
    return done;
}

/* An address as the interpreter's own texts have it, with what ends them; returns how long that is. */
static int put_address(char *end, const void *value)
{
    char digits[2 * sizeof value];
    int n = 0, length = 2;
    for (uintptr_t left = (uintptr_t)value; left || !n; left >>= 4)
        digits[n++] = "0123456789abcdef"[left & 15];
    end[0] = '0', end[1] = 'x';
    while (n > 0)
        end[length++] = digits[--n];
    end[length++] = '>', end[length] = 0;
    return length;
}

/* A text that tells nothing but a class and a place: what it begins with is kept of each class. */
static int text_of_place(Rendering *r, PyObject *value)
{
    TypeFacts *facts = (TypeFacts *)type_facts(r->looker, value);
    char end[32];
    int n = put_address(end, value);
    if (!facts->place) {
        PyObject *text = PyBaseObject_Type.tp_repr(value);
        Py_ssize_t length = text && PyUnicode_IS_COMPACT_ASCII(text) ? PyUnicode_GET_LENGTH(text) - n : -1;
        const char *data = length > 0 ? (const char *)PyUnicode_1BYTE_DATA(text) : NULL;
        if (data && !memchr(data, '\n', (size_t)length) && strcmp(data + length, end) == 0 && facts->type == Py_TYPE(value))
            facts->place = PyBytes_FromStringAndSize(data, length);
        Py_XDECREF(text);
        PyErr_Clear();
    }
    if (!facts->place)
        return by_repr(r, value, PyBaseObject_Type.tp_repr);
    TRY(say(r, PyBytes_AS_STRING(facts->place), (size_t)PyBytes_GET_SIZE(facts->place)));
    return say(r, end, (size_t)n);
}

static int has(PyObject *text, Py_ssize_t from, Py_ssize_t to, Py_UCS4 what) { return PyUnicode_FindChar(text, what, from, to, 1) >= 0; }

/* The beginning of a text that will be cut: renderer.py's quoted_head. */
static int beginning_of(Rendering *r, PyObject *value)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(value), size = LONG_TEXT + 2 - (Py_ssize_t)(r->b->len - r->begins);
    if (!PyUnicode_IS_COMPACT_ASCII(value) || !r->narrow || size < 1)
        return 0;
    if (n <= WHOLE_TEXT)
        return by_repr(r, value, PyUnicode_Type.tp_repr);
    PyObject *head = PyUnicode_Substring(value, 0, size);
    if (!head)
        return -1;
    size_t begins = r->b->len;
    int done = by_repr(r, head, PyUnicode_Type.tp_repr);
    if (!has(head, 0, size, '\'') && has(value, n - size, n, '\'') && !has(head, 0, size, '"') && !has(value, n - size, n, '"'))
        r->b->data[begins] = '"';
    Py_DECREF(head);
    return done;
}

static int text_of_str(Rendering *r, PyObject *value)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(value);
    if (n > LONG_TEXT)
        return beginning_of(r, value);
    if (PyUnicode_IS_COMPACT_ASCII(value)) {
        const uint8_t *data = PyUnicode_1BYTE_DATA(value);
        Py_ssize_t i = 0;
        while (i < n && data[i] >= 32 && data[i] < 127 && data[i] != '\'' && data[i] != '\\')
            i++;
        if (i == n) {
            if (reserve(r->b, (size_t)n + 2) < 0)
                return -1;
            uint8_t *at = r->b->data + r->b->len;
            *at = '\'';
            memcpy(at + 1, data, (size_t)n);
            at[n + 1] = '\'';
            r->b->len += (size_t)n + 2;
            return is_full(r) ? FULL : 1;
        }
    }
    return by_repr(r, value, PyUnicode_Type.tp_repr);
}

static int text_of_int(Rendering *r, PyObject *value)
{
    int overflow;
    long long n = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow)
        return 0;
    char digits[24], *at = digits + sizeof digits;
    unsigned long long rest = n < 0 ? 0ull - (unsigned long long)n : (unsigned long long)n;
    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (n < 0)
        *--at = '-';
    return say(r, at, (size_t)(digits + sizeof digits - at));
}

/* Whether an item may be a secret, or make the next one one: Python decides (redact.py). */
static int is_suspicious(Rendering *r, PyObject *items, Py_ssize_t at, Py_ssize_t n)
{
    PyObject *item = PySequence_Fast_GET_ITEM(items, at);
    if (!r->looker->redact)
        return 0;
    if (n == 2 && at == 0 && PyBytes_CheckExact(item))
        return 1;
    if (!PyUnicode_CheckExact(item) || !PyUnicode_GET_LENGTH(item))
        return 0;
    if (PyUnicode_READ_CHAR(item, 0) == '-' || PyUnicode_FindChar(item, '=', 0, PyUnicode_GET_LENGTH(item), 1) >= 0)
        return 1;
    return n == 2 && at == 0 ? names_secret(r->looker, item) : 0;
}

SHARED int step_item(Rendering *r, PyObject *items, Py_ssize_t at, int depth)
{
    PyObject *item = PySequence_Fast_GET_ITEM(items, at);
    if (depth) {
        int secret = is_suspicious(r, items, at, PySequence_Fast_GET_SIZE(items));
        if (secret)
            return secret < 0 ? -1 : 0;
    }
    return step_render(r, item, depth);
}

static int items_of(Rendering *r, PyObject *value, int depth)
{
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); i++) {
        if (i)
            TRY(SAY(r, ", "));
        TRY(step_item(r, value, i, depth));
    }
    return 1;
}

static int text_of_sequence(Rendering *r, PyObject *value, int depth)
{
    int tuple = PyTuple_CheckExact(value);
    TRY(tuple ? SAY(r, "(") : SAY(r, "["));
    TRY(items_of(r, value, depth));
    if (tuple && PyTuple_GET_SIZE(value) == 1)
        TRY(SAY(r, ","));
    return tuple ? SAY(r, ")") : SAY(r, "]");
}

SHARED int step_pair(Rendering *r, PyObject *key, PyObject *one, int depth)
{
    int secret = 0;
    if (PyUnicode_CheckExact(key))
        secret = names_secret(r->looker, key);
    else if (PyBytes_CheckExact(key) && r->looker->redact)
        return 0;
    if (secret < 0)
        return -1;
    TRY(step_render(r, key, depth + 1));
    TRY(SAY(r, ": "));
    if (!secret)
        return step_render(r, one, depth);
    return say(r, PyBytes_AS_STRING(r->looker->writer->placeholder), (size_t)PyBytes_GET_SIZE(r->looker->writer->placeholder));
}

static int text_of_dict(Rendering *r, PyObject *value, int depth)
{
    TRY(SAY(r, "{"));
    Py_ssize_t at = 0;
    PyObject *key, *one;
    int first = 1;
    while (PyDict_Next(value, &at, &key, &one)) {
        if (!first)
            TRY(SAY(r, ", "));
        first = 0;
        Py_INCREF(key), Py_INCREF(one);
        Py_ssize_t size = PyDict_GET_SIZE(value);
        int done = step_pair(r, key, one, depth);
        Py_DECREF(key), Py_DECREF(one);
        TRY(done);
        if (PyDict_GET_SIZE(value) != size) /* another thread's doing, while a key was asked about */
            return 0;
    }
    return SAY(r, "}");
}

static int text_of_set(Rendering *r, PyObject *value, int depth)
{
    TRY(PyFrozenSet_CheckExact(value) ? SAY(r, "frozenset({") : SAY(r, "{"));
    Py_ssize_t at = 0;
    PyObject *key;
    Py_hash_t hash;
    int first = 1;
    while (_PySet_NextEntry(value, &at, &key, &hash)) {
        if (!first)
            TRY(SAY(r, ", "));
        first = 0;
        TRY(step_render(r, key, depth));
    }
    return PyFrozenSet_CheckExact(value) ? SAY(r, "})") : SAY(r, "}");
}

/* A name that the interpreter's own repr puts into its text, where to do so runs nothing of the program's. */
static int is_plain_name(PyObject *name) { return name && PyUnicode_CheckExact(name); }

static int text_of_method(Rendering *r, PyObject *value, int depth)
{
    PyObject *function = PyMethod_GET_FUNCTION(value), *self = PyMethod_GET_SELF(value);
    PyObject *name = PyFunction_Check(function) ? Py_NewRef(((PyFunctionObject *)function)->func_qualname) : PyType_GetName(Py_TYPE(function));
    int done = is_plain_name(name) ? SAY(r, "<bound method ") : 0;
    done = done == 1 ? unicode_as_is(r, name) : done;
    Py_XDECREF(name);
    PyErr_Clear();
    TRY(done);
    TRY(SAY(r, " of "));
    TRY(step_render(r, self, depth));
    return SAY(r, ">");
}

static int text_of_error(Rendering *r, PyObject *value, int depth)
{
    PyObject *name = PyType_GetName(Py_TYPE(value)), *args = ((PyBaseExceptionObject *)value)->args;
    int done = is_plain_name(name) && args && PyTuple_CheckExact(args) ? unicode_as_is(r, name) : 0;
    Py_XDECREF(name);
    PyErr_Clear();
    TRY(done);
    TRY(SAY(r, "("));
    TRY(items_of(r, args, depth));
    return SAY(r, ")");
}

/* A dict's keys, values or items, whose own repr would ask each of them for its own. */
static int text_of_view(Rendering *r, PyObject *view, int depth)
{
    PyObject *dict = (PyObject *)((_PyDictViewObject *)view)->dv_dict, *key, *one;
    Py_ssize_t at = 0;
    if (!dict || !PyDict_CheckExact(dict))
        return 0;
    TRY(say(r, Py_TYPE(view)->tp_name, strlen(Py_TYPE(view)->tp_name)));
    TRY(SAY(r, "(["));
    for (int first = 1; PyDict_Next(dict, &at, &key, &one); first = 0) {
        if (!first)
            TRY(SAY(r, ", "));
        Py_ssize_t size = PyDict_GET_SIZE(dict);
        PyObject *item = PyDictItems_Check(view) ? PyTuple_Pack(2, key, one) : Py_NewRef(PyDictKeys_Check(view) ? key : one);
        int done = item ? step_render(r, item, depth) : -1;
        Py_XDECREF(item);
        TRY(done);
        if (PyDict_GET_SIZE(dict) != size) /* another thread's doing */
            return 0;
    }
    return SAY(r, "])");
}

/* A function, a class or a generator. */
static int text_of_named(Rendering *r, PyObject *value)
{
    if (PyType_Check(value))
        return Py_IS_TYPE(value, &PyType_Type) ? by_repr(r, value, PyType_Type.tp_repr) : 0;
    PyObject *name = PyFunction_Check(value) ? ((PyFunctionObject *)value)->func_qualname : ((PyGenObject *)value)->gi_qualname;
    return is_plain_name(name) ? by_repr(r, value, Py_TYPE(value)->tp_repr) : 0;
}

/* One value of which `depth` levels are left. */
SHARED int step_render(Rendering *r, PyObject *value, int depth)
{
    if (!depth)
        return SAY(r, "...");
    if (++r->values > MOST_VALUES)
        return 0;
    if (value == Py_None)
        return SAY(r, "None");
    if (PyBool_Check(value))
        return value == Py_True ? SAY(r, "True") : SAY(r, "False");
    if (PyLong_CheckExact(value))
        return text_of_int(r, value);
    if (PyUnicode_CheckExact(value))
        return text_of_str(r, value);
    switch (type_facts(r->looker, value)->kind) {
    case K_FLOAT:
        return by_repr(r, value, PyFloat_Type.tp_repr);
    case K_LIST:
    case K_TUPLE:
        return text_of_sequence(r, value, depth - 1);
    case K_DICT:
        return text_of_dict(r, value, depth - 1);
    case K_SET:
    case K_FROZENSET:
        return text_of_set(r, value, depth - 1);
    case K_PLAIN:
    case K_PLACE:
        return text_of_place(r, value);
    case K_NAMED:
        return text_of_named(r, value);
    case K_METHOD:
        return text_of_method(r, value, depth - 1);
    case K_VIEW:
        return text_of_view(r, value, depth - 1);
    case K_ERROR:
        return text_of_error(r, value, depth - 1);
    case K_BYTES:
        return PyBytes_GET_SIZE(value) <= LONG_TEXT ? by_repr(r, value, PyBytes_Type.tp_repr) : 0;
    case K_BUILTIN:
    case K_RANGE:
    case K_DESCRIPTOR:
        return by_repr(r, value, Py_TYPE(value)->tp_repr);
    default:
        return 0;
    }
}

#endif
