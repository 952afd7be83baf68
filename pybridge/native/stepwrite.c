/* A step, put together and written into the thread's ring: record 13 of docs/wire.md. */
#include "recorder.h"

#if HAS_STEPS

enum { MOST_CALLERS = 200, STEP_HEAD = 8 * LONGEST_NUMBER + 2, LOOK_PAUSE = 50000 }; /* ns between two looks at the program's output, where nothing says that there is some */

static inline int step_unit(Frame *f) { return _PyInterpreterFrame_LASTI(f); }

/* The frame object of a step's frame, borrowed. */
static PyFrameObject *object_of(Event *a)
{
    if (!a->object)
        a->object = PyEval_GetFrame();
    return a->object;
}

/* The number of the line's place. */
static long place_of_step(StepWriter *w, Event *a, int line)
{
    Code *k = a->code;
    int call = a->kind == STEP_CALL, at = line - k->first;
    uint32_t *known = at >= 0 && at < k->nlines ? (call ? k->call_places : k->places) + at : NULL;
    if (known && *known)
        return *known;
    PyObject *answer = PyObject_CallFunction(w->ask_place, "OOii", k->about, object_of(a), a->kind, line);
    long number = answer ? PyLong_AsLong(answer) : -1;
    Py_XDECREF(answer);
    if (known && number > 0)
        *known = (uint32_t)number;
    return number;
}

/* Puts the frames around a new one up to the first that is recorded; depth: of the frame itself. */
static int put_callers(StepWriter *w, Frame *frame, Buffer *b, uint32_t *depth)
{
    Buffer around;
    buffer_init(&around);
    uint32_t counted = 1, told = 0;
    Shadow *meets = NULL;
    int failed = 0;
    for (Frame *f = frame->previous; f && !failed; f = f->previous) {
        if (_PyFrame_IsIncomplete(f))
            continue;
        Code *k = code_known(w, (PyObject *)code_in(f));
        if (!k) {
            failed = 1;
            break;
        }
        if (k->described && (meets = shadow_find(w, f, k))) {
            failed = put_number(&around, meets->number) < 0 || put_number(&around, (uint64_t)code_line(k, step_unit(f))) < 0;
            break;
        }
        counted++;
        if (!k->number && !k->ours && told < MOST_CALLERS) {
            PyObject *answer = PyObject_CallFunctionObjArgs(w->ask_caller, k->code, f->f_globals, NULL);
            long number = answer ? PyLong_AsLong(answer) : -1;
            Py_XDECREF(answer);
            failed = number < 0;
            k->number = number > 0 ? (uint32_t)number : 0;
            k->ours = number == 0;
        }
        if (failed || k->ours || told >= MOST_CALLERS)
            continue;
        told++;
        int line = PyCode_Addr2Line((PyCodeObject *)k->code, step_unit(f) * (int)sizeof(_Py_CODEUNIT));
        failed = put_number(&around, k->number) < 0 || put_number(&around, line > 0 ? (uint64_t)line : 0) < 0;
    }
    if (!failed && meets)
        *depth = meets->depth + counted;
    else if (!failed) {
        PyObject *base = PyObject_CallNoArgs(w->base);
        long n = base ? PyLong_AsLong(base) : -1;
        Py_XDECREF(base);
        failed = n < 0;
        *depth = (long)counted > n ? counted - (uint32_t)n : 0;
    }
    failed = failed || put_number(b, (uint64_t)told << 1 | (meets != NULL)) < 0 || put(b, around.data, around.len) < 0;
    buffer_end(&around);
    return failed ? -1 : 0;
}

/* A number of changes goes before them: room for it was left. */
static int settle_count(Buffer *b, size_t at, int n)
{
    if (n < 128) {
        b->data[at] = (uint8_t)n;
        return 0;
    }
    Buffer number;
    buffer_init(&number);
    if (put_number(&number, (uint64_t)n) < 0 || reserve(b, 10) < 0)
        return -1;
    if (number.len > 1)
        memmove(b->data + at + number.len, b->data + at + 1, b->len - at - 1);
    memcpy(b->data + at, number.data, number.len);
    b->len += number.len - 1;
    return 0;
}

