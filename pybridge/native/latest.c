/* The latest values of the statements of code that runs on.
 *
 * Few hits are sampled, and which one is the last nobody knows before. So the
 * values of what has a probe anyway are held here, the names' own objects: numbers,
 * texts and the like, which nobody can tell from outside to be held. A name that a
 * statement only mentions is read when the statement begins: nothing but the frame's
 * own code can bind it before the statement is over. One that it binds is read when
 * another statement is about to bind it, when the frame ends, or when somebody looks.
 *
 * Vars know which statement has bound a name last, and in which frame: what a frame
 * holds is the latest only where no other frame has come to that statement since. Of a
 * name that one statement binds nothing need be noted while frames of the code do not
 * overlap: where it is bound, it is by that statement, in that frame.
 */
#if FRAMES_ARE_KNOWN && defined(__has_include)
#if __has_include("internal/pycore_frame.h")
#define HAS_LATEST 1
#include "internal/pycore_frame.h"
#endif
#endif
#ifndef HAS_LATEST
#define HAS_LATEST 0
struct _PyInterpreterFrame;
#endif

typedef struct _PyInterpreterFrame Frame;

enum { FAST, CELL, NAME, GLOBAL, RETURNED }; /* where a name is: also in latest.py */
enum { NONE_YET, HELD, UNBOUND, OPAQUE };   /* what is known of a cell; likewise */

/* A name of a statement. */
typedef struct {
    uint16_t how, index, statement, state;
    int32_t slot;    /* that its statement's hits are counted in; -1: they are a sum */
    uint64_t hit;    /* of the main account */
    uint64_t begun;  /* RETURNED: the hit that is in frame */
    Frame *frame;    /* RETURNED: that has begun to return; never followed */
    PyObject *value; /* owned; HELD only */
} Cell;

/* A name that statements bind. */
typedef struct {
    uint16_t how, index;
    int16_t cell; /* of the statement that has bound it last; -1: of none that shows it */
    uint8_t again;  /* the same one had bound it before */
    uint8_t lazy;   /* one statement binds it, which is not noted while one frame of the code runs at a time */
    Frame *frame;   /* in which; never followed */
} Var;

typedef struct {
    uint16_t var;
    int16_t cell;
} Bind;

/* What is done at one code unit. */
typedef struct {
    uint16_t reads, nreads, binds, nbinds; /* into the arrays of the same names */
    int16_t returned;                      /* the cell that PY_RETURN fills here, -1: none */
    uint16_t entry;                        /* a new frame */
    uint16_t waits;                        /* the frame may be suspended here, and never go on */
} Place;

/* A statement: the sum of which slots its hits are. */
typedef struct {
    uint16_t terms, nterms;
    uint64_t told;
} Kept;

typedef struct {
    size_t units;
    uint16_t *of_unit; /* index of its place and 1, 0: none */
    uint16_t *busy;    /* the same without those where there is nothing to do but for lazy vars */
    uint16_t *use;     /* one of these, or NULL */
    uint16_t *stands;  /* by unit, what a frame that is there is in the midst of, as stand() packs it; 0: not known yet */
    uint64_t events, weighed; /* how often something was done, and how often when that was looked at last */
    uint64_t limit;           /* at which nothing more is noted until then */
    Place *places;
    uint16_t *reads; /* cells */
    Bind *binds;
    Cell *cells;
    Var *vars;
    Kept *kept;
    int32_t *terms; /* slot, weight, … */
    uint16_t nplaces, nreads, nbinds, ncells, nvars, nkept, nterms;
    PyObject *names; /* tuple, for NAME and GLOBAL */
    Frame *open;     /* the newest that a var is in; never followed */
    Frame *only;     /* the one that runs, while they do not overlap */
    char lean;       /* it costs too much: nothing is noted */
    char overlap;    /* frames have overlapped, or it cannot be told: lazy vars are noted as well */
    unsigned long thread;
    char python;     /* whether Python wants to hear of returns */
} Latest;

static void latest_free(Latest *k)
{
    if (!k)
        return;
    for (int i = 0; k->cells && i < k->ncells; i++)
        Py_XDECREF(k->cells[i].value);
    PyMem_Free(k->busy), PyMem_Free(k->of_unit), PyMem_Free(k->stands), PyMem_Free(k->places), PyMem_Free(k->reads), PyMem_Free(k->binds), PyMem_Free(k->cells);
    PyMem_Free(k->vars), PyMem_Free(k->kept), PyMem_Free(k->terms);
    Py_XDECREF(k->names);
    PyMem_Free(k);
}

