package lsp

import (
	"context"
	"fmt"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// completionTriggers are the characters after which something new can stand.
var completionTriggers = []string{"(", ",", "=", `"`, "'", "_", "|", "&", "~", "."}

// Completion lists how a query can go on. Outside queries it says nothing.
// The order is query.Complete's; clients sort by SortText, so that is the number.
func (s *server) Completion(ctx context.Context, p *protocol.CompletionParams) (protocol.CompletionResult, error) {
	w := s.worldOf(ctx)
	d, e, offset, ok := s.queryOf(w, p.TextDocument.URI, p.Position)
	if !ok {
		return nil, nil
	}
	list := protocol.CompletionItemSlice{}
	for i, item := range query.Complete(e.text, offset, w.known()) {
		detail, doc, _ := strings.Cut(item.Detail, "\n")
		one := protocol.CompletionItem{
			Label:    item.Label,
			Kind:     completionKinds[item.Kind],
			Detail:   protocol.NewOptional(detail),
			SortText: protocol.NewOptional(fmt.Sprintf("%04d", i)),
			TextEdit: &protocol.TextEdit{
				Range:   d.span(e.document(item.Span.Start), e.document(item.Span.End), s.client.encoding),
				NewText: e.written(item.Insert),
			},
		}
		if i == 0 && item.Span.Start == item.Span.End { // asked for where nothing is typed, beside what JSON's server lists
			one.Preselect = protocol.NewOptional(true)
		}
		if doc != "" {
			one.Documentation = protocol.String(doc)
		}
		list = append(list, one)
	}
	return list, nil
}

// completionKinds are the icons of query.Item's kinds.
var completionKinds = map[string]protocol.CompletionItemKind{
	"field":     protocol.CompletionItemKindField,
	"operator":  protocol.CompletionItemKindOperator,
	"predicate": protocol.CompletionItemKindFunction,
	"action":    protocol.CompletionItemKindClass,
	"option":    protocol.CompletionItemKindProperty,
	"value":     protocol.CompletionItemKindValue,
	"member":    protocol.CompletionItemKindMethod,
}

// SignatureHelp shows the parameters of the call that is being written.
// An argument that belongs to no parameter leaves activeParameter out, for which clients mark the
// first one: before 3.18 LSP has no word for none.
func (s *server) SignatureHelp(ctx context.Context, p *protocol.SignatureHelpParams) (*protocol.SignatureHelp, error) {
	_, e, offset, ok := s.queryOf(s.worldOf(ctx), p.TextDocument.URI, p.Position)
	if !ok {
		return nil, nil
	}
	sig, ok := query.SignatureAt(e.text, offset)
	if !ok {
		return nil, nil
	}
	info := protocol.SignatureInformation{Label: sig.Label, Documentation: protocol.String(sig.Doc)}
	for _, param := range sig.Params {
		label := param.Name
		if param.Default != "" {
			label += "=" + param.Default
		}
		info.Parameters = append(info.Parameters, protocol.ParameterInformation{
			Label: protocol.String(label), Documentation: protocol.String(param.Doc),
		})
	}
	help := &protocol.SignatureHelp{Signatures: []protocol.SignatureInformation{info}, ActiveSignature: ptr(uint32(0))}
	if sig.Active >= 0 {
		help.ActiveParameter = protocol.NewNullable(uint32(sig.Active))
	}
	return help, nil
}

// queryOf is the query at a place of a document.
func (s *server) queryOf(w *world, u uri.URI, at protocol.Position) (*document, embedded, int, bool) {
	d := w.docs[u]
	if d == nil || d.lost || !w.settings.QueryHelp {
		return nil, embedded{}, 0, false
	}
	offset := d.mapper.Offset(inner(at), s.client.encoding)
	if e, within, ok := queryAt(d, offset); ok {
		return d, e, within, true
	}
	// An empty line of a *.tally file is where a query begins.
	if line := d.mapper.Line(int(at.Line)); isQueryFile(d) && strings.TrimSpace(line) == "" {
		return d, embedded{start: offset, end: offset}, 0, true
	}
	return nil, embedded{}, 0, false
}

// workspaceEdit is an edit of one document, in the form every client takes.
// documentChanges would carry the version, and not every client has that.
func workspaceEdit(d *document, edits ...protocol.TextEdit) *protocol.WorkspaceEdit {
	return &protocol.WorkspaceEdit{Changes: map[uri.URI][]protocol.TextEdit{d.uri: edits}}
}
