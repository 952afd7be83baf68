package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/diag"
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/globs"
)

// runOptions are the flags of run.
type runOptions struct {
	queries     []string
	files       []string
	config      string
	preload     []string
	events      string
	tally       string
	html        string
	report      string
	reportSince string
	callsOf     string
	samples     string
	sampleLimit int
	eager       int
	repr        string
	annotate    bool
	noTally     bool
	add         bool
	otlp        string
	allCode     bool
	noChildren  bool
	redact      bool
	include     []string
	exclude     []string
	python      string
	backend     string
	native      string
	output      string
	record      *recordOptions // nil: nothing is recorded
	xOptions    []string
	warnings    []string
}

// pythonArgs are the interpreter's own.
func (o *runOptions) pythonArgs(t target) []string {
	var all []string
	for _, x := range o.xOptions {
		all = append(all, "-X", x)
	}
	for _, x := range o.warnings {
		all = append(all, "-W", x)
	}
	return append(all, t.interpreter...)
}

// reportPatience is how long a report may keep somebody waiting who has asked for
// it; Ctrl-C ends the wait.
const reportPatience = time.Hour

const runHelp = `Run a Python program and answer queries about it.

Everything after the program belongs to the program. Its exit code is ours; 126 and 127 say that
the program or the interpreter cannot be run, or is not there, 2 that the command line has a mistake.
"-" as the program is standard input. After "--" come options of the interpreter, then the program.
"-" as a file to write is standard output. Flags that are not given come from the table [tool.tallyho]
of the nearest pyproject.toml, by their names without the dashes.`

func newRun(w *world) *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use: "run [-q QUERY]… [flags] program.py [args…]\n" +
			"  tallyho run [-q QUERY]… [flags] -m module [args…]\n" +
			"  tallyho run [-q QUERY]… [flags] -c code [args…]\n" +
			"  tallyho run [-q QUERY]… [flags] -- [python flags] program.py [args…]",
		Short:                 "Run a program and answer queries about it",
		Long:                  runHelp,
		Example:               "  tallyho run -q \"module_sw='shop', kind='call'\" shop.py\n  tallyho run --annotate program.py",
		DisableFlagsInUseLine: true,
		DisableFlagParsing:    true, // the program's own flags are not ours to read
	}
	o.flags(c.Flags())
	c.RunE = func(c *cobra.Command, args []string) error { return w.runTarget(c, &o, args) }
	return c
}

// runTarget reads the command line of a command that runs a program, and runs it.
func (w *world) runTarget(c *cobra.Command, o *runOptions, args []string) error {
	own, t, err := splitTarget(c.Flags(), args)
	if err != nil {
		return err
	}
	if err := c.Flags().Parse(own); err != nil {
		return flagMistake(c.Flags(), err)
	}
	if help, _ := c.Flags().GetBool("help"); help {
		return c.Help()
	}
	if err := projectFlags(c.Flags()); err != nil {
		return err
	}
	return w.run(c.Context(), o, t, c.Flags())
}

