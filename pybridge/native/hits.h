/* Hit conditions. */
#ifndef TALLYHO_HITS_H
#define TALLYHO_HITS_H

#include "state.h"

/* The hits of a tracepoint that C counts: those that it has written, or with a hit condition those before the one that it
 * aims at, which are counted and no more. */
typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    int64_t total, aim;
} Hits;

/* Whether a hit is meant; one that is not is counted. */
static inline int hits_meant(Hits *h) { return h->total + 1 < h->aim ? (h->total++, 0) : 1; }

SHARED int add_hits(PyObject *module, State *state);

#endif
