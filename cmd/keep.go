package cmd

import (
	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/engine"
)

// newKeep is what an editor's terminal is given to run: it is no command for
// people.
// The adapter asks the editor to run it (DAP's runInTerminal); FILE says what is to be
// started, and its exit code is that of what was started.
func newKeep(w *world) *cobra.Command {
	return &cobra.Command{
		Use:    engine.KeepCommand + " FILE",
		Short:  "Run what a debug adapter has started in an editor's terminal",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) (err error) {
			w.code, err = engine.Keep(args[0])
			return err
		},
	}
}