// flags are those of every command that runs a program.
func (o *runOptions) flags(f *pflag.FlagSet) {
	f.StringArrayVarP(&o.queries, "query", "q", nil, "a query, as PYTHONHUNTER would hold it; repeatable")
	f.StringArrayVarP(&o.files, "file", "f", nil, "a file of queries, one on a line; indented lines go on, # begins a comment")
	f.StringVar(&o.config, "config", "", "defaults for queries, as PYTHONHUNTERCONFIG would hold them")
	f.StringSliceVar(&o.preload, "preload", nil, "modules to import before tracing starts, separated by commas")
	f.StringVar(&o.events, "events", "", "write matched events to this file as JSON Lines")
	f.StringVar(&o.tally, "tally", "", "write the tallies to this file as JSON when the program ends")
	f.StringVar(&o.callsOf, "calls-of", "", "keep the tallies of each call of this function apart (qualified name, first 10 calls)")
	f.StringVar(&o.samples, "samples", "spread", "which hits are sampled: spread, first or off")
	f.IntVar(&o.sampleLimit, "sample-limit", 10, "samples kept for each statement")
	f.IntVar(&o.eager, "eager", engine.DefaultEager, "instructions of the program that are sampled when first seen; code beyond is counted, and\nsampled when it runs again; negative: all")
	f.StringVar(&o.repr, "repr", "safe", "how sampled values are shown: safe runs no code of the program, own calls its __repr__")
	f.BoolVar(&o.annotate, "annotate", false, "print the annotated source on stdout when the program ends")
	f.StringVar(&o.html, "html", "", "write the annotated run to this file as one HTML page: counts, values, records of queries; secrets are left out")
	f.StringVar(&o.report, "report", "", "write what the run did to this file as Markdown: what ended it, exceptions, changed lines that never ran")
	f.StringVar(&o.reportSince, "report-since", "", "the git revision with which --report compares (default: HEAD, or the one before where nothing is uncommitted)")
	f.BoolVar(&o.add, "append", false, "add the counts and values of the last run of this folder, and keep the sum as the last run")
	f.StringVar(&o.otlp, "otlp", "", otlpHelp)
	f.BoolVar(&o.noTally, "no-tally", false, "count and sample nothing")
	f.BoolVar(&o.allCode, "all-code", false, "tally the standard library and installed packages too")
	f.BoolVar(&o.noChildren, "no-children", false, "leave alone the Python processes that the program starts")
	f.BoolVar(&o.redact, "redact-values", false, "leave out what looks like a secret by itself: passwords in URLs, keys, tokens, card numbers")
	f.Var(globFlag{&o.include}, "include", "globs of files to tally besides the user's code, separated by commas")
	f.Var(globFlag{&o.exclude}, "exclude", "globs of files not to tally, such as tests/")
	f.StringVar(&o.python, "python", "", "the interpreter (default: the workspace's virtual environment, $VIRTUAL_ENV, python3)")
	f.StringVar(&o.backend, "backend", "auto", "how Python is asked: auto, monitoring or settrace")
	f.StringVar(&o.native, "native", "auto", "the C accelerator: auto, off or require")
	f.StringVar(&o.output, "output", "", "write what printers print to this file instead of stderr")
	f.StringArrayVarP(&o.xOptions, "python-option", "X", nil, "an option of the interpreter's, as python -X; its other ones stand after --")
	f.StringArrayVarP(&o.warnings, "python-warning", "W", nil, "a rule for warnings, as python -W")
	f.BoolP("help", "h", false, "help for this command")
	f.StringP("module", "m", "", "run a module, as python -m")
	f.StringP("code", "c", "", "run code, as python -c")
}

// wantsTallies reports whether something is to be written of the tallies when the program has ended.
func (o *runOptions) wantsTallies() bool {
	return o.tally != "" || o.html != "" || o.report != "" || o.annotate
}

// check refuses values that no flag may have.
func (o *runOptions) check(t target) error {
	if t.program == "" && t.module == "" && t.code == "" {
		return usageError("run needs a program, -m module or -c code")
	}
	for _, f := range []struct {
		name, value string
		allowed     []string
	}{
		{"samples", o.samples, []string{"spread", "first", "off"}},
		{"repr", o.repr, []string{"safe", "own"}},
		{"backend", o.backend, []string{"auto", "monitoring", "settrace"}},
		{"native", o.native, []string{"auto", "off", "require"}},
	} {
		if !slices.Contains(f.allowed, f.value) {
			return usageError("--%s is %q; it can be %s", f.name, f.value, strings.Join(f.allowed, ", "))
		}
	}
	if o.sampleLimit < 1 {
		return usageError("--sample-limit is %d; it has to be at least 1", o.sampleLimit)
	}
	if o.noTally && (o.wantsTallies() || o.add || o.callsOf != "") {
		return usageError("--no-tally leaves nothing for --tally, --html, --report, --annotate, --append and --calls-of to show")
	}
	return nil
}

