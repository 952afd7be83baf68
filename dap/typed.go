package dap

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// typedKind is what a line at the debug console is.
type typedKind int

// The kinds of line.
const (
	listCommand typedKind = iota
	removeCommand
	statsCommand
	helpCommand
	typedQuery
	typedPython
	pythonWithOthers // that needs other threads of a stopped program
)

// typed is a line of the debug console, and what of it matters: the tracepoints of
// remove, the text of a query, the Python.
type typed struct {
	kind typedKind
	text string
}

// commands are the words of the console that are not queries.
var commands = []struct{ name, usage, help string }{
	{"list", "list", "everything that is traced, with its number, state and hits"},
	{"remove", "remove N…", "take tracepoints away (remove all: every one set here or in the launch configuration)"},
	{"stats", "stats", "how the run is doing: hits, records, what was counted"},
	{"query", "query TEXT", "the same as the query, where it could also be read as Python"},
	{"run", "run TEXT", "Python that needs other threads of a stopped program: they run meanwhile"},
	{"help", "help", "this page"},
}

// readTyped tells what a line is. Where no program runs it can only be a command or a
// query; stopped says that a thread stands at a stop.
func readTyped(text string, running, stopped bool) typed {
	word, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	wanted, others := queryIn(text, stopped), withOthers(text)
	switch {
	case text == "list":
		return typed{listCommand, ""}
	case word == "remove" && !strings.HasPrefix(rest, "="):
		return typed{removeCommand, rest}
	case text == "stats":
		return typed{statsCommand, ""}
	case text == "help" || text == "?":
		return typed{helpCommand, ""}
	case wanted != "":
		return typed{typedQuery, wanted}
	case running && others != "":
		return typed{pythonWithOthers, others}
	case running:
		return typed{typedPython, text}
	}
	return typed{typedQuery, text}
}

// withOthers is the Python behind the command run, "" where the text is no such
// command: "run = 3" and "run - 1" are Python about a name of the program's.
func withOthers(text string) string {
	rest, ok := strings.CutPrefix(text, "run ")
	rest = strings.TrimSpace(rest)
	first, _ := utf8.DecodeRuneInString(rest)
	word := rest[:len(rest)-len(strings.TrimLeftFunc(rest, unicode.IsLetter))]
	starts := first == '_' || unicode.IsLetter(first) || unicode.IsDigit(first)
	if !ok || !starts || slices.Contains([]string{"in", "is", "and", "or", "if", "for", "not"}, word) {
		return ""
	}
	return rest
}

// queryIn returns the query that a text at the console is, "" if it is Python.
// What reads as a query and does not compile is a mistake in one while the
// program runs, and Python at a stop; "x = 1", with blanks, assigns unless x is a
// field and the program runs.
func queryIn(text string, stopped bool) string {
	if rest, ok := strings.CutPrefix(text, "query "); ok {
		return strings.TrimSpace(rest)
	}
	if !query.ReadsAsQuery(text) {
		return ""
	}
	name, _, pairs := strings.Cut(text, "=")
	assigns := pairs && strings.HasSuffix(name, " ")
	_, problems := tracepoint.Compile(tracepoint.Spec{Query: text}, tracepoint.Options{})
	compiles := !problems.HasErrors()
	if stopped && (assigns || !compiles) || assigns && !compiles {
		return ""
	}
	return text
}

// helpText is what the command help answers.
func helpText() string {
	var b strings.Builder
	b.WriteString("A query adds a tracepoint while the program runs:\n")
	b.WriteString("  function=\"price\", action=VarsPrinter(\"total\")\n")
	b.WriteString("  module=\"shop\", kind=\"return\"\n")
	b.WriteString("Anything else is Python: in the frame you look at while the program is stopped,\n")
	b.WriteString("in the main module's globals while it runs. At a stop \"x = 1\" assigns and\n")
	b.WriteString("function=\"price\", without blanks, is a query.\n")
	b.WriteString("Commands:\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "  %-10s %s\n", c.usage, c.help)
	}
	return strings.TrimRight(b.String(), "\n")
}
