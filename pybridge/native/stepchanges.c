/* Which names have other values than were written last, for steps: the changes of docs/recording.md. */
#include "recorder.h"

#if HAS_STEPS

enum { MOST_BYTES = 90 << 10, LONGEST_KEPT = 1024 };

/* One walk over names: where its bytes go, how many there may be, and how many names were written. */
typedef struct {
    StepWriter *w;
    Buffer *b;
    size_t room, size;
    int written;
} Walk;

static uint64_t hash_of(const uint8_t *data, size_t n)
{
    uint64_t h = 14695981039346656037ull ^ n;
    for (size_t i = 0; i < n; i++)
        h = (h ^ data[i]) * 1099511628211ull;
    return h;
}

static int text_is_kept(PyObject *v) { return PyUnicode_CheckExact(v) ? PyUnicode_GET_LENGTH(v) <= LONGEST_KEPT : PyBytes_CheckExact(v) && PyBytes_GET_SIZE(v) <= LONGEST_KEPT; }

static inline int remember(Slot *s, uint8_t state, uint64_t key)
{
    if (s->state == state && s->key == key)
        return 0;
    if (s->held)
        slot_clear(s);
    s->state = state;
    s->key = key;
    return 1;
}

static int hold_it(Slot *s, PyObject *v)
{
    if (s->state == S_HELD && s->held == v)
        return 0;
    PyObject *old = s->held;
    s->state = S_HELD;
    s->held = Py_NewRef(v);
    Py_XDECREF(old);
    return 1;
}

/* Whether a value is another one than was written, as far as can be told without writing it: 2 where it has to be written. */
static int is_new(StepWriter *w, Slot *s, PyObject *v)
{
    PyTypeObject *type = Py_TYPE(v);
    if (type == &PyLong_Type) {
        int64_t n;
        if (int_of(v, &n))
            return remember(s, S_INT, (uint64_t)n);
        return hold_it(s, v);
    }
    if (type == &PyFloat_Type) {
        uint64_t word;
        memcpy(&word, &((PyFloatObject *)v)->ob_fval, sizeof word);
        return remember(s, S_FLOAT, word);
    }
    if (v == Py_None || type == &PyBool_Type)
        return remember(s, S_SINGLE, (uintptr_t)v);
    if (text_is_kept(v))
        return hold_it(s, v);
    if (type == &PyFunction_Type || type == &PyType_Type)
        return remember(s, S_NAMED, named_key(v));
    if (type == &PyModule_Type || type == &PyCFunction_Type)
        return remember(s, S_NAMED, (uintptr_t)v);
    uint64_t digest = step_digest(&w->look, v, DEEPEST_FIELDS);
    return digest ? remember(s, S_DIGEST, digest) : 2;
}

/* Writes a scalar that is new: it is what was remembered. 0: it is none. */
static inline int put_remembered(const Slot *s, Buffer *b)
{
    if (b->len + 1 + LONGEST_NUMBER > b->cap && reserve(b, 1 + LONGEST_NUMBER) < 0)
        return -1;
    uint8_t *at = b->data + b->len;
    int64_t n = (int64_t)s->key;
    switch (s->state) {
    case S_INT:
        if (n == INT64_MIN)
            return 0;
        *at++ = V_INT;
        at = number_at(at, n >= 0 ? (uint64_t)n << 1 : ~(uint64_t)n << 1 | 1);
        break;
    case S_FLOAT:
        *at++ = V_FLOAT;
        memcpy(at, &s->key, sizeof s->key);
        at += sizeof s->key;
        break;
    case S_SINGLE:
        *at++ = (PyObject *)(uintptr_t)s->key == Py_None ? V_NONE : (PyObject *)(uintptr_t)s->key == Py_True ? V_TRUE : V_FALSE;
        break;
    default:
        return 0;
    }
    b->len = (size_t)(at - b->data);
    return 1;
}

