/* The record writer: what writes events in C, byte for byte as records.py does (docs/wire.md, "Trace memory"). It knows the
 * rings that the threads write to, and hands out the numbers of records.
 */
#ifndef TALLYHO_WRITER_H
#define TALLYHO_WRITER_H

#include "buffer.h"
#include "state.h"

enum { READER_WAITING = 8, IN_STEP = 28, EVENT = 1, WRITTEN = 8, RECORD_HEAD = 16, EVENT_HEAD = 40 };
enum { MISSING = 1, SKIPPED = 2, REDACTED = 5 };
enum { F_RETURN_OP = 16, F_TASK = 64 };
enum { LONGEST_TEXT = 24 << 10, LONGEST_EVENT = 64 << 10, WHOLE = 3000, ITEMS = 100, DEPTH = 5, THREAD_RINGS = 64 };

typedef struct {
    uint64_t thread; /* PyThreadState_GetID, which is never used again; 0: free */
    PyObject *ring;  /* owned */
    PyObject **busy; /* its slot: it is there as long as the ring is */
    size_t header, offset, size;
    uint64_t tail; /* how far the reader was when that was looked at last: it only goes on */
    uint32_t number;
} ThreadRing;

typedef struct {
    PyObject_HEAD
    State *state;
    Py_buffer map;
    uint8_t *base;
    uint64_t seq;
    uint64_t epoch; /* of the memory: a forked child has another */
    int64_t started;
    unsigned long ended; /* the thread whose main code has, 0: it has not. The interpreter's own end runs there, and is no event, which Python tells apart */
    int out, err; /* the program's captured stdout and stderr, -1: none */
    int64_t lengths[2];
    PyObject *thread_ring, *doorbell, *special, *placeholder;
    PyObject *libraries, *activity; /* without which modules there are no tasks, and what says in which one the thread is */
    ThreadRing rings[THREAD_RINGS];
} RecordWriter;

/* The current thread's ring; NULL without an exception where it has none of its own. */
SHARED ThreadRing *thread_ring(RecordWriter *p);
/* The same of the current thread whose PyThreadState_GetID is known. */
SHARED ThreadRing *ring_of_thread(RecordWriter *p, uint64_t thread);
/* Publishes a record; 0 where there is no room. Runs no Python. */
SHARED int commit(RecordWriter *p, ThreadRing *s, Buffer *b, uint32_t kind);
/* The reader is woken if it sleeps. */
SHARED int published(RecordWriter *p);
/* Says how much the program has written, if that is news (written.py). */
SHARED int tell_written(RecordWriter *p, ThreadRing *s);

/* Puts the name of the task or greenlet that the thread runs, which may run other threads meanwhile. 1: there is one, 0: there is none, -1: an exception. */
SHARED int put_activity(RecordWriter *p, Buffer *b);

SHARED int add_writer(PyObject *module, State *state);

#endif
