/* The interpreter's own frames: where the code, the variables and the names of one lie.
 *
 * Nothing public tells of a frame without making an object for it, which costs more than most events. Where the headers that
 * know are not there, HAS_FRAMES is 0 and whoever needs them does without.
 */
#ifndef TALLYHO_FRAMES_H
#define TALLYHO_FRAMES_H

#include "unit.h"

#if FRAMES_ARE_KNOWN && defined(__has_include)
#if __has_include("internal/pycore_frame.h")
#define HAS_FRAMES 1
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter" /* in CPython's own */
#include "internal/pycore_frame.h"
#if FRAMES_ARE_TAGGED
#include "internal/pycore_interpframe.h"
#endif
#pragma GCC diagnostic pop
#endif
#endif
#ifndef HAS_FRAMES
#define HAS_FRAMES 0
struct _PyInterpreterFrame;
#endif

typedef struct _PyInterpreterFrame Frame;

#if HAS_FRAMES
static inline Frame *running(PyThreadState *ts)
{
#if FRAME_IN_CFRAME
    return ts->cframe->current_frame;
#else
    return ts->current_frame;
#endif
}

static inline PyCodeObject *code_in(Frame *f)
{
#if FRAME_HAS_EXECUTABLE
    return _PyFrame_GetCode(f);
#else
    return f->f_code;
#endif
}

/* A variable, or its cell, borrowed; NULL where it is not bound. */
static inline PyObject *variable_in(Frame *f, uint32_t i)
{
#if FRAMES_ARE_TAGGED
    return PyStackRef_IsNull(f->localsplus[i]) ? NULL : PyStackRef_AsPyObjectBorrow(f->localsplus[i]);
#else
    return f->localsplus[i];
#endif
}
#endif

#endif
