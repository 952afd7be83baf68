package dap

import (
	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// exceptionFilters carry debugpy's ids, so that configurations and editors'
// settings hold for both; "silenced" is ours.
func exceptionFilters() []dap.ExceptionBreakpointsFilter {
	const classes = `exception classes ("KeyError, ValueError"), a query (module_sw="shop") or a Python expression`
	return []dap.ExceptionBreakpointsFilter{
		{Filter: tracepoint.Raised, Label: "Raised Exceptions", SupportsCondition: true, ConditionDescription: classes,
			Description: "Stop where an exception is raised in your code."},
		{Filter: tracepoint.Uncaught, Label: "Uncaught Exceptions", Default: true, SupportsCondition: true, ConditionDescription: classes,
			Description: "Stop at exceptions that nobody handles, before they end the thread."},
		{Filter: tracepoint.UserUnhandled, Label: "User Uncaught Exceptions", SupportsCondition: true, ConditionDescription: classes,
			Description: "Stop at exceptions that leave your code for a library's."},
		{Filter: tracepoint.Silenced, Label: "Silenced Exceptions", SupportsCondition: true, ConditionDescription: classes,
			Description: "Log exceptions that your code swallows, and where."},
	}
}

// onSetExceptionBreakpoints replaces all filters. Clients send ids (filters) or ids with
// conditions (filterOptions), or both, and modes beside them, which go-dap does not have.
func (a *adapter) onSetExceptionBreakpoints(m *wire.Message) {
	args := m.Request.(*dap.SetExceptionBreakpointsRequest).Arguments
	modes := wire.Extra[wire.ModesExtra](m.Raw).FilterOptions
	var wanted []*entry
	for _, id := range args.Filters {
		wanted = append(wanted, a.exceptionEntry(id, "", ""))
	}
	for i, o := range args.FilterOptions {
		wanted = append(wanted, a.exceptionEntry(o.FilterId, o.Condition, wire.ModeOf(modes, i)))
	}
	a.set(exceptionOwner, wanted, func(entries []*entry) {
		a.reply(m, &wire.BreakpointsResponse{Body: a.breakpoints(entries)})
	})
}

// exceptionEntry is what one filter does. An exception that is silenced
// happens in programs that are well: it is logged unless a stop is asked for.
// A filter that this interpreter cannot serve is refused here too: a client may keep asking for it
// after it was taken out of the capabilities (interpreter.go).
func (a *adapter) exceptionEntry(id, condition, mode string) *entry {
	if mode == "" && id == tracepoint.Silenced {
		mode = "trace"
	}
	e := &entry{spec: tracepoint.Spec{Exceptions: id, Condition: condition}}
	e.apply(mode)
	if id == tracepoint.Silenced && !seesSilenced(a.program.Python) {
		e.reject("exceptions that are silenced can be seen from Python 3.11 on; this is " + a.program.Python)
	}
	a.judge(e)
	return e
}
