/* The text of a value as renderer.py shows it: whole where it is short, else its first and its last half around a mark. */
#include "steps.h"

#if HAS_STEPS

enum { LEVELS = 5, HALF = TEXT_LIMIT / 2, MOST_VALUES = 600 };
enum { LOOKED_AT = 3100, LONG_TEXT = 3000, WHOLE_TEXT = 4096 }; /* characters at an end that decide about the quotes of a long text */
enum { FULL = 2 }; /* an answer besides 1, 0 and -1: there is more than is needed */

/* One rendering: how many values were looked at, and whether its characters are its bytes. */
typedef struct {
    Looker *looker;
    Buffer *b;
    size_t begins;
    int values, narrow;
} Rendering;

static int render(Rendering *r, PyObject *value, int depth);
static int items_of(Rendering *r, PyObject *value, int depth);

static inline int is_full(Rendering *r) { return r->b->len - r->begins > 4 * TEXT_LIMIT || (r->narrow && r->b->len - r->begins > TEXT_LIMIT); }

#define TRY(what)                                                                                                                           \
    do {                                                                                                                                    \
        int done_ = (what);                                                                                                                 \
        if (done_ != 1)                                                                                                                     \
            return done_;                                                                                                                   \
    } while (0)

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

static int text_of_item(Rendering *r, PyObject *items, Py_ssize_t at, int depth)
{
    PyObject *item = PySequence_Fast_GET_ITEM(items, at);
    if (depth) {
        int secret = is_suspicious(r, items, at, PySequence_Fast_GET_SIZE(items));
        if (secret)
            return secret < 0 ? -1 : 0;
    }
    return render(r, item, depth);
}

