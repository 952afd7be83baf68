package dap

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// exceptionFilters carry debugpy's ids, so that configurations and editors'
// settings hold for both.
func exceptionFilters() []dap.ExceptionBreakpointsFilter {
	const classes = `exception classes ("KeyError, ValueError") or a query (module_sw="shop")`
	return []dap.ExceptionBreakpointsFilter{
		{Filter: "raised", Label: "Raised Exceptions", SupportsCondition: true, ConditionDescription: classes,
			Description: "Log every exception where it is raised and in each frame it passes through."},
		{Filter: "uncaught", Label: "Uncaught Exceptions", Default: true,
			Description: "Exceptions that end the program. Python prints their traceback."},
		{Filter: "userUnhandled", Label: "User Uncaught Exceptions",
			Description: "Exceptions that leave the user's code for a library's."},
	}
}

func (a *adapter) onSetExceptionBreakpoints(m *message) {
	args := m.request.(*dap.SetExceptionBreakpointsRequest).Arguments
	query := exceptionQuery
	if a.settings != nil && a.settings.justMyCode != nil && !*a.settings.justMyCode {
		query = anyExceptionQuery
	}
	var wanted []*entry
	for _, id := range args.Filters {
		wanted = append(wanted, exceptionEntry(query, id, ""))
	}
	for _, o := range args.FilterOptions {
		wanted = append(wanted, exceptionEntry(query, o.FilterId, o.Condition))
	}
	a.set(exceptionOwner, wanted, func(entries []*entry) {
		a.reply(m, &breakpointsResponse{Body: a.breakpoints(entries)})
	})
}

// exceptionEntry is what one filter does: "raised" is a tracepoint; the others
// are accepted, and say what happens instead.
func exceptionEntry(query, id, condition string) *entry {
	e := &entry{spec: tracepoint.Spec{Query: query + "  # " + id}}
	switch id {
	case "raised":
		query, problem := raisedQuery(query, condition)
		e.spec = tracepoint.Spec{Query: query}
		if problem != "" {
			e.reject(problem)
		}
	case "uncaught":
		e.problem = "the program is not stopped at it yet; Python prints the traceback to stderr"
	case "userUnhandled":
		e.problem = "not watched yet; the filter \"raised\" logs every exception"
	default:
		e.reject(fmt.Sprintf("unknown exception filter %q; the filters are raised, uncaught, userUnhandled", id))
	}
	return e
}

// What the filter "raised" selects: exception events in the user's code, or
// with justMyCode false in all code.
const (
	exceptionQuery    = `Q(kind="exception", stdlib=False)`
	anyExceptionQuery = `Q(kind="exception")`
)

var classList = regexp.MustCompile(`^\s*[\pL_][\pL\pN_.]*(\s*,\s*[\pL_][\pL\pN_.]*)*\s*$`)

// raisedQuery is the query of the filter "raised" under a condition: a list of
// exception classes, by name, or a query.
func raisedQuery(every, condition string) (query, problem string) {
	switch condition = strings.TrimSpace(condition); {
	case condition == "":
		return every, ""
	case classList.MatchString(condition):
		return every + " & When(lambda event: any(c.__name__ in (" + quotedNames(condition) +
			") for c in event.arg[0].__mro__))", ""
	}
	if problem := checkQuery(condition); problem != "" {
		return every, problem
	}
	return every + " & Q(" + condition + ")", ""
}

// quotedNames writes "KeyError, json.JSONDecodeError" as the items of a Python
// tuple of the last names.
func quotedNames(classes string) string {
	var b strings.Builder
	for _, class := range strings.Split(classes, ",") {
		class = strings.TrimSpace(class)
		class = class[strings.LastIndex(class, ".")+1:]
		fmt.Fprintf(&b, "%q, ", class)
	}
	return strings.TrimSuffix(b.String(), " ")
}
