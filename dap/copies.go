package dap

import (
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// copies are a tracepoint in the words of other places. One that cannot be said there is
// empty; Lost tells what a query leaves out, or why there is none.
type copies struct {
	Query      string `json:"query"`      // for the console, launch.json, a *.tally file
	Hunter     string `json:"hunter"`     // the environment variable, for a shell
	Breakpoint string `json:"breakpoint"` // DAP's words, as JSON
	Lost       string `json:"lost,omitempty"`
}

// copiesOf says a tracepoint in the words of each place that a person might paste it into.
func copiesOf(s tracepoint.Spec) copies {
	text, lost := asQuery(s)
	c := copies{Query: text, Lost: lost, Breakpoint: asBreakpoint(s)}
	if text != "" {
		c.Hunter = "PYTHONHUNTER=" + shellQuoted(text)
	}
	return c
}

// asQuery is a Spec as one query, and what that leaves out.
// A query says where and what is shown. What a breakpoint has besides, stopping, hit counts and
// message texts, it has no words for: that is told, never dropped silently.
func asQuery(s tracepoint.Spec) (text, lost string) {
	var parts, left []string
	switch {
	case s.Exceptions != "" || s.Data != "" || s.Time != "":
		return "", "this is no question that a query can ask"
	case s.Query != "":
		parts = []string{strings.TrimSpace(s.Query)}
	case s.Function != "" && strings.ContainsAny(s.Function, "(="):
		parts = []string{s.Function}
	case s.Function != "":
		parts = functionTests(s.Function)
		if strings.Contains(s.Function, ".") {
			left = append(left, "which class's")
		}
	default:
		parts = []string{`kind="line"`, "filename_endswith=" + strconv.Quote(path.Base(filepath.ToSlash(s.Path))), fmt.Sprintf("lineno=%d", s.Line)}
	}
	switch {
	case s.Condition == "":
	case plainTests.MatchString(s.Condition):
		parts = append(parts, s.Condition)
	default:
		return "", "its condition cannot be said in a query"
	}
	action, dropped := asAction(s.LogMessage)
	if action != "" {
		parts = append(parts, "action="+action)
	}
	if dropped {
		left = append(left, "the text of its message")
	}
	if s.HitCondition != "" {
		left = append(left, "which hits count")
	}
	if s.Stop {
		left = append(left, "that it stops")
	}
	text = strings.Join(parts, ", ")
	if _, problems := query.ParseTrace(text, nil); problems.HasErrors() {
		return "", "it cannot be said in a query"
	}
	if len(left) > 0 {
		lost = "left out: " + strings.Join(left, ", ")
	}
	return text, lost
}

// plainTests are conditions that are tests of fields and nothing else.
// Others are Python, or predicates whose actions would run at each event of the copy.
var plainTests = regexp.MustCompile(`^\s*\w+\s*=\s*("[^"\\]*"|'[^'\\]*'|\d+)(\s*,\s*\w+\s*=\s*("[^"\\]*"|'[^'\\]*'|\d+))*\s*$`)

// functionTests are the tests for a function's name: module:Class.name, of which the class is lost,
// for a query's function is the bare name.
func functionTests(name string) []string {
	parts := []string{`kind="call"`}
	if module, rest, found := strings.Cut(name, ":"); found {
		parts, name = append(parts, "module="+strconv.Quote(module)), rest
	}
	return append(parts, "function="+strconv.Quote(name[strings.LastIndex(name, ".")+1:]))
}

// asAction is a log message as a query's action: a printer as it is, of a text its
// expressions.
func asAction(message string) (action string, dropped bool) {
	if message == "" {
		return "", false
	}
	parsed, problems := query.ParseLog(message)
	if problems.HasErrors() {
		return "", true
	}
	if parsed.Kind != "Log" {
		return strings.TrimSpace(message), false
	}
	var names []string
	for _, piece := range parsed.Template {
		if piece.Expr != "" {
			names = append(names, strconv.Quote(piece.Expr))
		}
	}
	if len(names) == 0 {
		return "", true
	}
	return "VarsPrinter(" + strings.Join(names, ", ") + ")", true
}

// asBreakpoint is a Spec as an argument of setBreakpoints or setFunctionBreakpoints.
func asBreakpoint(s tracepoint.Spec) string {
	b := map[string]any{}
	switch {
	case s.Exceptions != "" || s.Data != "":
		return ""
	case s.Path != "":
		b["source"], b["line"] = map[string]string{"path": s.Path}, s.Line
	case s.Function != "":
		b["name"] = s.Function
	default:
		b["name"] = s.Query
	}
	for key, text := range map[string]string{"condition": s.Condition, "hitCondition": s.HitCondition, "logMessage": s.LogMessage} {
		if text != "" {
			b[key] = text
		}
	}
	raw, _ := json.Marshal(b)
	return string(raw)
}

// shellQuoted is a text as one word of a POSIX shell.
func shellQuoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
