package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// exitCodes is "breakOnSystemExit": the codes at which a SystemExit stops, each a
// number, null (which Python takes for 0) or a range {"from", "to"} or [from, to]
// of which both ends count. An empty list is none.
func exitCodes(s *Settings, value json.RawMessage) error {
	var raw []json.RawMessage
	if json.Unmarshal(value, &raw) != nil {
		return must("a list of exit codes", value)
	}
	s.exitCodes = [][2]int{}
	for i, item := range raw {
		codes, err := exitCodeRange(item)
		if err != nil {
			return fmt.Errorf("item %d %w", i+1, err)
		}
		s.exitCodes = append(s.exitCodes, codes)
	}
	return nil
}

// exitCodeRange reads one item: both ends of a range, which for a number are that number.
func exitCodeRange(value json.RawMessage) (codes [2]int, err error) {
	var ends struct{ From, To json.RawMessage }
	var pair []json.RawMessage
	switch {
	case string(value) == "null":
		return codes, nil
	case json.Unmarshal(value, &ends) == nil && ends.From != nil && ends.To != nil:
		pair = []json.RawMessage{ends.From, ends.To}
	case json.Unmarshal(value, &pair) == nil && len(pair) == 2:
	default:
		pair = []json.RawMessage{value, value}
	}
	for i, end := range pair {
		var code float64
		if json.Unmarshal(end, &code) != nil || code != math.Trunc(code) || math.Abs(code) > math.MaxInt32 || string(end) == "null" {
			return codes, must(`an exit code, or a range {"from": 3, "to": 5}`, value)
		}
		codes[i] = int(code)
	}
	if codes[0] > codes[1] {
		return codes, errors.New("is a range that ends before it begins")
	}
	return codes, nil
}

// webFramework is "django" or "flask": nothing else of those is ours to do.
func webFramework(s *Settings, value json.RawMessage) error {
	var on bool
	if json.Unmarshal(value, &on) != nil {
		return must("true or false", value)
	}
	s.webFramework = s.webFramework || on
	return nil
}

// breakingExitCodes are the codes at which a SystemExit stops; nil: all but 0.
func (s *Settings) breakingExitCodes() [][2]int {
	const restart = 3 // how a reloader of Django's or Flask's has itself started again
	// What is said outright goes before what a framework suggests; exitZero adds 0 to either.
	codes := s.exitCodes
	switch {
	case codes != nil:
	case s.webFramework:
		codes = [][2]int{{math.MinInt32, -1}, {1, restart - 1}, {restart + 1, math.MaxInt32}}
	case s.exitZero:
		codes = [][2]int{{math.MinInt32, math.MaxInt32}}
	}
	if s.exitZero && codes != nil {
		codes = append(codes, [2]int{0, 0})
	}
	return codes
}
