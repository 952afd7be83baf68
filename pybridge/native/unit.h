/* What every C file of the accelerator begins with.
 *
 * The product is one unit, accelerator.c, in which the compiler sees everything at once and nothing is visible from
 * outside. Each file is compiled alone as well (scripts/native): it includes what it uses. What another file may use is
 * declared SHARED in the header of its own.
 *
 * With the interpreter's own headers everything is built; with -DPy_LIMITED_API=0x030C0000 only what counts, against the
 * stable ABI (scripts/prebuilt).
 */
#ifndef TALLYHO_UNIT_H
#define TALLYHO_UNIT_H

#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_BUILD_CORE_MODULE 1 /* latest.c reads the interpreter's own frames */
#endif
#include <Python.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "behaviour.h"
#include "older.h"

/* What is seldom called, and would make its caller save registers each time. */
#define RARE __attribute__((noinline))

#ifdef TALLYHO_ONE_UNIT
#define SHARED static
#else
#define SHARED __attribute__((visibility("hidden"))) extern
#endif

#endif
