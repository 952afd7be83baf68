package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// Totals add up what became of statements that have code.
type Totals struct {
	Statements int `json:"statements"`
	Ran        int `json:"ran"`
	Never      int `json:"never_ran"`
	Unsure     int `json:"not_known"` // they may have run, and nobody counted them
}

// Percent of the statements of which it is known ran, rounded down: 100 are all of them.
// -1 where there are none.
func (t Totals) Percent() int {
	if t.Ran+t.Never == 0 {
		return -1
	}
	return 100 * t.Ran / (t.Ran + t.Never)
}

// Add counts another's statements too.
func (t *Totals) Add(other Totals) {
	t.Statements += other.Statements
	t.Ran += other.Ran
	t.Never += other.Never
	t.Unsure += other.Unsure
}

// FileTotals are those of one file.
type FileTotals struct {
	File string `json:"file"`
	Totals
	Hits  uint64 `json:"hits"`
	Lines []int  `json:"lines_never_run"` // on which a statement begins that never ran
	Note  string `json:"note,omitempty"`
}

// TotalsOf adds up the statements of a file: of all its functions, called or not.
func TotalsOf(f *tally.File, n Names) FileTotals {
	note := strings.TrimSpace(f.Note + " " + f.Unknown)
	if f.ByLine {
		note = strings.TrimSpace("Counted by line. " + note)
	}
	out := FileTotals{File: n.Short(f.Path), Lines: []int{}, Note: Clean(note)}
	for i, coverage := range f.Coverage() {
		s := &f.Statements[i]
		out.Hits += s.Hits
		switch coverage {
		case tally.DidRun:
			out.Ran++
		case tally.NeverRan:
			out.Never++
			if !slices.Contains(out.Lines[max(0, len(out.Lines)-1):], s.Line) {
				out.Lines = append(out.Lines, s.Line)
			}
		case tally.Unsure:
			out.Unsure++
		default:
			continue
		}
		out.Statements++
	}
	return out
}

// Spot is a Statement of one of some files.
type Spot struct {
	File      int // index
	Statement *tally.Statement
	worth     float64
}

// Slowest are the functions in which most time was spent, that of the functions they
// called included: at most most of them.
func Slowest(files []*tally.File, most int) []Spot {
	return top(files, most, func(s *tally.Statement) float64 {
		if s.Timing == nil || s.Timing.Mean() == "" {
			return 0
		}
		return s.Timing.Total.Seconds() / float64(s.Timing.Calls) * float64(CallsOf(s))
	})
}

// CallsOf is how often the function of a def with a Timing was called.
func CallsOf(s *tally.Statement) uint64 { return max(s.Calls, s.Timing.Calls) }

// Hottest are the statements that were hit most often, more than once.
func Hottest(files []*tally.File, most int) []Spot {
	return top(files, most, func(s *tally.Statement) float64 {
		if s.Hits < 2 {
			return 0
		}
		return float64(s.Hits)
	})
}

// top are the Statements that are worth most, and anything at all.
func top(files []*tally.File, most int, worth func(*tally.Statement) float64) []Spot {
	var all []Spot
	for at, f := range files {
		for i := range f.Statements {
			if w := worth(&f.Statements[i]); w > 0 {
				all = append(all, Spot{at, &f.Statements[i], w})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Spot) int { return cmp.Compare(b.worth, a.worth) })
	return all[:min(len(all), most)]
}
