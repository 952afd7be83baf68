package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// Each cell of a notebook is a document of its own. What is told of notebooks runs in the
// reader, as what is told of documents does.

// notebookOptions ask for the Python cells of every kind of notebook.
func notebookOptions() *protocol.NotebookDocumentSyncOptions {
	return &protocol.NotebookDocumentSyncOptions{NotebookSelector: []protocol.NotebookSelector{
		&protocol.NotebookDocumentFilterWithNotebook{
			Notebook: protocol.String("*"),
			Cells:    []protocol.NotebookCellLanguage{{Language: "python"}},
		},
	}}
}

// DidOpenNotebookDocument keeps the cells of a notebook.
func (s *server) DidOpenNotebookDocument(_ context.Context, p *protocol.DidOpenNotebookDocumentParams) error {
	s.openCells(p.NotebookDocument.URI, p.CellTextDocuments)
	return nil
}

// openCells opens each cell as a document that knows which notebook it is of.
func (s *server) openCells(notebook uri.URI, items []protocol.TextDocumentItem) {
	for i := range items {
		d := openDocument(&items[i])
		d.number = s.opened.Add(1)
		d.notebook = notebookPath(notebook)
		s.change(func(w *world) *world { return w.with(d) })
		s.documentChanged(d)
	}
}

// notebookPath is what a notebook is called: its file, or what its URI says.
func notebookPath(notebook uri.URI) string {
	if path := filePath(notebook); path != "" {
		return path
	}
	return strings.Clone(string(notebook))
}

// DidChangeNotebookDocument takes in cells that came, went or were edited; how they are
// ordered means nothing here.
func (s *server) DidChangeNotebookDocument(ctx context.Context, p *protocol.DidChangeNotebookDocumentParams) error {
	cells := p.Change.Cells
	if cells == nil {
		return nil
	}
	if cells.Structure != nil {
		s.openCells(p.NotebookDocument.URI, cells.Structure.DidOpen)
		s.closeCells(ctx, cells.Structure.DidClose)
	}
	var failed []error
	for i := range cells.TextContent {
		change := &cells.TextContent[i]
		failed = append(failed, s.DidChange(ctx, &protocol.DidChangeTextDocumentParams{
			TextDocument: change.Document, ContentChanges: change.Changes,
		}))
	}
	return errors.Join(failed...)
}

// DidSaveNotebookDocument means nothing: a cell is what is shown of it.
func (s *server) DidSaveNotebookDocument(context.Context, *protocol.DidSaveNotebookDocumentParams) error {
	return nil
}

// DidCloseNotebookDocument forgets the cells of a notebook.
func (s *server) DidCloseNotebookDocument(ctx context.Context, p *protocol.DidCloseNotebookDocumentParams) error {
	s.closeCells(ctx, p.CellTextDocuments)
	return nil
}

// closeCells forgets cells that went, or whose notebook was closed.
func (s *server) closeCells(ctx context.Context, cells []protocol.TextDocumentIdentifier) {
	for i := range cells {
		_ = s.DidClose(ctx, &protocol.DidCloseTextDocumentParams{TextDocument: cells[i]})
	}
}

// droppedCells are the cells of a change that could not be read.
func droppedCells(params []byte) []uri.URI {
	var p struct {
		Change struct {
			Cells struct {
				TextContent []struct {
					Document struct{ URI uri.URI }
				}
			}
		}
	}
	if json.Unmarshal(params, &p) != nil {
		return nil
	}
	var found []uri.URI
	for _, one := range p.Change.Cells.TextContent {
		found = append(found, one.Document.URI)
	}
	return found
}
