/* What a version of CPython does, for the C files: each fact once, by a name that says what is so where it is 1
 * (pybridge/_tallyho/base/behaviour.py is the place for the bridge in Python, docs/new-python.md says what a new version takes).
 * All of them are built for 3.12 and newer.
 */
#ifndef TALLYHO_BEHAVIOUR_H
#define TALLYHO_BEHAVIOUR_H

/* f_locals of a function's frame is a view of its variables (PEP 667), not a dictionary that is written back to it. */
#define LIVE_LOCALS (PY_VERSION_HEX >= 0x030D0000)

/* A thread's frame is found by way of a _PyCFrame (gh-106597 took that away in 3.13). */
#define FRAME_IN_CFRAME (PY_VERSION_HEX < 0x030D0000)

/* What a frame executes need not be code (gh-100987). */
#define FRAME_HAS_EXECUTABLE (PY_VERSION_HEX >= 0x030D0000)

/* The interpreter's own frames are known: where variables, globals and locals lie in one (Include/internal/pycore_frame.h).
 * 3.14 holds tagged references there, which nothing public reads. */
#define FRAMES_ARE_KNOWN (PY_VERSION_HEX < 0x030E0000)

/* What walks a set is declared for the interpreter's own files alone. */
#define SETS_ARE_INTERNAL (PY_VERSION_HEX >= 0x030D0000)

#endif
