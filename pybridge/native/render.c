/* Values as text, as rendering.py shows them: what needs more than a few lines of C is left to Python. */
#include "printer.h"
#include "variables.h"

/* Rendering: 1 done, 0 Python has to do it, -1 an exception. */

static int unicode(Buffer *b, PyObject *text)
{
    Py_ssize_t n;
    const char *data = PyUnicode_AsUTF8AndSize(text, &n);
    if (!data) { /* a lone surrogate */
        PyErr_Clear();
        return 0;
    }
    return put(b, data, (size_t)n) < 0 ? -1 : 1;
}

static int repr(Buffer *b, PyObject *value, reprfunc how)
{
    PyObject *text = how(value);
    if (!text)
        return -1;
    int done = unicode(b, text);
    Py_DECREF(text);
    return done;
}

/* An instance of a class that Python code defines is shown as object shows it. */
static int is_plain_object(RecordWriter *writer, PyTypeObject *kind)
{
    if (Py_TYPE(kind) != &PyType_Type || !(kind->tp_flags & Py_TPFLAGS_HEAPTYPE) || kind->tp_flags & Py_TPFLAGS_BASE_EXC_SUBCLASS)
        return 0;
    int known = PySet_Contains(writer->special, (PyObject *)kind);
    if (known)
        return 0;
    PyObject *module = kind->tp_dict ? PyDict_GetItemString(kind->tp_dict, "__module__") : NULL;
    if (!module || !PyUnicode_CheckExact(module))
        return 0;
    static const char *const safe[] = {"builtins", "io", "_io", "socket", "_socket", "zoneinfo", "decimal"};
    for (size_t i = 0; i < sizeof safe / sizeof *safe; i++)
        if (PyUnicode_CompareWithASCIIString(module, safe[i]) == 0)
            return 0;
    return 1;
}

static int text(FastPrinter *q, Buffer *b, PyObject *value, int depth);

/* A number in decimal digits. Not by printf, which is a large piece of code to fetch for one. */
static int decimal(Buffer *b, long long number)
{
    char digits[24], *end = digits + sizeof digits, *at = end;
    unsigned long long rest = number < 0 ? 0ull - (unsigned long long)number : (unsigned long long)number;
    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        *--at = '-';
    return put(b, at, (size_t)(end - at));
}

/* An item by which another, or a part of itself, may be a secret: "--password", "TOKEN=x", a pair's
 * name. Python decides (redact.py). */
static int may_name_secret(PyObject *item, Py_ssize_t n)
{
    if (n == 2 && (PyUnicode_CheckExact(item) || PyBytes_CheckExact(item)))
        return 1;
    if (!PyUnicode_CheckExact(item) || !PyUnicode_GET_LENGTH(item))
        return 0;
    return PyUnicode_READ_CHAR(item, 0) == '-' || PyUnicode_FindChar(item, '=', 0, PyUnicode_GET_LENGTH(item), 1) >= 0;
}

static int sequence(FastPrinter *q, Buffer *b, PyObject *value, int depth, const char *open, const char *close)
{
    Py_ssize_t n = PySequence_Fast_GET_SIZE(value);
    if (n > ITEMS)
        return 0;
    if (put(b, open, 1) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); i++) {
        if (i && PUT(b, ", ") < 0)
            return -1;
        if (may_name_secret(PySequence_Fast_GET_ITEM(value, i), n))
            return 0;
        int done = text(q, b, PySequence_Fast_GET_ITEM(value, i), depth);
        if (done != 1)
            return done;
    }
    if (PyTuple_CheckExact(value) && n == 1 && PUT(b, ",") < 0)
        return -1;
    return put(b, close, 1) < 0 ? -1 : 1;
}

static int text(FastPrinter *q, Buffer *b, PyObject *value, int depth)
{
    if (!depth)
        return PUT(b, "...") < 0 ? -1 : 1;
    if (value == Py_None)
        return PUT(b, "None") < 0 ? -1 : 1;
    if (value == Py_True)
        return PUT(b, "True") < 0 ? -1 : 1;
    if (value == Py_False)
        return PUT(b, "False") < 0 ? -1 : 1;
    if (PyLong_CheckExact(value)) {
        int overflow;
        long long n = PyLong_AsLongLongAndOverflow(value, &overflow);
        if (overflow)
            return 0;
        return decimal(b, n) < 0 ? -1 : 1;
    }
    if (PyUnicode_CheckExact(value))
        return PyUnicode_GET_LENGTH(value) > WHOLE ? 0 : repr(b, value, PyUnicode_Type.tp_repr);
    if (PyFloat_CheckExact(value))
        return repr(b, value, PyFloat_Type.tp_repr);
    if (PyList_CheckExact(value))
        return sequence(q, b, value, depth - 1, "[", "]");
    if (PyTuple_CheckExact(value))
        return sequence(q, b, value, depth - 1, "(", ")");
    if (!q->shows_fields && is_plain_object(q->writer, Py_TYPE(value)))
        return repr(b, value, PyBaseObject_Type.tp_repr);
    return 0;
}

