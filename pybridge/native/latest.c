/* What is held of the latest values while code runs (latest.h). */
#include "latest.h"

SHARED void latest_free(Latest *k)
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
#include "internal/pycore_long.h"

enum { LONGEST_HELD = 4096, MOST_DIGITS = 64, MOST_ITEMS = 8 };

static int plain_other(PyObject *v, int depth);

/* Whether a number is of few digits. */
static inline int is_short(PyLongObject *v)
{
    return PyUnstable_Long_IsCompact(v) || _PyLong_DigitCount(v) <= MOST_DIGITS;
}

/* Whether an object may be held: it cannot change, holds nothing of the program's, and is not large. */
static inline int plain(PyObject *v, int depth)
{
    PyTypeObject *type = Py_TYPE(v);
    if (type == &PyLong_Type)
        return is_short((PyLongObject *)v);
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

SHARED void latest_hold(Cell *c, PyObject *v, uint64_t hit)
{
    c->hit = hit;
    if (v && v == c->value)
        return;
    if (v && c->state == OPAQUE && Py_TYPE(v) != &PyLong_Type && Py_TYPE(v) != &PyUnicode_Type && !plain(v, 0))
        return; /* another object that cannot be held: OPAQUE stays */
    c->state = !v ? UNBOUND : plain(v, 0) ? HELD : OPAQUE;
    PyObject *old = c->value;
    c->value = c->state == HELD ? Py_NewRef(v) : NULL;
    Py_XDECREF(old);
}

/* What a name is in a frame, borrowed; NULL where it is not bound. Runs no code of the program. */
SHARED PyObject *latest_look_up(Latest *k, Frame *f, int how, int index)
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

SHARED uint64_t latest_hits(Latest *k, Cell *c, const uint64_t *count)
{
    return c->slot >= 0 ? count[c->slot] : sum_of(k, c->statement, count);
}

static inline void hold_bound(Latest *k, Frame *f, Var *v, const uint64_t *count)
{
    Cell *c = &k->cells[v->cell];
    latest_hold(c, latest_look_up(k, f, v->how, v->index), latest_hits(k, c, count));
}

/* Frames of the code overlap from now on: what lazy vars hold belongs to the frame that ran alone until now (only). */
SHARED void latest_overlap(Latest *k)
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
        for (int i = 0; i < k->nvars; i++) /* a frame lay here before, and ended unseen */
            if (k->vars[i].frame == f)
                k->vars[i].frame = NULL;
    if (k->only && !k->overlap)
        latest_overlap(k);
    k->only = f;
}

/* Notes nothing of a code object for a while, or again: whether frames overlap is not known any more then. */
SHARED void latest_lean(Latest *k, int lean)
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
SHARED void latest_begin(Latest *k, Place *p, PyThreadState *ts, Frame *f, uint64_t *count, uint32_t local)
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
        uint64_t hit = c->slot == (int32_t)local ? n : latest_hits(k, c, count) + 1;
        if (c->how == RETURNED)
            c->frame = f, c->begun = hit;
        else
            latest_hold(c, latest_look_up(k, f, c->how, c->index), hit);
    }
}

/* A frame ends: what it holds is the latest there is. */
SHARED void latest_end(Latest *k, PyThreadState *ts, Frame *f, const uint64_t *count)
{
    k->thread = ts->thread_id;
    for (Var *v = k->vars, *end = v + k->nvars; v < end; v++) {
        if (v->lazy && !k->overlap) {
            if (k->only == f && latest_look_up(k, f, v->how, v->index))
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

SHARED void latest_return(Latest *k, Frame *f, size_t unit, PyObject *value, const uint64_t *count, PyThreadState *ts)
{
    latest_end(k, ts, f, count);
    int at = unit < k->units && k->of_unit[unit] ? k->places[k->of_unit[unit] - 1].returned : -1;
    if (at >= 0 && k->cells[at].frame == f) {
        Cell *c = &k->cells[at];
        c->frame = NULL;
        latest_hold(c, value, c->begun);
    }
    k->events += RETURNING;
    if (k->events >= k->limit)
        latest_lean(k, 1);
}
#endif
