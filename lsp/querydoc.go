package lsp

import (
	"encoding/json"
	"path"
	"sort"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
)

// embedded is one query written in a document: in a *.tally file, or as a string of a
// launch configuration's "trace".
type embedded struct {
	text       string // the query, decoded
	start, end int    // its bytes in the document, without quotes
	offsets    []int  // document offset of each byte of text and of its end; nil where they run alongside
	json       bool
}

// queryLanguage is the languageId of *.tally files; an editor that does not know it is
// recognised by the file's name.
const queryLanguage = "tallyho"

// queriesIn finds the queries of a document, in their order.
func queriesIn(d *document) []embedded {
	switch {
	case isQueryFile(d):
		return queryLines(d)
	case isLaunchFile(d):
		return queryStrings(d)
	}
	return nil
}

// holdsQueries reports whether queriesIn looks into a document.
func holdsQueries(d *document) bool { return isQueryFile(d) || isLaunchFile(d) }

// isLaunchFile goes by the file's name: a workspace file of VS Code holds launch configurations as well.
func isLaunchFile(d *document) bool {
	name := documentName(d)
	return name == "launch.json" || strings.HasSuffix(name, ".code-workspace")
}

// isQueryFile reports whether each line of a document is a query.
func isQueryFile(d *document) bool {
	return d.lang == queryLanguage || strings.HasSuffix(documentName(d), ".tally")
}

// documentName is the last part of a URI, which need not be a file's.
func documentName(d *document) string {
	return path.Base(strings.ReplaceAll(string(d.uri), `\`, "/"))
}

// queryLines takes the queries of a *.tally file, as they are read to be run.
func queryLines(d *document) []embedded {
	var all []embedded
	for _, q := range query.ReadList(d.mapper.Text()) {
		all = append(all, embedded{text: q.Text, start: q.Span.Start, end: q.Span.End})
	}
	return all
}

// queryStrings takes the "trace" lists of the objects whose "type" is ours: other
// debuggers have a "trace" of another meaning.
func queryStrings(d *document) []embedded {
	var all []embedded
	add := func(n *jsonNode) {
		if n != nil && n.kind == jsonObject {
			n = n.get("query") // {"query": …, "log": …}
		}
		if n != nil && n.kind == jsonString {
			all = append(all, embeddedString(n))
		}
	}
	parseJSONC(d.mapper.Text()).each(func(n *jsonNode) {
		kind, trace := n.get("type"), n.get("trace")
		if kind == nil || kind.text != "tallyho" || trace == nil {
			return
		}
		add(trace)
		if trace.kind == jsonArray {
			for _, item := range trace.items {
				add(item)
			}
		}
	})
	sort.Slice(all, func(i, j int) bool { return all[i].start < all[j].start })
	return all
}

// embeddedString is a JSON string as a query; its offsets lead back into the document.
func embeddedString(n *jsonNode) embedded {
	return embedded{text: n.text, start: n.start, end: n.end, offsets: n.offsets, json: true}
}

// document gives the document's offset of an offset into the query.
func (e embedded) document(offset int) int {
	offset = max(0, min(offset, len(e.text)))
	if e.offsets == nil {
		return e.start + offset
	}
	return e.offsets[offset]
}

// query gives the query's offset of an offset into the document, which may stand at
// the very end of the query but not beyond.
func (e embedded) query(offset int) (int, bool) {
	if offset < e.start || offset > e.end {
		return 0, false
	}
	if e.offsets == nil {
		return offset - e.start, true
	}
	return sort.SearchInts(e.offsets, offset), true
}

// written is text as it has to stand in the document.
func (e embedded) written(text string) string {
	if !e.json {
		return text
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return text
	}
	// Marshal is made for web pages; a person's file keeps its brackets.
	plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(quoted))
	return plain[1 : len(plain)-1]
}

// queryAt is the query at an offset of a document.
func queryAt(d *document, offset int) (embedded, int, bool) {
	for _, e := range queriesIn(d) {
		if at, ok := e.query(offset); ok {
			return e, at, true
		}
	}
	return embedded{}, 0, false
}
