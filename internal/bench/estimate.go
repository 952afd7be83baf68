package main

import (
	"fmt"
	"path/filepath"

	"github.com/tallyho-dev/tallyho/engine/query"
)

// rounds are the events of one round of programs/fields.py, by function and kind:
// of one that calls, and of one that raises.
var roundEvents = map[bool]map[string]map[string]int{
	false: {"outer": {"line": 2}, "inner": {"call": 1, "line": 2, "return": 1}},
	true:  {"raising": {"line": 5, "exception": 1}, "fails": {"call": 1, "line": 1, "exception": 1, "return": 1}},
}

// estimate is what query explain says of a case: nanoseconds a round with the
// accelerator and without.
func (e *environment) estimate(c fieldCase) (query.Price, error) {
	p, problems := query.ParseTrace(c.query, nil)
	if p == nil {
		return query.Price{}, fmt.Errorf("%v", problems)
	}
	path, sum := filepath.Join(e.dir, "programs", "fields.py"), query.Price{}
	for function, kinds := range roundEvents[c.raising] {
		facts := query.CodeFacts("__main__", path, function, function, path, false)
		for kind, times := range kinds {
			price := p.PriceOf(facts, kind)
			sum.Native, sum.Python = sum.Native+times*price.Native, sum.Python+times*price.Python
		}
	}
	return sum, nil
}
