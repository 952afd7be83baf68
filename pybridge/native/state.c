/* The state of a module: made with it, and let go of with it. */
#include "state.h"

SHARED int add_type(PyObject *module, PyType_Spec *spec, PyTypeObject **at)
{
    PyObject *type = PyType_FromModuleAndSpec(module, spec, NULL);
    if (!type)
        return -1;
    *at = (PyTypeObject *)type;
    return PyModule_AddObjectRef(module, strrchr(spec->name, '.') + 1, type);
}

#ifdef Py_LIMITED_API
SHARED int state_init(State *Py_UNUSED(state)) { return 0; }

SHARED int state_traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = PyModule_GetState(module);
    Py_VISIT(state->counters);
    return 0;
}

SHARED int state_clear(PyObject *module)
{
    State *state = PyModule_GetState(module);
    Py_CLEAR(state->counters);
    return 0;
}
SHARED void state_free(void *module) { state_clear(module); }
#else
SHARED int state_init(State *state)
{
#define INTERN(name, text)                                                                                                                  \
    if (!(state->names.name = PyUnicode_InternFromString(text)))                                                                            \
        return -1;
    NAMES(INTERN)
#undef INTERN
    state->no_name = PyBytes_FromStringAndSize("\0\0", 2);
    return state->no_name ? 0 : -1;
}

#define TYPES(X)                                                                                                                            \
    X(guard) X(writer) X(printer) X(condition) X(hits) X(lines) X(raises) X(unwinds) X(raw) X(starts) X(steps) X(calls) X(screen) X(gate) X(tracer) X(counters)

SHARED int state_traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = PyModule_GetState(module);
#define VISIT(type) Py_VISIT(state->type);
    TYPES(VISIT)
#undef VISIT
    return 0;
}

SHARED int state_clear(PyObject *module)
{
    State *state = PyModule_GetState(module);
#define CLEAR(type) Py_CLEAR(state->type);
    TYPES(CLEAR)
#undef CLEAR
    return 0;
}

SHARED void state_free(void *module)
{
    State *state = PyModule_GetState(module);
    state_clear(module);
#define RELEASE(name, text) Py_CLEAR(state->names.name);
    NAMES(RELEASE)
#undef RELEASE
    Py_CLEAR(state->no_name);
}

#if !SETTRACE_ONLY
SHARED int attribute_is_true(PyObject *o, PyObject *name)
{
    PyObject *flag = PyObject_GetAttr(o, name);
    Py_XDECREF(flag);
    return flag ? flag == Py_True : -1;
}
#endif

SHARED Py_ssize_t slot_of(PyTypeObject *type, PyObject *name)
{
    PyObject *found = _PyType_Lookup(type, name);
    if (!found || !Py_IS_TYPE(found, &PyMemberDescr_Type))
        return -1;
    PyMemberDef *member = ((PyMemberDescrObject *)found)->d_member;
    return member->type == Py_T_OBJECT_EX ? member->offset : -1;
}

SHARED void gone(PyObject *self, inquiry clear)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}
#endif
