/* Where each frame is of code that is counted by line: the line and the instruction of its last event, the instruction at which
 * it came to the statement there, and whether that is to be sampled when it is over. (A dictionary does the same in
 * tally/framelines.py.)
 */
#ifndef TALLYHO_FRAMETABLE_H
#define TALLYHO_FRAMETABLE_H

#include "unit.h"

typedef struct {
    uintptr_t frame; /* its address; 0: nothing is here */
    int32_t line, at, entered;
    uint32_t waits : 1, events : 31;
} FrameLine;

typedef struct {
    FrameLine *rows;
    size_t size, used; /* size: a power of two, or 0 */
} FrameTable;

/* NULL: nothing is known of it. What is returned is good until the next call of any of these. */
SHARED FrameLine *frame_find(FrameTable *t, uintptr_t frame);

/* Finds it, or makes it; NULL with an exception. */
SHARED FrameLine *frame_make(FrameTable *t, uintptr_t frame);

SHARED void frame_drop(FrameTable *t, uintptr_t frame);
SHARED void frames_free(FrameTable *t);

#endif
