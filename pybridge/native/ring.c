/* Rings: how a record gets from the writer into the memory that the reader sees. */
#include "writer.h"

#include <unistd.h>

static inline uint64_t load(const uint8_t *at)
{
    return __atomic_load_n((const uint64_t *)at, __ATOMIC_ACQUIRE);
}

SHARED ThreadRing *thread_ring(RecordWriter *p) { return ring_of_thread(p, PyThreadState_Get()->id); }

SHARED ThreadRing *ring_of_thread(RecordWriter *p, uint64_t thread)
{
    ThreadRing *s = &p->rings[thread % THREAD_RINGS];
    if (s->thread == thread)
        return s;
    PyObject *answer = PyObject_CallNoArgs(p->thread_ring);
    if (!answer)
        return NULL;
    if (answer == Py_None) {
        Py_DECREF(answer);
        return NULL;
    }
    PyObject *ring;
    unsigned long long header, offset, size;
    unsigned int number;
    if (!PyArg_ParseTuple(answer, "OKKKI", &ring, &header, &offset, &size, &number)) {
        Py_DECREF(answer);
        return NULL;
    }
    Py_ssize_t busy = slot_of(Py_TYPE(ring), p->state->names.busy);
    if (busy < 0) {
        Py_DECREF(answer);
        PyErr_SetString(PyExc_TypeError, "a ring without slots");
        return NULL;
    }
    if (header + 64 > (uint64_t)p->map.len || offset + size > (uint64_t)p->map.len) {
        Py_DECREF(answer);
        PyErr_SetString(PyExc_ValueError, "a ring outside the memory");
        return NULL;
    }
    Py_XSETREF(s->ring, Py_NewRef(ring));
    s->busy = slot_at(ring, busy);
    s->thread = thread;
    s->tail = load(p->base + header + 8);
    s->header = header, s->offset = offset, s->size = size, s->number = number;
    Py_DECREF(answer);
    return s;
}

SHARED int commit(RecordWriter *p, ThreadRing *s, Buffer *b, uint32_t kind)
{
    size_t size = (b->len + 7) & ~(size_t)7;
    uint8_t *header = p->base + s->header, *data = p->base + s->offset;
    uint64_t head = load(header);
    size_t at = s->size & (s->size - 1) ? head % s->size : head & (s->size - 1), skip = at + size > s->size ? s->size - at : 0;
    if (size > s->size / 2)
        return 0;
    if (head + skip + size - s->tail > s->size) { /* the reader may have gone on since */
        s->tail = load(header + 8);
        if (head + skip + size - s->tail > s->size)
            return 0;
    }
    memset(b->data + b->len, 0, size - b->len);
    if (skip >= 8) {
        uint32_t pad[2] = {(uint32_t)skip, 0};
        memcpy(data + at, pad, 8);
    }
    uint32_t words[2] = {(uint32_t)size, kind};
    memcpy(b->data, words, 8);
    memcpy(b->data + 8, &p->seq, 8);
    p->seq++;
    memcpy(data + (skip ? 0 : at), b->data, size);
    __atomic_store_n((uint64_t *)header, head + skip + size, __ATOMIC_SEQ_CST);
    return 1;
}

SHARED int published(RecordWriter *p)
{
    uint32_t *waiting = (uint32_t *)(p->base + READER_WAITING);
    if (__atomic_load_n(waiting, __ATOMIC_SEQ_CST) || *(uint32_t *)(p->base + IN_STEP)) {
        __atomic_store_n(waiting, 0, __ATOMIC_SEQ_CST);
        PyObject *rung = PyObject_CallNoArgs(p->doorbell);
        if (!rung)
            return -1;
        Py_DECREF(rung);
    }
    return 0;
}

/* The calls take less time than letting go of the GIL for them would. */
SHARED int tell_written(RecordWriter *p, ThreadRing *s)
{
    int64_t now[2] = {lseek(p->out, 0, SEEK_CUR), lseek(p->err, 0, SEEK_CUR)};
    if (now[0] < 0 || now[1] < 0 || (now[0] == p->lengths[0] && now[1] == p->lengths[1]))
        return 1;
    Buffer b;
    b.data = b.room;
    b.len = RECORD_HEAD + sizeof now;
    b.cap = sizeof b.room;
    memcpy(b.data + RECORD_HEAD, now, sizeof now);
    if (!commit(p, s, &b, WRITTEN))
        return 0;
    memcpy(p->lengths, now, sizeof now);
    return published(p) < 0 ? -1 : 1;
}
