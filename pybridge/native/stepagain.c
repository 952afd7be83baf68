/* Values that come again: a long one is written once and kept under a number, which stands for it from then on (docs/recording.md).
 *
 * A reader keeps what the numbers stand for in the order of steps. So a step that names values has the table for itself from
 * its first byte until it is where the reader sees it; another thread's that begins meanwhile names none (Buffer.names).
 */
#include "steps.h"

#if HAS_STEPS

enum { SHORTEST_KEPT = 12, LONGEST_KEPT_TEXT = 4096, LONGEST_WHOLE = 16 << 10 };

SHARED void again_forget(Looker *l) { memset(l->again, 0, sizeof l->again); }

/* Puts what says that the value behind it is kept before it. */
static int name_value(Buffer *b, size_t at, unsigned number, uint8_t check)
{
    uint8_t head[4] = {V_SET, (uint8_t)number, check, check};
    size_t n = 3;
    if (number > 127)
        head[1] = (uint8_t)(number | 128), head[2] = (uint8_t)(number >> 7), n = 4;
    if (reserve(b, n) < 0)
        return -1;
    memmove(b->data + at + n, b->data + at, b->len - at);
    memcpy(b->data + at, head, n);
    b->len += n;
    return 1;
}

SHARED int step_value_again(Looker *l, Buffer *b, PyObject *value, int deep, uint64_t digest)
{
    if (!b->names || !digest)
        return step_value(l, b, value, deep);
    uint64_t key = (digest + (uint64_t)deep) * 0x9E3779B97F4A7C15ull | 1;
    unsigned number = (unsigned)(key >> 56) % AGAIN;
    uint8_t check = (uint8_t)(key >> 8);
    Again *one = &l->again[number];
    if (one->key == key) {
        l->stood_for += one->length;
        return put_byte(b, V_AGAIN) < 0 || put_number(b, number) < 0 || put_byte(b, check) < 0 ? -1 : 1;
    }
    size_t begins = b->len, others = l->stood_for;
    int done = step_value(l, b, value, deep);
    size_t n = b->len - begins, whole = n + l->stood_for - others;
    if (done != 1 || n < SHORTEST_KEPT || n > LONGEST_KEPT_TEXT || whole > LONGEST_WHOLE)
        return done;
    *one = (Again){key, (uint32_t)whole};
    return name_value(b, begins, number, check);
}

/* Whether a value is so short that to name it would be no gain. */
static int is_brief(PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);
    return type == &PyLong_Type || type == &PyFloat_Type || type == &PyBool_Type || value == Py_None ||
           (type == &PyUnicode_Type && PyUnicode_GET_LENGTH(value) < SHORTEST_KEPT);
}

SHARED int step_value_looked_at(Looker *l, Buffer *b, PyObject *value, int deep)
{
    return step_value_again(l, b, value, deep, !b->names || is_brief(value) ? 0 : step_digest(l, value, deep));
}

#endif
