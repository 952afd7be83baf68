/* Lines is linecallback.py's on_line for the commonest cases, one tracepoint
 * behind a LocalsCondition or Hits and one that only prints; everything else goes to
 * on_line itself.
 */

/* The answer of a callback to the exception that arrived in it: leave raises what is the program's again, and keeps ours
 * from it. Where the program is at its recursion limit it may be one call too many. */
static PyObject *left(PyObject *leave)
{
    PyObject *error = PyErr_GetRaisedException(), *result = PyObject_CallOneArg(leave, error);
    if (!result && PyErr_GivenExceptionMatches(error, PyExc_RecursionError)) {
        PyErr_Clear();
        result = Py_NewRef(Py_None);
    }
    Py_DECREF(error);
    return result;
}

/* What is asked at a line, found once: tracepointtable.py has it forgotten where that may
 * change. The code is not owned, a line of it is forgotten before it is gone. */
typedef struct {
    PyObject *code;
    long line;
    PyObject *entry, *guard, *shortway; /* owned */
} Known;

enum { KNOWN = 64 };

typedef struct {
    PyObject_HEAD
    PyObject *plans, *slow, *passed, *failed, *leave;
    PyTypeObject *condition, *printer, *hits;
    Known known[KNOWN];
} Lines;

static PyObject *lines_name, *plain_name, *guard_name, *short_name, *point_name, *active_name;

/* Whether an attribute is True; -1 with an exception. */
static int is_true(PyObject *o, PyObject *name)
{
    PyObject *flag = PyObject_GetAttr(o, name);
    Py_XDECREF(flag);
    return flag ? flag == Py_True : -1;
}

/* The one entry of a line of a plan, owned; NULL where on_line has to look. */
static PyObject *only_entry(Lines *l, PyObject *code, PyObject *line)
{
    PyObject *key = PyLong_FromVoidPtr(code), *entry = NULL;
    if (!key)
        return NULL;
    PyObject *plan = PyDict_GetItemWithError(l->plans, key);
    Py_DECREF(key);
    if (!plan)
        return NULL;
    Py_INCREF(plan);
    if (is_true(plan, plain_name) == 1) {
        PyObject *lines = PyObject_GetAttr(plan, lines_name);
        PyObject *entries = lines && PyDict_CheckExact(lines) ? PyDict_GetItemWithError(lines, line) : NULL;
        if (entries && PyTuple_CheckExact(entries) && PyTuple_GET_SIZE(entries) == 1)
            entry = Py_NewRef(PyTuple_GET_ITEM(entries, 0));
        Py_XDECREF(lines);
    }
    Py_DECREF(plan);
    return entry;
}

static PyObject *guard_failed(Lines *l, PyObject *entry, PyObject *code, PyFrameObject *frame)
{
    if (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_RecursionError))
        return NULL;
    PyObject *error = PyErr_GetRaisedException();
    PyObject *result = PyObject_CallFunctionObjArgs(l->failed, entry, error, code, (PyObject *)frame, NULL);
    Py_DECREF(error);
    return result;
}

/* 1: written; 0: not. */
static int printed(Lines *l, PyObject *shortway, PyFrameObject *frame)
{
    if (!Py_IS_TYPE(shortway, l->printer))
        return 0;
    PyObject *args[] = {(PyObject *)frame, Py_None, Py_False};
    PyObject *done = printer_call(shortway, args, 3, NULL);
    Py_XDECREF(done);
    return done ? done == Py_True : -1;
}

static void forget_line(Known *k)
{
    k->code = NULL;
    PyObject *entry = k->entry, *guard = k->guard, *shortway = k->shortway;
    k->entry = k->guard = k->shortway = NULL;
    Py_XDECREF(entry);
    Py_XDECREF(guard);
    Py_XDECREF(shortway);
}

static PyObject *lines_forget(PyObject *self, PyObject *Py_UNUSED(none))
{
    for (int i = 0; i < KNOWN; i++)
        forget_line(&((Lines *)self)->known[i]);
    Py_RETURN_NONE;
}

/* What is asked at a line, if that is for C to ask; NULL where on_line has to
 * look, or with an exception. */
static Known *known_line(Lines *l, PyObject *code, PyObject *line)
{
    long number = PyLong_AsLong(line);
    Known *k = &l->known[(((uintptr_t)code >> 4) ^ (unsigned long)number) % KNOWN];
    if (k->code == code && k->line == number)
        return k;
    PyObject *entry = only_entry(l, code, line);
    if (!entry)
        return NULL;
    PyObject *point = PyObject_GetAttr(entry, point_name), *guard = PyObject_GetAttr(entry, guard_name);
    PyObject *shortway = PyObject_GetAttr(entry, short_name);
    int good = point && guard && shortway ? is_true(point, active_name) : 0;
    Py_XDECREF(point);
    if (good == 1 && (guard == Py_None ? Py_IS_TYPE(shortway, l->printer) : Py_IS_TYPE(guard, l->condition) || Py_IS_TYPE(guard, l->hits))) {
        forget_line(k);
        k->entry = entry, k->guard = guard, k->shortway = shortway, k->line = number, k->code = code;
        return k;
    }
    Py_DECREF(entry);
    Py_XDECREF(guard);
    Py_XDECREF(shortway);
    return NULL;
}