// run is the whole of `tallyho run`.
func (w *world) run(ctx context.Context, o *runOptions, t target, flags *pflag.FlagSet) error {
	if err := o.check(t); err != nil {
		return err
	}
	if err := o.record.check(t); err != nil {
		return err
	}
	if t.program == "-" {
		if err := w.readProgram(o, &t); err != nil {
			return err
		}
	}
	specs, err := w.specs(o)
	if err != nil {
		return err
	}
	out, err := w.openOutputs(o, t)
	if err != nil {
		return err
	}
	defer out.discard()
	defer out.close(w)
	outlivePipes()
	earlier := o.earlierRun()
	session, err := engine.Start(ctx, w.engineConfig(o, t, specs), out)
	var limit *engine.LimitError
	if errors.As(err, &limit) {
		return w.runAlone(ctx, w.engineConfig(o, t, specs), limit)
	}
	if err != nil {
		return runError(err)
	}
	stop := w.passSignals(session, out)
	defer stop()
	out.telemetry.begin(session, specs, o.config)
	if err := out.begin(); err != nil {
		session.Kill()
		return err
	}
	if err := session.Go(); err != nil {
		return err
	}
	exit := session.Wait()
	out.telemetry.close(session.Statuses(), out.Notice)
	out.nothing(session.Statuses())
	o.record.tell(session, out)
	if exit.Error != "" {
		fmt.Fprintln(w.stderr, "tallyho:", exit.Error)
	}
	w.code = exit.Code
	snapshot := earlier.add(session.Snapshot(), out.Notice)
	for _, text := range unmet(o, snapshot) {
		out.Notice(text)
	}
	if found := misplaced(flags, t.args, exit.Code != 0); len(found) > 0 {
		out.Notice(strings.Join(found, ", ") + " stood after the program, so that it was the program's; Tallyho's own flags come before it")
	}
	if err := out.finish(w, o, snapshot); err != nil {
		return err
	}
	if err := out.writePage(o, t, exit, snapshot); err != nil {
		return err
	}
	return out.writeReport(ctx, o, t, exit, snapshot)
}

// readProgram reads the program from standard input, as Python does for "-".
func (w *world) readProgram(o *runOptions, t *target) error {
	if slices.Contains(o.files, "-") {
		return usageError("standard input is either the program or the queries (--file -), not both")
	}
	text, err := io.ReadAll(w.stdin)
	if err != nil {
		return fmt.Errorf("the program cannot be read: %w", err)
	}
	t.program, t.code, t.fromStdin = "", string(text)+"\n", true
	return nil
}

// unmet are sentences about what was asked for and came to nothing.
func unmet(o *runOptions, s *tally.Snapshot) []string {
	var all []string
	if o.callsOf != "" && (s == nil || len(s.Calls) == 0) {
		all = append(all, fmt.Sprintf("--calls-of %s: no function of that qualified name was called in code that is counted", o.callsOf))
	}
	here, err := os.Getwd()
	if err != nil || s == nil {
		return all
	}
	for _, glob := range o.include {
		wanted := globs.Compile([]string{glob}, []string{here})
		if !slices.ContainsFunc(s.Files, func(f *tally.File) bool { return wanted.Has(f.Path) }) {
			all = append(all, fmt.Sprintf("--include %s: no file that ran matches it", glob))
		}
	}
	return all
}

func (w *world) engineConfig(o *runOptions, t target, specs []tracepoint.Spec) engine.Config {
	c := engine.Config{
		Program: t.program, Module: t.module, Code: t.code, CodeFromStdin: t.fromStdin, Args: t.args, PythonArgs: o.pythonArgs(t),
		Samples: o.samples, SampleLimit: o.sampleLimit, CallsOf: o.callsOf, Repr: o.repr, Eager: &o.eager,
		Include: o.include, Exclude: o.exclude, Preload: o.preload,
		Bug: w.bug, Backend: o.backend, Native: o.native, Events: o.events != "", Spans: o.otlp != "", Stdin: true,
		QueryConfig: o.config,
		Tracepoints: map[string][]tracepoint.Spec{"command line": specs},
		// They are for us; a hunter that is installed there would trace as well.
		Env: map[string]*string{hunterVariable: nil, hunterConfigVariable: nil},
	}
	if len(specs) > 0 {
		w.keepOrder(o, &c)
	}
	if o.wantsTallies() {
		c.RawPatience = reportPatience
	}
	o.record.configure(w, &c)
	if o.python != "" {
		c.Python = []string{o.python}
	}
	if o.noTally {
		c.Tally = engine.TallyOff
	} else if o.samples == "off" {
		c.Tally = engine.TallyCounts
	}
	c.RedactValues = &o.redact
	if o.noChildren {
		children := false
		c.SubProcess = &children
	}
	if o.allCode {
		mine := false
		c.JustMyCode = &mine
	}
	return c
}

// keepOrder has what the program prints and what its queries print come in the
// order in which they happened, where both go to one place: the program waits
// until a record is shown. Where that is no terminal, it has to print at once too,
// and not when its buffer is full.
func (w *world) keepOrder(o *runOptions, c *engine.Config) {
	trace, isFile := w.stderr.(*os.File)
	if o.output == "-" {
		trace, isFile = w.stdout.(*os.File)
	} else if o.output != "" {
		return
	}
	if !isFile || !isSeen(trace) {
		return
	}
	c.InStep = true
	if out, ok := w.stdout.(*os.File); ok && sameFile(out, trace) && !isTerminal(out) {
		if _, set := os.LookupEnv(unbuffered); !set {
			at := "1"
			c.Env[unbuffered] = &at
		}
	}
}

