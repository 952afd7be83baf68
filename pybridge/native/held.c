/* The methods of Counters that have to do with the latest values of statements (latest.h), and its PY_RETURN callback. */
#include "held.h"

#if HAS_LATEST
SHARED PyObject *held_latest(PyObject *self, PyObject *args)
{
    Counters *c = (Counters *)self;
    PyObject *code, *description;
    if (!PyArg_ParseTuple(args, "O!O", &PyCode_Type, &code, &description))
        return NULL;
    Table *t = table_of(&c->tables, code);
    if (!t)
        Py_RETURN_NONE;
    Latest *k = NULL;
    if (description != Py_None && !(k = latest_new(code, description)))
        return NULL;
    latest_free(t->latest);
    t->latest = k;
    t->notes = k ? k->use : NULL;
    Py_RETURN_NONE;
}

SHARED PyObject *held_news(PyObject *self, PyObject *address)
{
    Counters *c = (Counters *)self;
    void *code = PyLong_AsVoidPtr(address);
    if (!code && PyErr_Occurred())
        return NULL;
    Table *t = table_of(&c->tables, code);
    return t && t->latest ? latest_news(t->latest) : PyList_New(0);
}

/* The table and the frame that a frame object stands for; NULL where nothing is held of it. */
static Table *kept_of(Counters *c, PyObject *object, Frame **frame)
{
    if (!PyFrame_Check(object) )
        return NULL;
    PyCodeObject *code = PyFrame_GetCode((PyFrameObject *)object);
    Table *t = table_of(&c->tables, code);
    Py_DECREF(code);
    *frame = ((PyFrameObject *)object)->f_frame;
    return t && t->latest ? t : NULL;
}

SHARED PyObject *held_enter(PyObject *self, PyObject *args)
{
    Counters *c = (Counters *)self;
    PyObject *object;
    int alone;
    Py_ssize_t offset;
    Frame *frame;
    if (!PyArg_ParseTuple(args, "Opn", &object, &alone, &offset))
        return NULL;
    Table *t = kept_of(c, object, &frame);
    if (t) {
        t->latest->only = frame;
        if (!alone)
            t->latest->only = NULL, latest_overlap(t->latest), t->notes = t->latest->use;
        size_t i = (size_t)offset >> 1;
        if (offset >= 0 && i < t->n && i < t->latest->units && t->latest->of_unit[i] && t->slot[i] >= 0) {
            uint32_t local = (uint32_t)t->slot[i] - t->first;
            Place begun = t->latest->places[t->latest->of_unit[i] - 1];
            uint64_t *count = c->count + t->first;
            begun.entry = 0; /* it has been entered */
            if (local < t->some && count[local]) {
                count[local]--;
                latest_begin(t->latest, &begun, PyThreadState_Get(), frame, count, local);
                count[local]++;
            }
        }
    }
    Py_RETURN_NONE;
}

SHARED PyObject *held_weigh(PyObject *self, PyObject *args)
{
    Counters *c = (Counters *)self;
    int afford;
    unsigned long long least, total = 0;
    PyObject *deaf = NULL;
    if (!PyArg_ParseTuple(args, "pK", &afford, &least) || !(deaf = PyList_New(0)))
        return NULL;
    Table **tables = c->tables.tables;
    for (size_t i = 0; tables && i <= c->tables.mask; i++) {
        Latest *k = tables[i] ? tables[i]->latest : NULL;
        if (!k)
            continue;
        uint64_t some = k->events - k->weighed;
        k->weighed = k->events;
        total += some;
        k->limit = k->events + (some < MUCH ? MOST : MUCH);
        if (afford && k->deaf) {
            if (PyList_Append(deaf, tables[i]->code) < 0) {
                Py_DECREF(deaf);
                return NULL;
            }
        } else if (afford || some >= least)
            latest_lean(k, !afford), tables[i]->notes = k->use;
    }
    return Py_BuildValue("(KN)", total, deaf);
}

SHARED PyObject *held_wake(PyObject *self, PyObject *args)
{
    PyObject *code;
    int heard;
    if (!PyArg_ParseTuple(args, "Op", &code, &heard))
        return NULL;
    Table *t = table_of(&((Counters *)self)->tables, code);
    if (t && t->latest) {
        t->latest->waking = !heard;
        if (heard)
            t->latest->deaf = 0, latest_lean(t->latest, 0), t->notes = t->latest->use;
    }
    Py_RETURN_NONE;
}

enum { DEEPEST = 100 }; /* frames of a thread that are looked at */

/* Appends where a frame is. */
static int tell_place(PyObject *list, Frame *f)
{
    PyObject *place = Py_BuildValue("(On)", code_in(f), (Py_ssize_t)_PyInterpreterFrame_LASTI(f) * (Py_ssize_t)sizeof(_Py_CODEUNIT));
    int failed = place ? PyList_Append(list, place) : -1;
    Py_XDECREF(place);
    return failed;
}

/* No frame object is made, and no other thread runs meanwhile. Else the last reference to a frame of another thread could come
 * to be ours, and the objects in that frame would be finalized in this thread. */
