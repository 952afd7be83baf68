/* What is known of code objects, for steps: where its lines are, and what each of them mentions. */
#include "recorder.h"

#if HAS_STEPS

static inline size_t recent_of(const void *code) { return ((uintptr_t)code >> 4 ^ (uintptr_t)code >> 14) % RECENT; }
static inline size_t bucket_of(const void *p) { return (size_t)(((uintptr_t)p >> 4) * 0x9E3779B97F4A7C15ull >> 40) % BUCKETS; }

/* How the bytecode is read: for each operation what it does with names, as recording/faststeps.py says. */
enum { NOISY, QUIET, ONE_LOCAL, TWO_LOCALS, NEXT_LOCAL, GLOBAL_HALF, GLOBAL_NAME, NOISY_NAME, IN_PLACE, EXTENDED, NOISY_LOCAL, ATTRIBUTE };

static void known_free(Code *k)
{
    Py_XDECREF(k->filename);
    Py_XDECREF(k->name);
    Py_XDECREF(k->about);
    Py_XDECREF(k->variables);
    Py_XDECREF(k->globals);
    Py_XDECREF(k->units);
    PyMem_Free(k->numbers), PyMem_Free(k->secrets), PyMem_Free(k->lines), PyMem_Free(k->places), PyMem_Free(k->call_places);
    PyMem_Free(k->facts), PyMem_Free(k->mentioned), PyMem_Free(k->at);
    PyMem_Free(k);
}

SHARED void code_forget(StepWriter *w, const void *code)
{
    Code **at = &w->known[bucket_of(code)];
    while (*at && (*at)->code != code)
        at = &(*at)->next;
    Code *k = *at;
    if (!k)
        return;
    *at = k->next;
    if (w->recent[recent_of(code)] == k)
        w->recent[recent_of(code)] = NULL;
    known_free(k);
}

SHARED void codes_forget(StepWriter *w)
{
    memset(w->recent, 0, sizeof w->recent);
    for (size_t i = 0; i < BUCKETS; i++)
        while (w->known[i]) {
            Code *k = w->known[i];
            w->known[i] = k->next;
            known_free(k);
        }
}

/* Whether it is the code object that was met, and not another that was made where that one was. */
static int is_same(const Code *k, PyCodeObject *code)
{
    return k->filename == code->co_filename && k->name == code->co_name && k->first == code->co_firstlineno;
}

SHARED Code *code_known(StepWriter *w, PyObject *code)
{
    Code *k = w->recent[recent_of(code)];
    if (k && k->code == code && is_same(k, (PyCodeObject *)code))
        return k;
    for (k = w->known[bucket_of(code)]; k && k->code != code; k = k->next)
        ;
    if (k && !is_same(k, (PyCodeObject *)code)) {
        code_forget(w, code);
        k = NULL;
    }
    if (!k) {
        if (!(k = PyMem_Calloc(1, sizeof *k)))
            return (void)PyErr_NoMemory(), NULL;
        PyCodeObject *c = (PyCodeObject *)code;
        k->code = code;
        k->id = ++w->codes;
        k->filename = Py_NewRef(c->co_filename);
        k->name = Py_NewRef(c->co_name);
        k->first = c->co_firstlineno;
        size_t n = (size_t)PyUnicode_GET_LENGTH(c->co_filename);
        k->of_threads = n >= 12 && PyUnicode_Tailmatch(c->co_filename, w->look.writer->state->names.threading_file, 0, PY_SSIZE_T_MAX, 1) > 0;
        k->next = w->known[bucket_of(code)];
        w->known[bucket_of(code)] = k;
    }
    w->recent[recent_of(code)] = k;
    return k;
}

/* Notes the line of the units from one of co_lines() on. */
static int read_range(Code *k, PyObject *range)
{
    PyObject *line;
    int begin, end;
    if (!PyArg_ParseTuple(range, "iiO", &begin, &end, &line))
        return -1;
    long number = line == Py_None ? 0 : PyLong_AsLong(line);
    if (number < 0 || number > INT32_MAX)
        return -1;
    for (uint32_t i = (uint32_t)begin / 2; i < (uint32_t)end / 2 && i < k->nunits; i++)
        k->lines[i] = (int32_t)number;
    if (number - k->first + 1 > k->nlines)
        k->nlines = (int32_t)number - k->first + 1;
    return 0;
}

