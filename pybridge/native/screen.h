/* Screens (query/screens.py): what says of most events that a question does not hold.
 *
 * A Screen is a row of Asks, each before those that it asks. What is not known here, and whatever fails, is MAYBE: then the
 * question is asked in full, in Python. None of the program's code is run: of its values only exact built-in types are
 * compared, all others by operands.py.
 */
#ifndef TALLYHO_SCREEN_H
#define TALLYHO_SCREEN_H

#include "latest.h"
#include "state.h"

/* What a step is; also in query/screens.py and asks.py. */
enum { ASK_AND, ASK_OR, ASK_NOT, ASK_CONST, ASK_FROM, ASK_BACKLOG, ASK_PLACE, ASK_DEPTH, ASK_CALLS, ASK_THREAD_ID, ASK_THREAD_NAME, ASK_ARG, ASK_LOCALS, ASK_GLOBALS, ASK_LOCAL, ASK_HAS_LOCAL, ASK_HAS_GLOBAL };
enum { NO, YES, MAYBE };

enum { MOST_ASKS = 64 };

/* One step, and what was found by it last. All references are owned. */
typedef struct {
    uint8_t what, size; /* size: itself and what it asks */
    int8_t compare;     /* as PyObject_RichCompare has it; -1: ask is called */
    uint8_t answer;     /* to kept, by kept_main and kept_ident */
    long number;
    PyObject *operand, *ask;
    PyObject *kept, *kept_main;
    unsigned long kept_ident;
    uint8_t *places; /* ASK_PLACE: what it says by code unit, and one; 0: not known yet */
} Step;

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    State *state;
    Step *steps;
    Py_ssize_t n, units;
    int kind;
    PyObject *code;                         /* borrowed, never followed */
    PyObject *run, *foreign;                /* the RunState; guest.is_foreign */
    PyObject *active, *names, *main;        /* threads by ident, threading's names, event.main_ident */
} Screen;

/* An event that is asked about. */
typedef struct {
    PyFrameObject *frame; /* borrowed; made when it is asked for */
    Frame *inner;         /* NULL: the event's frame is not the running one, or is not known */
    PyObject *arg;
    int return_op;
} About;

/* NO, YES or MAYBE; -1 with an exception that is the program's, or at the recursion limit. */
SHARED int screen_says(Screen *c, About *a);

SHARED int add_screen(PyObject *module, State *state);

#endif
