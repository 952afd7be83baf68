package lsp

import (
	"context"
	"slices"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/text"
	"go.lsp.dev/protocol"
)

// tokenTypes is the legend: the standard type that stands for each kind of word.
var tokenTypes = []struct{ kind, standard string }{
	{"predicate", "function"},
	{"action", "class"},
	{"criterion", "property"},
	{"option", "parameter"},
	{"string", "string"},
	{"number", "number"},
	{"keyword", "keyword"},
	{"operator", "operator"},
	{"name", "variable"},
	{"comment", "comment"},
}

// tokenLegend is sent once; tokens name its entries by their numbers.
func tokenLegend() protocol.SemanticTokensLegend {
	legend := protocol.SemanticTokensLegend{TokenModifiers: []string{}}
	for _, t := range tokenTypes {
		legend.TokenTypes = append(legend.TokenTypes, t.standard)
	}
	return legend
}

// tokenOptions ask for whole documents: files of queries are short, and a range would cost as much.
func tokenOptions() *protocol.SemanticTokensOptions {
	return &protocol.SemanticTokensOptions{Legend: tokenLegend(), Full: protocol.Boolean(true)}
}

// SemanticTokensFull colours the words of queries. In a Python file it says nothing: its
// own server does that.
func (s *server) SemanticTokensFull(ctx context.Context, p *protocol.SemanticTokensParams) (*protocol.SemanticTokens, error) {
	w := s.worldOf(ctx)
	d := w.docs[p.TextDocument.URI]
	if d == nil || d.lost || !w.settings.QueryHelp {
		return nil, nil
	}
	b := tokenBuilder{d: d, enc: s.client.encoding}
	for _, e := range queriesIn(d) {
		// Inside a JSON string the words of a query lie on top of it; colouring only
		// those leaves the rest to the JSON server.
		for _, h := range query.Highlights(e.text) {
			b.add(e.document(h.Span.Start), e.document(h.Span.End), h.Kind)
		}
	}
	if isQueryFile(d) {
		b.comments()
	}
	return &protocol.SemanticTokens{Data: b.encode()}, s.unchanged(ctx, d)
}

// tokenBuilder puts tokens into the relative form of the protocol.
type tokenBuilder struct {
	d    *document
	enc  text.Encoding
	list []tokenAt
}

// tokenAt is a semantic token before it is written: the line from 0, column and length as
// the client counts, and the kind's index in the legend.
type tokenAt struct{ line, column, length, kind int }

// add takes a token by its bytes in the document.
func (b *tokenBuilder) add(start, end int, kind string) {
	i := slices.IndexFunc(tokenTypes, func(t struct{ kind, standard string }) bool { return t.kind == kind })
	from, to := b.d.mapper.Position(start, b.enc), b.d.mapper.Position(end, b.enc)
	// A token lies in one line; a query's string may not.
	if i < 0 || from.Line != to.Line || to.Column <= from.Column {
		return
	}
	b.list = append(b.list, tokenAt{from.Line, from.Column, to.Column - from.Column, i})
}

// comments colours what follows # where no query's word is.
// A # within a string is part of the string, which is a word.
func (b *tokenBuilder) comments() {
	words := slices.Clone(b.list)
	for line := range b.d.mapper.Lines() {
		content := b.d.mapper.Line(line)
		start := b.d.mapper.LineSpan(line).Start
		for i := range len(content) {
			if content[i] != '#' || slices.ContainsFunc(words, func(t tokenAt) bool {
				at := b.d.mapper.Position(start+i, b.enc)
				return t.line == line && t.column <= at.Column && at.Column < t.column+t.length
			}) {
				continue
			}
			b.add(start+i, start+len(content), "comment")
			break
		}
	}
}

// encode writes five numbers for each token, each place relative to the token before
// (SemanticTokens.data).
func (b *tokenBuilder) encode() []uint32 {
	slices.SortFunc(b.list, func(x, y tokenAt) int {
		if x.line != y.line {
			return x.line - y.line
		}
		return x.column - y.column
	})
	data := make([]uint32, 0, 5*len(b.list))
	line, column := 0, 0
	for _, t := range b.list {
		if t.line != line {
			column = 0
		}
		data = append(data, uint32(t.line-line), uint32(t.column-column), uint32(t.length), uint32(t.kind), 0)
		line, column = t.line, t.column
	}
	return data
}