/* Writes a value that is new. One that is only found out to be by its bytes (2) may be taken back: nothing of it is named. */
static int put_looked_at(StepWriter *w, const Slot *s, Buffer *b, PyObject *v, int new)
{
    int scalar = new == 1 ? put_remembered(s, b) : 0;
    if (scalar)
        return scalar;
    if (new == 1 && s->state == S_DIGEST)
        return step_value_again(&w->look, b, v, DEEPEST_FIELDS, s->key);
    if (new == 1)
        return step_value_looked_at(&w->look, b, v, DEEPEST_FIELDS);
    uint8_t names = b->names;
    b->names = 0;
    int done = step_value(&w->look, b, v, DEEPEST_FIELDS);
    b->names = names;
    return done;
}

/* The identities that tell who else has the variable, or the object: none of what is a secret's. */
static int put_whose(StepWriter *w, Buffer *b, PyObject *v, PyObject *cell, int new)
{
    if (cell && put_identity(b, V_CELL, cell) < 0)
        return -1;
    return new && is_shared(v) && !type_facts(&w->look, v)->fields ? put_identity(b, V_SHARED, v) : 0;
}

/* Looks at one name: -1 with an exception. cell: where its value is, if functions share it. */
static int look_at(Walk *k, Slot *s, PyObject *v, uint32_t *number, PyObject *name, int secret, PyObject *cell)
{
    int new = is_new(k->w, s, v);
    if (!new)
        return 0;
    Buffer *b = k->b;
    size_t begins = b->len;
    if (!*number) {
        PyObject *made = PyObject_CallOneArg(k->w->look.name, name);
        long n = made ? PyLong_AsLong(made) : -1;
        Py_XDECREF(made);
        if (n < 0)
            goto failed;
        *number = (uint32_t)n;
    }
    if (put_number(b, *number) < 0)
        goto failed;
    size_t at = b->len, others = k->w->look.stood_for;
    if (put_whose(k->w, b, v, cell, !secret && (new == 2 || s->state >= S_DIGEST)) < 0 ||
        (secret ? put_byte(b, V_REDACTED) < 0 : put_looked_at(k->w, s, b, v, new) < 0))
        goto failed;
    if (new == 2 && !remember(s, S_BYTES, hash_of(b->data + at, b->len - at))) {
        b->len = begins;
        return 0;
    }
    k->size += b->len - at + k->w->look.stood_for - others;
    if (k->size > k->room) {
        b->len = at;
        if (b->names)
            again_forget(&k->w->look);
        remember(s, S_BYTES, 0); /* it is looked at again */
        if (put_byte(b, V_LEFT_OUT) < 0)
            goto failed;
    }
    k->written++;
    return 0;
failed:
    slot_clear(s); /* what was not written is new next time */
    return -1;
}

static int say_gone(Walk *k, Slot *s, uint32_t number, PyObject *cell)
{
    slot_clear(s);
    k->written++;
    return put_number(k->b, number) < 0 || (cell && put_identity(k->b, V_CELL, cell) < 0) || put_byte(k->b, V_GONE) < 0 ? -1 : 0;
}

/* A variable of a function, borrowed; cell: where its value is, if functions share it. */
static inline PyObject *value_of_variable(Frame *f, const char *kinds, uint32_t i, PyObject **cell)
{
    PyObject *v = variable_in(f, i);
    *cell = NULL;
    if (v && kinds[i] & (CO_FAST_CELL | CO_FAST_FREE) && PyCell_Check(v)) {
        *cell = v;
        v = PyCell_GET(v);
    }
    return v;
}

static int look_at_variable(Walk *k, Shadow *s, Code *c, Frame *f, const char *kinds, uint32_t i)
{
    PyObject *cell, *v = value_of_variable(f, kinds, i, &cell);
    if (!v)
        return s->slots[i].state == S_NEVER ? 0 : say_gone(k, &s->slots[i], c->numbers[i], cell);
    Py_INCREF(v);
    int done = look_at(k, &s->slots[i], v, &c->numbers[i], PyTuple_GET_ITEM(c->variables, i), c->secrets[i], cell);
    Py_DECREF(v);
    return done;
}

