package lsp

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// BenchmarkWork times what the reader and one request do for a file of 10,000 lines, without
// the wire: of use with -cpuprofile and -benchmem where BenchmarkEditor is too slow.
func BenchmarkWork(b *testing.B) {
	path := filepath.Join(b.TempDir(), "long.py")
	source, file := longSource(b, path, 10_000/6)
	s := newServer(Options{})
	s.client = &client{lazyHints: true}
	s.start(b.Context(), nil)
	s.haveRuns()
	u := uri.File(path)
	s.DidOpen(b.Context(), &protocol.DidOpenTextDocumentParams{TextDocument: protocol.TextDocumentItem{URI: u, LanguageID: "python", Text: source}})
	n := 0
	publish := func() {
		n++
		next := *file
		next.Revision, next.Statements = uint64(n), slices.Clone(file.Statements)
		for i := range 500 {
			next.Statements[(n*37+i)%len(next.Statements)].Hits += 3
		}
		file = &next
		s.setRuns([]*tally.Snapshot{snapshot("s1", tally.Running, file)}, func(p string) string { return p })
	}
	hints := func(b *testing.B, first, last uint32) {
		raw, err := s.inlayHints(b.Context(), &protocol.InlayHintParams{
			TextDocument: protocol.TextDocumentIdentifier{URI: u},
			Range:        protocol.Range{Start: protocol.Position{Line: first}, End: protocol.Position{Line: last}},
		})
		if err != nil || len(raw) < 10 {
			b.Fatalf("%s %v", raw, err)
		}
		b.ReportMetric(float64(len(raw)), "bytes")
	}
	edit := func(text string, end uint32) {
		s.DidChange(b.Context(), &protocol.DidChangeTextDocumentParams{
			TextDocument: protocol.VersionedTextDocumentIdentifier{TextDocumentIdentifier: protocol.TextDocumentIdentifier{URI: u}},
			ContentChanges: []protocol.TextDocumentContentChangeEvent{&protocol.TextDocumentContentChangePartial{
				Range: protocol.Range{Start: protocol.Position{Line: 4000}, End: protocol.Position{Line: 4000, Character: end}}, Text: text}},
		})
	}
	publish()
	hints(b, 0, 10_000)
	for _, row := range []struct {
		name string
		do   func(*testing.B)
	}{
		{"viewport", func(b *testing.B) { hints(b, 4000, 4060) }},
		{"whole", func(b *testing.B) { hints(b, 0, 10_000) }},
		{"publish", func(*testing.B) { publish() }},
		{"viewport after news", func(b *testing.B) { publish(); hints(b, 4000, 4060) }},
		{"whole after news", func(b *testing.B) { publish(); hints(b, 0, 10_000) }},
		{"change", func(*testing.B) { edit("#", 0); edit("", 1) }},
		{"viewport after change", func(b *testing.B) { edit("#", 0); hints(b, 4000, 4060); edit("", 1) }},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				row.do(b)
			}
		})
	}
}
