/* Steps of a recording, written in C as _tallyho/recording writes them (docs/recording.md): the words that its files share.
 *
 * Whatever is not a few lines of C is Python's to say: the number of a place, the text of a value of an unusual type. What
 * is asked here runs none of the program's code and holds nothing of the program but numbers and short texts.
 */
#ifndef TALLYHO_STEPS_H
#define TALLYHO_STEPS_H

#include "buffer.h"
#include "frames.h"
#include "writer.h"

#define HAS_STEPS HAS_FRAMES

#if HAS_STEPS

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter" /* in CPython's own */
#include "internal/pycore_dict.h"
#include "internal/pycore_object.h"
#if SETS_ARE_INTERNAL
#include "internal/pycore_setobject.h"
#endif
#pragma GCC diagnostic pop

enum { STEP = 13 };
enum { STEP_CALL, STEP_LINE, STEP_RETURN, STEP_EXCEPTION, STEP_STATEMENT };
enum { STEP_BEGINS = 1, STEP_WAITS = 2, STEP_RETURN_OP = 4, STEP_VALUE = 8, STEP_CALLERS = 16, STEP_MODULE = 32, STEP_GLOBALS = 64 };
enum { V_NONE, V_FALSE, V_TRUE, V_INT, V_FLOAT, V_STR, V_TEXT, V_CUT, V_FAILED, V_REDACTED, V_GONE, V_OBJECT, V_LEFT_OUT, V_SET, V_AGAIN, V_SHARED, V_CELL };

static inline int put_byte(Buffer *b, uint8_t one)
{
    if (b->len >= b->cap && reserve(b, 1) < 0)
        return -1;
    b->data[b->len++] = one;
    return 0;
}

enum { LONGEST_NUMBER = 10 };

/* A number, seven bits a byte, the lowest first: where there is room for it. Returns where it ends. */
static inline uint8_t *number_at(uint8_t *at, uint64_t n)
{
    while (n > 127) {
        *at++ = (uint8_t)(n | 128);
        n >>= 7;
    }
    *at++ = (uint8_t)n;
    return at;
}

static inline int put_number(Buffer *b, uint64_t n)
{
    if (b->len + LONGEST_NUMBER > b->cap && reserve(b, LONGEST_NUMBER) < 0)
        return -1;
    b->len = (size_t)(number_at(b->data + b->len, n) - b->data);
    return 0;
}

static inline void buffer_init(Buffer *b)
{
    b->data = b->room;
    b->len = 0;
    b->cap = sizeof b->room;
    b->names = 0;
}

static inline void buffer_end(Buffer *b)
{
    if (b->data != b->room)
        PyMem_Free(b->data);
}

/* An int of 64 bits; 0: it is longer. */
static inline int int_of(PyObject *value, int64_t *n)
{
    PyLongObject *v = (PyLongObject *)value;
    if (PyUnstable_Long_IsCompact(v)) {
        *n = PyUnstable_Long_CompactValue(v);
        return 1;
    }
    uintptr_t tag = v->long_value.lv_tag;
    if (tag >> 3 == 2) {
        int64_t size = (int64_t)v->long_value.ob_digit[0] | (int64_t)v->long_value.ob_digit[1] << PyLong_SHIFT;
        *n = (tag & 3) == 2 ? -size : size;
        return 1;
    }
    int overflow;
    *n = PyLong_AsLongLongAndOverflow(value, &overflow);
    return !overflow;
}

/* How values of a type are looked at. */
typedef enum {
    K_OTHER,  /* Python has to */
    K_SINGLE, /* None, a bool */
    K_INT, K_FLOAT, K_STR, K_BYTES, K_LIST, K_TUPLE, K_DICT, K_SET, K_FROZENSET,
    K_PLACE,  /* its text says nothing but what it is and where */
    K_PLAIN,  /* the same, of a class of the program's: its attributes may be told as well */
    K_ERROR,  /* an exception: its class and its arguments, and attributes */
    K_METHOD, /* a bound method: what it is bound to */
    K_NAMED,  /* a function, a class, a generator: its name and where it is */
    K_BUILTIN, K_RANGE,
    K_DESCRIPTOR, /* of a class written in C: its name, and the class's */
    K_PATTERN, /* a compiled regular expression */
    K_VIEW,    /* of a dict: its keys, values or items */
} Kind;

