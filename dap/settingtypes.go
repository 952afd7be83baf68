package dap

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/globs"
)

// must is what a wrong value is answered with; it follows the key's name.
func must(be string, value json.RawMessage) error {
	return fmt.Errorf("must be %s, not %s", be, jsonKind(value))
}

// jsonKind is what a JSON value is, in words.
func jsonKind(value json.RawMessage) string {
	trimmed := strings.TrimSpace(string(value))
	switch {
	case trimmed == "":
		return "nothing"
	case trimmed == "null":
		return "null"
	case trimmed == "true", trimmed == "false":
		return trimmed
	}
	switch trimmed[0] {
	case '"':
		return "a string"
	case '[':
		return "a list"
	case '{':
		return "an object"
	}
	return "a number"
}

func stringOf(field func(*launchSettings) *string) setting {
	return func(s *launchSettings, value json.RawMessage) error {
		if json.Unmarshal(value, field(s)) != nil {
			return must("a string", value)
		}
		return nil
	}
}

func boolOf(field func(*launchSettings) *bool) setting {
	return func(s *launchSettings, value json.RawMessage) error {
		if json.Unmarshal(value, field(s)) != nil {
			return must("true or false", value)
		}
		return nil
	}
}

func oneOf(field func(*launchSettings) *string, allowed ...string) setting {
	return func(s *launchSettings, value json.RawMessage) error {
		var got string
		if json.Unmarshal(value, &got) != nil {
			return must("a string", value)
		}
		for _, a := range allowed {
			if got == a {
				*field(s) = got
				return nil
			}
		}
		return fmt.Errorf("must be one of %s, not %q", strings.Join(allowed, ", "), got)
	}
}

func listOf(field func(*launchSettings) *[]string) setting {
	return func(s *launchSettings, value json.RawMessage) error {
		items, err := stringList(value)
		*field(s) = items
		return err
	}
}

func globsOf(field func(*launchSettings) *[]string) setting {
	return func(s *launchSettings, value json.RawMessage) error {
		items, err := globList(value)
		*field(s) = items
		return err
	}
}

// globList is a list of strings each of which means files.
func globList(value json.RawMessage) ([]string, error) {
	items, err := stringList(value)
	if err == nil {
		if err = globs.CheckAll(items); err != nil {
			err = fmt.Errorf("has a mistake: %w", err)
		}
	}
	return items, err
}

func stringList(value json.RawMessage) ([]string, error) {
	var raw []json.RawMessage
	if json.Unmarshal(value, &raw) != nil {
		return nil, must("a list of strings", value)
	}
	items := make([]string, len(raw))
	for i, r := range raw {
		if json.Unmarshal(r, &items[i]) != nil || string(r) == "null" {
			return nil, fmt.Errorf("must be a list of strings, but item %d is %s", i+1, jsonKind(r))
		}
	}
	return items, nil
}

// wordsOf is a list of strings, or one string that is split as a shell splits
// words (quotes and backslashes; nothing is expanded).
func wordsOf(field func(*launchSettings) *[]string) setting {
	return func(s *launchSettings, value json.RawMessage) error {
		var one string
		if json.Unmarshal(value, &one) != nil {
			return listOf(field)(s, value)
		}
		split, err := splitWords(one)
		*field(s) = split
		return err
	}
}

// command is an interpreter: a string, or a list that starts with it.
func command(s *launchSettings, value json.RawMessage) error {
	var one string
	if json.Unmarshal(value, &one) == nil {
		if one != "" {
			s.python = []string{one}
		}
		return nil
	}
	items, err := stringList(value)
	s.python = items
	if err != nil {
		return must("a string or a list of strings", value)
	}
	return nil
}

// code is a string, or a list of lines.
func code(s *launchSettings, value json.RawMessage) error {
	if json.Unmarshal(value, &s.code) == nil {
		return nil
	}
	lines, err := stringList(value)
	if err != nil {
		return must("a string or a list of lines", value)
	}
	s.code = strings.Join(lines, "\n")
	return nil
}

// environment is an object of strings; null removes a variable.
func environment(s *launchSettings, value json.RawMessage) error {
	var raw map[string]json.RawMessage
	if json.Unmarshal(value, &raw) != nil {
		return must("an object of strings", value)
	}
	s.env = make(map[string]*string, len(raw))
	for name, v := range raw {
		var text *string
		if json.Unmarshal(v, &text) != nil {
			return fmt.Errorf("must be an object of strings, but %s is %s", name, jsonKind(v))
		}
		s.env[name] = text
	}
	return nil
}

