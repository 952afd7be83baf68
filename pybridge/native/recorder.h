/* What records steps: what it knows of code, of frames and of namespaces. */
#ifndef TALLYHO_RECORDER_H
#define TALLYHO_RECORDER_H

#include "calls.h"
#include "stepclock.h"
#include "steps.h"

#if HAS_STEPS

/* What was written of a value last, enough to tell whether another one is a change. */
typedef struct {
    uint8_t state;
    uint64_t key;
    PyObject *held; /* owned: of what cannot change and ends unnoticed */
} Slot;

enum { S_NEVER, S_INT, S_FLOAT, S_SINGLE, S_HELD, S_NAMED, S_DIGEST, S_BYTES }; /* S_BYTES: a hash of what was written */

static inline int is_sure(const Slot *s) { return s->state < S_DIGEST; }

/* A name of a namespace. */
typedef struct {
    PyObject *name; /* owned */
    uint32_t number;
    uint8_t secret, written;
    uint32_t seen; /* in which walk */
    Slot slot;
} Name;

/* A namespace that is a dict: a module's, a class body's. */
typedef struct Names {
    const void *space; /* never followed */
    uint64_t number;
    PyObject *index; /* dict of names: where in all */
    Name **all; /* each where it stays */
    uint32_t n, room, written;
    struct Names *next;
} Names;

/* What the instructions of one line mention, and whether they may change what they do not mention. */
typedef struct {
    uint8_t noisy; /* 1: they may; 2: where something that they mention can be changed in place */
    uint8_t prints; /* they name what writes to the program's output */
    uint16_t locals, nlocals, globals, nglobals; /* into the arrays of the code */
} LineFacts;

enum { UNKNOWN, COUNTED_ONLY, ALONE, SLOWLY }; /* what comes of a code object's events: nothing but counts, a step and nothing else, what Python says */

/* Where a global is: in Names, in the entries of its module's dict (-1: not known, -2: not to be found there); the version of the
 * keys of a dict in which it is not. */
typedef struct GlobalAt {
    int32_t name, entry;
    uint32_t absent;
} GlobalAt;

/* A code object. */
typedef struct Code {
    PyObject *code; /* borrowed: forgotten before its address is another's */
    uint64_t id;
    uint64_t revision; /* of what is asked, when its state was asked for; 0: it is to be asked for */
    uint8_t state, replanned, returns, ours, of_threads, waits, optimized, secret_return, described, tells;
    uint32_t number; /* as a caller; 0: not asked yet */
    PyObject *filename, *name; /* owned: they tell it from another one at its address that was never planned */
    /* Of code that is recorded: */
    PyObject *about, *variables, *globals, *units; /* owned: Python's About; its names; its bytecode as it was compiled */
    uint32_t nvariables, nglobals, nunits;
    uint32_t *numbers; /* of the names of variables */
    uint8_t *secrets;
    int32_t *lines;    /* by unit */
    int32_t first, nlines;
    uint32_t *places, *call_places; /* by line */
    LineFacts *facts;               /* by line */
    uint16_t *mentioned;
    const void *space; /* the globals of which at tells */
    Names *module;
    struct GlobalAt *at;
    struct Code *next;
} Code;

/* A frame that is recorded. */
typedef struct Shadow {
    Frame *frame;
    uint64_t code; /* its Code's id */
    uint64_t number;
    uint64_t tick;   /* when it was written last */
    uint32_t depth, n, busy;
    int32_t raised;  /* the unit at which an exception was seen last, until it goes on */
    int32_t line;    /* of its last step; 0: none */
    Names *module, *own; /* own: of one whose names are a dict of its own */
    struct Shadow *next;
    Slot slots[];
} Shadow;

enum { BUCKETS = 4096, RECENT = 1024 };

typedef struct {
    PyObject_HEAD
    Looker look;
    PyObject *ask_place, *ask_caller, *ask_names, *introduce, *wait, *base, *put, *ask_code, *ask_thread; /* Python (recording/faststeps.py) */
    PyObject *on_line, *on_start, *on_resume, *on_return, *on_yield, *on_jump, *on_stop; /* callbacks in Python, which these stand before */
    PyObject *guard;
    PyObject *counters; /* what holds the latest values of tallied code, or NULL */
    PyObject *run, *reader, *prints; /* the run; a list of the ident of the thread of ours; names of what writes to the program's output */
    PyObject *reader_said; /* the ident as it was read last */
    unsigned long reader_ident;
    Py_ssize_t count_at, ending_at; /* where a run keeps what counts its calls, and whether it ends */
    uint8_t operations[256];
    char lines, values, recording;
    uint64_t revision, codes, frames, tick;
    uint32_t stamp, live;
    uint32_t writing; /* how many steps are being written: more than one where Python lets another thread run meanwhile */
    uint32_t introduced; /* the thread that was told of last */
    char threads_changed, ran; /* code of the threading module has run; code that is not recorded has */
    int64_t looked; /* when the program's output was looked at last */
    Clock clock;
    int resume, end_for; /* the operations that a call begins with, and that a `for` ends with */
    Code *recent[RECENT], *known[BUCKETS];
    Shadow *shadows[BUCKETS];
    Names *modules;
    uint64_t names;
} StepWriter;

/* What a step is about. */
typedef struct {
    Code *code;
    Frame *frame;
    PyFrameObject *object; /* NULL: not asked for yet */
    int kind, line, column, return_op; /* line -1: where the frame is */
    PyObject *arg;
    PyThreadState *thread;
    int slowly; /* by way of Python, where anything may have happened */
} Event;

/* Writes a step: 1; 0: there was no way; -1 with an exception. */
SHARED int step_write(StepWriter *w, Event *a);

SHARED Code *code_known(StepWriter *w, PyObject *code);
SHARED int code_describe(StepWriter *w, Code *k, PyObject *about);
SHARED void code_forget(StepWriter *w, const void *code);
SHARED void codes_forget(StepWriter *w);
static inline int code_line(const Code *k, int unit) { return unit >= 0 && (uint32_t)unit < k->nunits ? k->lines[unit] : 0; }

SHARED Shadow *shadow_find(StepWriter *w, Frame *frame, const Code *k);
SHARED Shadow *shadow_make(StepWriter *w, Frame *frame, const Code *k);
SHARED void shadow_end(StepWriter *w, Shadow *s);
SHARED void shadows_forget(StepWriter *w);

SHARED Names *names_of_module(StepWriter *w, const void *space);
SHARED Names *names_make(StepWriter *w, const void *space);
SHARED void names_free(Names *names);
SHARED Name *names_at(StepWriter *w, Names *names, PyObject *name);

/* Writes the values that have changed, and returns how many; -1 with an exception. */
SHARED int changes_of_frame(StepWriter *w, Shadow *s, Code *k, Frame *f, Buffer *b, int *everything);
SHARED int changes_of_globals(StepWriter *w, Shadow *s, Code *k, PyObject *globals, Buffer *b, int everything);
SHARED int changes_of_dict(StepWriter *w, Names *names, PyObject *space, Buffer *b);
SHARED int changes_of_mentioned(StepWriter *w, Names *names, PyObject *space, Code *k, int line, Buffer *b, int *all);

static inline void slot_clear(Slot *s)
{
    PyObject *held = s->held;
    s->held = NULL;
    s->state = S_NEVER;
    Py_XDECREF(held);
}

SHARED int add_steps(PyObject *module, State *state);

#endif
#endif