SHARED int changes_of_frame(StepWriter *w, Shadow *s, Code *c, Frame *f, Buffer *b, int *everything)
{
    Walk k = {w, b, MOST_BYTES, 0, 0};
    const char *kinds = PyBytes_AS_STRING(((PyCodeObject *)c->code)->co_localspluskinds);
    int at = s->line - c->first;
    if (!*everything && at >= 0 && at < c->nlines) {
        const LineFacts *facts = &c->facts[at];
        int changeable = 0;
        *everything = facts->noisy == 1;
        for (int i = 0; !*everything && i < facts->nlocals; i++) {
            uint16_t local = c->mentioned[facts->locals + i];
            if (look_at_variable(&k, s, c, f, kinds, local) < 0)
                return -1;
            changeable |= !is_sure(&s->slots[local]);
        }
        if (!*everything && !(facts->noisy == 2 && changeable))
            return k.written;
        *everything = 1; /* of its globals as well */
    }
    for (uint32_t i = 0; i < s->n; i++)
        if (look_at_variable(&k, s, c, f, kinds, i) < 0)
            return -1;
    return k.written;
}

static int is_dull(PyObject *v)
{
    PyTypeObject *type = Py_TYPE(v);
    return type == &PyFunction_Type || type == &PyCFunction_Type || type == &PyMethod_Type || type == &PyModule_Type || type == &PyType_Type;
}

static int look_at_name(Walk *k, Names *names, Name *one, PyObject *v, int dull_too)
{
    if (!v) {
        if (!one->written)
            return 0;
        one->written = 0;
        names->written--;
        return say_gone(k, &one->slot, one->number, NULL);
    }
    if (!one->written) {
        if (!dull_too && is_dull(v))
            return 0;
        one->written = 1;
        names->written++;
    }
    Py_INCREF(v);
    int done = look_at(k, &one->slot, v, &one->number, one->name, one->secret, NULL);
    Py_DECREF(v);
    return done;
}

/* Notes where in the entries of a dict of texts a name is. */
static RARE void find_entry(GlobalAt *g, PyDictKeysObject *keys, PyObject *name)
{
    PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
    g->entry = -2;
    for (Py_ssize_t i = 0; i < keys->dk_nentries && i < INT32_MAX; i++)
        if (entries[i].me_key == name) {
            g->entry = (int32_t)i;
            return;
        }
}

/* A global's value, borrowed; NULL: there is none, or it has *failed with an exception. */
static inline PyObject *value_of_global(GlobalAt *g, PyObject *globals, PyObject *name, int *failed)
{
    PyDictKeysObject *keys = ((PyDictObject *)globals)->ma_keys;
    int plain = DK_IS_UNICODE(keys) && !((PyDictObject *)globals)->ma_values;
    if (plain && g->entry >= 0 && g->entry < keys->dk_nentries) {
        PyDictUnicodeEntry *e = &DK_UNICODE_ENTRIES(keys)[g->entry];
        if (e->me_key == name && e->me_value)
            return e->me_value;
    }
    if (plain && g->absent && g->absent == keys->dk_version)
        return NULL;
    PyObject *v = PyDict_GetItemWithError(globals, name);
    *failed = !v && PyErr_Occurred();
    if (plain && v && g->entry != -2)
        find_entry(g, keys, name);
    g->absent = plain && !v ? keys->dk_version : 0;
    return v;
}

