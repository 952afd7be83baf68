package lsp

import (
	"context"

	"github.com/tallyho-dev/tallyho/engine/query"
	"go.lsp.dev/protocol"
)

// Formatting tidies the queries of a *.tally file. A launch.json has a formatter
// already, which must not be asked to choose between; its queries are tidied one at a time
// by a code action.
func (s *server) Formatting(ctx context.Context, p *protocol.DocumentFormattingParams) ([]protocol.TextEdit, error) {
	w := s.worldOf(ctx)
	d := w.docs[p.TextDocument.URI]
	if d == nil || d.lost || !w.settings.QueryHelp || !isQueryFile(d) {
		return nil, nil
	}
	var edits []protocol.TextEdit
	for _, e := range queriesIn(d) {
		if edit, ok := s.tidied(d, e); ok {
			edits = append(edits, edit)
		}
	}
	return edits, s.unchanged(ctx, d)
}

// tidied is the edit that formats one query, if it is needed.
func (s *server) tidied(d *document, e embedded) (protocol.TextEdit, bool) {
	text, _ := query.Format(e.text)
	if text == e.text {
		return protocol.TextEdit{}, false
	}
	return protocol.TextEdit{Range: d.span(e.start, e.end, s.client.encoding), NewText: e.written(text)}, true
}

// formatAction offers to format the query of a launch configuration.
func (s *server) formatAction(w *world, d *document, p *protocol.CodeActionParams) []protocol.CommandOrCodeAction {
	const kind = protocol.CodeActionKindRefactorRewrite
	if !w.settings.QueryHelp || !wanted(p.Context.Only, kind) || p.Context.TriggerKind == protocol.CodeActionTriggerKindAutomatic {
		return nil
	}
	e, _, ok := queryAt(d, d.mapper.Offset(inner(p.Range.Start), s.client.encoding))
	if !ok {
		return nil
	}
	edit, ok := s.tidied(d, e)
	if !ok {
		return nil
	}
	return []protocol.CommandOrCodeAction{&protocol.CodeAction{Title: "Format this query", Kind: ptr(kind), Edit: workspaceEdit(d, edit)}}
}
