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

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/globs"
)

const runHelp = `Run a Python program and answer queries about it.

Everything after the program belongs to the program. Its exit code is ours; 126 and 127 say that
the program or the interpreter cannot be run, or is not there, 2 that the command line has a mistake.
"-" as the program is standard input. After "--" come options of the interpreter, then the program.
"-" as a file to write is standard output. Flags that are not given come from the table [tool.tallyho]
of the nearest pyproject.toml, by their names without the dashes.`

// newRun is `tallyho run`.
// It starts the program, as a child that shares our terminal, our standard input and our
// environment, and keeps the run's counts in the user's store. Files are written only where
// a flag names them. The exit code is the program's; the codes of our own are in the help.
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
// cobra reads none of it: it cannot tell where our flags end and the program's begin.
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
	// After the command line was read, which a project's settings give way to.
	if err := projectFlags(c.Flags()); err != nil {
		return err
	}
	return w.run(c.Context(), o, t, c.Flags())
}

// run is the whole of `tallyho run`.
// The order matters. What a person can get wrong is found before anything is started; files are opened
// before the program could write them itself, and put in their places once it has started; the
// program's own exit code is kept whatever becomes of what is written afterwards.
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
		// There is no room for trace memory: the program is run without being traced.
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
// Python adds the newline as well, so that its tracebacks show the same text.
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
// Silence would look like an answer: "it was never called".
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

// passSignals lets the program end as it would alone. Ctrl-C reaches it by
// itself where we share a terminal; a second one from us would be one too many.
// Once the program has ended, what is still to be worked out is given up, and then
// what is still to be printed.
// Only Ctrl-C is ever held back: any other signal is passed on, for it may have come to us
// alone.
func (w *world) passSignals(session *engine.Session, out *runOutput) (stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, endSignals...)
	// Where the terminal is another process group's, the system gives Ctrl-C to us alone.
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
