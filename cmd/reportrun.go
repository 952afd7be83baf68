package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/engine/page"
	"github.com/tallyho-dev/tallyho/engine/report"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/results"
)

// reportOptions are the flags of report.
type reportOptions struct {
	html    string // --html, a file or "-"
	compare string // --compare, another run, named like the first
	top     int    // --top, rows of each list
	under   int    // --fail-under, in percent; 0: never
	json    bool   // --json
	runs    bool   // --runs
}

const reportHelp = `Say how much of each file ran, what never did, what took longest and what ran most often: of the
newest run that is kept of this folder, or of the one named. A run is named by its number (1 is the
newest; --runs lists them), the beginning of its id, or its program. The last five runs are kept whole.

Exit codes: 1 where there is no run, 2 for a mistake on the command line or fewer percent than --fail-under.`

// newReport is `tallyho report`, which reads runs that are kept and runs nothing.
func newReport(w *world) *cobra.Command {
	var o reportOptions
	c := &cobra.Command{
		Use:     "report [RUN]",
		Short:   "Say what a kept run did: files, statements, what never ran, what was slowest",
		Long:    reportHelp,
		Example: "  tallyho report\n  tallyho report --html run.html shop.py\n  tallyho report --compare 2",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError("report takes one run, and not %d", len(args))
			}
			return w.report(&o, strings.Join(args, ""))
		},
	}
	f := c.Flags()
	f.StringVar(&o.html, "html", "", "write the run to this file as one HTML page, and nothing else (\"-\": standard output)")
	f.StringVar(&o.compare, "compare", "", "say which statements ran more or less often than in this run")
	f.IntVar(&o.top, "top", 10, "how many functions, statements and differences are listed")
	f.IntVar(&o.under, "fail-under", 0, "exit with 2 where fewer percent of the statements ran")
	f.BoolVar(&o.json, "json", false, "for programs")
	f.BoolVar(&o.runs, "runs", false, "list the runs that are kept")
	return c
}

// report is the whole of `tallyho report`.
// --runs goes before the rest: whoever asks which runs there are has none to name yet.
func (w *world) report(o *reportOptions, name string) error {
	if o.top < 0 || o.under < 0 || o.under > 100 {
		return usageError("--top is at least 0, --fail-under from 0 to 100")
	}
	runs, err := keptRuns()
	if err != nil {
		return err
	}
	if o.runs && len(runs) > 0 {
		fmt.Fprintln(readable(w.stdout), listRuns(runs))
		return nil
	}
	run, err := findRun(runs, name)
	if err != nil {
		return err
	}
	switch {
	case o.html != "":
		return w.reportPage(o.html, run)
	case o.compare != "":
		other, err := findRun(runs, o.compare)
		if err != nil {
			return err
		}
		return w.compareRuns(o, other, run)
	}
	r := reportOf(run, o.top)
	if o.json {
		err = json.NewEncoder(w.stdout).Encode(r)
	} else {
		err = r.write(readable(w.stdout))
	}
	// The report is written all the same: it says what is missing.
	if percent := r.Total.Percent(); err == nil && percent >= 0 && percent < o.under {
		return &codeError{exitUsage, fmt.Sprintf("%d%% of the statements ran, fewer than %d%%", percent, o.under)}
	}
	return err
}

// reportPage writes a kept run as a page. Its records are gone.
// Only counts and samples are kept of a run; what queries recorded was printed while it ran.
func (w *world) reportPage(name string, run *tally.Snapshot) error {
	r := page.Run{Snapshot: run, Short: shortHere()}
	if name == "-" {
		return page.Write(w.stdout, r)
	}
	f, err := results.Check(name, 0o666)
	if err != nil {
		return usageError("--html: %v", err)
	}
	defer f.Close()
	if err := page.Write(f, r); err != nil {
		return fmt.Errorf("%s cannot be written: %w", name, cause(err))
	}
	return placed(f)
}

// runReport is what --json says.
type runReport struct {
	Run     string              `json:"run"` // the session's id, by which it can be named
	Program string              `json:"program"`
	Python  string              `json:"python"`
	Started time.Time           `json:"started"`
	Ended   time.Time           `json:"ended,omitzero"` // left out where the run was cut off
	Files   []report.FileTotals `json:"files"`          // in the snapshot's order
	Total   report.Totals       `json:"total"`
	Slowest []slowSpot          `json:"slowest"` // by the time spent in them, --top of them
	Hottest []hotSpot           `json:"hottest"` // by hits, --top of them
}

// spotAt is where a statement stands, with its line as text: a report is read without the files.
type spotAt struct {
	File   string `json:"file"`   // as seen from the working directory, where it lies below
	Line   int    `json:"line"`   // from 1
	Source string `json:"source"` // trimmed, without control characters
}

// slowSpot is a function and the mean of its calls; Mean is for people, Nanos for programs.
type slowSpot struct {
	spotAt
	Calls uint64 `json:"calls"`   // that were counted, which may be more than were timed
	Mean  string `json:"mean"`    // "1.2 ms"
	Nanos int64  `json:"mean_ns"` // the mean too
}

// hotSpot is a statement by how often it ran.
type hotSpot struct {
	spotAt
	Hits    uint64 `json:"hits"`
	AtLeast bool   `json:"at_least,omitempty"` // it ran more often than could be counted
}