/* The names of a frame that are a dict: -1 with an exception. */
static int put_dict(StepWriter *w, Event *a, Shadow *s, Buffer *b, Names *names, PyObject *space, int everything)
{
    int all = 1, n = 0;
    if (!everything && (n = changes_of_mentioned(w, names, space, a->code, s->line, b, &all)) < 0)
        return -1;
    int more = all ? changes_of_dict(w, names, space, b) : 0;
    return more < 0 ? -1 : n + more;
}

/* Whether a body has variables of its own at present: those of a comprehension that runs in it. */
static int has_hidden(const Code *k, Frame *f)
{
    for (uint32_t i = 0; i < k->nvariables; i++)
        if (variable_in(f, i))
            return 1;
    return 0;
}

/* The changes of what is no function's frame. The names of a module are its frame's. */
static int put_namespace(StepWriter *w, Event *a, Shadow *s, Buffer *b, int everything, uint8_t *flags)
{
    Frame *f = a->frame;
    PyObject *space = Py_XNewRef(f->f_locals);
    if (!space || !PyDict_CheckExact(space) || has_hidden(a->code, f)) {
        Py_XDECREF(space);
        space = PyObject_CallOneArg(w->ask_names, (PyObject *)object_of(a));
        everything = 1;
        if (!space || !PyDict_Check(space)) {
            Py_XDECREF(space);
            return -1;
        }
    }
    int of_module = space == f->f_globals, failed = 0;
    Names *names = s->module;
    if (!of_module) {
        if (!s->own && !(s->own = names_make(w, NULL)))
            failed = 1;
        names = s->own;
    } else
        *flags |= STEP_MODULE;
    size_t at = b->len;
    failed = failed || put_byte(b, 0) < 0;
    int n = 0;
    if (of_module)
        at = b->len, failed = failed || put_byte(b, 0) < 0;
    n = failed ? -1 : put_dict(w, a, s, b, names, space, everything);
    if (n > 0 && of_module)
        *flags |= STEP_GLOBALS;
    if (n == 0 && of_module)
        b->len = at;
    else if (n >= 0)
        n = settle_count(b, at, n);
    Py_DECREF(space);
    return n < 0 ? -1 : of_module;
}

static int put_names(StepWriter *w, Event *a, Shadow *s, Buffer *b, int everything, uint8_t *flags)
{
    Frame *f = a->frame;
    if (!w->values && a->kind != STEP_CALL)
        return put_byte(b, 0);
    if (!a->code->optimized) {
        int of_module = put_namespace(w, a, s, b, everything, flags);
        if (of_module)
            return of_module < 0 ? -1 : 0;
    } else {
        size_t at = b->len;
        if (put_byte(b, 0) < 0)
            return -1;
        int n = changes_of_frame(w, s, a->code, f, b, &everything);
        if (n < 0 || settle_count(b, at, n) < 0)
            return -1;
    }
    if (!w->values || !PyDict_CheckExact(f->f_globals))
        return 0;
    size_t at = b->len;
    if (put_byte(b, 0) < 0)
        return -1;
    int n = changes_of_globals(w, s, a->code, f->f_globals, b, everything);
    if (n > 0)
        *flags |= STEP_GLOBALS;
    else
        b->len = at;
    return n <= 0 ? n : settle_count(b, at, n);
}

static int put_result(StepWriter *w, Event *a, Buffer *b)
{
    if (a->kind == STEP_RETURN) {
        if (a->code->secret_return)
            return put_byte(b, V_REDACTED);
        return step_value_looked_at(&w->look, b, a->arg, DEEPEST_FIELDS) < 0 ? -1 : 0;
    }
    return step_error(&w->look, b, a->arg);
}