/* One value: status, length of name, name, length of text, text. `head` has the
 * first three. */
static int value(FastPrinter *q, Buffer *b, PyObject *head, PyObject *what)
{
    if (put(b, PyBytes_AS_STRING(head), (size_t)PyBytes_GET_SIZE(head)) < 0)
        return -1;
    size_t status = b->len - (size_t)PyBytes_GET_SIZE(head), at = b->len;
    if (reserve(b, 4) < 0)
        return -1;
    b->len += 4;
    int done;
    if (q->as_text && (PyUnicode_CheckExact(what) || PyComplex_CheckExact(what))) {
        if (PyComplex_CheckExact(what) || PyUnicode_GET_LENGTH(what) > (q->limit < WHOLE ? q->limit : WHOLE))
            return 0;
        done = unicode(b, what);
        if (done != 1)
            return done;
        uint32_t n = (uint32_t)(b->len - at - 4);
        memcpy(b->data + at, &n, 4);
        return b->len > LONGEST_EVENT ? 0 : 1;
    }
    done = text(q, b, what, DEPTH);
    if (done < 0)
        return -1;
    if (!done && q->as_text && PyLong_CheckExact(what)) /* format() shows all its digits */
        return 0;
    /* A text within the limit in bytes is within it in characters. */
    if (!done || b->len - at - 4 > (size_t)(q->limit < WHOLE ? q->limit : WHOLE)) {
        b->len = at + 4;
        PyObject *answer = PyObject_CallOneArg(q->render, what);
        if (!answer)
            return -1;
        PyObject *rendered;
        int how;
        done = PyArg_ParseTuple(answer, "Ui", &rendered, &how) ? unicode(b, rendered) : -1;
        Py_DECREF(answer);
        if (done != 1)
            return done;
        b->data[status] = (uint8_t)how;
    }
    uint32_t n = (uint32_t)(b->len - at - 4);
    if (n > LONGEST_TEXT || b->len > LONGEST_EVENT)
        return 0;
    memcpy(b->data + at, &n, 4);
    return 1;
}

/* A value of which only the status and a fixed text show. */
static int without(Buffer *b, PyObject *head, int status, const char *shown, size_t n)
{
    size_t at = b->len;
    uint32_t size = (uint32_t)n;
    if (put(b, PyBytes_AS_STRING(head), (size_t)PyBytes_GET_SIZE(head)) < 0 || put(b, &size, 4) < 0 || put(b, shown, n) < 0)
        return -1;
    b->data[at] = (uint8_t)status;
    return 1;
}

/* Finds a name as the frame would; a new reference, NULL without an exception
 * where it has no value, 0 where Python has to look. A variable of the code that is not bound is no global. */
static int find_name(PyFrameObject *frame, PyObject *name, int local, PyObject **found)
{
    *found = NULL;
    if (local) {
        *found = variable_of(frame, name);
        if (*found)
            return 1;
        if (!PyErr_ExceptionMatches(PyExc_NameError))
            return -1;
        PyErr_Clear();
        return 1;
    }
    PyObject *(*const spaces[])(PyFrameObject *) = {PyFrame_GetGlobals, PyFrame_GetBuiltins};
    for (int i = 0; i < 2; i++) {
        PyObject *space = spaces[i](frame);
        if (!PyDict_CheckExact(space)) {
            Py_DECREF(space);
            return 0;
        }
        *found = Py_XNewRef(PyDict_GetItemWithError(space, name));
        Py_DECREF(space);
        if (*found)
            return 1;
        if (PyErr_Occurred())
            return -1;
    }
    return 1;
}

SHARED int render_values(FastPrinter *q, Buffer *b, PyFrameObject *frame, PyObject *arg, uint32_t *number)
{
    if (q->names == Py_None) {
        *number = (uint32_t)q->wants_value;
        if (!q->wants_value)
            return 1;
        return value(q, b, q->writer->state->no_name, arg);
    }
    Py_ssize_t n = PyTuple_GET_SIZE(q->names);
    *number = (uint32_t)n;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *one = PyTuple_GET_ITEM(q->names, i), *found;
        PyObject *head = PyTuple_GET_ITEM(one, 1);
        int done = find_name(frame, PyTuple_GET_ITEM(one, 0), PyTuple_GET_ITEM(one, 2) == Py_True, &found);
        if (done != 1)
            return done;
        if (!found && q->as_text)
            return 0;
        if (!found)
            done = q->none_is_missing ? without(b, head, MISSING, "?", 1) : without(b, head, SKIPPED, "", 0);
        else if (PyTuple_GET_ITEM(one, 3) == Py_True)
            done = without(b, head, REDACTED, PyBytes_AS_STRING(q->writer->placeholder), (size_t)PyBytes_GET_SIZE(q->writer->placeholder));
        else
            done = value(q, b, head, found);
        Py_XDECREF(found);
        if (done != 1)
            return done;
    }
    return 1;
}