static int look_at_global(Walk *k, Names *module, Code *c, PyObject *globals, uint32_t i)
{
    GlobalAt *g = &c->at[i];
    int failed = 0;
    PyObject *name = PyTuple_GET_ITEM(c->globals, i), *v = value_of_global(g, globals, name, &failed);
    if (!v && (failed || g->name < 0))
        return failed ? -1 : 0;
    if (g->name < 0) {
        Py_INCREF(v);
        Name *one = names_at(k->w, module, name);
        if (!one) {
            Py_DECREF(v);
            return -1;
        }
        PyObject *at = PyDict_GetItemWithError(module->index, name);
        g->name = at ? (int32_t)PyLong_AsLong(at) : -1;
        int done = look_at_name(k, module, one, v, 0);
        Py_DECREF(v);
        return done;
    }
    return look_at_name(k, module, module->all[g->name], v, 0);
}

SHARED int changes_of_globals(StepWriter *w, Shadow *s, Code *c, PyObject *globals, Buffer *b, int everything)
{
    Walk k = {w, b, MOST_BYTES / 2, 0, 0};
    if (c->module != s->module) {
        c->module = s->module;
        for (uint32_t i = 0; i < c->nglobals; i++)
            c->at[i] = (GlobalAt){-1, -1, 0};
    }
    int at = s->line - c->first;
    if (!everything && at >= 0 && at < c->nlines && c->facts[at].noisy != 1) {
        const LineFacts *facts = &c->facts[at];
        for (int i = 0; i < facts->nglobals; i++)
            if (look_at_global(&k, s->module, c, globals, c->mentioned[facts->globals + i]) < 0)
                return -1;
        return k.written;
    }
    for (uint32_t i = 0; i < c->nglobals; i++)
        if (look_at_global(&k, s->module, c, globals, i) < 0)
            return -1;
    return k.written;
}

/* The names that a line mentions, in a namespace that is a dict. all: everything has to be looked at after all. */
SHARED int changes_of_mentioned(StepWriter *w, Names *names, PyObject *space, Code *c, int line, Buffer *b, int *all)
{
    Walk k = {w, b, MOST_BYTES, 0, 0};
    int at = line - c->first;
    *all = at < 0 || at >= c->nlines || c->facts[at].noisy == 1;
    for (int i = 0; !*all && i < c->facts[at].nglobals; i++) {
        PyObject *name = PyTuple_GET_ITEM(c->globals, c->mentioned[c->facts[at].globals + i]);
        PyObject *v = PyDict_GetItemWithError(space, name);
        if (!v && PyErr_Occurred())
            return -1;
        Py_XINCREF(v);
        Name *one = names_at(w, names, name);
        int done = one ? look_at_name(&k, names, one, v, 1) : -1;
        Py_XDECREF(v);
        if (done < 0)
            return -1;
        *all |= c->facts[at].noisy == 2 && !is_sure(&one->slot);
    }
    return k.written;
}

/* All names of such a namespace. */
SHARED int changes_of_dict(StepWriter *w, Names *names, PyObject *space, Buffer *b)
{
    Walk k = {w, b, MOST_BYTES, 0, 0};
    uint32_t stamp = ++w->stamp, seen = 0, i = 0;
    Py_ssize_t at = 0, size = PyDict_GET_SIZE(space);
    PyObject *name, *v;
    while (PyDict_Next(space, &at, &name, &v)) {
        if (!PyUnicode_CheckExact(name))
            continue;
        Py_INCREF(name), Py_INCREF(v);
        Name *one = i < names->n && names->all[i]->name == name ? names->all[i] : names_at(w, names, name);
        i++;
        int done = one ? look_at_name(&k, names, one, v, 1) : -1;
        if (one)
            one->seen = stamp;
        seen++;
        Py_DECREF(name), Py_DECREF(v);
        if (done < 0)
            return -1;
        if (PyDict_GET_SIZE(space) != size) /* another thread's doing, while Python was asked: the rest at the next step */
            return k.written;
    }
    for (uint32_t j = 0; seen != names->written && j < names->n; j++)
        if (names->all[j]->written && names->all[j]->seen != stamp && look_at_name(&k, names, names->all[j], NULL, 1) < 0)
            return -1;
    return k.written;
}

#endif
