package cmd

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"

	"github.com/tallyho-dev/tallyho/engine"
)

// runAlone runs a program that cannot be traced as Python would, and says so: to
// run it was asked for as well. Its end is ours.
// An end by a signal becomes 128 and the signal's number, as in shells. Queries, --tally
// and whatever else was asked for stays unanswered, which is why the sentence comes first.
func (w *world) runAlone(ctx context.Context, c engine.Config, why error) error {
	fmt.Fprintf(w.stderr, "tallyho: %v: the program runs alone, and nothing is counted or recorded\n", why)
	program, err := engine.Alone(ctx, c)
	if err != nil {
		return runError(err)
	}
	var ended *exec.ExitError
	if err := program.Run(); err != nil && !errors.As(err, &ended) {
		return err
	}
	w.code = program.ProcessState.ExitCode()
	if status, ok := program.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		w.code = 128 + int(status.Signal())
	}
	return nil
}