// allNames leaves no file out, and names those below here by their path from here.
func allNames() report.Names {
	return report.Names{Holds: func(string) bool { return true }, Short: shortHere()}
}

// reportOf is a report with at most so many slow and hot places; files are all there.
func reportOf(run *tally.Snapshot, top int) runReport {
	names := allNames()
	r := runReport{Run: run.Session, Program: run.Program, Python: run.Python, Started: run.Started, Ended: run.Ended,
		Files: []report.FileTotals{}, Slowest: []slowSpot{}, Hottest: []hotSpot{}}
	for _, f := range run.Files {
		t := report.TotalsOf(f, names)
		r.Files = append(r.Files, t)
		r.Total.Add(t.Totals)
	}
	at := func(s report.Spot) spotAt {
		f := run.Files[s.File]
		p := spotAt{File: names.Short(f.Path), Line: s.Statement.Line}
		if lines := strings.Split(f.Source, "\n"); p.Line <= len(lines) {
			p.Source = report.Clean(strings.TrimSpace(lines[p.Line-1]))
		}
		return p
	}
	for _, s := range report.Slowest(run.Files, top) {
		t := s.Statement.Timing
		r.Slowest = append(r.Slowest, slowSpot{at(s), report.CallsOf(s.Statement), t.Mean(), int64(t.Total) / int64(t.Calls)})
	}
	for _, s := range report.Hottest(run.Files, top) {
		r.Hottest = append(r.Hottest, hotSpot{at(s), s.Statement.Hits, s.Statement.AtLeast})
	}
	return r
}

// write writes the report for a person. What is not known about a file stands last, where it is
// seen.
func (r *runReport) write(out io.Writer) error {
	fmt.Fprintf(out, "%s, Python %s, %s\n", printable(r.Program), r.Python, r.Started.Local().Format(time.DateTime))
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nFILE\tSTATEMENTS\tNEVER RAN\tRAN\tLINES NEVER RUN")
	for _, f := range r.Files {
		row(t, printable(f.File), f.Totals, report.Ranges(f.Lines))
	}
	row(t, "all", r.Total, "")
	if len(r.Slowest) > 0 {
		fmt.Fprintln(t, "\nSLOWEST\tMEAN\tCALLS")
	}
	for _, s := range r.Slowest {
		fmt.Fprintf(t, "%s:%d\t%s\t%d\t%s\n", printable(s.File), s.Line, s.Mean, s.Calls, s.Source)
	}
	if len(r.Hottest) > 0 {
		fmt.Fprintln(t, "\nMOST HIT\tHITS")
	}
	for _, s := range r.Hottest {
		fmt.Fprintf(t, "%s:%d\t%s\t%s\n", printable(s.File), s.Line, report.Count{Hits: s.Hits, AtLeast: s.AtLeast}, s.Source)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i, f := range r.Files {
		if f.Note != "" {
			if i == 0 || r.Files[i-1].Note == "" {
				fmt.Fprintln(out)
			}
			fmt.Fprintf(out, "%s: %s\n", printable(f.File), f.Note)
		}
	}
	return nil
}

// row is a line of the table of files. Where no statement has code there is no percentage.
func row(t io.Writer, name string, n report.Totals, lines string) {
	never, ran := strconv.Itoa(n.Never), ""
	if n.Unsure > 0 {
		never += fmt.Sprintf(" (%d not known)", n.Unsure)
	}
	if percent := n.Percent(); percent >= 0 {
		ran = fmt.Sprintf("%d%%", percent)
	}
	fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\n", name, n.Statements, never, ran, lines)
}

// comparison is what --compare --json says.
type comparison struct {
	Before      string              `json:"before"` // the earlier run's id
	After       string              `json:"after"`  // the other's
	Files       int                 `json:"files"`  // that both runs have
	Differences []report.Difference `json:"differences"`
}

// compareRuns says where a run's counts differ from an earlier one's.
// Values are compared in editors and by diff; here the question is what ran.
func (w *world) compareRuns(o *reportOptions, before, after *tally.Snapshot) error {
	c := report.Compare(before, after, allNames(), false)
	found := c.Differences
	if o.json {
		if found == nil {
			found = []report.Difference{}
		}
		return json.NewEncoder(w.stdout).Encode(comparison{before.Session, after.Session, c.Files, found})
	}
	out := readable(w.stdout)
	fmt.Fprintf(out, "%s (%s)\n   after %s (%s)\n", printable(after.Program), after.Started.Local().Format(time.DateTime),
		printable(before.Program), before.Started.Local().Format(time.DateTime))
	switch {
	case c.Files == 0:
		fmt.Fprintln(out, "\nThe two runs have no file in common.")
		return nil
	case len(found) == 0:
		fmt.Fprintln(out, "\nNo statement that is in both runs has another count.")
		return nil
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nWHERE\tBEFORE\tAFTER")
	for _, d := range found[:min(len(found), o.top)] {
		fmt.Fprintf(t, "%s:%d\t%s\t%s\t%s\n", printable(d.File), d.Line, d.Before, d.After, d.Source)
	}
	if more := len(found) - o.top; more > 0 {
		fmt.Fprintf(t, "%d more; --top lists more of them\n", more)
	}
	return t.Flush()
}
