/* A variable of a function's frame by its name. */
#ifndef TALLYHO_VARIABLES_H
#define TALLYHO_VARIABLES_H

#include "state.h"

/* Its value, new; NULL with a NameError where it is not bound, or there is none of that name. */
SHARED PyObject *variable_of(PyFrameObject *frame, PyObject *name);

#endif
