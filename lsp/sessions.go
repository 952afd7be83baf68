package lsp

import (
	"context"

	"go.lsp.dev/uri"
)

// MethodRunState is our own notification: what the runs of the workspace are doing.
const MethodRunState = "tallyho/runState"

func (s *server) watch(ctx context.Context) { <-ctx.Done() }

func (s *server) documentChanged(d *document) {}
func (s *server) documentClosed(u uri.URI)    { s.announce.closed(u) }
