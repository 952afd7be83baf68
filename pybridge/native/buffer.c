/* Bytes that are put together (buffer.h). */
#include "buffer.h"

SHARED int reserve(Buffer *b, size_t more)
{
    if (b->len + more <= b->cap)
        return 0;
    size_t cap = (b->len + more) * 2;
    uint8_t *data = PyMem_Malloc(cap);
    if (!data) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(data, b->data, b->len);
    if (b->data != b->room)
        PyMem_Free(b->data);
    b->data = data;
    b->cap = cap;
    return 0;
}

SHARED int put(Buffer *b, const void *data, size_t n)
{
    if (reserve(b, n) < 0)
        return -1;
    memcpy(b->data + b->len, data, n);
    b->len += n;
    return 0;
}
