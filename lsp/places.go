package lsp

import (
	"slices"

	"github.com/tallyho-dev/tallyho/engine/query"
	"go.lsp.dev/uri"
)

// placesAsk names a document and the queries that are traced.
type placesAsk struct {
	URI     string   `json:"uri"`
	Queries []string `json:"queries"`
}

// placesAnswer has for each query the lines (from 0) that it is about: those that it
// names, and the def of each function that it names.
type placesAnswer struct {
	Places [][]int `json:"places"`
}

// places answers where queries are about something in a document, for an editor to mark
// these lines. A query that asks every function of the file alike is about none of them.
func (s *server) places(w *world, p placesAsk) (placesAnswer, error) {
	out := placesAnswer{Places: make([][]int, len(p.Queries))}
	d := s.documentOf(w, uri.URI(p.URI))
	for i, text := range p.Queries {
		out.Places[i] = []int{}
		if d == nil || !isPython(d) {
			continue
		}
		program, mistakes := query.ParseTrace(text, nil)
		if program == nil || mistakes.HasErrors() {
			continue
		}
		found, all := matchesIn(d, program, s.folders.list())
		if all {
			continue
		}
		for _, m := range found {
			for _, line := range m.marked() {
				out.Places[i] = append(out.Places[i], line-1)
			}
		}
		slices.Sort(out.Places[i])
		out.Places[i] = slices.Compact(out.Places[i])
	}
	return out, nil
}
