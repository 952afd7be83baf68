/* What is known of a code object whose events come by a trace function: which of them Python has to see, and of lines that are
 * counted, the ways. A way leads from where a frame was to the instruction at which its next line begins, and says what is counted
 * there; Python works each out when it is gone for the first time (LineCode.step in tally/linecode.py), so there is one truth.
 */
#ifndef TALLYHO_WAYS_H
#define TALLYHO_WAYS_H

#include "unit.h"

/* Also in events/eventfilter.py. */
enum {
    ASKS_CALL = 1,      /* Python is to see the event */
    ASKS_RETURN = 2,
    ASKS_EXCEPTION = 4,
    COUNTED = 8,        /* its lines are counted */
    TRACED = 16,        /* its frames get the trace function */
    NO_LINES = 32,      /* and no events of their lines */
    CALLS = 64,         /* each call is counted */
};

/* What a line's mark is, where it is less than ASKED; else the number of what is asked there, and ASKED. */
enum { TO_PYTHON, QUIET, ASKED };

enum { MOST_ASKED = 200, MOST_BEGUN = 4, MOST_WAYS = 1 << 14, MOST_UNITS = 1 << 19 };

typedef struct {
    uint64_t key; /* 0: nothing is here */
    int32_t line, entered;
    uint32_t n, slot[MOST_BEGUN];
} Way;

typedef struct Code {
    const void *owner; /* who uses it, and since which change; never followed */
    uint64_t change;
    uint32_t flags, units;
    int32_t start, entry; /* the instruction at which a new frame starts; the slot that a call counts in; -1: none */
    uint64_t first;       /* the counter of slot 0 */
    Py_buffer due;        /* of each slot, the count at which it is sampled */
    uint32_t slots;
    uint8_t *marks;       /* by code unit, of the line that begins there */
    PyObject *asked;      /* a list: of each line's number what is asked first, and what writes its record; NULL: none */
    PyObject *before[3];  /* of calls, returns and exceptions, a Screen or a FastPrinter; NULL: Python is asked */
    char *yields;         /* by code unit: a frame that leaves there goes on later; NULL: none does */
    Way *ways;
    size_t size, used;
    struct Code *next, **link; /* the next one that holds objects, and what points here; link NULL: it holds none */
} Code;

/* The key of a way: the instruction that the frame was at, or -1; that at which it came to the statement there, or -1; and the next. */
static inline uint64_t way_key(int32_t was, int32_t entered, int32_t at)
{
    return ((uint64_t)(was + 1) << 42 | (uint64_t)(entered + 1) << 21 | (uint64_t)at) + 1;
}

SHARED const Way *way_find(const Code *c, uint64_t key);

/* Adds a way, if it is not there. Where there are too many it is not, and Python is asked each time. -1 with an exception. */
SHARED int way_add(Code *c, const Way *way);

/* A Code that is about to hold objects is among those that do. The objects are its Tracer's, which takes them from it when what is
 * asked changes: a code object, which the garbage collector does not follow, would keep them for good. */
SHARED void code_holds(Code *c, Code **all);

/* Lets go of what it holds. What is asked there is Python's to ask then. */
SHARED void code_let_go(Code *c);

SHARED void code_clear(Code *c);

/* The freefunc of the extra that a code object keeps. */
SHARED void code_gone(void *code);

#endif
