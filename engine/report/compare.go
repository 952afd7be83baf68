package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// Difference is a statement that ran another number of times in one run than in another.
type Difference struct {
	Place
	Before Count `json:"before"`
	After  Count `json:"after"`
}

// Count is how often a statement ran.
type Count struct {
	Hits    uint64 `json:"hits"`
	AtLeast bool   `json:"at_least,omitempty"` // hits is a lower bound
	Unknown bool   `json:"unknown,omitempty"`  // it may have run, and nobody counted it
}

// Compare finds the statements that ran more or less often in a later run, those that
// ran in one alone first, then those that differ most. Files that were edited between the
// two are compared as far as their statements are found again; what is not known of
// one run is no difference. files are those of which both runs have something.
func Compare(before, after *tally.Snapshot, n Names) (found []Difference, files int) {
	old := map[string]*tally.File{}
	for _, f := range before.Files {
		old[f.Path] = f
	}
	for _, f := range after.Files {
		was := old[f.Path]
		if was == nil || !n.Holds(f.Path) {
			continue
		}
		files++
		found = append(found, compareFile(was, f, n)...)
	}
	slices.SortStableFunc(found, func(a, b Difference) int { return cmp.Compare(b.worth(), a.worth()) })
	return found, files
}

// compareFile compares two tallies of one file, as it is in the later one.
func compareFile(was, now *tally.File, n Names) (found []Difference) {
	before := map[[2]int]Count{}
	fates := was.Fates()
	for _, p := range tally.Follow(was, now.Source).Places {
		if p.State == tally.Fresh {
			before[[2]int{p.Line, p.Col}] = countOf(&was.Statements[p.Statement], fates[p.Statement])
		}
	}
	fates = now.Fates()
	lines := strings.Split(now.Source, "\n")
	for i := range now.Statements {
		s := &now.Statements[i]
		b, ok := before[[2]int{s.Line, s.Col}]
		d := Difference{Before: b, After: countOf(s, fates[i])}
		if !ok || fates[i] == tally.NoCount || !d.differs() {
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

func countOf(s *tally.Statement, fate tally.Fate) Count {
	return Count{Hits: s.Hits, AtLeast: s.AtLeast, Unknown: fate == tally.Unsure}
}

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
