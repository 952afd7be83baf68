/* What is known of frames and of namespaces, for steps. */
#include "recorder.h"

#if HAS_STEPS

enum { MOST_FRAMES = 200000 };

static inline size_t place_of_frame(const void *p) { return (size_t)(((uintptr_t)p >> 3) * 0x9E3779B97F4A7C15ull >> 40) % BUCKETS; }

SHARED Shadow *shadow_find(StepWriter *w, Frame *frame, const Code *k)
{
    for (Shadow *s = w->shadows[place_of_frame(frame)]; s; s = s->next)
        if (s->frame == frame)
            return s->code == k->id ? s : NULL;
    return NULL;
}

static void shadow_free(StepWriter *w, Shadow *s)
{
    w->live--;
    for (uint32_t i = 0; i < s->n; i++)
        Py_CLEAR(s->slots[i].held);
    names_free(s->own);
    PyMem_Free(s);
}

/* Takes a frame's shadow out of the table. */
static void take_out(StepWriter *w, Frame *frame)
{
    Shadow **at = &w->shadows[place_of_frame(frame)];
    while (*at && (*at)->frame != frame)
        at = &(*at)->next;
    Shadow *s = *at;
    if (!s || s->busy)
        return;
    *at = s->next;
    shadow_free(w, s);
}

SHARED void shadow_end(StepWriter *w, Shadow *s) { take_out(w, s->frame); }

SHARED void shadows_forget(StepWriter *w)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        Shadow **at = &w->shadows[i];
        while (*at) {
            Shadow *s = *at;
            if (s->busy) {
                at = &s->next;
                continue;
            }
            *at = s->next;
            shadow_free(w, s);
        }
    }
}

SHARED Shadow *shadow_make(StepWriter *w, Frame *frame, const Code *k)
{
    take_out(w, frame); /* of one that was left without our seeing it */
    if (w->live > MOST_FRAMES)
        shadows_forget(w);
    Shadow *s = PyMem_Calloc(1, sizeof *s + k->nvariables * sizeof(Slot));
    if (!s)
        return (void)PyErr_NoMemory(), NULL;
    s->frame = frame;
    s->code = k->id;
    s->n = k->nvariables;
    s->raised = -1;
    s->number = ++w->frames;
    s->next = w->shadows[place_of_frame(frame)];
    w->shadows[place_of_frame(frame)] = s;
    w->live++;
    return s;
}

SHARED Names *names_make(StepWriter *w, const void *space)
{
    Names *names = PyMem_Calloc(1, sizeof *names);
    if (!names || !(names->index = PyDict_New())) {
        PyMem_Free(names);
        return (void)PyErr_NoMemory(), NULL;
    }
    names->space = space;
    names->number = ++w->frames; /* one numbering for both, as in Python */
    return names;
}

SHARED void names_free(Names *names)
{
    if (!names)
        return;
    for (uint32_t i = 0; i < names->n; i++) {
        Py_XDECREF(names->all[i]->name);
        Py_XDECREF(names->all[i]->slot.held);
        PyMem_Free(names->all[i]);
    }
    Py_XDECREF(names->index);
    PyMem_Free(names->all);
    PyMem_Free(names);
}

SHARED Names *names_of_module(StepWriter *w, const void *space)
{
    for (Names **at = &w->modules; *at; at = &(*at)->next)
        if ((*at)->space == space) {
            Names *found = *at;
            *at = found->next; /* what is asked for again is found sooner */
            found->next = w->modules;
            return w->modules = found;
        }
    Names *made = names_make(w, space);
    if (made) {
        made->next = w->modules;
        w->modules = made;
    }
    return made;
}

SHARED Name *names_at(StepWriter *w, Names *names, PyObject *name)
{
    PyObject *at = PyDict_GetItemWithError(names->index, name);
    if (at)
        return names->all[PyLong_AsLong(at)];
    if (PyErr_Occurred())
        return NULL;
    int secret = names_secret(&w->look, name);
    if (secret < 0)
        return NULL;
    if (names->n == names->room) {
        uint32_t room = names->room ? 2 * names->room : 16;
        Name **more = PyMem_Realloc(names->all, room * sizeof *more);
        if (!more)
            return (void)PyErr_NoMemory(), NULL;
        names->all = more;
        names->room = room;
    }
    PyObject *number = PyLong_FromLong((long)names->n);
    Name *one = number ? PyMem_Calloc(1, sizeof *one) : NULL;
    if (!one || PyDict_SetItem(names->index, name, number) < 0) {
        Py_XDECREF(number);
        PyMem_Free(one);
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        return NULL;
    }
    Py_DECREF(number);
    names->all[names->n++] = one;
    one->name = Py_NewRef(name);
    one->secret = (uint8_t)secret;
    return one;
}

#endif
