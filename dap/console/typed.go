package console

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// TypedKind is what a line at the debug console is.
type TypedKind int

// The kinds of line.
const (
	List TypedKind = iota
	Remove
	Stats
	Help
	Query
	Python
	When             // a name got its values, in a run that is recorded
	Go               // to a step of it
	Dump             // what a flight recorder keeps is written
	PythonWithOthers // that needs other threads of a stopped program
)

// Typed is a line of the debug console, and what of it matters: the tracepoints of
// remove, the text of a query, the Python.
type Typed struct {
	Kind TypedKind
	Text string
}

// Commands are the words of the console that are not queries.
var Commands = []struct{ Name, usage, Help string }{
	{"list", "list", "everything that is traced, with its number, state and hits"},
	{"remove", "remove N…", "take tracepoints away (remove all: every one set here or in the launch configuration)"},
	{"stats", "stats", "how the run is doing: hits, records, what was counted"},
	{"query", "query TEXT", "the same as the query, where it could also be read as Python"},
	{"when", "when NAME", "when a name of the frame, or an attribute, got its values (of a run that is recorded)"},
	{"go", "go N", "to that step of a run that is recorded"},
	{"record", "record dump", "write what a recording with \"last\" keeps in memory, and go on"},
	{"run", "run TEXT", "Python that needs other threads of a stopped program: they run meanwhile"},
	{"help", "help", "this page"},
}

// ReadTyped tells what a line is. Where no program runs it can only be a command or a
// query; stopped says that a thread stands at a stop.
func ReadTyped(text string, running, stopped bool) Typed {
	word, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	wanted, others := QueryIn(text, stopped), withOthers(text)
	switch {
	case text == "list":
		return Typed{List, ""}
	case word == "remove" && !strings.HasPrefix(rest, "="):
		return Typed{Remove, rest}
	case isOperand(text, "when"):
		return Typed{When, rest}
	case isOperand(text, "go"):
		return Typed{Go, rest}
	case strings.TrimPrefix(text, ":") == "record dump": // no Python
		return Typed{Dump, ""}
	case text == "stats":
		return Typed{Stats, ""}
	case text == "help" || text == "?":
		return Typed{Help, ""}
	case wanted != "":
		return Typed{Query, wanted}
	case running && others != "":
		return Typed{PythonWithOthers, others}
	case running:
		return Typed{Python, text}
	}
	return Typed{Query, text}
}

// withOthers is the Python behind the command run, "" where the text is no such
// command: "run = 3" and "run - 1" are Python about a name of the program's.
func withOthers(text string) string {
	rest := strings.TrimSpace(strings.TrimPrefix(text, "run "))
	if !isOperand(text, "run") {
		return ""
	}
	return rest
}

// isOperand reports whether a text is a command with something after it, and no Python about
// a name of the program's.
func isOperand(text, command string) bool {
	rest, ok := strings.CutPrefix(text, command+" ")
	rest = strings.TrimSpace(rest)
	first, _ := utf8.DecodeRuneInString(rest)
	word := rest[:len(rest)-len(strings.TrimLeftFunc(rest, unicode.IsLetter))]
	starts := first == '_' || unicode.IsLetter(first) || unicode.IsDigit(first)
	return ok && starts && !slices.Contains([]string{"in", "is", "and", "or", "if", "for", "not"}, word)
}

// QueryIn returns the query that a text at the console is, "" if it is Python.
// What reads as a query and does not compile is a mistake in one while the
// program runs, and Python at a stop; "x = 1", with blanks, assigns unless x is a
// field and the program runs.
func QueryIn(text string, stopped bool) string {
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

// HelpText is what the command help answers.
func HelpText() string {
	var b strings.Builder
	b.WriteString("A query adds a tracepoint while the program runs:\n")
	b.WriteString("  function=\"price\", action=VarsPrinter(\"total\")\n")
	b.WriteString("  module=\"shop\", kind=\"return\"\n")
	b.WriteString("Anything else is Python: in the frame you look at while the program is stopped,\n")
	b.WriteString("in the main module's globals while it runs. At a stop \"x = 1\" assigns and\n")
	b.WriteString("function=\"price\", without blanks, is a query.\n")
	b.WriteString("Commands:\n")
	for _, c := range Commands {
		fmt.Fprintf(&b, "  %-10s %s\n", c.usage, c.Help)
	}
	return strings.TrimRight(b.String(), "\n")
}
