package page

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// topPlaces bounds the lists of a page.
const topPlaces = 12

// spot is a Statement and what it is sorted by.
type spot struct {
	file      int
	statement *tally.Statement
	worth     float64
}

// tops finds the functions in which most time was spent, and the statements hit most often.
func (c *content) tops() {
	var slow, hot []spot
	for at, f := range c.files {
		for i := range f.Statements {
			s := &f.Statements[i]
			if t := s.Timing; t != nil && t.Mean() != "" {
				slow = append(slow, spot{at, s, t.Total.Seconds() / float64(t.Calls) * float64(max(s.Calls, t.Calls))})
			}
			if s.Hits > 1 {
				hot = append(hot, spot{at, s, float64(s.Hits)})
			}
		}
	}
	c.Slowest = c.top(slow, func(s *tally.Statement) string {
		return s.Timing.Mean() + " a call, " + counted(int(max(s.Calls, s.Timing.Calls)), "call")
	})
	c.Hottest = c.top(hot, func(s *tally.Statement) string { return "×" + grouped(s.Hits) })
}

func (c *content) top(all []spot, told func(*tally.Statement) string) (out []place) {
	slices.SortStableFunc(all, func(a, b spot) int { return cmp.Compare(b.worth, a.worth) })
	for _, one := range all[:min(len(all), topPlaces)] {
		path, line := c.files[one.file].Path, one.statement.Line
		out = append(out, place{Link: link(path, line), Name: fmt.Sprintf("%s:%d", path, line), Told: told(one.statement),
			Text: lineOf(c.sources[one.file], line)})
	}
	return out
}
