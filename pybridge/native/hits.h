/* Hit conditions. */
#ifndef TALLYHO_HITS_H
#define TALLYHO_HITS_H

#include "state.h"

/* The hits of a tracepoint that C counts: those that C has written; with a hit condition, those before the first that the
 * condition lets through (aim), of which nothing is written. */
typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    int64_t total, aim;
} Hits;

/* Whether the hit condition lets this hit through; if not, it is counted here. */
static inline int hits_meant(Hits *h) { return h->total + 1 < h->aim ? (h->total++, 0) : 1; }

SHARED int add_hits(PyObject *module, State *state);

#endif