#if HAS_LATEST

enum { MUCH = 50000, MOST = 250000 }; /* events of one code object between two looks: of one that is hot, of another */
enum { LONGEST_HELD = 4096, MOST_DIGITS = 64, MOST_ITEMS = 8 };

static inline Frame *running(PyThreadState *ts)
{
#if FRAME_IN_CFRAME
    return ts->cframe->current_frame;
#else
    return ts->current_frame;
#endif
}

static int plain_other(PyObject *v, int depth);

/* Whether an object may be held: it cannot change, holds nothing of the program's, and is not large. */
static inline int plain(PyObject *v, int depth)
{
    PyTypeObject *type = Py_TYPE(v);
    if (type == &PyLong_Type)
        return ((PyLongObject *)v)->long_value.lv_tag >> 3 <= MOST_DIGITS;
    if (type == &PyUnicode_Type)
        return PyUnicode_GET_LENGTH(v) <= LONGEST_HELD;
    return plain_other(v, depth);
}

static int plain_other(PyObject *v, int depth)
{
    PyTypeObject *type = Py_TYPE(v);
    if (type == &PyFloat_Type || type == &PyBool_Type || v == Py_None || type == &PyComplex_Type)
        return 1;
    if (type == &PyBytes_Type)
        return PyBytes_GET_SIZE(v) <= LONGEST_HELD;
    if (type != &PyTuple_Type || PyTuple_GET_SIZE(v) > MOST_ITEMS || depth > 1)
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(v); i++)
        if (!plain(PyTuple_GET_ITEM(v, i), depth + 1))
            return 0;
    return 1;
}

static inline void hold(Cell *c, PyObject *v, uint64_t hit)
{
    c->hit = hit;
    if (v && v == c->value)
        return;
    if (v && c->state == OPAQUE && Py_TYPE(v) != &PyLong_Type && Py_TYPE(v) != &PyUnicode_Type && !plain(v, 0))
        return; /* as before */
    c->state = !v ? UNBOUND : plain(v, 0) ? HELD : OPAQUE;
    PyObject *old = c->value;
    c->value = c->state == HELD ? Py_NewRef(v) : NULL;
    Py_XDECREF(old);
}

/* What a name is in a frame, borrowed; NULL where it is not bound. Runs no code of the program. */
static inline PyObject *look_up(Latest *k, Frame *f, int how, int index)
{
    if (how == FAST)
        return f->localsplus[index];
    if (how == CELL) {
        PyObject *cell = f->localsplus[index];
        return cell && PyCell_Check(cell) ? PyCell_GET(cell) : cell;
    }
    PyObject *in = how == NAME ? f->f_locals : f->f_globals, *found = NULL;
    if (in && PyDict_CheckExact(in) && !(found = PyDict_GetItemWithError(in, PyTuple_GET_ITEM(k->names, index))))
        PyErr_Clear();
    return found;
}

static uint64_t sum_of(Latest *k, uint16_t statement, const uint64_t *count)
{
    Kept *s = &k->kept[statement];
    const int32_t *term = &k->terms[2 * s->terms];
    uint64_t sum = 0;
    for (int i = 0; i < s->nterms; i++, term += 2)
        sum += (uint64_t)(int64_t)term[1] * count[term[0]];
    return sum;
}

static inline uint64_t hits(Latest *k, Cell *c, const uint64_t *count)
{
    return c->slot >= 0 ? count[c->slot] : sum_of(k, c->statement, count);
}

static inline void hold_bound(Latest *k, Frame *f, Var *v, const uint64_t *count)
{
    Cell *c = &k->cells[v->cell];
    hold(c, look_up(k, f, v->how, v->index), hits(k, c, count));
}

/* Frames of the code overlap from now on: what lazy vars hold is of the one that ran till now. */
static void latest_overlap(Latest *k)
{
    k->overlap = 1;
    k->use = k->lean ? NULL : k->of_unit;
    for (int i = 0; i < k->nvars; i++)
        if (k->vars[i].lazy)
            k->vars[i].frame = k->only;
    if (k->only)
        k->open = k->only;
}

