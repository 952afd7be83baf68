/* Gates: the callbacks of one kind of event each, before those that do the work.
 *
 * Of a code object, and of a line where the kind is LINE, a Gate knows the Screens of all that is asked there. Where every
 * one says no, nothing else happens. Whatever it does not know it leaves to the next callback.
 */
#ifndef TALLYHO_GATE_H
#define TALLYHO_GATE_H

#include "screen.h"

enum { GATED = 256 };

/* What a callback's last argument is to the event: VALUE, the event's own; THROWN, an exception that the event does not show (a
 * generator's throw(), a frame that is left by one); RAISED, the exception that the event is about. */
enum { VALUE, THROWN, RAISED };

/* What is known of a code object, or of a line of it. The code is not owned: what is known is forgotten before it is gone. */
typedef struct {
    PyObject *code;
    long line;
    PyObject *screens; /* a tuple, owned: all that is asked; NULL: the next callback has to see to it */
    char silent;       /* the screens said no here, and will each time; whether another asker wants the event is not known yet */
} Asked;

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    int kind, return_op, last, counted;
    PyObject *dispatches, *find, *silence, *next, *guard, *count, *reader;
    PyObject *leaving, *here; /* of guest.py: whether an exception has just left a callback of ours; where our code lies */
    Asked asked[GATED];
} Gate;

SHARED int add_gate(PyObject *module, State *state);

#endif