SHARED PyObject *held_survey(PyObject *self, PyObject *args)
{
    Counters *c = (Counters *)self;
    PyObject *ours;
    int stopped;
    if (!PyArg_ParseTuple(args, "Up", &ours, &stopped))
        return NULL;
    PyObject *unknown = PyList_New(0);
    for (PyThreadState *ts = PyInterpreterState_ThreadHead(PyInterpreterState_Get()); unknown && ts; ts = PyThreadState_Next(ts)) {
        int inner = 1, depth = 0;
        for (Frame *f = running(ts); f && depth < DEEPEST; f = f->previous) {
            if (_PyFrame_IsIncomplete(f))
                continue;
            depth++;
            Table *t = table_of(&c->tables, code_in(f));
            if (t && t->latest && !t->latest->lean && !latest_survey(t->latest, f, inner, stopped, c->count + t->first) &&
                tell_place(unknown, f) < 0)
                Py_CLEAR(unknown);
            Py_ssize_t is_ours = inner ? PyUnicode_Tailmatch(code_in(f)->co_filename, ours, 0, PY_SSIZE_T_MAX, -1) : 0;
            if (!unknown || is_ours < 0) {
                Py_XDECREF(unknown);
                return NULL;
            }
            inner = is_ours > 0;
        }
    }
    return unknown;
}

SHARED PyObject *held_stands(PyObject *self, PyObject *args)
{
    Counters *c = (Counters *)self;
    PyObject *code;
    Py_ssize_t offset;
    int statement, probe;
    if (!PyArg_ParseTuple(args, "Onip", &code, &offset, &statement, &probe))
        return NULL;
    Table *t = table_of(&c->tables, code);
    if (t && t->latest && offset >= 0)
        latest_stand(t->latest, (size_t)offset >> 1, statement, probe);
    Py_RETURN_NONE;
}

SHARED PyObject *held_left(PyObject *self, PyObject *object)
{
    Counters *c = (Counters *)self;
    Frame *frame;
    Table *t = kept_of(c, object, &frame);
    if (t && !t->latest->lean)
        latest_end(t->latest, PyThreadState_Get(), frame, c->count + t->first);
    Py_RETURN_NONE;
}

SHARED PyObject *held_began(PyObject *self, PyObject *args)
{
    Counters *c = (Counters *)self;
    PyObject *object;
    Py_ssize_t offset;
    Frame *frame;
    if (!PyArg_ParseTuple(args, "On", &object, &offset))
        return NULL;
    Table *t = kept_of(c, object, &frame);
    size_t i = (size_t)offset >> 1;
    if (!t || offset < 0 || i >= t->n || i >= t->latest->units || !t->notes || !t->notes[i] || t->slot[i] < 0)
        Py_RETURN_NONE;
    uint32_t local = (uint32_t)t->slot[i] - t->first;
    if (local < t->some)
        latest_begin(t->latest, t->latest->places + t->notes[i] - 1, PyThreadState_Get(), frame, c->count + t->first, local);
    Py_RETURN_NONE;
}

SHARED PyObject *held_python(PyObject *self, PyObject *args)
{
    Counters *c = (Counters *)self;
    PyObject *code;
    int tally, others;
    if (!PyArg_ParseTuple(args, "Opp", &code, &tally, &others))
        return NULL;
    Table *t = table_of(&c->tables, code);
    if (!t || !t->latest)
        Py_RETURN_FALSE;
    t->latest->python = (char)((tally ? BY_TALLY : 0) | (others ? BY_OTHERS : 0));
    return PyBool_FromLong(t->latest->python && t->latest->deaf);
}

SHARED PyObject *held_hears(PyObject *self, PyObject *args)
{
    PyObject *callback, *guard;
    if (!PyArg_ParseTuple(args, "OO!", &callback, state_of(self)->guard, &guard))
        return NULL;
    Py_XSETREF(((Counters *)self)->on_return, Py_NewRef(callback));
    Py_XSETREF(((Counters *)self)->guard, Py_NewRef(guard));
    Py_RETURN_NONE;
}

static inline Table *table_at_return(Counters *c, PyObject *code)
{
    Table *t = table_cached(&c->tables, code);
    return t ? t : table_find(&c->tables, code);
}

static void note_return(Counters *c, Table *t, PyObject *const *args)
{
    if (t->latest->lean)
        return;
    PyThreadState *ts = PyThreadState_Get();
    latest_return(t->latest, running(ts), offset_of(args[1]) >> 1, args[2], c->count + t->first, ts);
    t->notes = t->latest->use;
}

SHARED int held_return(Counters *c, PyObject *const *args)
{
    Table *t = table_at_return(c, args[0]);
    if (!t || !t->latest || t->latest->python & BY_TALLY)
        return 0;
    note_return(c, t, args);
    return 1;
}

SHARED PyObject *held_returned(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Counters *c = (Counters *)self;
    if (nargs != 3) {
        PyErr_SetString(PyExc_TypeError, "returned takes a code object, an offset and a value");
        return NULL;
    }
    Table *t = table_at_return(c, args[0]);
    Latest *k = t ? t->latest : NULL;
    if (k)
        note_return(c, t, args);
    if (k && !k->python) {
        if (!k->lean || k->waking)
            Py_RETURN_NONE;
        k->deaf = 1;
        return Py_NewRef(c->disable);
    }
    if (!c->on_return)
        Py_RETURN_NONE;
    return guarded_call(c->guard, c->on_return, args, 3, NULL);
}
#endif
