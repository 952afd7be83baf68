/* The PY_START callback (starts.h). */
#include "starts.h"

#include "guard.h"

/* Whether code could bring another tracer. Names in code are interned. */
static int may_trace(State *state, PyObject *code)
{
    PyObject *names = ((PyCodeObject *)code)->co_names;
    for (Py_ssize_t i = PyTuple_GET_SIZE(names); i-- > 0;) {
        PyObject *name = PyTuple_GET_ITEM(names, i); /* secondtool.py's TRACING_NAMES */
        if (name == state->names.settrace || name == state->names.settrace_all || name == state->names.use_tool_id)
            return 1;
    }
    return 0;
}

/* Whether the same tools are there as when they were looked at last. */
static int unchanged(Starts *s)
{
    int same = PyTuple_CheckExact(s->tools);
    for (Py_ssize_t i = 0; same > 0 && i < PyTuple_GET_SIZE(s->tools); i++) {
        PyObject *id = PyLong_FromSsize_t(i), *name = id ? PyObject_CallOneArg(s->get_tool, id) : NULL;
        same = !name ? -1 : name == PyTuple_GET_ITEM(s->tools, i);
        Py_XDECREF(id);
        Py_XDECREF(name);
    }
    return same;
}

/* Asks for the events of code that is counted raw. Another thread may come to it meanwhile, and does the same: its
 * statements count as well. */
static int arm(Starts *s, PyObject *code)
{
    PyObject *tools = Py_NewRef(s->tools), *args[] = {s->tool, code, s->events}, *done = NULL;
    int same = unchanged(s);
    Py_DECREF(tools);
    if (same > 0 && !(done = PyObject_Vectorcall(s->set_events, args, 3, NULL)) && PyErr_ExceptionMatches(PyExc_Exception))
        PyErr_Clear(), done = Py_NewRef(Py_None); /* a code object that cannot be instrumented (gh-111997) */
    else if (same == 0)
        done = PyObject_CallOneArg(s->arm, code);
    if (!done)
        return -1;
    Py_DECREF(done);
    Entry *e = entry_of(s->pool, code);
    if (e)
        e->armed = 1;
    return 1;
}

/* 1: DISABLE is the answer; 0: Python has to see to it; -1: an exception. */
static int pass_over(Starts *s, PyObject *code)
{
    if (!raw_is_current(s->raw))
        return 0;
    Entry *e = entry_of(s->pool, code);
    if (e && e->state == COUNTED)
        return e->armed ? 1 : arm(s, code);
    if (e && e->state != NOTHING)
        return e->state == PASSED;
    if (s->wary && may_trace(s->state, code))
        return 0;
    PyObject *verdict = PyDict_GetItemWithError(s->verdicts, ((PyCodeObject *)code)->co_filename);
    if (!verdict)
        return PyErr_Occurred() ? -1 : 0;
    PyObject *globals = PyEval_GetGlobals();
    PyObject *module = globals ? PyDict_GetItemWithError(globals, s->state->names.module) : NULL;
    if (!module || !PyUnicode_CheckExact(module))
        return PyErr_Occurred() ? -1 : 0;
    PyObject *key = PyLong_FromVoidPtr(code);
    int planned = key ? PyDict_Contains(s->dispatches, key) : -1;
    Py_XDECREF(key);
    if (planned)
        return planned < 0 ? -1 : 0;
    long file = PyLong_AsLong(verdict);
    if (file < 0)
        return 0;
    if (file == 0) {
        if (!(e = entry_make(s->pool, code, module)))
            return -1;
        e->state = PASSED;
        return 1;
    }
    if (raw_is_shunned(s->state, code) || PyUnicode_Compare(((PyCodeObject *)code)->co_name, s->state->names.body) == 0)
        return 0; /* a module's body is loaded again: its file may be another */
    int begun = raw_begin((Raw *)s->raw, code, (uint32_t)file, module);
    if (begun <= 0)
        return begun;
    return arm(s, code);
}

/* Whether an object of dispatches is a DispatchTable; the first one tells where the slots lie. */
static int is_table(Starts *s, PyObject *dispatch)
{
    if (s->table)
        return Py_IS_TYPE(dispatch, s->table);
    s->direct = slot_of(Py_TYPE(dispatch), s->state->names.direct);
    s->tally_lines = slot_of(Py_TYPE(dispatch), s->state->names.tally_lines);
    if (s->direct < 0 || s->tally_lines < 0)
        return 0;
    s->table = (PyTypeObject *)Py_NewRef(Py_TYPE(dispatch));
    return 1;
}

/* 1: all that the call asks for is done; 0: Python has to see to it; -1: an exception. */
static int printed_call(Starts *s, PyObject *code)
{
    PyObject *key = PyLong_FromVoidPtr(code), *dispatch = key ? Py_XNewRef(PyDict_GetItemWithError(s->dispatches, key)) : NULL;
    Py_XDECREF(key);
    if (!dispatch)
        return PyErr_Occurred() ? -1 : 0;
    if (!is_table(s, dispatch)) {
        Py_DECREF(dispatch);
        return 0;
    }
    PyObject *direct = Py_XNewRef(*slot_at(dispatch, s->direct));
    int done = direct && direct != Py_None && *slot_at(dispatch, s->tally_lines) == Py_True;
    Py_DECREF(dispatch);
    PyFrameObject *frame = PyEval_GetFrame();
    if (done == 0 && direct && direct != Py_None && frame) {
        PyObject *args[] = {(PyObject *)frame, Py_None, Py_False};
        PyObject *result = PyObject_Vectorcall(direct, args, 3, NULL);
        done = result ? result == Py_True : -1;
        Py_XDECREF(result);
    } else if (done > 0)
        done = 0;
    Py_XDECREF(direct);
    return done;
}

