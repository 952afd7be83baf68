package cmd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/lsp"
)

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

func (w *world) lsp(ctx context.Context, address string) error {
	ctx, stop := interrupted(ctx)
	defer stop()
	options := lsp.Options{Version: version(), Log: slog.New(slog.NewTextHandler(w.stderr, nil)), Bug: w.bug}
	if address == "" {
		err := lsp.Serve(ctx, takeStdio(), options)
		if errors.Is(err, lsp.ErrNoShutdown) {
			return &codeError{code: 1} // LSP wants the code, nobody the sentence
		}
		return err
	}
	l, err := listen(address)
	if err != nil {
		return err
	}
	fmt.Fprintf(w.stdout, "{\"listen\":%q}\n", l.Addr().String())
	serve := func(ctx context.Context, conn net.Conn) error { return lsp.Serve(ctx, conn, options) }
	return serveListener(ctx, l, w.stderr, serve, serve)
}
