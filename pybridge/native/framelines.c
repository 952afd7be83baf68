/* A Tracer as FrameLines (framelines.h). */
#include "framelines.h"

#if SETTRACE_ONLY
/* Reads the id of a frame; -1, with an exception, where it is none. */
static int frame_address(PyObject *id, uintptr_t *frame)
{
    *frame = (uintptr_t)PyLong_AsVoidPtr(id);
    return PyErr_Occurred() ? -1 : 0;
}

/* What is known of a frame; NULL: nothing, or with an exception, that it has no such id. */
static FrameLine *line_of(PyObject *self, PyObject *id)
{
    uintptr_t frame;
    return frame_address(id, &frame) < 0 ? NULL : frame_find(&((Tracer *)self)->frames, frame);
}

static PyObject *none_or_error(void) { return PyErr_Occurred() ? NULL : Py_NewRef(Py_None); }

SHARED PyObject *tracer_get(PyObject *self, PyObject *id)
{
    FrameLine *f = line_of(self, id);
    return f ? Py_BuildValue("iii", (int)f->line, (int)f->at, (int)f->entered) : none_or_error();
}

SHARED PyObject *tracer_put(PyObject *self, PyObject *args)
{
    PyObject *id;
    int line, at, entered;
    if (!PyArg_ParseTuple(args, "Oiii", &id, &line, &at, &entered))
        return NULL;
    uintptr_t frame;
    if (frame_address(id, &frame) < 0)
        return NULL;
    FrameLine *f = frame ? frame_make(&((Tracer *)self)->frames, frame) : NULL;
    if (!f)
        return none_or_error();
    f->line = line, f->at = at, f->entered = entered, f->events++;
    Py_RETURN_NONE;
}

SHARED PyObject *tracer_drop(PyObject *self, PyObject *id)
{
    uintptr_t frame;
    if (frame_address(id, &frame) < 0)
        return NULL;
    frame_drop(&((Tracer *)self)->frames, frame);
    Py_RETURN_NONE;
}

SHARED PyObject *tracer_wait(PyObject *self, PyObject *args)
{
    PyObject *id;
    int waits;
    if (!PyArg_ParseTuple(args, "Op", &id, &waits))
        return NULL;
    FrameLine *f = line_of(self, id);
    if (f)
        f->waits = waits & 1;
    return none_or_error();
}

SHARED PyObject *tracer_told(PyObject *self, PyObject *id)
{
    FrameLine *f = line_of(self, id);
    return f ? Py_BuildValue("iI", (int)f->line, (unsigned int)f->events) : none_or_error();
}

SHARED PyObject *tracer_clear_frames(PyObject *self, PyObject *Py_UNUSED(none))
{
    frames_free(&((Tracer *)self)->frames);
    Py_RETURN_NONE;
}
#endif
