/* What the text of a value is made with (steptext.c), and what cuts it where it is too long (stepcut.c). */
#ifndef STEPTEXT_H
#define STEPTEXT_H

#include "steps.h"

#if HAS_STEPS

enum { LONG_TEXT = 3000 }; /* how many characters are looked at of a text that will be cut */
enum { FULL = 2 }; /* an answer besides 1 (done), 0 (Python does it) and -1: there is more than is needed */

/* One rendering: how many values were looked at, and whether its characters are its bytes. */
typedef struct {
    Looker *looker;
    Buffer *b;
    size_t begins;
    int values, narrow;
} Rendering;

#define TRY(what)                                                                                                                           \
    do {                                                                                                                                    \
        int done_ = (what);                                                                                                                 \
        if (done_ != 1)                                                                                                                     \
            return done_;                                                                                                                   \
    } while (0)

/* One value of which `depth` levels are left. */
SHARED int step_render(Rendering *r, PyObject *value, int depth);
/* The item of a list or tuple at a place. */
SHARED int step_item(Rendering *r, PyObject *items, Py_ssize_t at, int depth);
/* A key of a dict with its value. */
SHARED int step_pair(Rendering *r, PyObject *key, PyObject *one, int depth);

#endif
#endif
