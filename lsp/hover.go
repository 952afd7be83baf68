package lsp

import (
	"context"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/text"
	"go.lsp.dev/protocol"
)

// Hover answers the samples of the statement at a place, or help about the query
// there. Where there is nothing to say it says nothing, for the other servers' sake.
func (s *server) Hover(ctx context.Context, p *protocol.HoverParams) (*protocol.Hover, error) {
	w := s.settledWorld(ctx)
	d := w.docs[p.TextDocument.URI]
	if d == nil || d.lost {
		return nil, nil
	}
	// A query in a Python file's string would be one of a library's: queries are looked for where they
	// belong (querydoc.go), so the two never compete.
	if hover := s.queryHover(w, d, p.Position); hover != nil {
		return hover, nil
	}
	v := s.shown(w, d.uri)
	if v == nil || !w.settings.Hover {
		return nil, nil
	}
	at := d.mapper.Convert(inner(p.Position), s.client.encoding, text.UTF32)
	place := v.at(at.Line+1, at.Column)
	if place == nil {
		return nil, nil
	}
	page := v.labels.Hover(*place, v.run)
	if why := s.hoverWhyNot(ctx, v, place); why != "" {
		page = strings.TrimLeft(page+"\n\n"+why, "\n")
	}
	if other := w.besideHover(v, place); other != "" {
		page = strings.TrimLeft(page+"\n\n"+other, "\n")
	}
	if page == "" {
		return nil, nil
	}
	if isDef(v.file.Statements[place.Statement].Kind) && s.recorded(ctx, v.run) {
		page += "\n\nThe calls are in the run's recording: *follow one call*, the lens or the action, annotates from one of them alone."
	}
	return &protocol.Hover{Contents: s.markup(page), Range: ptr(s.head(v, place))}, nil
}

// markup marks a text as Markdown, or makes plain text of it for a client that shows none.
func (s *server) markup(page string) *protocol.MarkupContent {
	if !s.client.markdown {
		return &protocol.MarkupContent{Kind: protocol.MarkupKindPlainText, Value: plainText(page)}
	}
	return &protocol.MarkupContent{Kind: protocol.MarkupKindMarkdown, Value: page}
}
