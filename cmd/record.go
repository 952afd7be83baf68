package cmd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/diag"
	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/results"
)

// recordOptions are the flags of record, besides those of run.
type recordOptions struct {
	output      string           // -o, --recording
	last, limit string           // --last and --limit, as they were written
	dumpOn      []string         // --dump-on, queries
	what        string           // --what: calls, lines or values
	all         bool             // --all: the standard library and installed packages too
	values      recording.Limits // --depth, --items and --characters; 0 is the default of each

	lastBytes, limitBytes int64 // of the two texts above; lastBytes 0: the whole run is written
	named                 bool  // the person said where it goes
}

// defaultLast is what --dump-on keeps where --last does not say.
const defaultLast = 64 << 20

const recordHelp = `Run a Python program and record what it does: every call, line, return and exception of your code,
with the values of its names. Ask the recording afterwards with "tallyho replay", and lay two side by side
with "tallyho diff".

The flags of run are taken as well; --out is where printers print (run's --output).`

// newRecord is `tallyho record`: run with a recording, and with all of run's flags.
// It does to the world what run does, and writes the recording besides: mode 0600, for it
// holds the program's values. The exit code is the program's, whatever becomes of the
// recording.
func newRecord(w *world) *cobra.Command {
	o := runOptions{record: &recordOptions{}}
	r := o.record
	c := &cobra.Command{
		Use: "record [-o FILE] [flags] program.py [args…]\n" +
			"  tallyho record [-o FILE] [flags] -m module [args…]\n" +
			"  tallyho record [-o FILE] [flags] -c code [args…]",
		Short:                 "Run a program and record it, to ask questions afterwards",
		Long:                  recordHelp,
		Example:               "  tallyho record -o cart.rec shop.py\n  tallyho record --last 64M --dump-on \"kind='exception'\" -o crash.rec server.py",
		DisableFlagsInUseLine: true,
		DisableFlagParsing:    true,
	}
	f := c.Flags()
	o.flags(f)
	// -o is where the recording goes; what printers print has another name here.
	f.Lookup("output").Hidden = true
	f.StringVar(&o.output, "out", "", "write what printers print to this file instead of stderr")
	f.StringVarP(&r.output, "recording", "o", "", "where the recording is written (default: among the workspace's kept runs)")
	f.StringVar(&r.last, "last", "", "keep only the newest part, so many bytes (64M), in memory; it is written at the end")
	f.StringArrayVar(&r.dumpOn, "dump-on", nil, "write what --last has kept when this query is true; repeatable")
	f.StringVar(&r.what, "what", "values", "what is recorded: calls, lines or values")
	f.StringVar(&r.limit, "limit", "1G", "how long the file gets at most; then the oldest half of it is left out")
	f.IntVar(&r.values.Depth, "depth", 0, "levels of an object's attributes that are recorded (default 2)")
	f.IntVar(&r.values.Items, "items", 0, "attributes of an object that are recorded (default 20)")
	f.IntVar(&r.values.Characters, "characters", 0, "characters of a value's text that are recorded (default 1024)")
	f.BoolVar(&r.all, "all", false, "record the standard library and installed packages too")
	c.RunE = func(c *cobra.Command, args []string) error { return w.runTarget(c, &o, args) }
	return c
}

// check reads what the flags say.
// Without -o the workspace gets a folder for recordings, in which the oldest one makes
// room; the file itself is made when the program has started.
func (r *recordOptions) check(t target) error {
	if r == nil {
		return nil
	}
	if !slices.Contains([]string{"calls", "lines", "values"}, r.what) {
		return usageError("--what is %q; it can be calls, lines, values", r.what)
	}
	if err := r.values.Check(); err != nil {
		return usageError("--%v", err)
	}
	var err error
	if r.limitBytes, err = parseSize("limit", r.limit); err != nil {
		return err
	}
	if r.last != "" {
		if r.lastBytes, err = parseSize("last", r.last); err != nil {
			return err
		}
	} else if len(r.dumpOn) > 0 {
		r.lastBytes = defaultLast
	}
	if err := r.checkQueries(); err != nil {
		return err
	}
	r.named = r.output != ""
	if !r.named {
		if r.output, err = hub.NewRecording(workingDirectory(), time.Now()); err != nil {
			return err
		}
		return nil
	}
	f, err := results.Check(r.output, 0o600, t.program)
	if err != nil {
		var system syscall.Errno
		// The system's refusal is no mistake on the command line.
		if errors.As(err, &system) {
			return fmt.Errorf("-o: %w", err)
		}
		return usageError("-o: %v", err)
	}
	return f.Close()
}

// checkQueries compiles what --dump-on waits for: a mistake there would show only when it is too
// late.
func (r *recordOptions) checkQueries() error {
	for _, q := range r.dumpOn {
		_, problems := tracepoint.Compile(tracepoint.Spec{Query: q, LogMessage: "hit"}, tracepoint.Options{})
		if problems.HasErrors() {
			return &codeError{exitUsage, strings.TrimRight(diag.Render("--dump-on", q, problems), "\n")}
		}
	}
	return nil
}

// workingDirectory is "." where it was removed: a run is possible there all the same.
func workingDirectory() string {
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}
	return dir
}

// parseSize reads "64M": bytes, or with K, M or G.
func parseSize(flag, text string) (int64, error) {
	n, ok := recording.ParseSize(text)
	if !ok {
		return 0, usageError("--%s is %q; it is a size such as 64M or 1G", flag, text)
	}
	return n, nil
}

// configure has a Session recorded.
// The engine gets an absolute path, since the recording is written by its own goroutine and the
// program may go to another folder.
func (r *recordOptions) configure(w *world, c *engine.Config) {
	if r == nil {
		return
	}
	path := r.output
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	c.Record = &engine.Record{Path: path, What: r.what, All: r.all, Limit: r.limitBytes, Last: r.lastBytes, DumpOn: r.dumpOn, Values: r.values, Tallyho: release}
	// What the program writes has its place in the order; a terminal it keeps.
	if out, ok := w.stdout.(*os.File); !ok || !isTerminal(out) {
		c.Capture = true
	}
}

// tell says where the recording is.
// Several dumps lie beside each other, so that a later one takes nothing from an earlier
// one.
func (r *recordOptions) tell(session *engine.Session, out *runOutput) {
	if r == nil {
		return
	}
	steps, dumps := session.Recorded()
	switch {
	case r.lastBytes > 0 && len(r.dumpOn) > 0 && dumps > 1:
		out.Notice(fmt.Sprintf("%d steps were seen, and what came last was written %d times: %s and others beside it.", steps, dumps, r.output))
	case r.lastBytes > 0:
		out.Notice(fmt.Sprintf("%d steps were seen; what came last is in %s.", steps, r.output))
	default:
		out.Notice(fmt.Sprintf("%d steps are recorded in %s.", steps, r.output))
	}
}
