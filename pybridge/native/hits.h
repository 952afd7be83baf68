/* The hits of a tracepoint that are counted in C. */
#ifndef TALLYHO_HITS_H
#define TALLYHO_HITS_H

#include "state.h"

/* Of a tracepoint without a hit condition, total counts the hits that printers in C have written. With a hit condition it counts all
 * hits, and aim is the number of the next one that the condition is meant for: of those before it nothing is written. */
typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    int64_t total, aim;
} Hits;

/* Whether the hit condition lets this hit through; if not, it is counted here. */
static inline int hits_meant(Hits *h) { return h->total + 1 < h->aim ? (h->total++, 0) : 1; }

SHARED int add_hits(PyObject *module, State *state);

#endif
