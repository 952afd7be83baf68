/* Latest values, as they are looked at: what frames hold that run, and what is new (latest.h). */
#include "latest.h"

#if HAS_LATEST
/* A frame that runs is looked at. current: the statement it is in, or -1; begun: whether that has begun, 2: not known. */
static void latest_look(Latest *k, Frame *f, int current, int begun, const uint64_t *count)
{
    for (int i = 0; i < k->nvars; i++) {
        Var *v = &k->vars[i];
        int lazy = v->lazy && !k->overlap;
        if ((lazy ? k->only : v->frame) != f || v->cell < 0 || (lazy && !latest_look_up(k, f, v->how, v->index)))
            continue;
        Cell *c = &k->cells[v->cell];
        uint64_t hit = latest_hits(k, c, count);
        if (c->statement == current && begun) {
            if (begun == 2 || !(lazy || v->again) || hit < 2)
                continue;
            hit--;
        }
        latest_hold(c, latest_look_up(k, f, v->how, v->index), hit);
    }
}

/* What a frame at a unit is in the midst of: a statement, -1 for none; probe: statements begin there. */
SHARED void latest_stand(Latest *k, size_t unit, int statement, int probe)
{
    if (unit < k->units && statement + 2 < UINT16_MAX / 2)
        k->stands[unit] = (uint16_t)((statement + 2) << 1 | (probe != 0));
}

/* Looks at a frame of some thread; inner: no frame of the program is within it; stopped: it stands still at an event. Returns 0
 * where it is not known what the frame is in the midst of. */
SHARED int latest_survey(Latest *k, Frame *f, int inner, int stopped, const uint64_t *count)
{
    size_t unit = (size_t)_PyInterpreterFrame_LASTI(f);
    uint16_t stands = unit < k->units ? k->stands[unit] : 0;
    if (stands)
        latest_look(k, f, (stands >> 1) - 2, !(stands & 1) || !inner ? 1 : stopped ? 0 : 2, count);
    return stands != 0;
}

/* What is new of each statement: a list of (statement, hit, thread, states, values), values by cell. */
SHARED PyObject *latest_news(Latest *k)
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
#endif
