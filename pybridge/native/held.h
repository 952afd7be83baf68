/* What Counters do with the latest values of statements: methods for latest.py, and the PY_RETURN callback. */
#ifndef TALLYHO_HELD_H
#define TALLYHO_HELD_H

#include "counters.h"
#include "guard.h"

#if HAS_LATEST
SHARED PyObject *held_latest(PyObject *self, PyObject *args);
SHARED PyObject *held_news(PyObject *self, PyObject *address);
SHARED PyObject *held_survey(PyObject *self, PyObject *args);
SHARED PyObject *held_stands(PyObject *self, PyObject *args);
SHARED PyObject *held_weigh(PyObject *self, PyObject *args);
SHARED PyObject *held_wake(PyObject *self, PyObject *args);
SHARED PyObject *held_enter(PyObject *self, PyObject *args);
SHARED PyObject *held_left(PyObject *self, PyObject *frame);
SHARED PyObject *held_began(PyObject *self, PyObject *args);
SHARED PyObject *held_python(PyObject *self, PyObject *args);
SHARED PyObject *held_hears(PyObject *self, PyObject *args);
SHARED PyObject *held_returned(PyObject *self, PyObject *const *args, Py_ssize_t nargs);
/* The same of (code, offset, value), where somebody else has seen to what is not the tally's: 1; 0: the tally in Python wants to
 * hear of it, and nothing is done. */
SHARED int held_return(Counters *c, PyObject *const *args);

#define HELD_METHODS \
    {"latest", held_latest, METH_VARARGS, \
     "latest(code, description)\n\n" \
     "Hold the latest values of a code object that is counted, as latest.py describes it; None: no longer."}, \
    {"news", held_news, METH_O, \
     "news(address) -> list\n\nWhat is held of the code object there since it was asked last: (statement, hit, thread, states, values) of each."}, \
    {"survey", held_survey, METH_VARARGS, \
     "survey(ours, stopped) -> list of (code, offset)\n\n" \
     "Hold what the frames of all threads hold that run. ours: how the file names of the bridge's code begin; stopped: the innermost frames\n" \
     "of the program stand still at an event. Returns where frames are of which it is not known yet, as stands tells it, what that is."}, \
    {"stands", held_stands, METH_VARARGS, \
     "stands(code, offset, statement, probe)\n\nWhat a frame there is in the midst of, -1 for none; probe: statements begin there."}, \
    {"weigh", held_weigh, METH_VARARGS, \
     "weigh(afford, least) -> (int, list of code)\n\n" \
     "How often something was held since the last time. Where that cannot be afforded, less is noted of code that has done so so often at least.\n" \
     "Where it can, all is noted again, but for the code returned: it has answered DISABLE where it returns, and is to be woken."}, \
    {"wake", held_wake, METH_VARARGS, \
     "wake(code, heard)\n\nNote all of a code object again, where it has answered DISABLE: it does not do so any more, and its returns are heard of."}, \
    {"enter", held_enter, METH_VARARGS, \
     "enter(frame, alone, offset)\n\n" \
     "A frame runs when its code's latest values begin to be held, and has come to that offset, which is counted already; alone: no\n" \
     "other frame of that code runs."}, \
    {"left", held_left, METH_O, \
     "left(frame)\n\nA frame is left by an exception: hold what it holds."}, \
    {"began", held_began, METH_VARARGS, \
     "began(frame, offset)\n\nStatements begin in a frame, at a place whose event does not come."}, \
    {"python", held_python, METH_VARARGS, \
     "python(code, tally, others) -> bool\n\n" \
     "Whether the Python callback hears of a code object's returns, for the tally or for somebody else; True where that takes that places fire again which have answered DISABLE."}, \
    {"hears", held_hears, METH_VARARGS, \
     "hears(on_return, guard)\n\nSet the Python callback of PY_RETURN, which returned stands before, and what guards it."}, \
    {"returned", (PyCFunction)(void (*)(void))held_returned, METH_FASTCALL, \
     "returned(code, offset, value)\n\nThe PY_RETURN callback."},
#endif

#endif
