package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/replay"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// replayOptions are the flags of replay.
type replayOptions struct {
	queries  []string // -q
	files    []string // -f, "-" is standard input
	config   string   // --config, or PYTHONHUNTERCONFIG where it is empty
	output   string   // -o: printed text, the export's file, or the invariants'
	events   string   // --events
	tally    string   // --tally
	html     string   // --html
	annotate bool     // --annotate
	follow   string   // --follow, as it was written; parsed anew for each reading
	export   string   // --export, a format's name

	invariants bool   // --invariants: learn them
	watch      string // --watch: a file of invariants to hold the recording against
}

const replayHelp = `Ask a recording (tallyho record) questions. What a query prints is what "tallyho run -q" would have printed
while the program ran; it goes to stdout. Nothing is started, and nothing of the program runs.

Expressions are evaluated on recorded values: names, attributes, items, comparisons, boolean and arithmetic
operators, in, is None, len, isinstance by a type's name. What a recording does not tell is counted and said.`

// newReplay is `tallyho replay`.
// It starts nothing and changes nothing but the files that flags name. It ends with 1 where
// --watch found something broken.
func newReplay(w *world) *cobra.Command {
	var o replayOptions
	c := &cobra.Command{
		Use:                   "replay FILE [-q QUERY]… [flags]",
		Short:                 "Ask a recording questions",
		Long:                  replayHelp,
		Example:               "  tallyho replay cart.rec -q \"function='price', kind_in=['call','return']\"\n  tallyho replay cart.rec --annotate\n  tallyho replay cart.rec --export perfetto --output cart.json\n  tallyho replay cart.rec --invariants -o invariants.json\n  tallyho replay later.rec --watch invariants.json",
		DisableFlagsInUseLine: true,
		Args:                  files(1, "replay needs one recording: tallyho replay FILE -q QUERY"),
		RunE:                  func(c *cobra.Command, args []string) error { return w.replay(c.Context(), &o, args[0]) },
	}
	f := c.Flags()
	f.StringArrayVarP(&o.queries, "query", "q", nil, "a query, as tallyho run takes it; repeatable")
	f.StringArrayVarP(&o.files, "file", "f", nil, "a file of queries, one on a line; indented lines go on, # begins a comment")
	f.StringVar(&o.config, "config", "", "defaults for queries, as PYTHONHUNTERCONFIG would hold them")
	f.StringVarP(&o.output, "output", "o", "", "write what printers print to this file instead of stdout")
	f.StringVar(&o.events, "events", "", "write matched events to this file as JSON Lines; without a query all of them")
	f.StringVar(&o.tally, "tally", "", "write the tallies to this file as JSON")
	f.StringVar(&o.html, "html", "", "write the annotated run to this file as one HTML page")
	f.StringVar(&o.follow, "follow", "", "only what happened inside call:NAME#2, test:FILE::NAME, request:GET /path#2, task:NAME#2 or thread:2; counts are by line then")
	f.BoolVar(&o.annotate, "annotate", false, "print the annotated source")
	f.StringVar(&o.export, "export", "", exportHelp())
	f.BoolVar(&o.invariants, "invariants", false, "print what was so each time of each name after each statement (types, range, constant, never None, never falling); --output saves it as JSON")
	f.StringVar(&o.watch, "watch", "", "print each place where one of the invariants in this file is broken; exit code 1 where any is")
	return c
}

// files takes so many arguments, and otherwise says what is needed.
func files(number int, needs string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != number {
			return usageError("%s", needs)
		}
		return nil
	}
}

// everything is the query of --events without one.
const everything = "kind_in=['call', 'line', 'return', 'exception']"

// replay is the whole of `tallyho replay`.
// The recording is read once for all questions, and once more where tallies are restricted to what is
// followed.
func (w *world) replay(ctx context.Context, o *replayOptions, path string) error {
	ctx, stop := interrupted(ctx)
	defer stop()
	if o.export != "" {
		return w.export(ctx, o, path)
	}
	if o.invariants || o.watch != "" {
		return w.invariants(ctx, o, path)
	}
	questions, err := w.questions(o)
	if err != nil {
		return err
	}
	wantsTallies := o.tally != "" || o.html != "" || o.annotate
	if len(questions) == 0 && !wantsTallies {
		return usageError("replay needs a question: -q QUERY, --events FILE, --annotate, --tally FILE, --html FILE, --invariants, --watch FILE or --export FORMAT")
	}
	follow, err := parseFollow(o.follow)
	if err != nil {
		return err
	}
	r, err := openRecording(path)
	if err != nil {
		return err
	}
	defer r.Close()
	// What is printed of a recording goes where a run's would, but to stdout: nothing else is there.
	run := runOptions{output: o.output, events: o.events, tally: o.tally, html: o.html, annotate: o.annotate}
	if run.output == "" {
		run.output = "-"
	}
	out, err := w.openOutputs(&run, target{program: path})
	if err != nil {
		return err
	}
	defer out.discard()
	defer out.close(w)
	if err := out.begin(); err != nil {
		return err
	}
	bar := w.progress()
	bar.settle = out.Settle
	bar.watch(r, path)
	asking := replay.NewAsking(questions, replayAnswers{out, bar})
	asking.Cancelled = func() bool { return ctx.Err() != nil }
	if follow != nil {
		asking.Only = follow.Wants
	}
	if len(questions) > 0 {
		err := r.Read(0, asking)
		if bar.clear(); err != nil {
			return err
		}
	}
	w.tellRecording(r)
	for _, q := range questions {
		if follow == nil || follow.Found {
			w.tellQuestion(q, r.State().About)
		}
	}
	if ctx.Err() != nil {
		return errCancelled
	}
	var snapshot *tally.Snapshot
	if wantsTallies {
		snapshot, follow, err = countFollowed(ctx, r, o.follow, follow)
		if bar.clear(); err != nil {
			return err
		}
	}
	if follow != nil && !follow.Found {
		return fmt.Errorf("--follow %s: nothing of that name was recorded", o.follow)
	}
	return out.finish(w, &run, snapshot)
}

