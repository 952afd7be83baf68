/* The module: its types, its functions, and its state. */
#include "state.h"

#if SETTRACE_ONLY
#include "calls.h"
#include "condition.h"
#include "hits.h"
#include "printer.h"
#include "screen.h"
#include "tracer.h"

static PyMethodDef functions[] = {{NULL, NULL, 0, NULL}};

static int add_types(PyObject *module, State *state)
{
    int (*const all[])(PyObject *, State *) = {add_writer, add_printer, add_condition, add_hits, add_calls, add_screen, add_tracer};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i](module, state) < 0)
            return -1;
    return 0;
}
#else
#include "counters.h"

#ifdef Py_LIMITED_API
static PyMethodDef functions[] = {{NULL, NULL, 0, NULL}};

static int add_others(PyObject *Py_UNUSED(module), State *Py_UNUSED(state)) { return 0; }
#else
#include <frameobject.h>

#include "calls.h"
#include "condition.h"
#include "entries.h"
#include "gate.h"
#include "guard.h"
#include "hits.h"
#include "lines.h"
#include "printer.h"
#include "raises.h"
#include "raw.h"
#include "recorder.h"
#include "screen.h"
#include "starts.h"
#include "unwinds.h"
#include "writer.h"

static PyObject *locals_of(PyObject *module, PyObject *frame)
{
    if (!PyFrame_Check(frame)) {
        PyErr_SetString(PyExc_TypeError, "locals_of takes a frame");
        return NULL;
    }
#if !LIVE_LOCALS
    /* To write back what was read would give a comprehension's variable the value of the name around it, and keep that alive. */
    char mark = ((PyFrameObject *)frame)->f_fast_as_locals;
#endif
    PyObject *found = PyFrame_GetLocals((PyFrameObject *)frame);
#if !LIVE_LOCALS
    ((PyFrameObject *)frame)->f_fast_as_locals = mark;
#endif
    return (void)module, found;
}

static PyMethodDef functions[] = {
    {"locals_of", locals_of, METH_O,
     "locals_of(frame)\n\nA frame's f_locals, so that the frame forgets that somebody has them. When it does not, 3.12 makes the variables\n"
     "of a comprehension in a module or class body None as soon as somebody traces it."},
    {NULL, NULL, 0, NULL},
};

static int add_others(PyObject *module, State *state)
{
    int (*const all[])(PyObject *, State *) = {add_guard, add_writer, add_printer, add_condition, add_hits, add_lines, add_raises, add_unwinds,
                                                      add_calls, add_screen, add_gate};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i](module, state) < 0)
            return -1;
#if HAS_STEPS
    if (add_steps(module, state) < 0)
        return -1;
#endif
    if (!(state->pool = pool_get()))
        return -1;
    if (state->pool->extra < 0)
        return 0; /* nothing can be known of code objects */
    return add_raw(module, state) < 0 || add_starts(module, state) < 0 ? -1 : 0;
}
#endif

static int add_types(PyObject *module, State *state)
{
    return add_counters(module, state) < 0 ? -1 : add_others(module, state);
}
#endif

static int exec(PyObject *module)
{
    State *state = PyModule_GetState(module);
    return state_init(state) < 0 ? -1 : add_types(module, state);
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, exec}, {0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_tallyho_native",
    .m_doc = "The accelerator of Tallyho's bridge.",
    .m_size = sizeof(State),
    .m_methods = functions,
    .m_slots = module_slots,
    .m_traverse = state_traverse,
    .m_clear = state_clear,
    .m_free = state_free,
};

PyMODINIT_FUNC PyInit__tallyho_native(void)
{
    return PyModuleDef_Init(&module);
}