const unbuffered = "PYTHONUNBUFFERED"

// isSeen is false of what nobody reads.
func isSeen(f *os.File) bool {
	null, err := os.Stat(os.DevNull)
	about, errF := f.Stat()
	return err != nil || errF != nil || !os.SameFile(null, about)
}

func sameFile(a, b *os.File) bool {
	one, errA := a.Stat()
	two, errB := b.Stat()
	return errA == nil && errB == nil && os.SameFile(one, two)
}

// passSignals lets the program end as it would alone. Ctrl-C reaches it by
// itself where we share a terminal; a second one from us would be one too many.
// Once the program has ended, what is still to be worked out is given up, and then
// what is still to be printed.
func (w *world) passSignals(session *engine.Session, out *runOutput) (stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, endSignals...)
	shared := inForeground()
	done := make(chan struct{})
	go func() {
		for {
			select {
			case sig := <-signals:
				switch {
				case session.Exited():
					if !session.Hurry() {
						out.giveUp()
					}
				case sig != os.Interrupt || !shared:
					_ = session.Signal(sig)
				}
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(signals); close(done) }
}

// The variables by which hunter is told what to trace.
const (
	hunterVariable       = "PYTHONHUNTER"
	hunterConfigVariable = "PYTHONHUNTERCONFIG"
)

// specs gathers every query and checks it; a mistake is shown under its text
// and nothing is started.
func (w *world) specs(o *runOptions) ([]tracepoint.Spec, error) {
	specs, err := w.compileQueries(o)
	if err != nil {
		return nil, err
	}
	options, _ := tracepoint.NewOptions(o.config)
	if q, set := os.LookupEnv(hunterVariable); set && (q != "" || len(specs) == 0) {
		specs = append(specs, w.fromEnvironment(q, options)...)
	}
	return specs, nil
}

// compileQueries gathers the queries of the command line and checks them.
func (w *world) compileQueries(o *runOptions) ([]tracepoint.Spec, error) {
	if o.config == "" {
		o.config = os.Getenv(hunterConfigVariable)
	}
	texts := []namedText{}
	for _, q := range o.queries {
		texts = append(texts, namedText{"query", q})
	}
	for _, name := range o.files {
		more, err := readQueries(name)
		if err != nil {
			return nil, err
		}
		texts = append(texts, more...)
	}
	options, _ := tracepoint.NewOptions(o.config)
	if options.Config != nil {
		for _, message := range options.Config.Messages {
			fmt.Fprintln(w.stderr, message) // hunter's own words
		}
	}
	var specs []tracepoint.Spec
	bad := false
	for _, t := range texts {
		spec := tracepoint.Spec{Query: t.text}
		_, problems := tracepoint.Compile(spec, options)
		fmt.Fprint(readable(w.stderr), diag.Render(t.name, t.text, problems))
		bad = bad || problems.HasErrors()
		specs = append(specs, spec)
	}
	if bad {
		return nil, &codeError{code: exitUsage}
	}
	return specs, nil
}

// fromEnvironment reads PYTHONHUNTER as hunter does: what is wrong with it is
// told, and the program runs without it. An empty one is a query, of everything.
func (w *world) fromEnvironment(text string, options tracepoint.Options) []tracepoint.Spec {
	spec := tracepoint.Spec{Query: text}
	_, problems := tracepoint.Compile(spec, options)
	if problems.HasErrors() {
		fmt.Fprintln(w.stderr, query.FailedTrace(text, problems))
	}
	fmt.Fprint(readable(w.stderr), diag.Render(hunterVariable, text, problems))
	if problems.HasErrors() {
		return nil
	}
	return []tracepoint.Spec{spec}
}

type namedText struct{ name, text string }

// readQueries reads a file of queries: one on a line, lines that begin with a
// blank go on the one before, # begins a comment line.
func readQueries(name string) ([]namedText, error) {
	var text []byte
	var err error
	if name == "-" {
		text, err = io.ReadAll(os.Stdin)
	} else {
		text, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, fmt.Errorf("the queries cannot be read: %w", plainError(err))
	}
	var all []namedText
	for _, q := range query.ReadList(string(text)) {
		all = append(all, namedText{fmt.Sprintf("%s line %d", name, q.Line), q.Text})
	}
	return all, nil
}

// plainError is the system's sentence with the file's name.
func plainError(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", path.Path, path.Err)
	}
	return err
}
