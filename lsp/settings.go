package lsp

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
	"github.com/tallyho-dev/tallyho/internal/globs"
)

// Section is the name under which a client keeps the server's settings; it asks
// for them with workspace/configuration. The same object may come as
// initializationOptions.
const Section = "tallyho"

// Settings are what a person can choose. They are replaced whole, never changed.
type Settings struct {
	Enable      bool     // off: nothing is shown of runs
	Counts      bool     // ×3
	Values      bool     // x=1 … 9
	Returns     bool     // → 5
	Exceptions  bool     // ✗1
	Changes     bool     // only values that changed
	Density     string   // full, counts, values, changes
	Tests       bool     // hints in tests as well
	Zero        bool     // ×0
	MaxLength   int      // of a hint, in UTF-16 units
	ASCII       bool     // x9 for ×9
	RefreshMS   int      // between two refreshes, in milliseconds
	Hover       bool     // tables on hover
	HoverRows   int      // samples in one
	CodeLens    bool     // above functions
	Diagnostics string   // off, ended, silenced
	Fallback    string   // off, hover, diagnostics: where live counts go instead
	Exclude     []string // globs
	QueryHelp   bool     // where queries are written
	QueryHints  bool     // what one would match
	RunState    bool     // tallyho/runState is sent
}

// Setting describes one of them for the server, the documentation and the
// editors' manifests: docs/settings.md and the tests are made from the table.
type Setting struct {
	Name    string   // dotted, below Section
	Type    string   // "boolean", "integer", "string", "array"
	Default any      // of Type
	Enum    []string // of a string: what it may be
	Min     int      // of an integer
	Max     int      // of an integer
	Doc     string   // for the documentation and the manifests

	set func(*Settings, any) // puts a checked value in its field
}

// Table lists every setting of the language server in the order in which the
// documentation shows them.
func Table() []Setting {
	return []Setting{
		boolean("enable", true, "Show annotations. Off: no hints, hovers, lenses or diagnostics about runs.",
			func(s *Settings, v bool) { s.Enable = v }),
		boolean("hints.counts", true, "Show how often each statement ran.",
			func(s *Settings, v bool) { s.Counts = v }),
		boolean("hints.values", true, "Show sampled values.",
			func(s *Settings, v bool) { s.Values = v }),
		boolean("hints.returns", true, "Show returned values.",
			func(s *Settings, v bool) { s.Returns = v }),
		boolean("hints.exceptions", true, "Show exceptions that left a statement.",
			func(s *Settings, v bool) { s.Exceptions = v }),
		boolean("hints.changes", false, "Show only values that changed: what was the same at every hit is left out, but for what a line assigned once.",
			func(s *Settings, v bool) { s.Changes = v }),
		choice("hints.density", "full", []string{"full", "counts", "values", "changes"},
			"How much hints say: all of it, counts alone, values alone, or counts and only values that changed. The other settings of hints leave out more.",
			func(s *Settings, v string) { s.Density = v }),
		boolean("hints.tests", true, "Show hints in files of tests: test_*.py, *_test.py, conftest.py, and what is in a folder named test or tests.",
			func(s *Settings, v bool) { s.Tests = v }),
		boolean("hints.zero", true, "Show ×0 at statements that never ran, in functions that did.",
			func(s *Settings, v bool) { s.Zero = v }),
		integer("hints.maxLength", 40, 12, 200, "Longest hint, in UTF-16 units. VS Code cuts a line's hints at 43 characters.",
			func(s *Settings, v int) { s.MaxLength = v }),
		boolean("hints.ascii", false, "Write hints in ASCII: x9 instead of ×9.",
			func(s *Settings, v bool) { s.ASCII = v }),
		integer("refreshMs", 500, 500, 60000, "Shortest time between two refreshes of the hints while a program runs, in milliseconds.",
			func(s *Settings, v int) { s.RefreshMS = v }),
		boolean("hover.enable", true, "Show the table of samples on hover.",
			func(s *Settings, v bool) { s.Hover = v }),
		integer("hover.rows", 10, 1, 100, "Samples in a hover, half of them the first and half the last; those that raised come on top.",
			func(s *Settings, v int) { s.HoverRows = v }),
		boolean("codeLens", true, "Show calls and exceptions above each function that ran.",
			func(s *Settings, v bool) { s.CodeLens = v }),
		choice("diagnostics", "ended", []string{"off", "ended", "silenced"},
			"Which exceptions are shown as problems: none, those that ended the last run, or also those the program handled.",
			func(s *Settings, v string) { s.Diagnostics = v }),
		choice("live.fallback", "hover", []string{"off", "hover", "diagnostics"},
			"Where live counts go in a client that cannot refresh inlay hints: only the hover, or hints among the diagnostics.",
			func(s *Settings, v string) { s.Fallback = v }),
		{Name: "exclude", Type: "array", Default: []string{}, Doc: "Globs of files that are never annotated, such as **/migrations/*.py.",
			set: func(s *Settings, v any) { s.Exclude = v.([]string) }},
		boolean("query.help", true, "Complete, check and explain queries in *.tally files and in the \"trace\" lists of launch.json.",
			func(s *Settings, v bool) { s.QueryHelp = v }),
		boolean("query.hints", true, "While a query is written, show in the source what it would match.",
			func(s *Settings, v bool) { s.QueryHints = v }),
		boolean("runState", false, "Send tallyho/runState notifications, for an editor's status bar.",
			func(s *Settings, v bool) { s.RunState = v }),
	}
}