/* A new frame. */
static void latest_enter(Latest *k, Frame *f)
{
    if (k->open == f)
        for (int i = 0; i < k->nvars; i++) /* one that ended unseen was where this one is */
            if (k->vars[i].frame == f)
                k->vars[i].frame = NULL;
    if (k->only && !k->overlap)
        latest_overlap(k);
    k->only = f;
}

/* Notes nothing of a code object for a while, or again: whether frames overlap is not known any more then. */
static void latest_lean(Latest *k, int lean)
{
    if (k->lean == lean)
        return;
    k->lean = (char)lean;
    k->overlap = 1;
    k->only = k->open = NULL;
    k->use = lean ? NULL : k->of_unit;
    for (int i = 0; i < k->nvars; i++)
        k->vars[i].frame = NULL;
    for (int i = 0; i < k->ncells; i++)
        k->cells[i].frame = NULL;
}

/* Statements begin at a probe, which has not been counted yet: count is of the slots from the plan's first on. */
static inline void latest_begin(Latest *k, Place *p, PyThreadState *ts, Frame *f, uint64_t *count, uint32_t local)
{
    k->thread = ts->thread_id;
    if (++k->events >= k->limit) {
        latest_lean(k, 1);
        return;
    }
    if (p->entry)
        latest_enter(k, f);
    if (p->waits)
        for (Var *v = k->vars, *end = v + k->nvars; v < end; v++)
            if (v->frame == f && v->cell >= 0)
                hold_bound(k, f, v, count);
    for (Bind *b = k->binds + p->binds, *end = b + p->nbinds; b < end; b++) {
        Var *v = k->vars + b->var;
        if (v->lazy && !k->overlap)
            continue;
        v->again = v->frame == f && v->cell == b->cell;
        if (v->again)
            continue;
        if (v->frame == f && v->cell >= 0)
            hold_bound(k, f, v, count);
        v->frame = k->open = f;
        v->cell = b->cell;
    }
    if (!p->nreads)
        return;
    uint64_t n = count[local] + 1;
    for (uint16_t *at = k->reads + p->reads, *end = at + p->nreads; at < end; at++) {
        Cell *c = k->cells + *at;
        uint64_t hit = c->slot == (int32_t)local ? n : hits(k, c, count) + 1;
        if (c->how == RETURNED)
            c->frame = f, c->begun = hit;
        else
            hold(c, look_up(k, f, c->how, c->index), hit);
    }
}

/* A frame ends: what it holds is the latest there is. */
static inline void latest_end(Latest *k, PyThreadState *ts, Frame *f, const uint64_t *count)
{
    k->thread = ts->thread_id;
    for (Var *v = k->vars, *end = v + k->nvars; v < end; v++) {
        if (v->lazy && !k->overlap) {
            if (k->only == f && look_up(k, f, v->how, v->index))
                hold_bound(k, f, v, count);
            continue;
        }
        if (v->frame != f)
            continue;
        if (v->cell >= 0)
            hold_bound(k, f, v, count);
        v->frame = NULL;
    }
    if (k->only == f)
        k->only = NULL;
    if (k->open == f)
        k->open = NULL;
}

static void latest_return(Latest *k, Frame *f, size_t unit, PyObject *value, const uint64_t *count, PyThreadState *ts)
{
    latest_end(k, ts, f, count);
    if (unit >= k->units || !k->of_unit[unit])
        return;
    int at = k->places[k->of_unit[unit] - 1].returned;
    if (at >= 0 && k->cells[at].frame == f) {
        Cell *c = &k->cells[at];
        c->frame = NULL;
        hold(c, value, c->begun);
    }
}

/* A frame that runs is looked at. current: the statement it is in, or -1; begun: whether that has begun, 2: not known. */
static void latest_look(Latest *k, Frame *f, int current, int begun, const uint64_t *count)
{
    for (int i = 0; i < k->nvars; i++) {
        Var *v = &k->vars[i];
        int lazy = v->lazy && !k->overlap;
        if ((lazy ? k->only : v->frame) != f || v->cell < 0 || (lazy && !look_up(k, f, v->how, v->index)))
            continue;
        Cell *c = &k->cells[v->cell];
        uint64_t hit = hits(k, c, count);
        if (c->statement == current && begun) {
            if (begun == 2 || !(lazy || v->again) || hit < 2)
                continue;
            hit--;
        }
        hold(c, look_up(k, f, v->how, v->index), hit);
    }
}

