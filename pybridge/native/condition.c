/* Conditions on locals (condition.h). */
#include "condition.h"

#include "variables.h"

enum { MOST_NAMES = 8 };

SHARED int condition_holds(LocalsCondition *g, PyFrameObject *frame)
{
    PyObject *values[MOST_NAMES + 1] = {NULL}, *answer = NULL;
    Py_ssize_t n = PyTuple_GET_SIZE(g->names), i;
    int is = -1;
    for (i = 0; i < n; i++) {
        PyObject *one = PyTuple_GET_ITEM(g->names, i), *absent = PyTuple_GET_ITEM(one, 1);
        values[i + 1] = variable_of(frame, PyTuple_GET_ITEM(one, 0));
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
    int is = condition_holds((LocalsCondition *)self, (PyFrameObject *)args[0]);
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

SHARED int add_condition(PyObject *module, State *state) { return add_type(module, &condition_spec, &state->condition); }
