/* Conditions on locals.
 *
 * A LocalsCondition fetches the locals that a condition names and calls it with them: no
 * dictionary of all locals is made. Hits counts for a hit condition.
 */
typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    PyObject *function;
    PyObject *names; /* tuple of (name, what stands for it where it is not bound, or the module's own mark: then it fails) */
    PyObject *must;
    int compare; /* the one name with the constant, where both are exactly int or str: no code is run for it; -1: no */
    PyObject *constant;
} LocalsCondition;

enum { MOST_NAMES = 8 };

/* 1 true, 0 false, -1 an exception. */
static int passes(LocalsCondition *g, PyFrameObject *frame)
{
    PyObject *values[MOST_NAMES + 1] = {NULL}, *answer = NULL;
    Py_ssize_t n = PyTuple_GET_SIZE(g->names), i;
    int is = -1;
    for (i = 0; i < n; i++) {
        PyObject *one = PyTuple_GET_ITEM(g->names, i), *absent = PyTuple_GET_ITEM(one, 1);
        values[i + 1] = PyFrame_GetVar(frame, PyTuple_GET_ITEM(one, 0));
        if (values[i + 1])
            continue;
        if (!PyErr_ExceptionMatches(PyExc_NameError))
            goto done;
        PyErr_Clear();
        if (absent == g->must) {
            PyErr_Format(PyExc_NameError, "name %R is not bound here", PyTuple_GET_ITEM(one, 0));
            goto done;
        }
        values[i + 1] = Py_NewRef(absent);
    }
    if (g->compare >= 0 && Py_IS_TYPE(values[1], Py_TYPE(g->constant))) {
        is = PyObject_RichCompareBool(values[1], g->constant, g->compare);
        goto done;
    }
    answer = PyObject_Vectorcall(g->function, values + 1, (size_t)n | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    if (answer) {
        is = PyObject_IsTrue(answer);
        Py_DECREF(answer);
    }
done:
    while (i-- > 0)
        Py_DECREF(values[i + 1]);
    return is;
}

static PyObject *condition_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    if (PyVectorcall_NARGS(nargsf) != 1 || (names && PyTuple_GET_SIZE(names)) || !PyFrame_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "a LocalsCondition takes a frame");
        return NULL;
    }
    int is = passes((LocalsCondition *)self, (PyFrameObject *)args[0]);
    return is < 0 ? NULL : PyBool_FromLong(is);
}

static int condition_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    LocalsCondition *g = (LocalsCondition *)self;
    static char *keys[] = {"function", "names", "must", "compare", "constant", NULL};
    PyObject *function, *names, *must, *constant = NULL;
    int compare = -1;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "OO!O|iO", keys, &function, &PyTuple_Type, &names, &must, &compare, &constant))
        return -1;
    int good = !g->function && PyTuple_GET_SIZE(names) <= MOST_NAMES;
    for (Py_ssize_t i = 0; good && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *one = PyTuple_GET_ITEM(names, i);
        good = PyTuple_CheckExact(one) && PyTuple_GET_SIZE(one) == 2 && PyUnicode_CheckExact(PyTuple_GET_ITEM(one, 0));
    }
    if (!good) {
        PyErr_SetString(PyExc_TypeError, "a LocalsCondition is made once, of a few names");
        return -1;
    }
    g->function = Py_NewRef(function);
    g->names = Py_NewRef(names);
    g->must = Py_NewRef(must);
    g->compare = -1;
    if (constant && compare >= Py_LT && compare <= Py_GE && PyTuple_GET_SIZE(names) == 1 &&
        (PyLong_CheckExact(constant) || PyUnicode_CheckExact(constant))) {
        g->compare = compare;
        g->constant = Py_NewRef(constant);
    }
    g->call = condition_call;
    return 0;
}

static int condition_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((LocalsCondition *)self)->function);
    Py_VISIT(((LocalsCondition *)self)->names);
    return 0;
}

static int condition_clear(PyObject *self)
{
    Py_CLEAR(((LocalsCondition *)self)->function);
    Py_CLEAR(((LocalsCondition *)self)->names);
    Py_CLEAR(((LocalsCondition *)self)->must);
    ((LocalsCondition *)self)->compare = -1;
    Py_CLEAR(((LocalsCondition *)self)->constant);
    return 0;
}

static void condition_dealloc(PyObject *self) { gone(self, condition_clear); }

static PyMemberDef condition_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(LocalsCondition, call), Py_READONLY},
    {NULL},
};

static PyType_Slot condition_slots[] = {
    {Py_tp_doc, "LocalsCondition(function, names, must)\n\nCalls a function with locals of a frame."},
    {Py_tp_init, condition_init},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_members, condition_members},
    {Py_tp_traverse, condition_traverse},
    {Py_tp_clear, condition_clear},
    {Py_tp_dealloc, condition_dealloc},
    {0, NULL},
};

static PyType_Spec condition_spec = {
    .name = "_tallyho_native.LocalsCondition",
    .basicsize = sizeof(LocalsCondition),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = condition_slots,
};

/* The hits of a tracepoint with a hit condition: those before the one it aims at
 * are counted and no more. */
typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    int64_t total, aim;
} Hits;

static int meant(Hits *h) { return h->total + 1 < h->aim ? (h->total++, 0) : 1; }

static PyObject *hits_call(PyObject *self, PyObject *const *Py_UNUSED(args), size_t Py_UNUSED(nargsf), PyObject *Py_UNUSED(names))
{
    return PyBool_FromLong(meant((Hits *)self));
}

static PyObject *hits_total(PyObject *self, PyObject *Py_UNUSED(none)) { return PyLong_FromLongLong(((Hits *)self)->total); }

static PyObject *hits_next(PyObject *self, PyObject *Py_UNUSED(none)) { return PyLong_FromLongLong(++((Hits *)self)->total); }

static PyObject *hits_aim(PyObject *self, PyObject *number)
{
    int64_t n = PyLong_AsLongLong(number);
    if (n == -1 && PyErr_Occurred())
        return NULL;
    ((Hits *)self)->aim = n;
    Py_RETURN_NONE;
}

static int hits_init(PyObject *self, PyObject *args, PyObject *Py_UNUSED(kwds))
{
    ((Hits *)self)->call = hits_call;
    return PyArg_ParseTuple(args, "") ? 0 : -1;
}

static int hits_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static int hits_clear(PyObject *Py_UNUSED(self)) { return 0; }

static void hits_dealloc(PyObject *self) { gone(self, hits_clear); }

static PyMemberDef hits_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(Hits, call), Py_READONLY},
    {NULL},
};

static PyMethodDef hits_methods[] = {
    {"total", hits_total, METH_NOARGS, "total() -> how many there were."},
    {"next", hits_next, METH_NOARGS, "next() -> the number of a hit that is meant, from 1."},
    {"aim", hits_aim, METH_O, "aim(n)\n\nCount the hits before the nth, and say that it is meant and those after it."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot hits_slots[] = {
    {Py_tp_doc, "Hits()\n\nCounts hits that a hit condition lets pass; called, it says whether this one is meant."},
    {Py_tp_init, hits_init},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_members, hits_members},
    {Py_tp_methods, hits_methods},
    {Py_tp_traverse, hits_traverse},
    {Py_tp_dealloc, hits_dealloc},
    {0, NULL},
};

static PyType_Spec hits_spec = {
    .name = "_tallyho_native.Hits",
    .basicsize = sizeof(Hits),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = hits_slots,
};
