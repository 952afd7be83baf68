/* The steps of a Screen: what each of them says of an event. */
#ifndef TALLYHO_ASKS_H
#define TALLYHO_ASKS_H

#include "screen.h"

/* NO, YES or MAYBE, which may be with an exception. */
SHARED int step_says(Screen *c, Step *s, About *a);

/* The frame object of an event's frame, borrowed; NULL where there is none. It is made when it is first asked for. */
SHARED PyFrameObject *frame_of(About *a);

/* What Python says, called with one value or two; MAYBE where it fails, with the exception: the Screen finds out whose that is. */
SHARED int python_says(PyObject *ask, PyObject *one, PyObject *two);

#endif
