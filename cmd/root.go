package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
)

// exitUsage is the exit code for what a person wrote wrongly on the command
// line.
const exitUsage = 2

// world is what a command may touch besides its arguments.
type world struct {
	stdin          io.Reader // of queries and of programs named "-"
	stdout, stderr io.Writer // an *os.File but in tests; whether it is a terminal decides about colours and bars
	code           int       // the exit code, where the command's error does not say it
}

// codeError ends the program with a code; its text was told already if it is
// empty.
type codeError struct {
	code int // the exit code of the process
	text string
}

func (e *codeError) Error() string { return e.text }

// usageError is a mistake on the command line: it ends with exitUsage.
func usageError(format string, args ...any) error {
	return &codeError{exitUsage, fmt.Sprintf(format, args...)}
}

// Main runs the command line and returns the exit code.
// It does not end the process itself: main does with what is returned, once every defer has
// run.
func Main(args []string) int {
	w := &world{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	root := newRoot(w)
	root.SetArgs(args)
	root.SetOut(readable(w.stdout))
	root.SetErr(readable(w.stderr))
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	return w.exit(root.ExecuteContext(ctx), args)
}

// exit tells an error and returns the exit code.
// A command that was promised JSON on stdout has its mistake there as well.
func (w *world) exit(err error, args []string) int {
	if err == nil {
		return w.code
	}
	text, result := err.Error(), 1
	var code *codeError
	if errors.As(err, &code) {
		text, result = code.text, code.code
	}
	if text != "" {
		if askedForJSON(args) {
			jsonError(w.stdout, text)
		}
		fmt.Fprintln(readable(w.stderr), "tallyho:", text)
	}
	return result
}

// newRoot is the whole command. It prints its own errors, so that there is one form of them.
func newRoot(w *world) *cobra.Command {
	var showVersion bool
	root := &cobra.Command{
		Use:   "tallyho",
		Short: "Ask a running Python program questions without editing or stopping it",
		Long: "Tallyho asks a running Python program questions without editing or stopping it, and shows the\n" +
			"answers in the debug console and at the end of the source line.\n\n" +
			"Exit codes: 0; 1 where something failed or a query has mistakes; 2 for a mistake on the command line;\n" +
			"126 and 127 where a program or interpreter cannot be run, or there is none. run ends with the program's own.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noSubcommand,
		RunE: func(c *cobra.Command, _ []string) error {
			if showVersion {
				return w.version()
			}
			return c.Help()
		},
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.Flags().BoolVarP(&showVersion, "version", "V", false, "say which Tallyho this is")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return flagMistake(c.Flags(), err) })
	root.AddCommand(newRun(w), newRecord(w), newReplay(w), newDiff(w), newDAP(w), newLSP(w), newMCP(w), newQuery(w), newReport(w), newSessions(w), newDoctor(w), newVersion(w), newKeep(w))
	root.AddCommand(newHub(w), newAgent(w), newTrace(w))
	return root
}

// interrupted is a context that Ctrl-C or a request to end cancels.
// The first signal cancels; those that follow do nothing more until stop gives them their
// usual effect back, which is to end the process.
func interrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, endSignals...)
}
