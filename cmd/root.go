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
	stdin          io.Reader
	stdout, stderr io.Writer
	code           int // the exit code, where the command's error does not say it
}

// codeError ends the program with a code; its text was told already if it is
// empty.
type codeError struct {
	code int
	text string
}

func (e *codeError) Error() string { return e.text }

func usageError(format string, args ...any) error {
	return &codeError{exitUsage, fmt.Sprintf(format, args...)}
}

// Main runs the command line and returns the exit code.
func Main(args []string) int {
	w := &world{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	root := newRoot(w)
	root.SetArgs(args)
	root.SetOut(w.stdout)
	root.SetErr(w.stderr)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	err := root.ExecuteContext(ctx)
	if err == nil {
		return w.code
	}
	var code *codeError
	if errors.As(err, &code) {
		if code.text != "" {
			fmt.Fprintln(w.stderr, "tallyho:", code.text)
		}
		return code.code
	}
	fmt.Fprintln(w.stderr, "tallyho:", err)
	return 1
}

func newRoot(w *world) *cobra.Command {
	root := &cobra.Command{
		Use:   "tallyho",
		Short: "Ask a running Python program questions without editing or stopping it",
		Long: "Tallyho asks a running Python program questions without editing or stopping it, and shows the\n" +
			"answers in the debug console and at the end of the source line.",
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              cobra.NoArgs,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError("%v", err) })
	root.AddCommand(newRun(w), newDAP(w), newLSP(w), newMCP(w), newQuery(w), newSessions(w), newDoctor(w), newVersion(w), newKeep(w))
	return root
}

// interrupted is a context that Ctrl-C or a request to end cancels.
func interrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, endSignals...)
}