// optionalBoolOf is boolOf where absent is not false.
func optionalBoolOf(field func(*launchSettings) **bool) setting {
	return func(s *launchSettings, value json.RawMessage) error {
		if json.Unmarshal(value, field(s)) != nil {
			return must("true or false", value)
		}
		return nil
	}
}

// seconds is how long an expression may be evaluated.
func seconds(s *launchSettings, value json.RawMessage) error {
	if json.Unmarshal(value, &s.evaluateTimeout) != nil || s.evaluateTimeout <= 0 {
		return fmt.Errorf("must be a number of seconds greater than 0, not %s", value)
	}
	return nil
}

// eager is how many instructions are sampled when they are first seen.
func eager(s *launchSettings, value json.RawMessage) error {
	s.eager = new(int)
	if json.Unmarshal(value, s.eager) != nil {
		return fmt.Errorf("must be a number of instructions, or -1 for all, not %s", value)
	}
	return nil
}

func tallyMode(s *launchSettings, value json.RawMessage) error {
	var mode string
	err := oneOf(func(*launchSettings) *string { return &mode }, "off", "counts", "values")(s, value)
	s.tally = engine.TallyMode(mode)
	return err
}

// traceItem is an entry of "trace" that is an object.
type traceItem struct {
	Query     *string         `json:"query"`
	Condition string          `json:"condition"`
	Hit       json.RawMessage `json:"hit"`
	Log       string          `json:"log"`
	Stop      bool            `json:"stop"`
	Limit     int             `json:"limit"`
	Rate      int             `json:"rate"`
	Color     string          `json:"color"`
}

// trace is a query, or a list whose items are queries or objects
// {query, condition, hit, log, stop, limit, rate, color}.
func trace(s *launchSettings, value json.RawMessage) error {
	var one string
	if json.Unmarshal(value, &one) == nil {
		s.trace = []traceEntry{{spec: tracepoint.Spec{Query: one}, origin: "trace"}}
		return nil
	}
	var raw []json.RawMessage
	if json.Unmarshal(value, &raw) != nil {
		return must("a list of queries", value)
	}
	s.trace = nil
	for i, r := range raw {
		entry, err := traceSpec(r)
		if err != nil {
			return fmt.Errorf("item %d %w", i+1, err)
		}
		entry.origin = fmt.Sprintf("item %d of trace", i+1)
		s.trace = append(s.trace, entry)
	}
	return nil
}

// traceKeys are the keys of such an object.
const traceKeys = "query, condition, hit, log, stop, limit, rate, color"

func traceSpec(value json.RawMessage) (traceEntry, error) {
	var query string
	if json.Unmarshal(value, &query) == nil && string(value) != "null" {
		return traceEntry{spec: tracepoint.Spec{Query: query}}, nil
	}
	var fields map[string]json.RawMessage
	var item traceItem
	if json.Unmarshal(value, &fields) != nil || fields == nil {
		return traceEntry{}, must("a query or an object {"+traceKeys+"}", value)
	}
	for key := range fields {
		if !slices.Contains(strings.Split(traceKeys, ", "), key) {
			return traceEntry{}, fmt.Errorf("has an unknown key %q; the keys are %s", key, traceKeys)
		}
	}
	if json.Unmarshal(value, &item) != nil {
		return traceEntry{}, errors.New("must hold strings, as \"stop\" true or false, and as \"limit\" and \"rate\" whole numbers")
	}
	_, known := colors[item.Color]
	switch {
	case item.Query == nil:
		return traceEntry{}, errors.New(`needs a "query"`)
	case item.Limit < 0 || item.Rate < 0:
		return traceEntry{}, errors.New(`needs a "limit" and a "rate" that are not below 0`)
	case item.Color != "" && !known:
		return traceEntry{}, fmt.Errorf("has a color %q; the colors are %s", item.Color, strings.Join(slices.Sorted(maps.Keys(colors)), ", "))
	}
	hit, err := hitText(item.Hit)
	spec := tracepoint.Spec{Query: *item.Query, Condition: item.Condition, HitCondition: hit, LogMessage: item.Log, Stop: item.Stop}
	return traceEntry{spec: spec, show: showing{item.Limit, item.Rate, item.Color}}, err
}

// hitText is a hit condition as text; people also write a bare number.
func hitText(value json.RawMessage) (string, error) {
	var text string
	var number json.Number
	switch {
	case len(value) == 0 || string(value) == "null":
		return "", nil
	case json.Unmarshal(value, &text) == nil:
		return text, nil
	case json.Unmarshal(value, &number) == nil:
		return number.String(), nil
	}
	return "", fmt.Errorf(`has a "hit" that is %s, not a string such as ">=5"`, jsonKind(value))
}