/* Asks what is known of a line; NULL: an exception. */
static PyObject *ask_line(Lines *l, PyObject *entry, PyObject *guard, PyObject *shortway, PyFrameObject *frame, PyObject *const *args)
{
    PyCodeObject *running = PyFrame_GetCode(frame);
    Py_DECREF(running);
    if ((PyObject *)running != args[0])
        return PyObject_Vectorcall(l->slow, args, 2, NULL);
    int is = 1, done;
    if (Py_IS_TYPE(guard, l->hits))
        is = meant((Hits *)guard);
    else if (guard != Py_None && (is = passes((LocalsCondition *)guard, frame)) < 0)
        return guard_failed(l, entry, args[0], frame);
    if (!is)
        return Py_NewRef(Py_None);
    done = printed(l, shortway, frame);
    if (done)
        return done > 0 ? Py_NewRef(Py_None) : NULL;
    return PyObject_Vectorcall(guard != Py_None ? l->passed : l->slow, args, 2, NULL);
}

static PyObject *on_line(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Lines *l = (Lines *)self;
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "on_line takes a code object and a line");
        return NULL;
    }
    PyFrameObject *frame = PyEval_GetFrame();
    Known *k = frame ? known_line(l, args[0], args[1]) : NULL;
    if (!k) {
        if (PyErr_Occurred())
            return NULL;
        return PyObject_Vectorcall(l->slow, args, 2, NULL);
    }
    PyObject *entry = Py_NewRef(k->entry), *guard = Py_NewRef(k->guard), *shortway = Py_NewRef(k->shortway);
    PyObject *result = ask_line(l, entry, guard, shortway, frame, args);
    Py_DECREF(entry);
    Py_DECREF(guard);
    Py_DECREF(shortway);
    return result ? result : left(l->leave);
}

static int lines_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    Lines *l = (Lines *)self;
    static char *keys[] = {"plans", "slow", "passed", "failed", "leave", "condition", "printer", "hits", NULL};
    PyObject *plans, *slow, *passed, *failed, *leave, *condition, *printer, *hits;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O!OOOOO!O!O!", keys, &PyDict_Type, &plans, &slow, &passed, &failed, &leave, &PyType_Type, &condition,
                                     &PyType_Type, &printer, &PyType_Type, &hits))
        return -1;
    if (l->plans) {
        PyErr_SetString(PyExc_TypeError, "Lines are made once");
        return -1;
    }
    l->plans = Py_NewRef(plans);
    l->slow = Py_NewRef(slow);
    l->passed = Py_NewRef(passed);
    l->failed = Py_NewRef(failed);
    l->leave = Py_NewRef(leave);
    l->condition = (PyTypeObject *)Py_NewRef(condition);
    l->printer = (PyTypeObject *)Py_NewRef(printer);
    l->hits = (PyTypeObject *)Py_NewRef(hits);
    return 0;
}

static int lines_traverse(PyObject *self, visitproc visit, void *arg)
{
    Lines *l = (Lines *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(l->plans);
    Py_VISIT(l->slow);
    Py_VISIT(l->passed);
    Py_VISIT(l->failed);
    Py_VISIT(l->leave);
    Py_VISIT(l->condition);
    Py_VISIT(l->printer);
    Py_VISIT(l->hits);
    for (int i = 0; i < KNOWN; i++) {
        Py_VISIT(l->known[i].entry);
        Py_VISIT(l->known[i].guard);
        Py_VISIT(l->known[i].shortway);
    }
    return 0;
}

static int lines_clear(PyObject *self)
{
    Lines *l = (Lines *)self;
    Py_CLEAR(l->plans);
    Py_CLEAR(l->slow);
    Py_CLEAR(l->passed);
    Py_CLEAR(l->failed);
    Py_CLEAR(l->leave);
    Py_CLEAR(l->condition);
    Py_CLEAR(l->printer);
    Py_CLEAR(l->hits);
    for (int i = 0; i < KNOWN; i++)
        forget_line(&l->known[i]);
    return 0;
}

static void lines_dealloc(PyObject *self) { gone(self, lines_clear); }

static PyMethodDef lines_methods[] = {
    {"on_line", (PyCFunction)(void *)on_line, METH_FASTCALL, "The LINE callback."},
    {"forget", lines_forget, METH_NOARGS, "forget()\n\nWhat is asked at lines may be another thing from now on."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot lines_slots[] = {
    {Py_tp_doc, "Lines(plans, slow, passed, failed, leave, condition, printer, hits)\n\nThe LINE callback of a Monitor."},
    {Py_tp_init, lines_init},
    {Py_tp_methods, lines_methods},
    {Py_tp_traverse, lines_traverse},
    {Py_tp_clear, lines_clear},
    {Py_tp_dealloc, lines_dealloc},
    {0, NULL},
};

static PyType_Spec lines_spec = {
    .name = "_tallyho_native.Lines",
    .basicsize = sizeof(Lines),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = lines_slots,
};

/* Adds the types of events to the module. */
static int add_writer(PyObject *module)
{
    const struct { PyObject **at; const char *text; } names[] = {
        {&hits_name, "hits"}, {&changed_name, "changed"}, {&head_name, "head"}, {&busy_name, "busy"}, {&lines_name, "lines"},
        {&plain_name, "plain"}, {&guard_name, "guard"}, {&short_name, "short"}, {&point_name, "tracepoint"}, {&active_name, "active"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!(*names[i].at = PyUnicode_InternFromString(names[i].text)))
            return -1;
    PyType_Spec *specs[] = {&writer_spec, &printer_spec, &condition_spec, &hits_spec, &lines_spec};
    const char *types[] = {"RecordWriter", "FastPrinter", "LocalsCondition", "Hits", "Lines"};
    for (int i = 0; i < 5; i++) {
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
