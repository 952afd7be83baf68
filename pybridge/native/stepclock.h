/* The time of a step. The system's clock is read now and then; in between the processor's counter says how much later it is, which costs a
 * third of it.
 */
#ifndef STEPCLOCK_H
#define STEPCLOCK_H

#include "unit.h"

#include <time.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_COUNTER 1
#else
#define HAS_COUNTER 0
#endif

/* When the clock was read last, and the counter with it. */
typedef struct {
    int64_t at, told; /* ns */
    uint64_t counter, rate; /* ns in so many units of the counter, times 2 to the 32nd; 0: not measured yet */
} Clock;

enum { CLOCK_LASTS = 1 << 18 }; /* units of the counter: some 0.1 ms */

static inline int64_t clock_read(void)
{
    struct timespec t;
#ifdef __APPLE__
    clock_gettime(CLOCK_UPTIME_RAW, &t); /* what time.monotonic_ns reads there */
#else
    clock_gettime(CLOCK_MONOTONIC, &t);
#endif
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

#if HAS_COUNTER
/* Reads the clock, and measures the counter by it where both were read not long ago. */
static RARE int64_t clock_again(Clock *c, uint64_t counter)
{
    int64_t at = clock_read(), passed = at - c->at;
    uint64_t units = counter - c->counter;
    if (c->at && !c->rate && units < CLOCK_LASTS)
        return at; /* too soon to measure */
    if (c->at && passed > 0 && passed < 100000000 && units >= CLOCK_LASTS && units < (uint64_t)1 << 31)
        c->rate = ((uint64_t)passed << 32) / units;
    c->at = at;
    c->counter = counter;
    return at;
}
#endif

static inline int64_t clock_now(Clock *c)
{
#if HAS_COUNTER
    uint64_t counter = __builtin_ia32_rdtsc(), units = counter - c->counter;
    int64_t now = c->rate && units < CLOCK_LASTS ? c->at + (int64_t)(units * c->rate >> 32) : clock_again(c, counter);
#else
    int64_t now = clock_read();
#endif
    if (now < c->told) /* a processor whose counter is another's */
        return c->told;
    return c->told = now;
}

#endif
