/* Code objects that have no plan.
 *
 * A program that imports thousands of files meets code objects by the ten
 * thousand, most of which run once. To plan each would take longer than to run
 * it. So they are noted, and those of the person's files counted raw: a byte of
 * shared memory for each code unit, which says how often the instruction there
 * was begun; what that means is worked out elsewhere (docs/wire.md, "Raw
 * counters").
 *
 * What is known of a code object hangs on it as an extra and goes with it. All
 * of it changes with the GIL held only.
 */
enum { NOTHING, PASSED, COUNTED, RENEWED, PLANNED }; /* RENEWED: counted by the process that this one was forked from */

enum { MOST_AGAIN = 256, ENTRY_HEAD = 16, MOST_UNITS = 16000, SLAB = 256 };

/* There may be a hundred thousand of them: 32 bytes. */
typedef struct Entry {
    PyObject *code; /* borrowed: the entry goes first; NULL: free */
    union {
        PyObject *module; /* the name of its module */
        struct Entry *next;
    };
    uint32_t count;      /* the counter slot where its bytes begin; 0: none */
    uint16_t units;
    uint16_t begun, ran; /* by tick, of which they have the lower half */
    uint8_t state;
    uint8_t armed : 1, named : 1, again : 1;
} Entry;

typedef struct Slab {
    struct Slab *next;
    Entry entries[SLAB];
} Slab;

/* What was made last is in use; others know of nothing. */
typedef struct {
    PyObject_HEAD
    Py_buffer memory; /* of the counters */
    size_t at, end;   /* bytes of it that are to be handed out */
    uint16_t tick;
    Entry *again[MOST_AGAIN];
    size_t agains;
} Raw;

static Raw *here;
static Slab *slabs;
static Entry *free_entries;
static Py_ssize_t extra = -1;
static PyObject *lambda_name;
static uint32_t crc_table[256];

static uint32_t crc32(const uint8_t *p, size_t n)
{
    uint32_t c = 0xffffffffu;
    while (n--)
        c = crc_table[(c ^ *p++) & 0xff] ^ c >> 8;
    return ~c;
}

static inline Entry *entry_of(PyObject *code)
{
    void *found = NULL;
    if (extra < 0 || PyUnstable_Code_GetExtra(code, extra, &found) < 0)
        return NULL;
    return found;
}

static void forget_entry(Entry *e)
{
    for (size_t i = 0; e->again && here && i < here->agains; i++)
        if (here->again[i] == e) {
            here->again[i] = here->again[--here->agains];
            break;
        }
    PyObject *code = e->code;
    Py_CLEAR(e->module);
    memset(e, 0, sizeof *e);
    e->code = code;
}

static void freed(void *p)
{
    Entry *e = p;
    forget_entry(e);
    e->code = NULL;
    e->next = free_entries;
    free_entries = e;
}

static void forget_all(void)
{
    for (Slab *slab = slabs; slab; slab = slab->next)
        for (size_t i = 0; i < SLAB; i++)
            if (slab->entries[i].code)
                forget_entry(&slab->entries[i]);
}

static Entry *new_entry(void)
{
    if (!free_entries) {
        Slab *slab = PyMem_RawCalloc(1, sizeof *slab);
        if (!slab) {
            PyErr_NoMemory();
            return NULL;
        }
        slab->next = slabs;
        slabs = slab;
        for (size_t i = SLAB; i-- > 0; free_entries = &slab->entries[i])
            slab->entries[i].next = free_entries;
    }
    Entry *e = free_entries;
    free_entries = e->next;
    e->next = NULL;
    return e;
}

/* Returns the entry of a code object; NULL with an exception. */
static Entry *enter(PyObject *code, PyObject *module)
{
    Entry *e = entry_of(code);
    if (!e) {
        if (!(e = new_entry()))
            return NULL;
        if (PyUnstable_Code_SetExtra(code, extra, e) < 0) {
            e->next = free_entries;
            free_entries = e;
            return NULL;
        }
        e->code = code;
    }
    Py_XSETREF(e->module, Py_XNewRef(module));
    return e;
}

/* 1: counted; 0: not a code object that is counted raw; -1: the slow path has to see to it. */
static inline int raw_hit(PyObject *code, size_t i)
{
    Entry *e = entry_of(code);
    if (!e || e->state < COUNTED || e->state == PLANNED)
        return 0;
    if (e->state == RENEWED || i >= e->units)
        return -1;
    uint8_t *count = (uint8_t *)here->memory.buf + (size_t)e->count * 8 + i;
    if (*count == 255)
        return -1;
    ++*count;
    if (e->ran != here->tick) {
        e->ran = here->tick;
        if ((uint16_t)(here->tick - e->begun) > 1 && !e->again && here->agains < MOST_AGAIN) {
            e->again = 1;
            here->again[here->agains++] = e;
        }
    }
    return 1;
}

static void raw_planned(PyObject *code)
{
    Entry *e = entry_of(code);
    if (e && e->state != NOTHING)
        e->state = PLANNED;
}
