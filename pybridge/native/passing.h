/* Frames of code that concerns nobody run without being traced.
 *
 * While a thread has a trace function, the interpreter takes a slower way through every instruction, and asks at every call. What the
 * interpreter calls to run a frame (PEP 523) can be set: where a Tracer knows that nobody asks about a frame's code, its thread is not
 * traced until that frame calls one of which that is not known, or ends. Nobody can tell: sys.gettrace() is what it was.
 *
 * It is never begun where that would make the program's objects live longer (CALLS_TAKE_ARGUMENTS), and left for good, all traced as
 * without it, by whoever knows that something changes stacks behind the interpreter's back.
 */
#ifndef TALLYHO_PASSING_H
#define TALLYHO_PASSING_H

#include "tracer.h"

/* Whether it has begun: not where somebody else runs the frames, nor where that could be noticed. */
SHARED int passing_begin(Tracer *t);
SHARED void passing_end(Tracer *t);

/* Whether somebody else has come to run the frames, while some were passed over; all is traced then. */
SHARED int passing_taken(Tracer *t);

/* Traces all threads whose trace function this is: something may concern somebody that did not. */
SHARED void passing_wake(Tracer *t);

/* Whether a frame whose call is seen is run by us; to be asked before anything is called. */
SHARED int passing_runs(Tracer *t, PyFrameObject *frame);

/* After a frame's call was seen: it is not traced any more if it concerns nobody. */
SHARED void passing_called(Tracer *t, const Code *c);

#endif
