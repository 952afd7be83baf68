/* How a Latest is made of what tally/described.py has worked out (latest.h). */
#include "latest.h"

#if HAS_LATEST
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


SHARED Latest *latest_new(PyObject *code, PyObject *description)
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