static PyObject *starts_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    Starts *s = (Starts *)self;
    if (PyVectorcall_NARGS(nargsf) == 2 && PyCode_Check(args[0]) && !s->counting) {
        int open = s->open, done = open ? printed_call(s, args[0]) : pass_over(s, args[0]);
        if (done > 0)
            return Py_NewRef(open ? Py_None : s->disable);
        if (done < 0)
            return guarded(s->guard, NULL);
    }
    return guarded_call(s->guard, s->on_start, args, nargsf, names);
}

static int starts_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    Starts *s = (Starts *)self;
    static char *names[] = {"raw", "dispatches", "verdicts", "on_start", "arm", "guard", "disable", "set_events", "get_tool", "tool", "events", NULL};
    State *state = state_of(self);
    PyObject *raw, *dispatches, *verdicts, *on_start, *arm, *guard, *disable, *set_events, *get_tool, *tool, *events;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O!O!O!OOO!OOOOO", names, state->raw, &raw, &PyDict_Type, &dispatches, &PyDict_Type, &verdicts, &on_start,
                                     &arm, state->guard, &guard, &disable, &set_events, &get_tool, &tool, &events))
        return -1;
    if (s->raw) {
        PyErr_SetString(PyExc_TypeError, "Starts are made once");
        return -1;
    }
    s->call = starts_call;
    s->open = 1;
    s->state = state;
    s->pool = state->pool;
    s->raw = Py_NewRef(raw);
    s->dispatches = Py_NewRef(dispatches);
    s->verdicts = Py_NewRef(verdicts);
    s->on_start = Py_NewRef(on_start);
    s->arm = Py_NewRef(arm);
    s->guard = Py_NewRef(guard);
    s->disable = Py_NewRef(disable);
    s->set_events = Py_NewRef(set_events);
    s->get_tool = Py_NewRef(get_tool);
    s->tool = Py_NewRef(tool);
    s->events = Py_NewRef(events);
    s->tools = Py_NewRef(Py_None);
    return 0;
}

static int starts_traverse(PyObject *self, visitproc visit, void *arg)
{
    Starts *s = (Starts *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(s->raw);
    Py_VISIT(s->dispatches);
    Py_VISIT(s->verdicts);
    Py_VISIT(s->on_start);
    Py_VISIT(s->arm);
    Py_VISIT(s->guard);
    Py_VISIT(s->table);
    Py_VISIT(s->tools);
    return 0;
}

static int starts_clear(PyObject *self)
{
    Starts *s = (Starts *)self;
    s->open = 1;
    Py_CLEAR(s->raw);
    Py_CLEAR(s->dispatches);
    Py_CLEAR(s->verdicts);
    Py_CLEAR(s->on_start);
    Py_CLEAR(s->arm);
    Py_CLEAR(s->guard);
    Py_CLEAR(s->table);
    return 0;
}

static void starts_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    starts_clear(self);
    Starts *s = (Starts *)self;
    Py_XDECREF(s->disable);
    Py_XDECREF(s->set_events);
    Py_XDECREF(s->get_tool);
    Py_XDECREF(s->tool);
    Py_XDECREF(s->events);
    Py_XDECREF(s->tools);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMemberDef starts_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(Starts, call), Py_READONLY},
    {"open", Py_T_BOOL, offsetof(Starts, open), 0, "Whether somebody asks about code: then nothing is passed over."},
    {"tools", _Py_T_OBJECT, offsetof(Starts, tools), 0, "The names of all tools of sys.monitoring that code is armed beside, or None: then each code object is armed by Python."},
    {"counting", Py_T_BOOL, offsetof(Starts, counting), 0, "Whether every call is counted: then each start is Python's."},
    {"wary", Py_T_BOOL, offsetof(Starts, wary), 0, "Whether Python has to see code that could bring another tracer."},
    {NULL},
};

static PyType_Slot starts_slots[] = {
    {Py_tp_doc, "Starts(raw, dispatches, verdicts, on_start, arm, guard, disable, set_events, get_tool, tool, events)\n\nThe PY_START callback of a Monitor. verdicts says by a file's name: 0, nobody asks; n, count it raw as the file n; -1, neither."},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_members, starts_members},
    {Py_tp_init, starts_init},
    {Py_tp_traverse, starts_traverse},
    {Py_tp_clear, starts_clear},
    {Py_tp_dealloc, starts_dealloc},
    {0, NULL},
};

static PyType_Spec starts_spec = {
    .name = "_tallyho_native.Starts",
    .basicsize = sizeof(Starts),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = starts_slots,
};

SHARED int add_starts(PyObject *module, State *state) { return add_type(module, &starts_spec, &state->starts); }