// boolean, integer and choice make rows of the table, so that a setting's type, bounds and field
// stand in one place.
func boolean(name string, def bool, doc string, set func(*Settings, bool)) Setting {
	return Setting{Name: name, Type: "boolean", Default: def, Doc: doc, set: func(s *Settings, v any) { set(s, v.(bool)) }}
}

func integer(name string, def, low, high int, doc string, set func(*Settings, int)) Setting {
	return Setting{Name: name, Type: "integer", Default: def, Min: low, Max: high, Doc: doc,
		set: func(s *Settings, v any) { set(s, v.(int)) }}
}

func choice(name, def string, enum []string, doc string, set func(*Settings, string)) Setting {
	return Setting{Name: name, Type: "string", Default: def, Enum: enum, Doc: doc,
		set: func(s *Settings, v any) { set(s, v.(string)) }}
}

// DefaultSettings is what holds where a client says nothing.
func DefaultSettings() *Settings {
	s := new(Settings)
	for _, one := range Table() {
		one.set(s, one.Default)
	}
	return s
}

// ParseSettings reads a client's settings over base. Keys may be nested objects or
// dotted names. Each mistake is one sentence, and leaves its setting as it was;
// unknown names are mistakes too, but for those in ignore, which are the client's own.
func ParseSettings(base *Settings, data []byte, ignore ...string) (*Settings, []string) {
	s := *base
	var root any
	if len(data) == 0 || json.Unmarshal(data, &root) != nil || root == nil {
		return &s, nil
	}
	object, ok := root.(map[string]any)
	if !ok {
		return &s, []string{fmt.Sprintf("settings: want an object, got %s", brief(root))}
	}
	if inner, ok := object[Section].(map[string]any); ok && len(object) == 1 {
		object = inner
	}
	table := map[string]Setting{}
	for _, one := range Table() {
		table[one.Name] = one
	}
	flat := map[string]any{}
	flatten(object, "", table, flat)
	var mistakes []string
	for _, name := range slices.Sorted(maps.Keys(flat)) {
		one, known := table[name]
		if !known {
			if top, _, _ := strings.Cut(name, "."); !slices.Contains(ignore, top) {
				mistakes = append(mistakes, unknownSetting(name, table))
			}
			continue
		}
		v, err := one.parse(flat[name])
		if err != nil {
			mistakes = append(mistakes, fmt.Sprintf("%s.%s: %v", Section, name, err))
			continue
		}
		one.set(&s, v)
	}
	return &s, mistakes
}

// flatten joins nested names with dots, and stops at the names of settings.
func flatten(object map[string]any, prefix string, table map[string]Setting, into map[string]any) {
	for key, v := range object {
		name := strings.TrimPrefix(prefix+key, Section+".")
		_, known := table[name]
		if inner, ok := v.(map[string]any); ok && !known {
			flatten(inner, name+".", table, into)
			continue
		}
		into[name] = v
	}
}

// parse reads a value as JSON has it; null is the default, for that is how clients clear a setting.
func (one Setting) parse(v any) (any, error) {
	if v == nil {
		return one.Default, nil
	}
	switch one.Type {
	case "boolean":
		if b, ok := v.(bool); ok {
			return b, nil
		}
		return nil, fmt.Errorf("want true or false, got %s", brief(v))
	case "integer":
		f, ok := v.(float64)
		if !ok || f != math.Trunc(f) || f < float64(one.Min) || f > float64(one.Max) {
			return nil, fmt.Errorf("want a whole number from %d to %d, got %s", one.Min, one.Max, brief(v))
		}
		return int(f), nil
	case "string":
		text, ok := v.(string)
		if !ok || !slices.Contains(one.Enum, text) {
			return nil, fmt.Errorf("want one of %s, got %s", strings.Join(one.Enum, ", "), brief(v))
		}
		return text, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("want a list of globs, got %s", brief(v))
	}
	all := make([]string, 0, len(list))
	for _, x := range list {
		text, ok := x.(string)
		if !ok {
			return nil, fmt.Errorf("want a list of globs, got %s in it", brief(x))
		}
		if err := globs.Check(text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, nil
}

// unknownSetting names what was likely meant.
func unknownSetting(name string, table map[string]Setting) string {
	if known := diag.Nearest(name, slices.Sorted(maps.Keys(table))); known != "" {
		return fmt.Sprintf("%s.%s: there is no such setting; did you mean %s?", Section, name, known)
	}
	return fmt.Sprintf("%s.%s: there is no such setting", Section, name)
}

// brief shows a wrong value, which may be anything, in a sentence.
func brief(v any) string {
	text, _ := json.Marshal(v)
	if len(text) > 40 {
		text = append(text[:40:40], "…"...)
	}
	return string(text)
}
