/* The steps of a Screen that ask about the program's values: its variables, its globals, the value of an event. Only exact
 * built-in types are compared here; of all others Python says it (operands.py).
 */
#ifndef TALLYHO_ASKNAMES_H
#define TALLYHO_ASKNAMES_H

#include "screen.h"

/* operands.py's tests of one value with an operand that is one of its scalars; MAYBE: Python has to say. */
SHARED int scalar_says(PyObject *value, int compare, PyObject *operand);

/* NO, YES or MAYBE, which may be with an exception: of a variable compared, of all variables compared with a dict's, of whether
 * there is a variable of a name, and the last two of globals. */
SHARED int local_says(Step *s, About *a);
SHARED int locals_say(Step *s, About *a);
SHARED int has_local(Step *s, About *a);
SHARED int globals_say(Step *s, About *a);
SHARED int has_global(Step *s, About *a);

#endif
