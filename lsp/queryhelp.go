package lsp

import "go.lsp.dev/protocol"

func (s *server) queryProblems(w *world, d *document) []protocol.Diagnostic { return nil }

func (s *server) queryHover(w *world, d *document, at protocol.Position) *protocol.Hover { return nil }

func (s *server) queryFixes(w *world, d *document, p *protocol.CodeActionParams) []protocol.CommandOrCodeAction {
	return nil
}
