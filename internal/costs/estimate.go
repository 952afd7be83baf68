package costs

import (
	"fmt"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
)

// roundEvents are the events of one round of the program of which questions are
// asked (internal/bench/programs/fields.py), by function and kind: of a round that
// calls, and of one that raises.
var roundEvents = map[bool]map[string]map[string]int{
	false: {"outer": {"line": 2}, "inner": {"call": 1, "line": 2, "return": 1}},
	true:  {"raising": {"line": 5, "exception": 1}, "fails": {"call": 1, "line": 1, "exception": 1, "return": 1}},
}

// Estimate is what query explain says of a question: nanoseconds that a round
// of the bench takes longer, with the accelerator and without.
func Estimate(text string) (query.Price, error) {
	p, problems := query.ParseTrace(text, nil)
	if p == nil {
		return query.Price{}, fmt.Errorf("%s: %v", text, problems)
	}
	const path = "/programs/fields.py"
	var sum query.Price
	for function, kinds := range roundEvents[Raising(text)] {
		facts := query.CodeFacts("__main__", path, function, function, path, false)
		for kind, times := range kinds {
			price := p.PriceOf(facts, kind)
			sum.Native, sum.Python = sum.Native+times*price.Native, sum.Python+times*price.Python
		}
	}
	return sum, nil
}

// Raising tells whether a question is asked of the rounds that raise.
func Raising(text string) bool { return strings.Contains(text, "'exception'") }