/* Notes which line each unit is on. */
static int read_lines(Code *k)
{
    PyObject *ranges = PyObject_CallMethod(k->code, "co_lines", NULL), *range;
    int failed = !ranges;
    k->nlines = 1;
    while (!failed && (range = PyIter_Next(ranges))) {
        failed = read_range(k, range) < 0;
        Py_DECREF(range);
    }
    Py_XDECREF(ranges);
    return failed || PyErr_Occurred() || k->nlines > 100000 ? -1 : 0;
}

/* Whether a name is of those that write to the program's output. */
static uint8_t prints(StepWriter *w, const Code *k, unsigned name)
{
    int is = name < k->nglobals ? PySet_Contains(w->prints, PyTuple_GET_ITEM(k->globals, name)) : 0;
    PyErr_Clear();
    return is > 0;
}

/* What one instruction means for its line. */
static void mention(StepWriter *w, Code *k, LineFacts *f, int op, unsigned arg, uint16_t *locals, uint16_t *globals)
{
    unsigned one = k->nvariables, two = k->nvariables, global = k->nglobals;
    switch (w->operations[op]) {
    case QUIET:
        break;
    case ATTRIBUTE:
        f->prints |= prints(w, k, arg >> 1);
        break;
    case IN_PLACE:
        f->noisy = f->noisy == 1 ? 1 : arg >= 13 && arg < 26 ? 2 : f->noisy; /* from NB_INPLACE_ADD on, before NB_SUBSCR */
        break;
    case NOISY_LOCAL:
        f->noisy = 1; /* fall through */
    case ONE_LOCAL:
        one = arg;
        break;
    case TWO_LOCALS:
        one = arg >> 4, two = arg & 15;
        break;
    case NEXT_LOCAL:
        one = arg, two = arg + 1;
        break;
    case GLOBAL_HALF:
        global = arg >> 1;
        break;
    case NOISY_NAME:
        f->noisy = 1; /* fall through */
    case GLOBAL_NAME:
        global = arg;
        break;
    default:
        f->noisy = 1;
    }
    for (int i = 0; i < 2; i++) {
        unsigned local = i ? two : one;
        int known = local >= k->nvariables;
        for (int j = 0; j < f->nlocals; j++)
            known |= locals[j] == local;
        if (!known)
            locals[f->nlocals++] = (uint16_t)local;
    }
    f->prints |= prints(w, k, global);
    int known = global >= k->nglobals;
    for (int j = 0; j < f->nglobals; j++)
        known |= globals[j] == global;
    if (!known)
        globals[f->nglobals++] = (uint16_t)global;
}

enum { MOST_MENTIONED = 256 };

/* The units of each line, one line after the other: where in `order` each line begins. */
static int sort_units(const Code *k, uint32_t *order, uint32_t *begins)
{
    for (uint32_t i = 0; i < k->nunits; i++)
        if (k->lines[i] >= k->first)
            begins[k->lines[i] - k->first + 1]++;
    for (int line = 0; line < k->nlines; line++)
        begins[line + 1] += begins[line];
    uint32_t *at = PyMem_Malloc(((size_t)k->nlines + 1) * sizeof *at);
    if (!at)
        return -1;
    memcpy(at, begins, (size_t)k->nlines * sizeof *at);
    for (uint32_t i = 0; i < k->nunits; i++)
        if (k->lines[i] >= k->first)
            order[at[k->lines[i] - k->first]++] = i;
    PyMem_Free(at);
    return 0;
}

/* Notes what the units of a line mention. Before a unit may stand others that lengthen its argument. */
static void mentions_of_line(StepWriter *w, Code *k, LineFacts *f, const uint32_t *units, uint32_t n, uint16_t *locals, uint16_t *globals)
{
    const uint8_t *code = (const uint8_t *)PyBytes_AS_STRING(k->units), *operations = w->operations;
    for (uint32_t i = 0; i < n; i++) {
        int op = code[2 * units[i]];
        unsigned arg = code[2 * units[i] + 1];
        if (operations[op] == EXTENDED)
            continue;
        for (uint32_t j = units[i], shift = 8; j-- > 0 && shift < 32 && operations[code[2 * j]] == EXTENDED; shift += 8)
            arg |= (unsigned)code[2 * j + 1] << shift;
        mention(w, k, f, op, arg, locals, globals);
        if (f->nlocals > MOST_MENTIONED || f->nglobals > MOST_MENTIONED) {
            *f = (LineFacts){.noisy = 1};
            return;
        }
    }
}