// parseFollow is what --follow names; nil without it.
func parseFollow(text string) (*replay.Follow, error) {
	if text == "" {
		return nil, nil
	}
	follow, err := replay.ParseFollow(text)
	if err != nil {
		return nil, usageError("--follow %v", err)
	}
	return follow, nil
}

// countFollowed is the run's tallies, or what was counted inside what is followed.
func countFollowed(ctx context.Context, r *recording.Recording, text string, follow *replay.Follow) (*tally.Snapshot, *replay.Follow, error) {
	if follow == nil {
		snapshot, err := replay.Snapshot(r)
		return snapshot, nil, err
	}
	follow, err := parseFollow(text) // the first may have been used
	if err != nil {
		return nil, nil, err
	}
	counting := replay.NewCounting(r, follow.Wants)
	counting.Cancelled = func() bool { return ctx.Err() != nil }
	if err := r.Read(0, counting); err != nil {
		return nil, nil, err
	}
	if ctx.Err() != nil {
		return nil, nil, errCancelled
	}
	return counting.Snapshot(), follow, nil
}

// errCancelled is what a command ends with that a person has ended.
var errCancelled = errors.New("cancelled")

// replayAnswers prints what questions find.
type replayAnswers struct {
	out *runOutput
	bar *progress
}

// Record prints what one question found, in place of the bar.
func (a replayAnswers) Record(r render.Record) {
	a.bar.clear()
	a.out.Record(r)
}

// Output is not shown: the program printed it once.
func (a replayAnswers) Output(bool, []byte) {}

// openRecording opens a file that a person named.
func openRecording(path string) (*recording.Recording, error) {
	r, err := recording.Open(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("there is no recording %s", path)
	case errors.Is(err, recording.ErrNoRecording):
		return nil, fmt.Errorf("%s is no recording of tallyho record", path)
	case err != nil:
		return nil, plainError(err)
	}
	return r, nil
}

// questions compiles what is asked; a mistake is shown under its text.
// Numbers count from 1 in the order of the command line, as those of a run.
func (w *world) questions(o *replayOptions) ([]*replay.Question, error) {
	run := runOptions{queries: o.queries, files: o.files, config: o.config}
	specs, err := w.compileQueries(&run)
	if err != nil {
		return nil, err
	}
	options, _ := tracepoint.NewOptions(run.config)
	options.Events = o.events != ""
	if options.Events && len(specs) == 0 {
		specs = []tracepoint.Spec{{Count: true, Query: everything}}
	}
	var all []*replay.Question
	for i, spec := range specs {
		compiled, problems := tracepoint.Compile(spec, options)
		if compiled == nil {
			return nil, fmt.Errorf("query %d: %s", i+1, problems[0].Summary)
		}
		q, err := replay.NewQuestion(i+1, compiled)
		if err != nil {
			return nil, &codeError{exitUsage, fmt.Sprintf("query %d: %v", i+1, err)}
		}
		all = append(all, q)
	}
	return all, nil
}

// tellRecording says what a recording lacks.
func (w *world) tellRecording(r *recording.Recording) {
	for _, lack := range lacks(r) {
		fmt.Fprintln(readable(w.stderr), "tallyho:", lack)
	}
}

// lacks is what a recording lacks.
// Whoever reads an answer has to know of each, or would take what is missing for what did not happen.
func lacks(r *recording.Recording) (said []string) {
	say := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	if !r.Whole {
		say("the recording was not ended as it should: its last moments may be missing")
	}
	if r.Lost > 0 {
		say("the recording begins after %d steps that were left out, as it had reached its limit", r.Lost)
	}
	if r.Damaged > 0 {
		say("%d blocks of the recording cannot be read", r.Damaged)
	}
	return said
}

// leftOut is what a recording was told to leave out, for whoever asks about it in vain.
func leftOut(about recording.About) string {
	var left []string
	if about.What == "calls" {
		left = append(left, "lines (--what calls)")
	}
	if !about.All {
		left = append(left, "code of the standard library and of installed packages (no --all)")
	}
	if left == nil {
		return ""
	}
	return "; it was recorded without " + strings.Join(left, " and ")
}

// tellQuestion says what came of a question besides what it printed.
func (w *world) tellQuestion(q *replay.Question, about recording.About) {
	say := func(format string, args ...any) {
		fmt.Fprintf(readable(w.stderr), "tallyho: query %d: %s\n", q.ID, fmt.Sprintf(format, args...))
	}
	if q.Undecided > 0 {
		say("%s could not be decided: %s", wording.Count(q.Undecided, "event"), q.Why)
	}
	switch {
	case q.Errors > 1:
		say("its evaluation raised %d times and did not hold then; first %s", q.Errors, q.FirstErr)
	case q.Errors == 1:
		say("%s", q.FirstErr)
	case q.Hits == 0 && q.Undecided == 0:
		say("it was true of no event that was recorded%s", leftOut(about))
	}
}