/* Tells how much the program has written, where it may have written something since. */
static int tell_output(StepWriter *w, const Event *a, int line, int everything, int64_t now)
{
    const Code *k = a->code;
    int at = line - k->first, known = at >= 0 && at < k->nlines;
    if (!everything && known && !k->facts[at].noisy)
        return 1;
    if (!w->ran && !(known && k->facts[at].prints) && now - w->looked < LOOK_PAUSE)
        return 1;
    ThreadRing *ring = ring_of_thread(w->look.writer, a->thread->id);
    if (!ring)
        return PyErr_Occurred() ? -1 : 1;
    w->ran = 0;
    w->looked = now;
    return tell_written(w->look.writer, ring);
}

/* Puts the record where the reader sees it, once there is room. */
static int deliver(StepWriter *w, const Event *a, Buffer *b, size_t bytes)
{
    RecordWriter *p = w->look.writer;
    uint64_t epoch = p->epoch;
    for (;;) {
        ThreadRing *ring = ring_of_thread(p, a->thread->id);
        if (p->epoch != epoch || (!ring && a->thread->current_exception))
            return -1;
        if (!ring || *ring->busy != Py_False) {
            PyObject *body = PyBytes_FromStringAndSize((char *)b->data + RECORD_HEAD, (Py_ssize_t)(b->len - RECORD_HEAD));
            PyObject *done = body ? PyObject_CallOneArg(w->put, body) : NULL;
            Py_XDECREF(body);
            Py_XDECREF(done);
            if (b->names)
                again_forget(&w->look); /* it may have been dropped */
            return done ? 1 : -1; /* Python counts what it drops */
        }
        if (commit(p, ring, b, STEP))
            return published(p) < 0 ? -1 : 1;
        PyObject *room = PyObject_CallFunction(w->wait, "On", ring->ring, (Py_ssize_t)bytes);
        int go_on = room == Py_True;
        Py_XDECREF(room);
        if (!room || !go_on)
            return room ? 0 : -1;
    }
}

/* The number of this thread: where it shares a ring, Python knows it. */
static long number_of_thread(StepWriter *w, const Event *a)
{
    ThreadRing *ring = ring_of_thread(w->look.writer, a->thread->id);
    if (ring || PyErr_Occurred())
        return ring ? (long)ring->number : -1;
    PyObject *answer = PyObject_CallNoArgs(w->ask_thread);
    long number = answer ? PyLong_AsLong(answer) : -1;
    Py_XDECREF(answer);
    return number;
}

/* How many calls there were. */
static long long calls_so_far(StepWriter *w)
{
    PyObject *count = *slot_at(w->run, w->count_at);
    if (Py_IS_TYPE(count, w->look.writer->state->calls))
        return (long long)((Calls *)count)->calls;
    PyObject *calls = PyObject_GetAttrString(count, "calls");
    long long n = calls ? PyLong_AsLongLong(calls) : -1;
    Py_XDECREF(calls);
    return n;
}

