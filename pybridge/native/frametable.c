/* A table of frames by their addresses: open addressing, without marks of what is gone. */
#include "frametable.h"

enum { FIRST_FRAMES = 64 };

static size_t home(const FrameTable *t, uintptr_t frame)
{
    return (size_t)((uint64_t)(frame >> 4) * 0x9E3779B97F4A7C15u >> 32) & (t->size - 1);
}

SHARED FrameLine *frame_find(FrameTable *t, uintptr_t frame)
{
    if (!t->size)
        return NULL;
    for (size_t i = home(t, frame); t->rows[i].frame; i = (i + 1) & (t->size - 1))
        if (t->rows[i].frame == frame)
            return &t->rows[i];
    return NULL;
}

static FrameLine *put_row(FrameTable *t, FrameLine row)
{
    size_t i = home(t, row.frame);
    while (t->rows[i].frame)
        i = (i + 1) & (t->size - 1);
    t->rows[i] = row;
    return &t->rows[i];
}

static int grow(FrameTable *t)
{
    FrameTable more = {.size = t->size ? 2 * t->size : FIRST_FRAMES, .used = t->used};
    more.rows = PyMem_Calloc(more.size, sizeof *more.rows);
    if (!more.rows) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < t->size; i++)
        if (t->rows[i].frame)
            put_row(&more, t->rows[i]);
    PyMem_Free(t->rows);
    *t = more;
    return 0;
}

SHARED FrameLine *frame_make(FrameTable *t, uintptr_t frame)
{
    FrameLine *found = frame_find(t, frame);
    if (found)
        return found;
    if (2 * (t->used + 1) > t->size && grow(t) < 0)
        return NULL;
    t->used++;
    return put_row(t, (FrameLine){.frame = frame, .at = -1, .entered = -1});
}

SHARED void frame_drop(FrameTable *t, uintptr_t frame)
{
    FrameLine *row = frame_find(t, frame);
    if (!row)
        return;
    size_t hole = (size_t)(row - t->rows), mask = t->size - 1;
    t->used--;
    /* What came to lie further on since this was full moves up. */
    for (size_t i = (hole + 1) & mask; t->rows[i].frame; i = (i + 1) & mask) {
        size_t wanted = home(t, t->rows[i].frame);
        if (((i - wanted) & mask) >= ((i - hole) & mask)) {
            t->rows[hole] = t->rows[i];
            hole = i;
        }
    }
    t->rows[hole].frame = 0;
}

SHARED void frames_free(FrameTable *t)
{
    PyMem_Free(t->rows);
    *t = (FrameTable){0};
}
