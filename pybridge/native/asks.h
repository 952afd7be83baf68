/* The steps of a Screen: what each of them says of an event. */
#ifndef TALLYHO_ASKS_H
#define TALLYHO_ASKS_H

#include "screen.h"

/* NO, YES or MAYBE, which may be with an exception. */
SHARED int step_says(Screen *c, Step *s, About *a);

#endif
