package tests

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// dir is where the modules are.
func dir() string { return filepath.Join(testkit.Root(), "pybridge", "tests") }

// Modules are the names of the modules of tests whose files a pattern names.
func Modules(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir(), pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no test modules %s: %v", pattern, err)
	}
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".py"))
	}
	return names
}

// ofEvents are the modules about which events are told, and what is written of them.
var ofEvents = []string{
	"test_events", "test_full_ring", "test_lasting", "test_late", "test_line_points", "test_live", "test_locals_alive", "test_native_events",
	"test_native_extras", "test_native_guard", "test_one_condition", "test_passing", "test_profile", "test_raised_elsewhere", "test_screens", "test_tracer", "test_tracer_writes", "test_unbound",
}

// subject is the name of the package below that runs a module; "" is this one.
func subject(module string) string {
	switch {
	case strings.HasPrefix(module, "test_stop_"):
		return "stops"
	case strings.HasPrefix(module, "test_tally_"):
		return "tally"
	case module == "test_roads":
		return "roads"
	case slices.Contains(ofEvents, module):
		return "events"
	}
	return ""
}

// OnEveryPython runs the modules about something on every interpreter found, but for
// modules of ofAnyVersion, one subtest for each, so that a failure names both.
func OnEveryPython(t *testing.T, about string) {
	for _, python := range testkit.Pythons(t) {
		for _, module := range For(t, python, Modules(t, "test_*.py")) {
			if subject(module) == about {
				Run(t, python, module)
			}
		}
	}
}

// ofAnyVersion are the modules of tests that take long and whose subject no version
// of Python changes: some Pythons stand for all there (testkit.Some). What a version
// may change beneath them has tests that run on each.
var ofAnyVersion = map[string]string{
	"test_roads":          "three encoders of a record are compared, all ours; test_events has the events themselves",
	"test_native_events":  "the same, of the accelerator",
	"test_screens":        "questions asked two ways, both ours; what is known of a frame has test_locals_alive",
	"test_one_condition":  "a callback that is compiled by us",
	"test_menagerie":      "values are told apart by exact type; where their frames differ test_locals_alive looks",
	"test_stop_values":    "the same, as trees",
	"test_stop_templates": "how values are shown",
	"test_stop_blocked":   "waits of ours at a stop",
	"test_profile":        "what is recorded of C functions, by two ways of being told of them: 3.12 has both, 3.9 the older one",
}

// long are the modules that take more than some three seconds each, which -short
// leaves out: all of test_roads, and of each other subject some.
var long = []string{
	"test_events", "test_guest", "test_late", "test_line_points", "test_live", "test_locals_alive", "test_menagerie", "test_native_events", "test_one_condition",
	"test_profile", "test_roads", "test_run", "test_screens", "test_stop_awaits", "test_stop_blocked", "test_stop_columns", "test_stop_control", "test_stop_evaluate",
	"test_stop_exceptions", "test_stop_groups", "test_stop_nodes", "test_stop_programs", "test_stop_templates", "test_stop_values", "test_tally_again", "test_tally_oracle",
	"test_tally_stepping", "test_tally_tracers", "test_tracebacks", "test_whose",
}

// For are those of some modules of tests that run on an interpreter.
func For(t *testing.T, python testkit.Interpreter, modules []string) []string {
	t.Helper()
	stands := slices.Contains(testkit.Some(t), python)
	var chosen []string
	for _, module := range modules {
		if testing.Short() && slices.Contains(long, module) {
			continue
		}
		if why := ofAnyVersion[module]; stands || why == "" {
			chosen = append(chosen, module)
		}
	}
	return chosen
}
