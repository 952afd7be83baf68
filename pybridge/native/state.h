/* What one loaded module knows: no C file has a variable of its own that changes. An object keeps a pointer to its module's
 * state from the time when it is made; the state lives as long as the object's type, which the object holds.
 */
#ifndef TALLYHO_STATE_H
#define TALLYHO_STATE_H

#include "unit.h"

struct Pool;

/* Names of attributes and variables, interned. */
#define NAMES(X)                                                                                                                            \
    X(busy, "busy")                                                                                     \
    X(lines, "lines") X(plain, "plain") X(guard, "guard") X(short_way, "short") X(tracepoint, "tracepoint") X(active, "active")              \
    X(steps, "steps") X(watches, "watches") X(points, "points") X(just_my_code, "just_my_code") X(known, "known")                            \
    X(lambda, "<lambda>") X(module, "__name__") X(body, "<module>") X(direct, "direct") X(tally_lines, "tally_lines")                        \
    X(settrace, "settrace") X(settrace_all, "_settraceallthreads") X(use_tool_id, "use_tool_id")                         \
    X(base, "base") X(count, "count") X(on, "on") X(main_thread, "_main_thread") X(own_name, "_name") X(append, "append") X(clear, "clear") \
    X(module_of_class, "__module__") X(threading_file, "threading.py") X(ending, "ending")

typedef struct {
#ifndef Py_LIMITED_API
#define NAME_OF(name, text) PyObject *name;
    struct {
        NAMES(NAME_OF)
    } names;
#undef NAME_OF
    PyObject *no_name; /* the packed head of a value that has no name */
    struct Pool *pool; /* of the entries of code objects (entries.h); of the interpreter, not of the module */
#if SETTRACE_ONLY
    Py_ssize_t extra;  /* where code objects keep what a Tracer knows of them; below 0: nowhere */
    uint64_t changes;  /* of what Tracers know */
#endif
    PyTypeObject *guard, *writer, *printer, *condition, *hits, *lines, *raises, *unwinds, *raw, *starts, *steps, *calls, *screen, *gate, *tracer;
#endif
    PyTypeObject *counters;
} State;

/* The state of the module that an object's type was made for. */
static inline State *state_of(PyObject *self)
{
    return PyType_GetModuleState(Py_TYPE(self));
}

/* Makes a type of the module, for its state and under its own name; -1 with an exception. */
SHARED int add_type(PyObject *module, PyType_Spec *spec, PyTypeObject **at);

/* Of a module: what it has at first, what it holds, and that it lets go. Names stay till nothing of it is left to be called. */
SHARED int state_init(State *state);
SHARED int state_traverse(PyObject *module, visitproc visit, void *arg);
SHARED int state_clear(PyObject *module);
SHARED void state_free(void *module);

#ifndef Py_LIMITED_API
#if !SETTRACE_ONLY
/* Whether an attribute is True; -1 with an exception. */
SHARED int attribute_is_true(PyObject *o, PyObject *name);
#endif

/* Where the instances of a class of ours keep an attribute (__slots__): it is read there without its class being asked, which
 * would touch a dozen places in memory that a program has long put out of the processor's caches. -1: nowhere. */
SHARED Py_ssize_t slot_of(PyTypeObject *type, PyObject *name);

static inline PyObject **slot_at(PyObject *o, Py_ssize_t slot) { return (PyObject **)((char *)o + slot); }

/* The code of a frame, borrowed. */
static inline PyCodeObject *code_of(PyFrameObject *frame)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    Py_DECREF(code); /* the frame has it */
    return code;
}

/* tp_dealloc of what the garbage collector follows. */
SHARED void gone(PyObject *self, inquiry clear);
#endif

#endif
