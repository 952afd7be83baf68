package page

import (
	"fmt"

	"github.com/tallyho-dev/tallyho/engine/report"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// topPlaces bounds the lists of a page.
const topPlaces = 12

// tops finds the functions in which most time was spent, and the statements hit most often.
func (c *content) tops() {
	c.Slowest = c.places(report.Slowest(c.files, topPlaces), func(s *tally.Statement) string {
		return s.Timing.Mean() + " a call, " + wording.Count(int(report.CallsOf(s)), "call")
	})
	c.Hottest = c.places(report.Hottest(c.files, topPlaces), func(s *tally.Statement) string { return "×" + wording.Grouped(s.Hits) })
}

func (c *content) places(all []report.Spot, told func(*tally.Statement) string) (out []place) {
	for _, one := range all {
		path, line := c.files[one.File].Path, one.Statement.Line
		out = append(out, place{Link: link(path, line), Name: fmt.Sprintf("%s:%d", path, line), Told: told(one.Statement),
			Text: lineOf(c.sources[one.File], line)})
	}
	return out
}