/* Notes what each line mentions. A line's instructions may lie apart. */
static int read_mentions(StepWriter *w, Code *k)
{
    uint16_t locals[MOST_MENTIONED + 2], globals[MOST_MENTIONED + 2];
    size_t room = 0, n = 0;
    uint32_t *order = PyMem_Calloc(k->nunits + 1, sizeof *order), *begins = PyMem_Calloc((size_t)k->nlines + 2, sizeof *begins);
    int failed = !order || !begins || sort_units(k, order, begins) < 0;
    for (int line = 0; !failed && line < k->nlines; line++) {
        LineFacts *f = &k->facts[line];
        mentions_of_line(w, k, f, order + begins[line], begins[line + 1] - begins[line], locals, globals);
        if (n + f->nlocals + f->nglobals > UINT16_MAX) {
            *f = (LineFacts){.noisy = 1};
            continue;
        }
        if (n + f->nlocals + f->nglobals > room) {
            room = 2 * (n + f->nlocals + f->nglobals);
            uint16_t *more = PyMem_Realloc(k->mentioned, room * sizeof *more);
            if ((failed = !more))
                break;
            k->mentioned = more;
        }
        f->locals = (uint16_t)n;
        f->globals = (uint16_t)(n + f->nlocals);
        if (f->nlocals)
            memcpy(k->mentioned + n, locals, f->nlocals * sizeof *locals);
        if (f->nglobals)
            memcpy(k->mentioned + n + f->nlocals, globals, f->nglobals * sizeof *globals);
        n += f->nlocals + f->nglobals;
    }
    PyMem_Free(order), PyMem_Free(begins);
    return failed ? -1 : 0;
}

/* Takes in what Python says of code that is recorded: (about, code.co_code, whether its frames wait, whether what it returns is
 * a secret, whether the tally may want to hear of its returns). */
SHARED int code_describe(StepWriter *w, Code *k, PyObject *description)
{
    PyObject *about, *units;
    int waits, secret, returns = 0;
    if (!PyArg_ParseTuple(description, "OSpp|p", &about, &units, &waits, &secret, &returns))
        return -1;
    k->returns = (uint8_t)returns;
    PyCodeObject *c = (PyCodeObject *)k->code;
    Py_XSETREF(k->about, Py_NewRef(about));
    if (k->described)
        return 0;
    k->units = Py_NewRef(units);
    k->variables = Py_NewRef(c->co_localsplusnames);
    k->globals = Py_NewRef(c->co_names);
    k->nvariables = (uint32_t)c->co_nlocalsplus;
    k->nglobals = (uint32_t)PyTuple_GET_SIZE(c->co_names);
    k->nunits = (uint32_t)(PyBytes_GET_SIZE(units) / 2);
    k->waits = (uint8_t)waits;
    k->secret_return = (uint8_t)secret;
    k->optimized = (c->co_flags & CO_OPTIMIZED) != 0;
    if (!(k->lines = PyMem_Calloc(k->nunits + 1, sizeof *k->lines)) || !(k->numbers = PyMem_Calloc(k->nvariables + 1, sizeof *k->numbers)) ||
        !(k->secrets = PyMem_Calloc(k->nvariables + 1, 1)) || !(k->at = PyMem_Calloc(k->nglobals + 1, sizeof *k->at)))
        return PyErr_NoMemory(), -1;
    if (read_lines(k) < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "a code object of too many lines");
        return -1;
    }
    if (!(k->places = PyMem_Calloc((size_t)k->nlines + 1, sizeof *k->places)) ||
        !(k->call_places = PyMem_Calloc((size_t)k->nlines + 1, sizeof *k->call_places)) ||
        !(k->facts = PyMem_Calloc((size_t)k->nlines + 1, sizeof *k->facts)) || read_mentions(w, k) < 0)
        return PyErr_NoMemory(), -1;
    for (uint32_t i = 0; i < k->nvariables; i++) {
        int is = names_secret(&w->look, PyTuple_GET_ITEM(k->variables, i));
        if (is < 0)
            return -1;
        k->secrets[i] = (uint8_t)is;
    }
    k->described = 1;
    return 0;
}

#endif
