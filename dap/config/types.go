package config

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/internal/globs"
)

// must is what a wrong value is answered with; it follows the key's name.
// The person reads: "justMyCode" must be true or false, not a string.
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

// stringOf is a key whose value is a text. A function finds the field, so that the table of keys
// (settings.go) has one line for each.
func stringOf(field func(*Settings) *string) setting {
	return func(s *Settings, value json.RawMessage) error {
		if json.Unmarshal(value, field(s)) != nil {
			return must("a string", value)
		}
		return nil
	}
}

// boolOf is true or false; of a *bool nil is where nobody said either.
func boolOf[T bool | *bool](field func(*Settings) *T) setting {
	return func(s *Settings, value json.RawMessage) error {
		if json.Unmarshal(value, field(s)) != nil {
			return must("true or false", value)
		}
		return nil
	}
}

// oneOf is a text out of a few; the message lists them.
func oneOf(field func(*Settings) *string, allowed ...string) setting {
	return func(s *Settings, value json.RawMessage) error {
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

// listOf is a list of texts, none of which is null.
func listOf(field func(*Settings) *[]string) setting {
	return func(s *Settings, value json.RawMessage) error {
		items, err := stringList(value)
		*field(s) = items
		return err
	}
}

// globsOf is a list of texts that mean files (internal/globs); a pattern that means none is a mistake
// now, and not silence later.
func globsOf(field func(*Settings) *[]string) setting {
	return func(s *Settings, value json.RawMessage) error {
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

// stringList reads item by item, so that a mistake has its number.
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
func wordsOf(field func(*Settings) *[]string) setting {
	return func(s *Settings, value json.RawMessage) error {
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
// An empty text is as if the key were not there: editors fill in a setting that is empty.
func command(s *Settings, value json.RawMessage) error {
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
func code(s *Settings, value json.RawMessage) error {
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
func environment(s *Settings, value json.RawMessage) error {
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

// seconds is how long an expression may be evaluated.
func seconds(s *Settings, value json.RawMessage) error {
	if json.Unmarshal(value, &s.EvaluateTimeout) != nil || s.EvaluateTimeout <= 0 {
		return fmt.Errorf("must be a number of seconds greater than 0, not %s", value)
	}
	return nil
}

// eager is how many instructions are sampled when they are first seen.
func eager(s *Settings, value json.RawMessage) error {
	s.eager = new(int)
	if json.Unmarshal(value, s.eager) != nil {
		return fmt.Errorf("must be a number of instructions, or -1 for all, not %s", value)
	}
	return nil
}

// tallyMode is what is counted; docs/tally.md says what the modes are.
func tallyMode(s *Settings, value json.RawMessage) error {
	var mode string
	err := oneOf(func(*Settings) *string { return &mode }, "off", "counts", "values")(s, value)
	s.tally = engine.TallyMode(mode)
	return err
}
