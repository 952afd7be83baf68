package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// Comparison is two runs beside each other.
type Comparison struct {
	Files       int          // that both runs have
	Differences []Difference // statements that ran in one alone first, then those that differ most
	OnlyBefore  []string     // paths of files that one run has alone
	OnlyAfter   []string
}

// Difference is a statement that ran another number of times in one run than in another,
// or where values are compared had other ones.
type Difference struct {
	Place
	Before Count `json:"before"`
	After  Count `json:"after"`
	// The values of the first and the last sample, where they are compared.
	ValuesBefore string `json:"values_before,omitempty"`
	ValuesAfter  string `json:"values_after,omitempty"`
}

// Count is how often a statement ran.
type Count struct {
	Hits    uint64 `json:"hits"`
	AtLeast bool   `json:"at_least,omitempty"` // hits is a lower bound
	Unknown bool   `json:"unknown,omitempty"`  // it may have run, and nobody counted it
}

// String is the count as far as it is known: "?" where nobody counted, never 0.
func (c Count) String() string {
	switch {
	case c.Unknown:
		return "?"
	case c.AtLeast:
		return "≥" + wording.Grouped(c.Hits)
	}
	return wording.Grouped(c.Hits)
}

// Compare finds the statements that ran more or less often in a later run, and where
// values is set also those whose first or last values are other ones. Files that were
// edited between the two are compared as far as their statements are found again, as an
// editor finds them; what is not known of one run is no difference.
func Compare(before, after *tally.Snapshot, n Names, values bool) Comparison {
	var c Comparison
	old := map[string]*tally.File{}
	for _, f := range before.Files {
		old[f.Path] = f
	}
	for _, f := range after.Files {
		was := old[f.Path]
		delete(old, f.Path)
		switch {
		case !n.Holds(f.Path):
		case was == nil:
			c.OnlyAfter = append(c.OnlyAfter, f.Path)
		default:
			c.Files++
			c.Differences = append(c.Differences, compareFile(was, f, n, values)...)
		}
	}
	for _, f := range before.Files {
		if old[f.Path] != nil && n.Holds(f.Path) {
			c.OnlyBefore = append(c.OnlyBefore, f.Path)
		}
	}
	slices.SortStableFunc(c.Differences, func(a, b Difference) int { return cmp.Compare(b.worth(), a.worth()) })
	return c
}

// spot is where a statement stands and what it is: two may begin at one place.
type spot struct {
	line, col int
	kind      string
}

// compareFile compares two tallies of one file, as it is in the later one.
func compareFile(was, now *tally.File, n Names, values bool) (found []Difference) {
	before := map[spot]Difference{}
	covered := was.Coverage()
	for _, p := range tally.Follow(was, now.Source).Places {
		if s := &was.Statements[p.Statement]; p.State == tally.Fresh {
			before[spot{p.Line, p.Col, s.Kind}] = Difference{Before: countOf(s, covered[p.Statement]), ValuesBefore: ends(s, values)}
		}
	}
	covered = now.Coverage()
	lines := strings.Split(now.Source, "\n")
	for i := range now.Statements {
		s := &now.Statements[i]
		d, ok := before[spot{s.Line, s.Col, s.Kind}]
		d.After, d.ValuesAfter = countOf(s, covered[i]), ends(s, values)
		if !ok || covered[i] == tally.NoCount || !d.differs() && d.ValuesBefore == d.ValuesAfter {
			continue
		}
		d.Place = Place{File: n.Short(now.Path), Line: s.Line, Function: Clean(s.Function)}
		if s.Line <= len(lines) {
			d.Source = Clean(strings.TrimSpace(lines[s.Line-1]))
		}
		found = append(found, d)
	}
	return found
}

// ends are the values of a statement's first and last sample, "" where they are not wanted.
func ends(s *tally.Statement, wanted bool) string {
	if !wanted || len(s.Samples) == 0 {
		return ""
	}
	first, last := sampled(&s.Samples[0]), sampled(&s.Samples[len(s.Samples)-1])
	if first == last {
		return first
	}
	return first + " … " + last
}

// sampled is one sample in a row: names, then what was returned or raised.
func sampled(s *tally.Sample) string {
	parts := make([]string, 0, len(s.Vars)+1)
	for i := range s.Vars {
		parts = append(parts, Clean(s.Vars[i].Name+"="+s.Vars[i].Repr))
	}
	if s.Return != nil {
		parts = append(parts, "→ "+Clean(s.Return.Repr))
	}
	if s.Raised != nil {
		parts = append(parts, "✗ "+Clean(s.Raised.Repr))
	}
	return strings.Join(parts, " ")
}

// countOf is a statement's count as far as it is known.
func countOf(s *tally.Statement, coverage tally.Coverage) Count {
	return Count{Hits: s.Hits, AtLeast: s.AtLeast, Unknown: coverage == tally.Unsure}
}

// differs reports whether the counts are known to be different ones.
func (d *Difference) differs() bool {
	if d.Before.Unknown || d.After.Unknown {
		return false
	}
	if d.Before.AtLeast || d.After.AtLeast {
		// A bound below a number that is known says nothing.
		return d.Before.AtLeast && !d.After.AtLeast && d.Before.Hits > d.After.Hits || d.After.AtLeast && !d.Before.AtLeast && d.After.Hits > d.Before.Hits
	}
	return d.Before.Hits != d.After.Hits
}

// worth sorts: whether it ran at all, then by how many times more or less.
func (d *Difference) worth() float64 {
	a, b := float64(d.Before.Hits), float64(d.After.Hits)
	if a == 0 || b == 0 {
		return math.Inf(1)
	}
	return max(a/b, b/a)
}
