package cmd

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/tallyho-dev/tallyho/engine/report"
	"github.com/tallyho-dev/tallyho/fleet"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// table is drawn below what is printed, again and again, where somebody looks at a
// terminal; elsewhere once, at the end.
type table struct {
	w    io.Writer // stderr, so that stdout holds the records alone
	live bool      // it is drawn while the fleet is asked

	mu    sync.Mutex // guards what follows
	lines int        // that stand there now
	text  string     // the one drawn last, which print puts back
}

// newTable draws on a terminal that can move its cursor, and elsewhere only at the end.
func newTable(w io.Writer, quiet bool) *table { return &table{w: w, live: !quiet && wantsColors(w)} }

// print writes text above the table.
func (t *table) print(w io.Writer, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.erase()
	fmt.Fprint(readable(w), text)
	t.show()
}

// draw shows the table as it is now.
func (t *table) draw(text string) {
	if !t.live {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.erase()
	t.text = text
	t.show()
}

// end leaves the table there.
func (t *table) end(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.erase()
	fmt.Fprint(readable(t.w), text)
	t.live, t.text = false, ""
}

// erase takes the drawn lines away.
// CSI A goes up so many lines, CSI J clears to the end of the screen (ECMA-48, 8.3.22 and
// 8.3.39).
func (t *table) erase() {
	if t.lines > 0 {
		fmt.Fprintf(t.w, "\x1b[%dA\x1b[J", t.lines)
		t.lines = 0
	}
}

// show draws the lines, and notes how many there are to take away.
func (t *table) show() {
	if t.live && t.text != "" {
		fmt.Fprint(readable(t.w), t.text)
		t.lines = strings.Count(t.text, "\n")
	}
}

// mostRows is how many processes a table that is drawn again and again shows.
const mostRows = 20

// tableOf is the table of some processes.
// The sum is of all processes, also of those for which there is no row. A count that may be
// too low has ≥ before it.
func tableOf(all []fleet.ProgramState, whole bool) string {
	if len(all) == 0 {
		return ""
	}
	var out strings.Builder
	t := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "INSTANCE\tHITS\tRECORDS\tDROPPED\tCOST\tSTATE")
	var sum fleet.Counted
	exact := true // as far as is known while it runs
	for i, p := range all {
		sum.Hits, sum.Records, sum.Dropped, sum.Nanos = sum.Hits+p.Sum.Hits, sum.Records+p.Sum.Records, sum.Dropped+p.Sum.Dropped, sum.Nanos+p.Sum.Nanos
		exact = exact && (p.Exact || !whole) && !p.Partial
		if whole || i < mostRows {
			fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\t%s\n", printable(p.Identity.String()), report.Count{Hits: p.Sum.Hits, AtLeast: whole && !p.Exact || p.Partial}, p.Sum.Records, p.Sum.Dropped,
				cost(p.Sum.Nanos), printable(stateOf(p)))
		} else if i == mostRows {
			fmt.Fprintf(t, "and %d more\t\t\t\t\t\n", len(all)-mostRows)
		}
	}
	fmt.Fprintf(t, "%d %s\t%s\t%d\t%d\t%s\t\n", len(all), wording.Plural(len(all), "process"), report.Count{Hits: sum.Hits, AtLeast: !exact}, sum.Records, sum.Dropped, cost(sum.Nanos))
	_ = t.Flush()
	return out.String()
}

// cost is the time that asking took in a process; what was not measured is not 0.
func cost(nanos uint64) string {
	if nanos == 0 {
		return "?"
	}
	return time.Duration(nanos).Round(time.Microsecond * 100).String()
}

// stateOf is one word on a process.
func stateOf(p fleet.ProgramState) string {
	switch {
	case p.Problem != "":
		return "not asked"
	case p.Ended:
		return "ended"
	}
	var words []string
	for _, q := range p.Queries {
		if word := string(q.State); len(words) == 0 || words[len(words)-1] != word {
			words = append(words, word)
		}
	}
	return strings.Join(words, ", ")
}
