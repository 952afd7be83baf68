/* What a version of CPython does, for the C files: each fact once, by a name that says what is so where it is 1
 * (pybridge/_tallyho/base/behaviour.py is the place for the bridge in Python, docs/new-python.md says what a new version takes).
 * Where there is no sys.monitoring, only the trace function (tracer.c) and what it uses are built.
 */
#ifndef TALLYHO_BEHAVIOUR_H
#define TALLYHO_BEHAVIOUR_H

/* There is no sys.monitoring (PEP 669): events come by trace functions. */
#define SETTRACE_ONLY (PY_VERSION_HEX < 0x030C0000)

/* A frame object says itself where the frame is, and not another one that the interpreter keeps elsewhere (bpo-44590). */
#define FRAMES_ARE_OBJECTS (PY_VERSION_HEX < 0x030B0000)

/* A frame counts its instructions in bytes, and not in units of two (bpo-27129). */
#define LASTI_IN_BYTES (PY_VERSION_HEX < 0x030A0000)

/* Py_NewRef (bpo-42262) and PyModule_AddObjectRef (bpo-1635741). */
#define HAS_NEW_REFERENCES (PY_VERSION_HEX >= 0x030A0000)

/* A traced frame's line is that of its last event, not of its instruction (PEP 626). */
#define LINE_IS_LAST_EVENTS (PY_VERSION_HEX < 0x030A0000)

/* A thread counts the calls that it has left, and not those that it is in. */
#define CALLS_LEFT_ARE_COUNTED (PY_VERSION_HEX >= 0x030B0000)

/* Calls of functions in Python are run within the caller's, and take its arguments over (bpo-45256); not where somebody runs frames in the
 * interpreter's place: the caller keeps them until the call returns then, and the program's finalizers run later. */
#define CALLS_TAKE_ARGUMENTS (PY_VERSION_HEX >= 0x030B0000)

/* Whether a thread is traced says the innermost of its _PyCFrames, and not the thread (bpo-43760). */
#define TRACING_IN_CFRAME (PY_VERSION_HEX >= 0x030A0000)

/* The interpreter counts the threads that are traced, and looks at no thread where there are none. */
#define TRACING_IS_COUNTED (PY_VERSION_HEX < 0x030A0000)

/* f_locals of a function's frame is a view of its variables (PEP 667), not a dictionary that is written back to it. */
#define LIVE_LOCALS (PY_VERSION_HEX >= 0x030D0000)

/* A thread's frame is found by way of a _PyCFrame (gh-106597 took that away in 3.13). */
#define FRAME_IN_CFRAME (PY_VERSION_HEX < 0x030D0000)

/* What a frame executes need not be code (gh-100987). */
#define FRAME_HAS_EXECUTABLE (PY_VERSION_HEX >= 0x030D0000)

/* The interpreter's own frames are known: where variables, globals and locals lie in one (Include/internal/pycore_frame.h). */
#ifdef Py_GIL_DISABLED
#define FRAMES_ARE_KNOWN (PY_VERSION_HEX < 0x030E0000)
#else
#define FRAMES_ARE_KNOWN (!SETTRACE_ONLY && PY_VERSION_HEX < 0x03100000)
#endif

/* They hold tagged references (Include/internal/pycore_stackref.h). */
#define FRAMES_ARE_TAGGED (PY_VERSION_HEX >= 0x030E0000)

/* The values of an object that has no dictionary yet say themselves how many they are and in which order they came (gh-115776); before, that
 * lies in front of them. */
#define VALUES_TELL_THEIR_SIZE (PY_VERSION_HEX >= 0x030D0000)

/* What walks a set is declared for the interpreter's own files alone. */
#define SETS_ARE_INTERNAL (PY_VERSION_HEX >= 0x030D0000)

#endif
