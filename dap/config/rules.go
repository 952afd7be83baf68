package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/internal/globs"
)

// rules is debugpy's list of what is the person's code: objects of a path or a
// module, both globs, and whether that is included. They become part of include
// and exclude; where both match, exclude wins.
func rules(s *Settings, value json.RawMessage) error {
	var all []json.RawMessage
	if json.Unmarshal(value, &all) != nil {
		return must("a list of objects {path or module, include}", value)
	}
	for i, raw := range all {
		var rule struct {
			Path, Module string
			Include      *bool
		}
		if json.Unmarshal(raw, &rule) != nil {
			return fmt.Errorf("item %d %w", i+1, must("an object {path or module, include}", raw))
		}
		if (rule.Path == "") == (rule.Module == "") || rule.Include == nil {
			return fmt.Errorf("item %d %w", i+1, errors.New(`needs "include", and one of "path" and "module"`))
		}
		// A module means its file, and whatever is in it where it is a package.
		found := []string{rule.Path}
		if err := globs.Check(rule.Path); err != nil {
			return fmt.Errorf("item %d: %w", i+1, err)
		}
		if rule.Module != "" {
			inside := "**/" + strings.ReplaceAll(rule.Module, ".", "/")
			found = []string{inside + ".py", inside + "/**"}
		}
		if *rule.Include {
			s.rulesIn = append(s.rulesIn, found...)
		} else {
			s.rulesOut = append(s.rulesOut, found...)
		}
	}
	return nil
}

// included and excluded are globs of the person's code, and of what is not.
func (s *Settings) included() []string {
	return slices.Concat(s.include, s.rulesIn)
}

func (s *Settings) excluded() []string {
	return slices.Concat(s.exclude, s.rulesOut)
}

// presentation is debugpy's variablePresentation: how the special names, the
// functions, the classes and the protected names among variables are shown.
func presentation(s *Settings, value json.RawMessage) error {
	kinds := []string{"special", "function", "class", "protected"}
	var wanted map[string]string
	if json.Unmarshal(value, &wanted) != nil {
		return must("an object of strings", value)
	}
	s.presentation = map[string]string{}
	set := func(kind, mode string) error {
		if !slices.Contains([]string{"group", "inline", "hide"}, mode) {
			return fmt.Errorf("must say group, inline or hide, not %q", mode)
		}
		s.presentation[kind] = mode
		return nil
	}
	if mode, ok := wanted["all"]; ok {
		for _, kind := range kinds {
			if err := set(kind, mode); err != nil {
				return err
			}
		}
	}
	// "all" first, above: what is said of one kind goes before it, in whichever order they stand.
	for kind, mode := range wanted {
		if kind == "all" {
			continue
		}
		if !slices.Contains(kinds, kind) {
			return fmt.Errorf("has an unknown key %q; the keys are all, %s", kind, strings.Join(kinds, ", "))
		}
		if err := set(kind, mode); err != nil {
			return err
		}
	}
	return nil
}
