package cmd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/internal/reception"
	"github.com/tallyho-dev/tallyho/lsp"
)

// newLSP is `tallyho lsp`.
// It starts no program and writes no file of the workspace. On standard streams the exit
// code is what LSP wants of the exit notification: 0 after shutdown, 1 without it.
func newLSP(w *world) *cobra.Command {
	var address string
	c := &cobra.Command{
		Use:   "lsp",
		Short: "Be a language server on standard input and output",
		Args:  noArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return w.lsp(c.Context(), address) },
	}
	c.Flags().StringVar(&address, "listen", "", "listen on host:port or unix:PATH instead of standard input and output")
	c.Flags().Bool("stdio", true, "what editors pass; it is the default")
	_ = c.Flags().MarkHidden("stdio")
	return c
}

// spareMemory trades a little time of the collector for memory: the server runs all day
// beside the editor and seldom has much to do. A person's GOGC stands.
func spareMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}

// lsp serves one editor on its standard streams, or any number on an address.
// Over an address the exit of one client ends its connection, and the server goes on.
func (w *world) lsp(ctx context.Context, address string) error {
	outlivePipes()
	ctx, stop := interrupted(ctx)
	defer stop()
	spareMemory()
	options := lsp.Options{Version: version(), Log: slog.New(slog.NewTextHandler(w.stderr, nil)), Bug: w.bug}
	if address == "" {
		err := lsp.Serve(ctx, takeStdio(), options)
		if errors.Is(err, lsp.ErrNoShutdown) {
			return &codeError{code: 1} // LSP wants the code, nobody the sentence
		}
		return err
	}
	l, err := reception.Open(ctx, address, func(err error) { fmt.Fprintln(w.stderr, "tallyho: refused a client:", err) })
	if err != nil {
		return wrongAddress(err)
	}
	fmt.Fprintf(w.stdout, "{\"listen\":%q}\n", l.Addr().String())
	return serveListener(ctx, l, w.stderr, func(ctx context.Context, client *reception.Client) error {
		return lsp.Serve(ctx, client, options)
	})
}
