/* The latest values of the statements of code that runs on.
 *
 * Few hits are sampled, and which one is the last nobody knows before. So the
 * values of what has a probe anyway are held here, the names' own objects: numbers,
 * texts and the like, which nobody can tell from outside to be held. A name that a
 * statement only mentions is read when the statement begins: nothing but the frame's
 * own code can bind it before the statement is over. One that it binds is read when
 * another statement is about to bind it, when the frame ends, or when somebody looks.
 *
 * Vars know which statement has bound a name last, and in which frame: what a frame
 * holds is the latest only where no other frame has come to that statement since. Of a
 * name that one statement binds nothing need be noted while frames of the code do not
 * overlap: where it is bound, it is by that statement, in that frame.
 */
#ifndef TALLYHO_LATEST_H
#define TALLYHO_LATEST_H

#include "frames.h"

#define HAS_LATEST (HAS_FRAMES && !FRAMES_ARE_TAGGED)

enum { FAST, CELL, NAME, GLOBAL, RETURNED }; /* where a name is; also in tally/described.py */
enum { NONE_YET, HELD, UNBOUND, OPAQUE };   /* what is known of a cell; also in tally/latest.py */
enum { BY_TALLY = 1, BY_OTHERS = 2 };

/* A name of a statement. */
typedef struct {
    uint16_t how, index, statement, state;
    int32_t slot;    /* that its statement's hits are counted in; -1: they are a sum */
    uint64_t hit;    /* of the main account */
    uint64_t begun;  /* RETURNED: the hit that is in frame */
    Frame *frame;    /* RETURNED: that has begun to return; never followed */
    PyObject *value; /* owned; HELD only */
} Cell;

/* A name that statements bind. */
typedef struct {
    uint16_t how, index;
    int16_t cell; /* of the statement that has bound it last; -1: of none that shows it */
    uint8_t again;  /* that statement had bound it before as well */
    uint8_t lazy;   /* one statement binds it, which is not noted while one frame of the code runs at a time */
    Frame *frame;   /* in which; never followed */
} Var;

typedef struct {
    uint16_t var;
    int16_t cell;
} Bind;

/* What is done at one code unit. */
typedef struct {
    uint16_t reads, nreads, binds, nbinds; /* into the arrays of the same names */
    int16_t returned;                      /* the cell that PY_RETURN fills here, -1: none */
    uint16_t entry;                        /* a new frame */
    uint16_t waits;                        /* the frame may be suspended here, and never go on */
} Place;

/* A statement: the sum of which slots its hits are. */
typedef struct {
    uint16_t terms, nterms;
    uint64_t told;
} Kept;

typedef struct {
    size_t units;
    uint16_t *of_unit; /* index of its place and 1, 0: none */
    uint16_t *busy;    /* the same without those where there is nothing to do but for lazy vars */
    uint16_t *use;     /* one of these, or NULL */
    uint16_t *stands;  /* by unit, what a frame that is there is in the midst of, as stand() packs it; 0: not known yet */
    uint64_t events, weighed; /* how often something was done, and how often when that was looked at last */
    uint64_t limit;           /* at which nothing more is noted until then */
    Place *places;
    uint16_t *reads; /* cells */
    Bind *binds;
    Cell *cells;
    Var *vars;
    Kept *kept;
    int32_t *terms; /* slot, weight, … */
    uint16_t nplaces, nreads, nbinds, ncells, nvars, nkept, nterms;
    PyObject *names; /* tuple, for NAME and GLOBAL */
    Frame *open;     /* the newest that a var is in; never followed */
    Frame *only;     /* the only frame of the code that runs, while frames do not overlap */
    char lean;       /* it costs too much: nothing is noted */
    char overlap;    /* frames have overlapped, or it cannot be told: lazy vars are noted as well */
    unsigned long thread;
    char python;     /* who in Python wants to hear of returns: BY_TALLY, BY_OTHERS */
    char deaf;       /* while lean: places that return have answered DISABLE */
    char waking;     /* they are to be heard of again, and do not answer so meanwhile */
} Latest;

#if !SETTRACE_ONLY
SHARED void latest_free(Latest *k);
#endif

#if HAS_LATEST
enum { MUCH = 200000, MOST = 1000000 }; /* events of a code object between two looks at it: of a hot one, of any other */
enum { RETURNING = 3 };               /* events that hearing of a return costs as much as */

/* Makes one of the tuples of numbers that described.py's Description has; NULL with an exception. Only their sizes are checked. */
SHARED Latest *latest_new(PyObject *code, PyObject *description);

/* Statements begin at a probe, which has not been counted yet: count is of the slots from the plan's first on. */
SHARED void latest_begin(Latest *k, Place *p, PyThreadState *ts, Frame *f, uint64_t *count, uint32_t local);
/* A frame ends: what it holds is the latest there is. */
SHARED void latest_end(Latest *k, PyThreadState *ts, Frame *f, const uint64_t *count);
/* A frame ends by returning a value at a code unit. */
SHARED void latest_return(Latest *k, Frame *f, size_t unit, PyObject *value, const uint64_t *count, PyThreadState *ts);
/* Frames of the code overlap from now on: what lazy vars hold belongs to the frame that ran alone until now (only). */
SHARED void latest_overlap(Latest *k);
/* Notes nothing of a code object for a while, or again: whether frames overlap is not known any more then. */
SHARED void latest_lean(Latest *k, int lean);

/* What latestlook.c needs: a value, and what a name is in a frame, borrowed; NULL where it is not bound. */
SHARED void latest_hold(Cell *c, PyObject *v, uint64_t hit);
SHARED PyObject *latest_look_up(Latest *k, Frame *f, int how, int index);
SHARED uint64_t latest_hits(Latest *k, Cell *c, const uint64_t *count);

/* What a frame at a unit is in the midst of: a statement, -1 for none; probe: statements begin there. */
SHARED void latest_stand(Latest *k, size_t unit, int statement, int probe);
/* Looks at a frame of some thread; inner: no frame of the program is within it; stopped: it stands still at an event. Returns 0
 * where it is not known what the frame is in the midst of. */
SHARED int latest_survey(Latest *k, Frame *f, int inner, int stopped, const uint64_t *count);
/* What is new of each statement: a list of (statement, hit, thread, states, values), values by cell. */
SHARED PyObject *latest_news(Latest *k);
#endif

#endif