static int items_of(Rendering *r, PyObject *value, int depth)
{
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); i++) {
        if (i)
            TRY(SAY(r, ", "));
        TRY(text_of_item(r, value, i, depth));
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

static int text_of_pair(Rendering *r, PyObject *key, PyObject *one, int depth)
{
    int secret = 0;
    if (PyUnicode_CheckExact(key))
        secret = names_secret(r->looker, key);
    else if (PyBytes_CheckExact(key) && r->looker->redact)
        return 0;
    if (secret < 0)
        return -1;
    TRY(render(r, key, depth + 1));
    TRY(SAY(r, ": "));
    if (!secret)
        return render(r, one, depth);
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
        int done = text_of_pair(r, key, one, depth);
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
        TRY(render(r, key, depth));
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
    TRY(render(r, self, depth));
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
        int done = item ? render(r, item, depth) : -1;
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
static int render(Rendering *r, PyObject *value, int depth)
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
        return by_repr(r, value, PyBaseObject_Type.tp_repr);
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

static int is_simple_part(const uint8_t *data, Py_ssize_t n)
{
    int other = 0;
    for (Py_ssize_t i = 0; i < n; i++)
        other |= data[i] < 32 || data[i] > 126 || data[i] == '\'' || data[i] == '\\';
    return !other;
}

/* Whether a long text is shown as it is, between quotes, as far as it is shown. */
static int is_simple(Looker *l, PyObject *value)
{
    if (!PyUnicode_IS_COMPACT_ASCII(value))
        return 0;
    Py_ssize_t n = PyUnicode_GET_LENGTH(value);
    Py_hash_t hash = PyObject_Hash(value);
    Simple *known = &l->simple[((uintptr_t)value >> 4) % SIMPLE_KNOWN];
    if (known->text == value && known->length == n && known->hash == hash)
        return 1;
    const uint8_t *data = PyUnicode_1BYTE_DATA(value);
    Py_ssize_t part = n < LOOKED_AT ? n : LOOKED_AT;
    if (!is_simple_part(data, n <= 2 * LOOKED_AT ? n : part) || !is_simple_part(data + n - part, part))
        return 0;
    *known = (Simple){value, n, hash};
    return 1;
}

/* The end of a text, put together from its last character on. */
typedef struct {
    Looker *looker;
    size_t left; /* how many characters of it are still to come */
    size_t at;   /* where in text it begins so far */
    int values;
    char text[4 * HALF];
} Ending;

static inline int begins_character(char byte) { return ((uint8_t)byte & 0xc0) != 0x80; }

/* 1: more is needed; FULL: none. */
static int before(Ending *e, const char *text, size_t n)
{
    size_t from = n;
    while (from > 0 && e->left > 0)
        e->left -= (size_t)begins_character(text[--from]);
    e->at -= n - from;
    memcpy(e->text + e->at, text + from, n - from);
    return e->left ? 1 : FULL;
}

static int end_of(Ending *e, PyObject *value, int depth);
static int end_of_dict(Ending *e, PyObject *value, int depth);

static int whole_before(Ending *e, PyObject *items, Py_ssize_t at, PyObject *value, int depth)
{
    Buffer b;
    buffer_init(&b);
    Rendering r = {e->looker, &b, 0, e->values, 1};
    int done = items ? text_of_item(&r, items, at, depth) : render(&r, value, depth);
    e->values = r.values;
    if (done == 1)
        done = before(e, (char *)b.data, b.len);
    else if (done == FULL)
        done = end_of(e, items ? PySequence_Fast_GET_ITEM(items, at) : value, depth);
    buffer_end(&b);
    return done;
}

/* The end of a text that is cut: tails.py's _quoted_tail. */
static int end_of_long(Ending *e, PyObject *value)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(value);
    PyObject *last = PyUnicode_Substring(value, n - (Py_ssize_t)e->left, n), *text = last ? PyUnicode_Type.tp_repr(last) : NULL;
    int done = text ? before(e, (const char *)PyUnicode_1BYTE_DATA(text) + 1, (size_t)PyUnicode_GET_LENGTH(text) - 1) : -1;
    Py_XDECREF(last);
    Py_XDECREF(text);
    return done;
}

static int end_of(Ending *e, PyObject *value, int depth)
{
    int tuple = PyTuple_CheckExact(value);
    if (PyDict_CheckExact(value))
        return depth ? end_of_dict(e, value, depth) : 0;
    if (PyUnicode_CheckExact(value) && is_simple(e->looker, value)) {
        TRY(before(e, "'", 1));
        return before(e, (const char *)PyUnicode_1BYTE_DATA(value), (size_t)PyUnicode_GET_LENGTH(value));
    }
    if (PyUnicode_CheckExact(value) && PyUnicode_GET_LENGTH(value) > LONG_TEXT && PyUnicode_IS_COMPACT_ASCII(value))
        return end_of_long(e, value);
    if ((!tuple && !PyList_CheckExact(value)) || !depth)
        return 0;
    TRY(tuple ? before(e, PyTuple_GET_SIZE(value) == 1 ? ",)" : ")", PyTuple_GET_SIZE(value) == 1 ? 2 : 1) : before(e, "]", 1));
    Py_ssize_t n = PySequence_Fast_GET_SIZE(value);
    for (Py_ssize_t i = n - 1; i >= 0 && i < PySequence_Fast_GET_SIZE(value); i--) {
        if (i < n - 1)
            TRY(before(e, ", ", 2));
        TRY(whole_before(e, value, i, NULL, depth - 1));
    }
    return before(e, tuple ? "(" : "[", 1);
}

/* The end of a pair that is too long: of its value, where that is what is long. */
static int end_of_pair(Ending *e, PyObject *key, PyObject *one, int depth)
{
    int secret = PyUnicode_CheckExact(key) ? names_secret(e->looker, key) : 0;
    if (secret)
        return secret < 0 ? -1 : 0;
    TRY(whole_before(e, NULL, 0, one, depth));
    TRY(before(e, ": ", 2));
    return whole_before(e, NULL, 0, key, depth + 1);
}

/* The end of a dict: pairs from the last on, in pieces of its table. */
static int end_of_dict(Ending *e, PyObject *value, int depth)
{
    TRY(before(e, "}", 1));
    Py_ssize_t to = PyDict_GET_SIZE(value), entries = ((PyDictObject *)value)->ma_keys->dk_nentries;
    if (((PyDictObject *)value)->ma_values)
        return 0;
    to = entries;
    while (to > 0) {
        Py_ssize_t at = to - 1, begins = at;
        PyObject *key, *one;
        to--;
        if (!PyDict_Next(value, &at, &key, &one) || at != begins + 1)
            continue; /* an entry that is no more */
        Buffer b;
        buffer_init(&b);
        Rendering r = {e->looker, &b, 0, e->values, 1};
        Py_INCREF(key), Py_INCREF(one);
        int done = text_of_pair(&r, key, one, depth - 1);
        e->values = r.values;
        if (done == 1)
            done = before(e, (char *)b.data, b.len);
        else if (done == FULL)
            done = end_of_pair(e, key, one, depth - 1);
        Py_DECREF(key), Py_DECREF(one);
        buffer_end(&b);
        TRY(done);
        if (((PyDictObject *)value)->ma_keys->dk_nentries != entries)
            return 0;
        TRY(before(e, ", ", 2));
    }
    return 0;
}

static int text_of_long(Buffer *b, PyObject *value)
{
    const char *data = (const char *)PyUnicode_1BYTE_DATA(value);
    Py_ssize_t n = PyUnicode_GET_LENGTH(value);
    return PUT(b, "'") < 0 || put(b, data, HALF - 1) < 0 || PUT(b, " [...] ") < 0 || put(b, data + n - HALF + 1, HALF - 1) < 0 || PUT(b, "'") < 0 ? -1 : 1;
}

/* How many characters a text of more bytes than that many has. */
static size_t characters(const uint8_t *text, size_t n)
{
    size_t found = n;
    for (size_t i = 0; n > TEXT_LIMIT && i < n; i++)
        found -= (size_t)!begins_character((char)text[i]);
    return found;
}

/* How many bytes the first so many characters of a longer text have. */
static size_t length_of(const uint8_t *text, size_t many)
{
    size_t i = 0;
    for (; many > 0; many--)
        for (i++; !begins_character((char)text[i]); i++)
            ;
    return i;
}

SHARED int step_text(Looker *l, Buffer *b, PyObject *value, int *cut)
{
    if (PyUnicode_CheckExact(value) && PyUnicode_GET_LENGTH(value) > LONG_TEXT && is_simple(l, value)) {
        *cut = 1;
        return text_of_long(b, value);
    }
    Rendering r = {l, b, b->len, 0, 1};
    int done = render(&r, value, LEVELS);
    *cut = 0;
    size_t n = done == 1 ? characters(b->data + r.begins, b->len - r.begins) : 0;
    if (done == 1 && n <= TEXT_LIMIT)
        return 1;
    if (done != FULL && done != 1)
        return done;
    Ending e;
    e.looker = l;
    e.left = HALF;
    e.at = sizeof e.text;
    e.values = 0;
    if ((done == 1 && n <= LONG_TEXT) || (PyUnicode_CheckExact(value) && r.narrow && b->len - r.begins <= LONG_TEXT && PyUnicode_GET_LENGTH(value) <= LONG_TEXT))
        done = before(&e, (char *)b->data + r.begins, b->len - r.begins);
    else
        done = PyDict_CheckExact(value) ? end_of_dict(&e, value, LEVELS) : end_of(&e, value, LEVELS);
    if (done != FULL)
        return done < 0 ? -1 : 0;
    b->len = r.begins + length_of(b->data + r.begins, HALF);
    *cut = 1;
    return PUT(b, " [...] ") < 0 || put(b, e.text + e.at, sizeof e.text - e.at) < 0 ? -1 : 1;
}

#endif
