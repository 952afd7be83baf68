/* Screens as Python sees them (screen.h). */
#include "screen.h"

#include <frameobject.h>

#include "asks.h"

/* The program's exception, which a signal's handler or another thread has raised in here: -1. Ours: MAYBE. */
static int failed(Screen *c)
{
    if (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_RecursionError))
        return -1;
    PyObject *error = PyErr_GetRaisedException(), *foreign = PyObject_CallOneArg(c->foreign, error);
    int is = foreign ? PyObject_IsTrue(foreign) : -1;
    Py_XDECREF(foreign);
    if (is == 0) {
        Py_DECREF(error);
        return MAYBE;
    }
    if (is > 0)
        PyErr_SetRaisedException(error);
    else
        Py_DECREF(error);
    return -1;
}

SHARED int screen_says(Screen *c, About *a)
{
    int is = step_says(c, c->steps, a);
    return PyErr_Occurred() ? failed(c) : is;
}

static PyObject *screen_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    Py_ssize_t n = PyVectorcall_NARGS(nargsf);
    if (n < 1 || n > 3 || (names && PyTuple_GET_SIZE(names)) || !PyFrame_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "a Screen takes a frame, a value and whether it returns by an opcode");
        return NULL;
    }
    About about = {.frame = (PyFrameObject *)args[0], .arg = n > 1 ? args[1] : Py_None, .return_op = n > 2 && args[2] == Py_True};
    int is = screen_says((Screen *)self, &about);
    return is < 0 ? NULL : PyBool_FromLong(is != NO);
}

static Py_ssize_t count_asks(PyObject *ask)
{
    PyObject *of = PyTuple_Check(ask) && PyTuple_GET_SIZE(ask) > 5 ? PyTuple_GET_ITEM(ask, 5) : NULL;
    Py_ssize_t n = 1;
    for (Py_ssize_t i = 0; of && PyTuple_Check(of) && i < PyTuple_GET_SIZE(of); i++)
        n += count_asks(PyTuple_GET_ITEM(of, i));
    return n;
}

/* Takes an Ask (query/asks.py) and those it asks as steps; the one after them, or NULL with an exception. */
static Step *take(Screen *c, PyObject *ask, Step *s)
{
    int what, compare;
    PyObject *operand, *python, *of, *leaf, *total, *cheap;
    Step *next = s + 1;
    if (!PyTuple_Check(ask) || !PyArg_ParseTuple(ask, "iilOOO!OOO", &what, &compare, &s->number, &operand, &python, &PyTuple_Type, &of, &leaf, &total, &cheap))
        return NULL;
    s->what = (uint8_t)what;
    s->compare = (int8_t)compare;
    s->operand = operand == Py_None && what != ASK_ARG ? NULL : Py_NewRef(operand);
    s->ask = Py_NewRef(python);
    if (what == ASK_PLACE && !(s->places = PyMem_Calloc((size_t)c->units, 1)))
        return (Step *)PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(of); i++)
        if (!(next = take(c, PyTuple_GET_ITEM(of, i), next)))
            return NULL;
    s->size = (uint8_t)(next - s);
    return next;
}

static int screen_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    Screen *c = (Screen *)self;
    static char *keys[] = {"ask", "kind", "code", "run", "foreign", "active", "names", "main", NULL};
    PyObject *ask, *code, *run, *foreign, *active, *names, *main;
    int kind;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "OiO!OOO!O!O", keys, &ask, &kind, &PyCode_Type, &code, &run, &foreign, &PyDict_Type, &active,
                                     &PyDict_Type, &names, &main))
        return -1;
    Py_ssize_t n = count_asks(ask);
    if (c->steps || n > MOST_ASKS) {
        PyErr_SetString(PyExc_TypeError, "a Screen is made once, of a few Asks");
        return -1;
    }
    if (!(c->steps = PyMem_Calloc((size_t)n, sizeof *c->steps)))
        return PyErr_NoMemory(), -1;
    c->call = screen_call;
    c->state = state_of(self);
    c->n = n;
    c->units = Py_SIZE(code);
    c->kind = kind;
    c->code = code;
    c->run = Py_NewRef(run);
    c->foreign = Py_NewRef(foreign);
    c->active = Py_NewRef(active);
    c->names = Py_NewRef(names);
    c->main = Py_NewRef(main);
    return take(c, ask, c->steps) ? 0 : -1;
}

static int screen_traverse(PyObject *self, visitproc visit, void *arg)
{
    Screen *c = (Screen *)self;
    Py_VISIT(Py_TYPE(self));
    for (Py_ssize_t i = 0; i < c->n; i++) {
        Py_VISIT(c->steps[i].operand);
        Py_VISIT(c->steps[i].ask);
        Py_VISIT(c->steps[i].kept);
        Py_VISIT(c->steps[i].kept_main);
    }
    Py_VISIT(c->run);
    Py_VISIT(c->foreign);
    Py_VISIT(c->active);
    Py_VISIT(c->names);
    Py_VISIT(c->main);
    return 0;
}

static int screen_clear(PyObject *self)
{
    Screen *c = (Screen *)self;
    Step *steps = c->steps;
    Py_ssize_t n = c->n;
    c->steps = NULL, c->n = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_XDECREF(steps[i].operand);
        Py_XDECREF(steps[i].ask);
        Py_XDECREF(steps[i].kept);
        Py_XDECREF(steps[i].kept_main);
        PyMem_Free(steps[i].places);
    }
    PyMem_Free(steps);
    Py_CLEAR(c->run);
    Py_CLEAR(c->foreign);
    Py_CLEAR(c->active);
    Py_CLEAR(c->names);
    Py_CLEAR(c->main);
    return 0;
}

static void screen_dealloc(PyObject *self) { gone(self, screen_clear); }

static PyMemberDef screen_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(Screen, call), Py_READONLY},
    {NULL},
};

static PyType_Slot screen_slots[] = {
    {Py_tp_doc, "Screen(ask, kind, code, run, foreign, active, names, main)\n\nscreen(frame, value=None, return_op=False) -> whether the question may hold."},
    {Py_tp_init, screen_init},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_members, screen_members},
    {Py_tp_traverse, screen_traverse},
    {Py_tp_clear, screen_clear},
    {Py_tp_dealloc, screen_dealloc},
    {0, NULL},
};

static PyType_Spec screen_spec = {
    .name = "_tallyho_native.Screen",
    .basicsize = sizeof(Screen),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = screen_slots,
};

SHARED int add_screen(PyObject *module, State *state) { return add_type(module, &screen_spec, &state->screen); }
