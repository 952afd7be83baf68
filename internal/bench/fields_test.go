package main

import (
	"testing"

	"github.com/tallyho-dev/tallyho/engine/query"
)

// TestFieldCasesAreQueries: a question that Tallyho refuses ends the bench in the midst of a
// quarter of an hour.
func TestFieldCasesAreQueries(t *testing.T) {
	cases := fieldCases()
	if len(cases) < 100 {
		t.Errorf("%d cases: a field without its operators?", len(cases))
	}
	seen := map[string]bool{}
	for _, c := range cases {
		p, problems := query.ParseTrace(c.query, nil)
		if p == nil {
			t.Errorf("%s: %v", c.query, problems)
		}
		if seen[c.name] {
			t.Errorf("%s: asked twice", c.name)
		}
		seen[c.name] = true
	}
}
