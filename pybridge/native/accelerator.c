/* The accelerator of the bridge, as one unit: what is built on a person's machine for their interpreter, and with
 * -DPy_LIMITED_API=0x030C0000 what a release carries (scripts/prebuilt), which only counts: conditions and printers stay in
 * Python there. embed.go puts these files, and what they include, into one.
 */
#define TALLYHO_ONE_UNIT 1
#include "unit.h"

#include "state.c"
#if SETTRACE_ONLY
#include "frametable.c"
#include "ways.c"
#include "traceevents.c"
#include "tracer.c"
#else
#include "table.c"
#include "counters.c"
#ifndef Py_LIMITED_API
#include "guard.c"
#include "latest.c"
#include "latestlook.c"
#include "latestplan.c"
#include "held.c"
#include "buffer.c"
#include "ring.c"
#include "variables.c"
#include "writer.c"
#include "activity.c"
#include "render.c"
#include "printer.c"
#include "condition.c"
#include "hits.c"
#include "lines.c"
#include "raises.c"
#include "unwinds.c"
#include "entries.c"
#include "raw.c"
#include "starts.c"
#include "calls.c"
#include "asks.c"
#include "asknames.c"
#include "screen.c"
#include "gate.c"
#include "steptypes.c"
#include "steptext.c"
#include "stepcut.c"
#include "stepdigest.c"
#include "stepvalue.c"
#include "stepagain.c"
#include "stepcodes.c"
#include "stepframes.c"
#include "stepchanges.c"
#include "stepwrite.c"
#include "recorder.c"
#endif
#endif
#include "module.c"
