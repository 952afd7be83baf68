/* The PY_START callback.
 *
 * While nobody asks about code it passes over what is new, and begins the raw
 * counting of what is to be counted so. Else it goes the short way where a call
 * is printed and nothing more. Everything else is monitor.py's on_start.
 */
typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    PyObject *raw, *plans, *verdicts, *on_start, *arm, *leave, *disable;
    PyObject *set_events, *get_tool, *tool, *events; /* of sys.monitoring; which tool we are, what raw counting wants */
    PyObject *tools;                                 /* who had the tools' ids when they were looked at last; None: arm has to look */
    char open, counting, wary;
} Starts;

static PyObject *module_name, *body_name, *direct_name, *counted_name;
static PyObject *tracing_names[3]; /* secondtool.py's TRACING_NAMES */

/* Whether code could bring another tracer. Names in code are interned. */
static int may_trace(PyObject *code)
{
    PyObject *names = ((PyCodeObject *)code)->co_names;
    for (Py_ssize_t i = PyTuple_GET_SIZE(names); i-- > 0;)
        for (int j = 0; j < 3; j++)
            if (PyTuple_GET_ITEM(names, i) == tracing_names[j])
                return 1;
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
    Entry *e = entry_of(code);
    if (e)
        e->armed = 1;
    return 1;
}

/* 1: DISABLE is the answer; 0: Python has to see to it; -1: an exception. */
static int pass_over(Starts *s, PyObject *code)
{
    if ((Raw *)s->raw != here)
        return 0;
    Entry *e = entry_of(code);
    if (e && e->state == COUNTED)
        return e->armed ? 1 : arm(s, code);
    if (e && e->state != NOTHING)
        return e->state == PASSED;
    if (s->wary && may_trace(code))
        return 0;
    PyObject *verdict = PyDict_GetItemWithError(s->verdicts, ((PyCodeObject *)code)->co_filename);
    if (!verdict)
        return PyErr_Occurred() ? -1 : 0;
    PyObject *globals = PyEval_GetGlobals();
    PyObject *module = globals ? PyDict_GetItemWithError(globals, module_name) : NULL;
    if (!module || !PyUnicode_CheckExact(module))
        return PyErr_Occurred() ? -1 : 0;
    PyObject *key = PyLong_FromVoidPtr(code);
    int planned = key ? PyDict_Contains(s->plans, key) : -1;
    Py_XDECREF(key);
    if (planned)
        return planned < 0 ? -1 : 0;
    long file = PyLong_AsLong(verdict);
    if (file < 0)
        return 0;
    if (file == 0) {
        if (!(e = enter(code, module)))
            return -1;
        e->state = PASSED;
        return 1;
    }
    if (shunned(code) || PyUnicode_Compare(((PyCodeObject *)code)->co_name, body_name) == 0)
        return 0; /* a module's body is loaded again: its file may be another */
    int begun = begin(code, (uint32_t)file, module);
    if (begun <= 0)
        return begun;
    return arm(s, code);
}

/* 1: all that the call asks for is done; 0: Python has to see to it; -1: an exception. */
static int printed_call(Starts *s, PyObject *code)
{
    PyObject *key = PyLong_FromVoidPtr(code), *plan = key ? Py_XNewRef(PyDict_GetItemWithError(s->plans, key)) : NULL;
    Py_XDECREF(key);
    if (!plan)
        return PyErr_Occurred() ? -1 : 0;
    PyObject *direct = PyObject_GetAttr(plan, direct_name);
    int done = !direct ? -1 : direct == Py_None ? 0 : is_true(plan, counted_name);
    Py_DECREF(plan);
    PyFrameObject *frame = PyEval_GetFrame();
    if (done == 0 && direct != Py_None && frame) {
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
            return left(s->leave);
    }
    return PyObject_Vectorcall(s->on_start, args, nargsf, names);
}

static int starts_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    Starts *s = (Starts *)self;
    static char *names[] = {"raw", "plans", "verdicts", "on_start", "arm", "leave", "disable", "set_events", "get_tool", "tool", "events", NULL};
    PyObject *raw, *plans, *verdicts, *on_start, *arm, *leave, *disable, *set_events, *get_tool, *tool, *events;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "OO!O!OOOOOOOO", names, &raw, &PyDict_Type, &plans, &PyDict_Type, &verdicts, &on_start, &arm,
                                     &leave, &disable, &set_events, &get_tool, &tool, &events))
        return -1;
    if (s->raw || Py_TYPE(raw)->tp_dealloc != raw_dealloc) {
        PyErr_SetString(PyExc_TypeError, "Starts are made once, of a Raw");
        return -1;
    }
    s->call = starts_call;
    s->open = 1;
    s->raw = Py_NewRef(raw);
    s->plans = Py_NewRef(plans);
    s->verdicts = Py_NewRef(verdicts);
    s->on_start = Py_NewRef(on_start);
    s->arm = Py_NewRef(arm);
    s->leave = Py_NewRef(leave);
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
    Py_VISIT(s->plans);
    Py_VISIT(s->verdicts);
    Py_VISIT(s->on_start);
    Py_VISIT(s->arm);
    Py_VISIT(s->leave);
    Py_VISIT(s->tools);
    return 0;
}

static int starts_clear(PyObject *self)
{
    Starts *s = (Starts *)self;
    s->open = 1;
    Py_CLEAR(s->raw);
    Py_CLEAR(s->plans);
    Py_CLEAR(s->verdicts);
    Py_CLEAR(s->on_start);
    Py_CLEAR(s->arm);
    Py_CLEAR(s->leave);
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
    {Py_tp_doc, "Starts(raw, plans, verdicts, on_start, arm, leave, disable, set_events, get_tool, tool, events)\n\nThe PY_START callback of a Monitor. verdicts says by a file's name: 0, nobody asks; n, count it raw as the file n; -1, neither."},
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

/* Adds the types of raw.c and of this file to the module. */
static int add_raw(PyObject *module)
{
    for (uint32_t n = 0; n < 256; n++) {
        uint32_t c = n;
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
        crc_table[n] = c;
    }
    if (extra < 0 && (extra = PyUnstable_Eval_RequestCodeExtraIndex(freed)) < 0)
        PyErr_Clear(); /* every index is taken: no code object is counted raw */
    const struct { PyObject **at; const char *text; } names[] = {
        {&lambda_name, "<lambda>"}, {&module_name, "__name__"}, {&body_name, "<module>"}, {&direct_name, "direct"}, {&counted_name, "tally_lines"},
        {&tracing_names[0], "settrace"}, {&tracing_names[1], "_settraceallthreads"}, {&tracing_names[2], "use_tool_id"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!(*names[i].at = PyUnicode_InternFromString(names[i].text)))
            return -1;
    if (extra < 0)
        return 0;
    PyType_Spec *specs[] = {&raw_spec, &starts_spec};
    const char *types[] = {"Raw", "Starts"};
    for (int i = 0; i < 2; i++) {
        PyObject *type = PyType_FromModuleAndSpec(module, specs[i], NULL);
        if (!type)
            return -1;
        int failed = PyModule_AddObjectRef(module, types[i], type);
        Py_DECREF(type);
        if (failed)
            return -1;
    }
    return 0;
}