static PyCodeObject *code_in(Frame *f)
{
#if FRAME_HAS_EXECUTABLE
    return _PyFrame_GetCode(f);
#else
    return f->f_code;
#endif
}

/* What a frame at a unit is in the midst of: a statement, -1 for none; probe: statements begin there. */
static void stand(Latest *k, size_t unit, int statement, int probe)
{
    if (unit < k->units && statement + 2 < UINT16_MAX / 2)
        k->stands[unit] = (uint16_t)((statement + 2) << 1 | (probe != 0));
}

/* Looks at a frame of some thread; inner: no frame of the program is within it; stopped: it stands still at an event. Returns 0
 * where it is not known what the frame is in the midst of. */
static int latest_survey(Latest *k, Frame *f, int inner, int stopped, const uint64_t *count)
{
    size_t unit = (size_t)_PyInterpreterFrame_LASTI(f);
    uint16_t stands = unit < k->units ? k->stands[unit] : 0;
    if (stands)
        latest_look(k, f, (stands >> 1) - 2, !(stands & 1) || !inner ? 1 : stopped ? 0 : 2, count);
    return stands != 0;
}

/* What is new of each statement: a list of (statement, hit, thread, states, values), values by cell. */
static PyObject *latest_news(Latest *k)
{
    PyObject *out = PyList_New(0);
    if (!out)
        return NULL;
    for (int s = 0; s < k->nkept; s++) {
        uint64_t hit = 0;
        int first = -1, n = 0;
        for (int i = 0; i < k->ncells; i++) {
            if (k->cells[i].statement != s)
                continue;
            first = first < 0 ? i : first;
            n = i + 1 - first;
            if (k->cells[i].hit > hit)
                hit = k->cells[i].hit;
        }
        if (n == 0 || hit <= k->kept[s].told)
            continue;
        k->kept[s].told = hit;
        PyObject *states = PyTuple_New(n), *values = PyTuple_New(n), *row = NULL;
        for (int i = 0; states && values && i < n; i++) {
            Cell *c = &k->cells[first + i];
            int state = c->hit == hit ? c->state : NONE_YET;
            PyTuple_SET_ITEM(states, i, PyLong_FromLong(state));
            PyTuple_SET_ITEM(values, i, Py_NewRef(state == HELD ? c->value : Py_None));
        }
        if (states && values)
            row = Py_BuildValue("(iKkOO)", s, (unsigned long long)hit, k->thread, states, values);
        Py_XDECREF(states);
        Py_XDECREF(values);
        if (!row || PyList_Append(out, row) < 0) {
            Py_XDECREF(row);
            Py_DECREF(out);
            return NULL;
        }
        Py_DECREF(row);
    }
    return out;
}

/* Reads n numbers of a sequence of integers into an array of 16 or 32 bits. */
static void *small_numbers(PyObject *from, size_t width, uint16_t *n, size_t per)
{
    Py_ssize_t size = PyTuple_GET_SIZE(from);
    void *out = PyMem_Calloc((size_t)size + 1, width);
    if (!out)
        return PyErr_NoMemory();
    if (size / (Py_ssize_t)per > 30000) {
        PyErr_SetString(PyExc_ValueError, "too many numbers");
        return PyMem_Free(out), NULL;
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        long one = PyLong_AsLong(PyTuple_GET_ITEM(from, i));
        if (one == -1 && PyErr_Occurred())
            return PyMem_Free(out), NULL;
        if (width == 2)
            ((uint16_t *)out)[i] = (uint16_t)one;
        else
            ((int32_t *)out)[i] = (int32_t)one;
    }
    *n = (uint16_t)(size / (Py_ssize_t)per);
    return out;
}

static int is_busy(Latest *k, Place *p)
{
    int busy = p->nreads || p->entry || p->waits;
    for (int i = 0; i < p->nbinds; i++)
        busy = busy || !k->vars[k->binds[p->binds + i].var].lazy;
    return busy;
}

