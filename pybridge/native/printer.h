/* A FastPrinter stands for one action of one tracepoint at one kind of event of one
 * code object, where nothing is left to ask. Called with the frame it renders
 * the values, writes the record and counts the hit. Whatever is unusual (a ring
 * that is full or shared, a value that wants more than a few lines of C) it
 * leaves to Python: the answer False means that nothing was done.
 *
 * Nothing of the program runs here. Between taking a record's number and
 * publishing it nothing of Python runs at all, so that no signal comes between.
 */
#ifndef TALLYHO_PRINTER_H
#define TALLYHO_PRINTER_H

#include "hits.h"
#include "writer.h"

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    RecordWriter *writer;
    Hits *hits; /* of the tracepoint, that were written here */
    PyObject *define, *render, *places;
    PyObject *names; /* tuple of (name, packed name, is a local, is a secret), or None: the event's value */
    uint64_t epoch;
    long place;   /* the number of the place that was written last, 0: none since the epoch began */
    int place_at; /* what tells it: the instruction there, or the line (LINE_IS_LAST_EVENTS) */
    Py_ssize_t limit;
    int kind, wants_value, none_is_missing;
    int as_text; /* a log message: strings without quotes, and what has no value is Python's to say */
    int shows_fields; /* objects are shown by what they hold: Python's to say */
    uint16_t action;
    uint32_t tracepoint;
} FastPrinter;

/* Writes an event. 1: done; 0: Python has to do it; -1: an exception, after which it may have been written. */
SHARED int printer_write(FastPrinter *q, PyFrameObject *frame, PyObject *arg, int return_op);

/* Renders what an event shows into b, and how many values that is. 1: done; 0: Python has to do it; -1: an exception. */
SHARED int render_values(FastPrinter *q, Buffer *b, PyFrameObject *frame, PyObject *arg, uint32_t *number);

SHARED int add_printer(PyObject *module, State *state);

#endif
