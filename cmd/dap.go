package cmd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/dap"
	"github.com/tallyho-dev/tallyho/internal/reception"
)

// newDAP is `tallyho dap`.
// It starts the programs that a debugger launches, and ends them when that debugger has
// gone; on an address it prints one line of JSON with the address that it got, and goes on
// until it is interrupted.
func newDAP(w *world) *cobra.Command {
	var address string
	c := &cobra.Command{
		Use:   "dap",
		Short: "Be a debug adapter on standard input and output",
		Args:  noArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return w.dap(c.Context(), address) },
	}
	c.Flags().StringVar(&address, "listen", "", "listen on host:port or unix:PATH instead of standard input and output")
	return c
}

// dap serves one debugger on its standard streams, or any number on an address.
// Its own executable is what an editor's terminal is given to run (keep.go).
func (w *world) dap(ctx context.Context, address string) error {
	outlivePipes()
	ctx, stop := interrupted(ctx)
	defer stop()
	self, _ := os.Executable() // without it the terminal runs the program itself
	options := dap.Options{Log: w.stderr, Bug: w.bug, Keeper: self}
	if address == "" {
		return dap.Serve(ctx, takeStdio(), options)
	}
	err := dap.ListenAndServe(ctx, address, options, func(a net.Addr) {
		fmt.Fprintf(w.stdout, "{\"listen\":%q}\n", a.String())
	})
	return wrongAddress(err)
}

// wrongAddress makes of a mistake in --listen what it is.
func wrongAddress(err error) error {
	var wrong *reception.AddressError
	if errors.As(err, &wrong) {
		return usageError("--listen: %v", err)
	}
	return err
}

// bug tells of a panic that a barrier caught; the work goes on.
func (w *world) bug(p any, stack []byte) {
	fmt.Fprintf(w.stderr, "tallyho: internal error, please report it: %v\n%s", p, stack)
}
