package cmd

import (
	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/engine"
)

// newKeep is what an editor's terminal is given to run: it is no command for
// people.
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
