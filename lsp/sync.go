package lsp

import (
	"context"
	"encoding/json"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// errNoMethod is LSP's answer to what is none of its requests.
var errNoMethod = jsonrpc2.NewError(jsonrpc2.MethodNotFound, "there is no such method")

// DidOpen, DidChange and DidClose run in the reader, one after the other.

// DidOpen keeps a document; opening it again replaces it.
func (s *server) DidOpen(_ context.Context, p *protocol.DidOpenTextDocumentParams) error {
	d := openDocument(&p.TextDocument)
	d.number = s.opened.Add(1)
	s.change(func(w *world) *world { return w.with(d) })
	s.documentChanged(d)
	return nil
}

// DidChange applies edits in the order in which they were sent. An edit that
// cannot be applied takes the document out of service until its whole text is sent.
func (s *server) DidChange(_ context.Context, p *protocol.DidChangeTextDocumentParams) error {
	d := s.world.Load().docs[p.TextDocument.URI]
	if d == nil {
		return nil
	}
	next, err := d.changed(p.TextDocument.Version, p.ContentChanges, s.client.encoding)
	if d.notebook != "" && s.world.Load().runs.cells.ran(d) {
		next.ranAs = d.mapper.Text()
	}
	s.change(func(w *world) *world { return w.with(next) })
	s.announce.typed()
	s.typedQuery(d, next, p.ContentChanges)
	s.documentChanged(next)
	return err
}

// DidSave ends the preview of a query: it is written.
func (s *server) DidSave(_ context.Context, p *protocol.DidSaveTextDocumentParams) error {
	s.endPreview(p.TextDocument.URI)
	return nil
}

// dropped takes a document out of service after a change that could not be read:
// what the client shows now is not what is kept here.
func (s *server) dropped(method string, params []byte) {
	var p struct {
		TextDocument struct{ URI uri.URI }
	}
	switch {
	case method == protocol.MethodNotebookDocumentDidChange:
		for _, u := range droppedCells(params) {
			s.lose(u)
		}
	case method == protocol.MethodTextDocumentDidChange && json.Unmarshal(params, &p) == nil:
		s.lose(p.TextDocument.URI)
	}
}

// lose has nothing said about a document until its whole text comes.
func (s *server) lose(u uri.URI) {
	s.change(func(w *world) *world {
		d := w.docs[u]
		if d == nil {
			return w
		}
		lost := *d
		lost.lost = true
		return w.with(&lost)
	})
}

// DidClose forgets a document.
func (s *server) DidClose(_ context.Context, p *protocol.DidCloseTextDocumentParams) error {
	s.endPreview(p.TextDocument.URI)
	s.change(func(w *world) *world { return w.without(p.TextDocument.URI) })
	s.documentClosed(p.TextDocument.URI)
	return nil
}
