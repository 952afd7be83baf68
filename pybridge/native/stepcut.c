/* The text of a value as renderer.py shows it: whole where it is short, else its first and its last half around a mark. */
#include "steptext.h"

#if HAS_STEPS

enum { LEVELS = 5, HALF = TEXT_LIMIT / 2 };
enum { LOOKED_AT = 3100 }; /* characters at an end that decide about the quotes of a long text */

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
    int done = items ? step_item(&r, items, at, depth) : step_render(&r, value, depth);
    if (done != FULL) /* of what is too long another rendering begins, level by level */
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
        int done = step_pair(&r, key, one, depth - 1);
        if (done != FULL)
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
    int done = step_render(&r, value, LEVELS);
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