/* Makes one of tuples of numbers, as latest.py writes them; NULL with an exception. It is trusted to be right but for sizes. */
static Latest *latest_new(PyObject *code, PyObject *description)
{
    PyObject *units, *places, *reads, *binds, *cells, *vars, *kept, *terms, *names;
    if (!PyArg_ParseTuple(description, "O!O!O!O!O!O!O!O!O!", &PyTuple_Type, &units, &PyTuple_Type, &places, &PyTuple_Type, &reads,
                          &PyTuple_Type, &binds, &PyTuple_Type, &cells, &PyTuple_Type, &vars, &PyTuple_Type, &kept, &PyTuple_Type, &terms,
                          &PyTuple_Type, &names))
        return NULL;
    Latest *k = PyMem_Calloc(1, sizeof *k);
    uint16_t nunits = 0, *at = NULL, *cell = NULL, *var = NULL, *statement = NULL, *place = NULL;
    if (!k)
        return (void)PyErr_NoMemory(), NULL;
    k->units = (size_t)Py_SIZE(code);
    k->names = Py_NewRef(names);
    if (!(k->of_unit = PyMem_Calloc(k->units + 1, sizeof *k->of_unit)) || !(k->busy = PyMem_Calloc(k->units + 1, sizeof *k->busy)) ||
        !(k->stands = PyMem_Calloc(k->units + 1, sizeof *k->stands)) || !(at = small_numbers(units, 2, &nunits, 1)) ||
        !(place = small_numbers(places, 2, &k->nplaces, 7)) || !(k->reads = small_numbers(reads, 2, &k->nreads, 1)) ||
        !(k->binds = (Bind *)small_numbers(binds, 2, &k->nbinds, 2)) || !(cell = small_numbers(cells, 2, &k->ncells, 3)) ||
        !(var = small_numbers(vars, 2, &k->nvars, 3)) || !(statement = small_numbers(kept, 2, &k->nkept, 2)) ||
        !(k->terms = small_numbers(terms, 4, &k->nterms, 2)) || !(k->places = PyMem_Calloc(k->nplaces + 1u, sizeof *k->places)) ||
        !(k->cells = PyMem_Calloc(k->ncells + 1u, sizeof *k->cells)) || !(k->vars = PyMem_Calloc(k->nvars + 1u, sizeof *k->vars)) ||
        !(k->kept = PyMem_Calloc(k->nkept + 1u, sizeof *k->kept)))
        goto failed;
    for (int i = 0; i < k->nplaces; i++) {
        uint16_t *from = place + 7 * i;
        k->places[i] = (Place){from[0], from[1], from[2], from[3], (int16_t)from[4], from[5], from[6]};
    }
    for (int i = 0; i < k->ncells; i++)
        k->cells[i] = (Cell){.how = cell[3 * i], .index = cell[3 * i + 1], .statement = cell[3 * i + 2]};
    for (int i = 0; i < k->nvars; i++)
        k->vars[i] = (Var){.how = var[3 * i], .index = var[3 * i + 1], .cell = (int16_t)var[3 * i + 2], .lazy = (int16_t)var[3 * i + 2] >= 0};
    for (int i = 0; i < k->nkept; i++)
        k->kept[i] = (Kept){.terms = statement[2 * i], .nterms = statement[2 * i + 1]};
    for (int i = 0; i < k->ncells; i++) {
        Kept *s = &k->kept[k->cells[i].statement];
        k->cells[i].slot = s->nterms == 1 && k->terms[2 * s->terms + 1] == 1 ? k->terms[2 * s->terms] : -1;
    }
    for (int i = 0; i < nunits && i < k->nplaces; i++)
        if (at[i] < k->units)
        {
            k->of_unit[at[i]] = (uint16_t)(i + 1);
            k->busy[at[i]] = is_busy(k, k->places + i) ? (uint16_t)(i + 1) : 0;
        }
    k->use = k->busy;
    k->limit = MOST;
    PyMem_Free(at), PyMem_Free(place), PyMem_Free(cell), PyMem_Free(var), PyMem_Free(statement);
    return k;
failed:
    if (!PyErr_Occurred())
        PyErr_NoMemory();
    PyMem_Free(at), PyMem_Free(place), PyMem_Free(cell), PyMem_Free(var), PyMem_Free(statement);
    latest_free(k);
    return NULL;
}

#endif
