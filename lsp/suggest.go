package lsp

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/text"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// suggestion is what can be traced at a place, ready to be set as a breakpoint or as an
// entry of "trace", whether a program runs or not.
type suggestion struct {
	Line     suggestedLine    `json:"line"`
	Function *suggestedQuery  `json:"function,omitempty"` // the calls of the function around it
	Name     *suggestedQuery  `json:"name,omitempty"`     // every use of the name in the file
	Names    []suggestedQuery `json:"names"`              // the same of each name on the line
}

// suggestedLine is a logpoint for the statement at a place.
type suggestedLine struct {
	Line       int    `json:"line"` // from 0: where the statement begins
	LogMessage string `json:"logMessage"`
}

// suggestedQuery is a query about a name.
type suggestedQuery struct {
	Name  string `json:"name"`
	Query string `json:"query"`
}

// suggest answers what can be asked at a place.
// The text is enough: it need not have run, and may have mistakes further down.
func (s *server) suggest(w *world, p here) (suggestion, error) {
	out := suggestion{Line: suggestedLine{Line: p.Line, LogMessage: "here"}, Names: []suggestedQuery{}}
	d := s.documentOf(w, uri.URI(p.URI))
	if d == nil {
		return out, nil
	}
	o := outlineOf(d)
	unit := o.unitAt(p.Line + 1)
	if unit < 0 {
		return out, nil
	}
	u := &o.text.Units[unit]
	if end, _ := o.text.Place(unit, u.End); end >= p.Line+1 {
		out.Line.Line = u.Line - 1
		if names := o.namesAt(p.Line + 1); len(names) > 0 {
			out.Line.LogMessage = "VarsPrinter(" + quotedList(names) + ")"
			for _, name := range names {
				out.Names = append(out.Names, suggestedQuery{name, usesOf(d.path, name).Query})
			}
		}
	}
	if def := o.enclosing(unit); def >= 0 {
		name := o.qualified(def)
		out.Function = &suggestedQuery{name, callsOf(d.path, name).Query}
	}
	if name := wordAt(d, d.mapper.Offset(inner(p.position()), s.client.encoding)); name != "" {
		out.Name = &suggestedQuery{name, usesOf(d.path, name).Query}
	}
	return out, nil
}

// queryAsk is a query that is being written in a form, and what refines it.
type queryAsk struct {
	Query     string `json:"query"`     // as it stands in the form
	Offset    *int   `json:"offset"`    // in UTF-16 units; none: nothing is completed
	Condition string `json:"condition"` // of the breakpoint; "" is none
	Hit       string `json:"hit"`       // a hit condition, as ">=5"
	Log       string `json:"log"`       // a log message with {expressions}
}

// queryAnswer has what can stand at the cursor, and what is wrong.
type queryAnswer struct {
	Items    []queryItem    `json:"items"`
	Problems []queryMistake `json:"problems"`
}

// queryItem is one way in which the query can go on: Insert takes the place of what is from
// Start to End.
type queryItem struct {
	Label  string `json:"label"`  // what the list shows
	Kind   string `json:"kind"`   // as query.Item has it
	Detail string `json:"detail"` // one line
	Insert string `json:"insert"` // the text that is put in
	Start  int    `json:"start"`  // in UTF-16 units
	End    int    `json:"end"`
}

// queryMistake is a sentence under one field of a form.
type queryMistake struct {
	Field string `json:"field"` // query, condition, hit, log
	Text  string `json:"text"`
}

// queryHelp completes and checks what a form holds.
// Offsets are in UTF-16 units, as a text field of an editor counts.
func (s *server) queryHelp(w *world, p queryAsk) (queryAnswer, error) {
	out := queryAnswer{Items: []queryItem{}, Problems: []queryMistake{}}
	m := text.New(p.Query)
	if p.Offset != nil {
		units := func(offset int) int { return text.Length(p.Query[:offset], text.UTF16) }
		at := m.Offset(text.Position{Line: 0, Column: *p.Offset}, text.UTF16)
		for _, item := range query.Complete(p.Query, at, w.known()) {
			detail, _, _ := strings.Cut(item.Detail, "\n")
			out.Items = append(out.Items, queryItem{item.Label, item.Kind, detail, item.Insert, units(item.Span.Start), units(item.Span.End)})
		}
	}
	problem := func(field, summary, detail string) {
		out.Problems = append(out.Problems, queryMistake{field, strings.TrimSpace(summary + ". " + detail)})
	}
	for _, m := range mistakesIn(p.Query) {
		problem("query", m.Summary, strings.TrimSpace(m.Detail+" "+m.Hint))
	}
	spec := tracepoint.Spec{Query: p.Query, Condition: p.Condition}
	if p.Condition != "" {
		_, list := tracepoint.ParseCondition(spec)
		for _, m := range query.Strict(list) {
			problem("condition", m.Summary, m.Detail)
		}
	}
	if p.Hit != "" {
		_, list := query.ParseHit(p.Hit)
		for _, m := range list {
			problem("hit", m.Summary, m.Detail)
		}
	}
	if p.Log != "" {
		_, list := query.ParseLog(p.Log)
		for _, m := range list {
			problem("log", m.Summary, m.Detail)
		}
	}
	return out, nil
}

// InlineValue answers, at a stop, the variables of the function from its first line to the
// one that is next: an editor shows what they hold behind their lines.
func (s *server) InlineValue(ctx context.Context, p *protocol.InlineValueParams) ([]protocol.InlineValue, error) {
	w := s.worldOf(ctx)
	d := w.docs[p.TextDocument.URI]
	if d == nil || d.lost || !isPython(d) {
		return nil, nil
	}
	o := outlineOf(d)
	var list []protocol.InlineValue
	for _, v := range o.inlineNames(int(p.Context.StoppedLocation.Start.Line) + 1) {
		name, _, _ := strings.Cut(v.name, ".")
		list = append(list, &protocol.InlineValueVariableLookup{
			Range: protocol.Range{
				Start: d.position(v.line-1, v.col, s.client.encoding),
				End:   d.position(v.line-1, v.col+utf8.RuneCountInString(name), s.client.encoding),
			},
			VariableName: &name, CaseSensitiveLookup: true,
		})
	}
	return list, nil
}

// usesOf asks for a variable at every line of a file that names it.
func usesOf(file, name string) tracepoint.Spec {
	last := name[strings.LastIndex(name, ".")+1:]
	return tracepoint.Spec{Query: fmt.Sprintf("kind=\"line\", filename_endswith=%s, source_regex=%s, action=VarsPrinter(%s)",
		strconv.Quote(path.Base(filepath.ToSlash(file))), strconv.Quote(`.*\b`+last+`\b`), strconv.Quote(name))}
}
