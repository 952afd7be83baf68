/* The RAISE callback, where nothing is to be told of exceptions: programs raise and handle all the time.
 *
 * Raises keeps what raisecallback.py has found out and answers by it. Everything else is Python's, which decides what is kept
 * and when it is forgotten. None of the program's code runs here: classes are compared by identity, and of a namespace only
 * exact strings are asked for.
 */
#ifndef TALLYHO_RAISES_H
#define TALLYHO_RAISES_H

#include "state.h"

enum { PASSES = 1, SWALLOWED = 2, MINE = 4, NOBODY = 8, ABOVE = 16 }; /* also in raisecallback.py */
enum { COUNTS = 32 }; /* a tally counts it in a slot and does nothing else; offset is at_lasti of where the frame is */

/* The event's own offset does not say for sure which instruction it is about (3.13): where the frame is does. */
static inline int at_lasti(int lasti) { return -2 - lasti; }

/* What is known of an instruction and a class of exceptions, or (no class) of a code object. All owned. */
typedef struct {
    PyObject *code, *type, *globals, *needs; /* needs: outcomecache.Needs */
    int offset, what;
    int32_t slot; /* COUNTS */
} Site;

enum { FEWEST_SITES = 64, MOST_SITES = 8192 };

typedef struct {
    PyObject_HEAD
    PyObject *slow, *leaving, *here, *nothing, *guard;
    struct Counters *counters; /* of COUNTS; NULL: there are none */
    Site *sites; /* open addressing, at most half full */
    size_t size, used;
} Raises;

SHARED int add_raises(PyObject *module, State *state);

#endif
