package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// Showing is how the records of one tracepoint of the launch configuration are
// shown: at most limit of them, at most rate in a second (0: no bound), in a
// color where the client renders them. What is not shown is in the trace file.
type Showing struct {
	Limit, Rate int
	Color       string
}

// Colors are those of showing.color, as SGR codes.
var Colors = map[string]string{
	"red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35", "cyan": "36",
}

// Traced is a tracepoint of the configuration and where it stands.
type Traced struct {
	Spec   tracepoint.Spec
	Origin string // for messages: "item 2 of trace", or file:line
	Show   Showing
}

// traceItem is an entry of "trace" that is an object.
type traceItem struct {
	Query     *string         `json:"query"`     // in hunter's language
	Condition string          `json:"condition"` // a Python expression that has to be true as well
	Hit       json.RawMessage `json:"hit"`       // ">=5", or a number
	Log       string          `json:"log"`       // a log message with {expressions}; "": what the query's actions do
	Stop      bool            `json:"stop"`      // at each event, and not only record
	Limit     int             `json:"limit"`     // of records shown; 0: none
	Rate      int             `json:"rate"`      // of records shown in a second; 0: none
	Color     string          `json:"color"`     // one of Colors; "": the client's own
}

// trace is a query, or a list whose items are queries or objects
// {query, condition, hit, log, stop, limit, rate, color}.
func trace(s *Settings, value json.RawMessage) (err error) {
	s.Trace, err = DecodeTrace(value)
	return err
}

// DecodeTrace reads such a list.
func DecodeTrace(value json.RawMessage) ([]Traced, error) {
	var one string
	if json.Unmarshal(value, &one) == nil {
		return []Traced{{Spec: tracepoint.Spec{Query: one}, Origin: "trace"}}, nil
	}
	var raw []json.RawMessage
	if json.Unmarshal(value, &raw) != nil {
		return nil, must("a list of queries", value)
	}
	var all []Traced
	for i, r := range raw {
		entry, err := traceSpec(r)
		if err != nil {
			return nil, fmt.Errorf("item %d %w", i+1, err)
		}
		entry.Origin = fmt.Sprintf("item %d of trace", i+1)
		all = append(all, entry)
	}
	return all, nil
}

// traceKeys are the keys of such an object.
const traceKeys = "query, condition, hit, log, stop, limit, rate, color"

// traceSpec reads one item. Unknown keys are mistakes: a misspelt "condition" would else trace
// everything.
func traceSpec(value json.RawMessage) (Traced, error) {
	var query string
	if json.Unmarshal(value, &query) == nil && string(value) != "null" {
		return Traced{Spec: tracepoint.Spec{Query: query}}, nil
	}
	var fields map[string]json.RawMessage
	var item traceItem
	if json.Unmarshal(value, &fields) != nil || fields == nil {
		return Traced{}, must("a query or an object {"+traceKeys+"}", value)
	}
	for key := range fields {
		if !slices.Contains(strings.Split(traceKeys, ", "), key) {
			return Traced{}, fmt.Errorf("has an unknown key %q; the keys are %s", key, traceKeys)
		}
	}
	if json.Unmarshal(value, &item) != nil {
		return Traced{}, errors.New("must hold strings, as \"stop\" true or false, and as \"limit\" and \"rate\" whole numbers")
	}
	_, known := Colors[item.Color]
	switch {
	case item.Query == nil:
		return Traced{}, errors.New(`needs a "query"`)
	case item.Limit < 0 || item.Rate < 0:
		return Traced{}, errors.New(`needs a "limit" and a "rate" that are not below 0`)
	case item.Color != "" && !known:
		return Traced{}, fmt.Errorf("has a color %q; the colors are %s", item.Color, strings.Join(slices.Sorted(maps.Keys(Colors)), ", "))
	}
	hit, err := hitText(item.Hit)
	spec := tracepoint.Spec{Query: *item.Query, Condition: item.Condition, HitCondition: hit, LogMessage: item.Log, Stop: item.Stop}
	return Traced{Spec: spec, Show: Showing{item.Limit, item.Rate, item.Color}}, err
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

// readTraceFile reads the queries of a *.tally file.
func readTraceFile(path string) ([]Traced, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read queries: %w", err)
	}
	var entries []Traced
	for _, q := range query.ReadList(string(data)) {
		entries = append(entries, Traced{Spec: tracepoint.Spec{Query: q.Text}, Origin: fmt.Sprintf("%s:%d", path, q.Line)})
	}
	return entries, nil
}