static int write_into(StepWriter *w, Event *a, Buffer *b)
{
    RecordWriter *p = w->look.writer;
    Code *k = a->code;
    Frame *f = a->frame;
    long thread = number_of_thread(w, a);
    if (thread < 0)
        return -1;
    int unit = step_unit(f), op = unit >= 0 && (uint32_t)unit < k->nunits ? (uint8_t)PyBytes_AS_STRING(k->units)[2 * unit] : -1;
    int begins = a->kind == STEP_CALL && (unit < 0 || (op == w->resume && PyBytes_AS_STRING(k->units)[2 * unit + 1] == 0));
    Shadow *s = begins ? NULL : shadow_find(w, f, k);
    int new = !s, ends = 0, everything = a->slowly || new || a->kind == STEP_CALL || s->tick != w->tick, before = s ? s->line : 0;
    if (new && !(s = shadow_make(w, f, k)))
        return -1;
    s->busy++;
    uint8_t flags = 0;
    if (a->kind == STEP_RETURN) {
        ends = !k->waits || a->return_op || s->raised == unit;
        flags |= (ends ? 0 : STEP_WAITS) | (a->return_op ? STEP_RETURN_OP : 0);
    }
    s->raised = a->kind == STEP_EXCEPTION ? unit : -1;
    if (!s->module || s->module->space != f->f_globals)
        s->module = k->space == f->f_globals && k->module ? k->module : names_of_module(w, f->f_globals);
    int line = a->line >= 0 ? a->line : code_line(k, unit), done = -1;
    long place = s->module ? place_of_step(w, a, line) : -1;
    Buffer callers;
    buffer_init(&callers);
    if (place < 0)
        goto out;
    if (new || a->kind == STEP_CALL) {
        flags |= STEP_CALLERS | (new ? STEP_BEGINS : 0);
        if (put_callers(w, f, &callers, &s->depth) < 0)
            goto out;
    }
    int64_t now = clock_now(&w->clock);
    if (p->out >= 0 && tell_output(w, a, before, everything, now) < 0)
        goto out;
    long long calls = calls_so_far(w);
    if (calls < 0)
        goto out;
    uint32_t around = a->kind == STEP_CALL || a->kind == STEP_RETURN;
    if (b->cap < RECORD_HEAD + STEP_HEAD && reserve(b, RECORD_HEAD + STEP_HEAD) < 0)
        goto out;
    uint8_t *at = number_at(b->data + RECORD_HEAD, (uint64_t)thread);
    *at++ = (uint8_t)a->kind;
    size_t flags_at = (size_t)(at++ - b->data);
    at = number_at(number_at(number_at(at, s->number), (uint64_t)place), s->module->number);
    at = number_at(number_at(at, s->depth > around ? s->depth - around : 0), (uint64_t)calls);
    at = number_at(number_at(at, (uint64_t)(op + 1)), now > p->started ? (uint64_t)(now - p->started) : 0);
    b->len = (size_t)(at - b->data);
    if ((a->kind == STEP_STATEMENT && put_number(b, (uint64_t)a->column) < 0) || put(b, callers.data, callers.len) < 0)
        goto out;
    if (put_names(w, a, s, b, everything, &flags) < 0)
        goto out;
    if (a->kind == STEP_RETURN || a->kind == STEP_EXCEPTION) {
        flags |= STEP_VALUE;
        if (put_result(w, a, b) < 0)
            goto out;
    }
    b->data[flags_at] = flags;
    if (reserve(b, 8) < 0)
        goto out;
    if (a->kind == STEP_CALL && ((uint32_t)thread != w->introduced || w->threads_changed)) {
        w->introduced = (uint32_t)thread;
        w->threads_changed = 0;
        PyObject *said = PyObject_CallFunction(w->introduce, "I", (unsigned int)thread);
        Py_XDECREF(said);
        if (!said)
            goto out;
    }
    s->line = a->kind == STEP_EXCEPTION ? 0 : line;
    s->tick = ++w->tick;
    done = deliver(w, a, b, b->len);
out:
    for (uint32_t i = 0; done < 1 && i < s->n; i++)
        slot_clear(&s->slots[i]); /* what was not written is new at the next step */
    buffer_end(&callers);
    s->busy--;
    if (ends)
        shadow_end(w, s);
    return done;
}

SHARED int step_write(StepWriter *w, Event *a)
{
    if (!w->look.writer->base || !w->recording)
        return 0;
    Buffer b;
    buffer_init(&b);
    b.len = RECORD_HEAD;
    b.names = w->writing++ == 0;
    int done = write_into(w, a, &b);
    w->writing--;
    if (done < 1 && b.names)
        again_forget(&w->look);
    buffer_end(&b);
    return done;
}

#endif
