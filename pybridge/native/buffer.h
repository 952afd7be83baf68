/* Bytes that are put together. */
#ifndef TALLYHO_BUFFER_H
#define TALLYHO_BUFFER_H

#include "unit.h"

/* A record while it is put together: on the stack as long as it is short. */
typedef struct {
    uint8_t *data;
    size_t len, cap;
    uint8_t names; /* of a step: numbers may stand for its values (stepagain.c) */
    uint8_t room[2048];
} Buffer;

/* Makes room for so many bytes more, and puts some there; -1 with an exception. */
SHARED int reserve(Buffer *b, size_t more);
SHARED int put(Buffer *b, const void *data, size_t n);

#define PUT(b, text) put(b, text, sizeof(text) - 1)

#endif
