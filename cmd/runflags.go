package cmd

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tallyho-dev/tallyho/engine"
)

// runOptions are the flags of run.
type runOptions struct {
	queries     []string       // -q
	files       []string       // -f, "-" is standard input
	config      string         // --config, or PYTHONHUNTERCONFIG where it is empty
	preload     []string       // --preload
	events      string         // --events
	tally       string         // --tally
	html        string         // --html
	report      string         // --report
	reportSince string         // --report-since; "": HEAD, or the commit before
	callsOf     string         // --calls-of, a qualified name
	samples     string         // --samples: spread, first or off
	sampleLimit int            // --sample-limit, for each statement
	eager       int            // --eager, in bytecode instructions; negative: without a limit
	repr        string         // --repr: safe or own
	annotate    bool           // --annotate
	noTally     bool           // --no-tally
	tallySaid   bool           // whether to count was said, one way or the other
	add         bool           // --append
	otlp        string         // --otlp, a URL
	allCode     bool           // --all-code
	noChildren  bool           // --no-children
	redact      bool           // --redact-values
	include     []string       // --include, globs
	exclude     []string       // --exclude, globs
	python      string         // --python, a path or a name on PATH
	backend     string         // --backend: auto, monitoring or settrace
	native      string         // --native: auto, off or require
	output      string         // --output, of record --out; "": stderr
	record      *recordOptions // nil: nothing is recorded
	xOptions    []string       // -X, passed on to the interpreter
	warnings    []string       // -W, the same
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

// flags are those of every command that runs a program.
// Names, defaults and texts are what docs/cli.md shows. A flag without a sentence here has none anywhere.
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
	f.VarPF(saidFlag{&o.noTally, &o.tallySaid}, "no-tally", "", "count and sample nothing; --no-tally=false counts where that takes very long (Python 3.9 to 3.11 without the accelerator)").NoOptDefVal = "true"
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

// saidFlag is a flag of yes or no that tells whether anybody has said which.
type saidFlag struct{ value, said *bool }

// String, Set and Type make it a flag of pflag's.
func (f saidFlag) String() string { return strconv.FormatBool(f.value != nil && *f.value) }

func (f saidFlag) Set(text string) error {
	value, err := strconv.ParseBool(text)
	if err == nil {
		*f.value, *f.said = value, true
	}
	return err
}

func (saidFlag) Type() string { return "bool" }

// IsBoolFlag has the flag take no word after it for its value.
func (saidFlag) IsBoolFlag() bool { return true }

// wantsTallies reports whether something is to be written of the tallies when the program has ended.
func (o *runOptions) wantsTallies() bool {
	return o.tally != "" || o.html != "" || o.report != "" || o.annotate
}

// check refuses values that no flag may have.
// They are told as mistakes of the command line also where they come from a project's file.
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
