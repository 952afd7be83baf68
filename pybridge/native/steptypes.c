/* Types of values, as far as recording them goes (steps.h). */
#include "steps.h"

#if HAS_STEPS

/* Whether a class of a module of that name may show itself (renderer.py). */
static int is_safe(const char *module, size_t n)
{
#define IS(text) (n == sizeof(text) - 1 && memcmp(module, text, n) == 0)
    return IS("builtins") || IS("io") || IS("_io") || IS("socket") || IS("_socket") || IS("zoneinfo") || IS("decimal");
#undef IS
}

/* A class that a class statement has made, or C while the program ran. */
static Kind kind_of_heap(Looker *l, PyTypeObject *type)
{
    if (PySet_Contains(l->writer->special, (PyObject *)type))
        return strcmp(type->tp_name, "re.Pattern") == 0 ? K_PATTERN : K_OTHER;
    if (Py_TYPE(type) != &PyType_Type)
        return PyType_IsSubtype(type, &PyType_Type) ? K_PLACE : K_PLAIN;
    if (type->tp_flags & Py_TPFLAGS_BASE_EXC_SUBCLASS)
        return K_ERROR;
    PyObject *space = PyType_GetDict(type);
    PyObject *module = space ? PyDict_GetItemWithError(space, l->writer->state->names.module_of_class) : NULL;
    Kind kind = K_OTHER;
    if (module && PyUnicode_CheckExact(module)) {
        Py_ssize_t n;
        const char *text = PyUnicode_AsUTF8AndSize(module, &n);
        if (text && !is_safe(text, (size_t)n))
            kind = K_PLAIN;
    }
    PyErr_Clear();
    Py_XDECREF(space);
    return kind;
}

/* A class of the interpreter's own. */
static Kind kind_of_static(Looker *l, PyTypeObject *type)
{
    if (type == &PyMethod_Type)
        return K_METHOD;
    if (type == &PyCFunction_Type || type == &PyCMethod_Type)
        return K_BUILTIN;
    if (type == &PyRange_Type)
        return K_RANGE;
    if (type == &PyType_Type || type == &PyFunction_Type || type == &PyGen_Type || type == &PyCoro_Type)
        return K_NAMED;
    if (type == &PyDictItems_Type || type == &PyDictKeys_Type || type == &PyDictValues_Type)
        return K_VIEW;
    if (type == &PyWrapperDescr_Type || type == &PyMethodDescr_Type || type == &PyClassMethodDescr_Type || type == &PyGetSetDescr_Type ||
        type == &PyMemberDescr_Type)
        return K_DESCRIPTOR;
    if (PySet_Contains(l->writer->special, (PyObject *)type))
        return K_OTHER;
    if (type->tp_flags & Py_TPFLAGS_BASE_EXC_SUBCLASS)
        return K_ERROR;
    if (type->tp_repr == PyBaseObject_Type.tp_repr)
        return K_PLACE;
    const char *dot = strrchr(type->tp_name, '.');
    return dot && !is_safe(type->tp_name, (size_t)(dot - type->tp_name)) ? K_PLACE : K_OTHER;
}

static Kind kind_of(Looker *l, PyTypeObject *type)
{
    const struct { PyTypeObject *type; Kind kind; } usual[] = {
        {&PyLong_Type, K_INT}, {&PyUnicode_Type, K_STR}, {&PyFloat_Type, K_FLOAT}, {&PyBool_Type, K_SINGLE}, {&PyBytes_Type, K_BYTES},
        {&PyList_Type, K_LIST}, {&PyTuple_Type, K_TUPLE}, {&PyDict_Type, K_DICT}, {&PySet_Type, K_SET}, {&PyFrozenSet_Type, K_FROZENSET},
    };
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (usual[i].type == type)
            return usual[i].kind;
    if (type == Py_TYPE(Py_None))
        return K_SINGLE;
    return type->tp_flags & Py_TPFLAGS_HEAPTYPE ? kind_of_heap(l, type) : kind_of_static(l, type);
}

/* Whether instances have a dictionary that is had without asking them. */
static int has_fields(PyTypeObject *type)
{
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || PyType_IsSubtype(type, &PyType_Type) || PyType_IsSubtype(type, &PyModule_Type))
        return 0;
    PyObject *name = PyUnicode_InternFromString("__dict__");
    PyObject *getter = name ? _PyType_Lookup(type, name) : NULL;
    Py_XDECREF(name);
    PyErr_Clear();
    return getter && Py_TYPE(getter) == &PyGetSetDescr_Type ? 1 : getter ? 2 : 0;
}

SHARED const TypeFacts *type_facts(Looker *l, PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);
    TypeFacts *t = &l->types[((uintptr_t)type >> 4 ^ (uintptr_t)type >> 12) % TYPES_KNOWN];
    int heap = (type->tp_flags & Py_TPFLAGS_HEAPTYPE) != 0;
    PyObject *qualname = heap ? ((PyHeapTypeObject *)type)->ht_qualname : NULL;
    if (t->type == type && (!heap || (t->version == type->tp_version_tag && t->version && t->qualname == qualname)))
        return t;
    t->type = type;
    t->qualname = qualname;
    t->kind = kind_of(l, type);
    int fields = has_fields(type);
    Py_CLEAR(t->place);
    t->fields = fields == 1;
    if (fields == 2)
        t->kind = K_OTHER; /* something of the program's stands for it */
    t->number = 0;
    t->version = heap ? type->tp_version_tag : 0; /* given by the look-up above */
    PyErr_Clear();
    return t;
}

SHARED void types_forget(Looker *l)
{
    for (size_t i = 0; i < TYPES_KNOWN; i++)
        Py_CLEAR(l->types[i].place);
    memset(l->types, 0, sizeof l->types);
    for (size_t i = 0; i < FIELDS_KNOWN; i++)
        Py_CLEAR(l->fields[i].name);
}

SHARED const FieldName *field_name(Looker *l, PyObject *name)
{
    FieldName *known = &l->fields[((uintptr_t)name >> 4 ^ (uintptr_t)name >> 12) % FIELDS_KNOWN];
    if (known->name == name)
        return known;
    PyObject *answer = PyObject_CallOneArg(l->name, name);
    long number = answer ? PyLong_AsLong(answer) : -1;
    Py_XDECREF(answer);
    int secret = number < 0 ? -1 : names_secret(l, name);
    if (secret < 0)
        return NULL;
    PyObject *old = known->name;
    *known = (FieldName){Py_NewRef(name), (uint32_t)number, (uint8_t)secret};
    Py_XDECREF(old);
    return known;
}

SHARED int names_secret(Looker *l, PyObject *text)
{
    if (!l->redact)
        return 0;
    PyObject *known = PyDict_GetItemWithError(l->secrets, text);
    if (known)
        return known == Py_True;
    if (PyErr_Occurred())
        return -1;
    PyObject *is = PyObject_CallOneArg(l->secret, text);
    if (!is)
        return -1;
    if (PyDict_GET_SIZE(l->secrets) >= SECRETS_KNOWN)
        PyDict_Clear(l->secrets);
    int secret = is == Py_True;
    int failed = PyUnicode_GET_LENGTH(text) <= 256 && PyDict_SetItem(l->secrets, text, is) < 0;
    Py_DECREF(is);
    return failed ? -1 : secret;
}

#endif