typedef struct {
    PyTypeObject *type; /* never followed before its version was compared */
    PyObject *qualname;
    unsigned int version;
    Kind kind;
    uint8_t fields;  /* its values may have a dictionary of attributes */
    uint32_t number; /* of its full name; 0: not asked yet */
    PyObject *place; /* owned: what a text that tells nothing but a place begins with; NULL: not known */
} TypeFacts;

/* What is known of the name of an attribute. */
typedef struct {
    PyObject *name; /* owned */
    uint32_t number;
    uint8_t secret;
} FieldName;

/* A long text of which nothing has to be escaped near its ends. */
typedef struct {
    PyObject *text; /* never followed */
    Py_ssize_t length;
    Py_hash_t hash;
} Simple;

/* A value that a number stands for. */
typedef struct {
    uint64_t key; /* made of its digest; 0: none */
    uint32_t length; /* of its bytes, made whole */
} Again;

enum { AGAIN = 256, TYPES_KNOWN = 256, SECRETS_KNOWN = 4096, SIMPLE_KNOWN = 16, FIELDS_KNOWN = 256 };

/* What looking at values needs. */
typedef struct {
    RecordWriter *writer;
    PyObject *encode, *name, *secret, *full_name; /* Python: a value's bytes, a text's number, whether a key is a secret's, a class's name */
    PyObject *secrets;                             /* dict of texts: whether they are names of secrets */
    char redact, patterns;
    FieldName fields[FIELDS_KNOWN];
    PyObject *of_requests[2]; /* keys that a dict has which tells of a request */
    Simple simple[SIMPLE_KNOWN];
    Again again[AGAIN]; /* by number */
    void *seen;         /* what was seen of containers (stepseen.h) */
    size_t stood_for;   /* how long the values are that were not written, for a number stands for them */
    TypeFacts types[TYPES_KNOWN];
} Looker;

/* What is known of a value's type. */
SHARED const TypeFacts *type_facts(Looker *l, PyObject *value);
SHARED void types_forget(Looker *l);
/* What is known of the name of an attribute; NULL with an exception. */
SHARED const FieldName *field_name(Looker *l, PyObject *name);
/* Whether a text is the name of a secret; -1 with an exception. */
SHARED int names_secret(Looker *l, PyObject *text);

/* Whether a value can change while it stays the same object, and says nothing of its identity itself: what no set takes. */
static inline int is_shared(PyObject *value) { return Py_TYPE(value)->tp_hash == PyObject_HashNotImplemented; }

/* An identity, before what it is of. */
static inline int put_identity(Buffer *b, int tag, const void *of) { return put_byte(b, (uint8_t)tag) < 0 || put_number(b, (uintptr_t)of) < 0 ? -1 : 0; }

/* The text of a container, or of what lies in one: 1 done, 0 Python has to, -1 with an exception. cut: whether it was. */
SHARED int step_text(Looker *l, Buffer *b, PyObject *value, int *cut);
/* A value's bytes, and its attributes so many levels deep; likewise, but Python has done what it has to. */
SHARED int step_value(Looker *l, Buffer *b, PyObject *value, int deep);

/* Tells a function, a class or a generator from another one that was made where it was, as far as its name does. */
SHARED uint64_t named_key(PyObject *value);
/* An exception's: the name of its type, itself, and what a trace function is given of it. */
SHARED int step_error(Looker *l, Buffer *b, PyObject *arg);
/* A number that is another one where step_value would write other bytes; 0 where that cannot be told but by writing them. */
SHARED uint64_t step_digest(Looker *l, PyObject *value, int deep);

/* Whether a dict may be a WSGI environ or an ASGI scope, of which more is told than its text shows; -1 with an exception. */
SHARED int may_be_request(Looker *l, PyObject *dict);

/* step_value, or the number that stands for the value; digest: its own, 0 where it is not known. */
SHARED int step_value_again(Looker *l, Buffer *b, PyObject *value, int deep, uint64_t digest);
/* The same of a value whose digest nobody has asked for yet. */
SHARED int step_value_looked_at(Looker *l, Buffer *b, PyObject *value, int deep);
/* Numbers stand for nothing any more: a step was not written after all. */
SHARED void again_forget(Looker *l);

enum { DEEPEST_FIELDS = 2, MOST_FIELDS = 20, LONGEST_SHORT = 200, TEXT_LIMIT = 1024 };

#endif
#endif
