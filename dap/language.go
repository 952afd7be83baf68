package dap

import (
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// checkSpec looks for mistakes in what a person wrote: it returns each with
// carets under it, or "". careful allows no Python code but plain names,
// attributes and items.
func checkSpec(s tracepoint.Spec, careful bool) string {
	var problems []string
	for _, part := range []struct {
		name, text string
		parse      func(string) diag.List
	}{
		{"query", s.Query, queryParser(s.LogMessage != "")},
		{"condition", s.Condition, func(string) diag.List { _, l := tracepoint.ParseCondition(s); return l }},
		{"hit condition", s.HitCondition, func(t string) diag.List { _, l := query.ParseHit(t); return l }},
		{"log message", s.LogMessage, func(t string) diag.List { _, l := query.ParseLog(t); return l }},
		{"function", s.Function, checkFunction},
		{"filter", s.Exceptions, tracepoint.CheckFilter},
	} {
		if part.text == "" {
			continue
		}
		if list := part.parse(part.text); list.HasErrors() {
			problems = append(problems, caret(part.name, part.text, list))
		}
	}
	if len(problems) == 0 && careful {
		problems = checkCareful(s)
	}
	return strings.TrimRight(strings.Join(problems, ""), "\n")
}

// warnSpec says what is odd in texts that are right, or "".
// Whatever has errors has been answered by checkSpec, and compiles to nil here.
func warnSpec(s tracepoint.Spec) string {
	compiled, list := tracepoint.Compile(s, tracepoint.Options{})
	if compiled == nil {
		return ""
	}
	var warnings []string
	for _, d := range list {
		if d.Severity == diag.Warning {
			warnings = append(warnings, d.Error())
		}
	}
	return strings.Join(warnings, "; ")
}

// queryParser is how a query reads: with a log message it only says where.
func queryParser(logs bool) func(string) diag.List {
	return func(text string) diag.List {
		if logs {
			_, list := query.ParseCondition(text)
			return list
		}
		_, list := query.ParseTrace(text, nil)
		return list
	}
}

// checkFunction is how a function breakpoint's name reads: Compile knows all its forms.
func checkFunction(name string) diag.List {
	_, list := tracepoint.Compile(tracepoint.Spec{Function: name}, tracepoint.Options{})
	return list
}

// checkCareful says what a careful session does not run.
// The first place is enough: whoever takes that out will be told of the next.
func checkCareful(s tracepoint.Spec) []string {
	compiled, _ := tracepoint.Compile(s, tracepoint.Options{})
	if compiled == nil {
		return nil
	}
	for _, d := range compiled.Program.Python() {
		return []string{d.Summary + ". " + d.Detail}
	}
	return nil
}

// caret shows the errors of a text with carets under them.
func caret(name, text string, list diag.List) string {
	var errors diag.List
	for _, d := range list {
		if d.Severity == diag.Error {
			errors = append(errors, d)
		}
	}
	return diag.Render(name, text, errors)
}
