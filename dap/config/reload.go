package config

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tallyho-dev/tallyho/engine"
)

// defaultPolling is how many seconds are between looks at the files.
const defaultPolling = 1

// autoReload is debugpy's: {"enable", "include", "exclude", "pollingInterval"}.
// What is reloaded is the engine's business; here it is read, where null is as if a key were not
// there. Keys in a fixed order, so that the same mistake is told each time.
func autoReload(s *Settings, value json.RawMessage) error {
	keys := []string{"enable", "include", "exclude", "pollingInterval"}
	var fields map[string]json.RawMessage
	if json.Unmarshal(value, &fields) != nil {
		return must("an object {enable, include, exclude, pollingInterval}", value)
	}
	for key := range fields {
		if !slices.Contains(keys, key) {
			return fmt.Errorf("has an unknown key %q; the keys are enable, include, exclude, pollingInterval", key)
		}
	}
	enable, reload := false, engine.Reload{Interval: defaultPolling}
	for _, key := range keys {
		raw, ok := fields[key]
		if !ok || string(raw) == "null" {
			continue
		}
		var err error
		switch key {
		case "enable":
			if json.Unmarshal(raw, &enable) != nil {
				err = must("true or false", raw)
			}
		case "include":
			reload.Include, err = globList(raw)
		case "exclude":
			reload.Exclude, err = globList(raw)
		default:
			if json.Unmarshal(raw, &reload.Interval) != nil || reload.Interval <= 0 {
				err = fmt.Errorf("must be a number of seconds greater than 0, not %s", raw)
			}
		}
		if err != nil {
			return fmt.Errorf("%s %w", key, err)
		}
	}
	// enable may come after the rest in the text: it decides once everything has been read.
	s.reload = nil
	if enable {
		s.reload = &reload
	}
	return nil
}
