package lsp

import (
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/internal/modules"
	"go.lsp.dev/protocol"
)

// queryProblems are the mistakes in the queries of a document.
// A document that is lost is not the text that the client shows: nothing is said of it.
func (s *server) queryProblems(w *world, d *document) []protocol.Diagnostic {
	if !w.settings.QueryHelp || d.lost {
		return nil
	}
	var list []protocol.Diagnostic
	for _, e := range queriesIn(d) {
		for _, mistake := range mistakesIn(e.text) {
			list = append(list, s.queryProblem(d, e, mistake))
		}
	}
	return list
}

// mistakesIn checks a query as it would be before it is armed.
func mistakesIn(text string) diag.List {
	program, mistakes := query.ParseTrace(text, nil)
	if program != nil {
		mistakes = append(mistakes, program.Warnings...)
	}
	return query.Strict(mistakes)
}

// queryProblem is a query's mistake at its place in the document. Severities are LSP's numbers in
// engine/diag as well.
func (s *server) queryProblem(d *document, e embedded, m diag.Diagnostic) protocol.Diagnostic {
	parts := []string{m.Summary}
	for _, more := range []string{m.Detail, m.Hint} {
		if more != "" {
			parts = append(parts, more)
		}
	}
	at := d.span(e.document(m.Span.Start), e.document(m.Span.End), s.client.encoding)
	return diagnostic(at, protocol.DiagnosticSeverity(m.Severity), m.Code, strings.Join(parts, "\n"))
}

// queryFixes offers, for each mistake that touches a range and has a cure, the edit
// that cures it.
func (s *server) queryFixes(w *world, d *document, p *protocol.CodeActionParams) []protocol.CommandOrCodeAction {
	if !w.settings.QueryHelp || !wanted(p.Context.Only, protocol.CodeActionKindQuickFix) {
		return nil
	}
	start, end := d.mapper.Offset(inner(p.Range.Start), s.client.encoding), d.mapper.Offset(inner(p.Range.End), s.client.encoding)
	var list []protocol.CommandOrCodeAction
	for _, e := range queriesIn(d) {
		if end < e.start || start > e.end {
			continue
		}
		for _, m := range mistakesIn(e.text) {
			from, to := e.document(m.Span.Start), e.document(m.Span.End)
			if m.Fix == "" || end < from || start > to {
				continue
			}
			edit := protocol.TextEdit{Range: d.span(from, to, s.client.encoding), NewText: e.written(m.Fix)}
			list = append(list, &protocol.CodeAction{
				Title:       "Change to " + m.Fix,
				Kind:        ptr(protocol.CodeActionKindQuickFix),
				Diagnostics: []protocol.Diagnostic{s.queryProblem(d, e, m)},
				IsPreferred: ptr(true),
				Edit:        workspaceEdit(d, edit),
			})
		}
	}
	return list
}

// queryHover explains the word of a query, else the whole query.
// The latter only of a right one: what a wrong one asks is not known.
func (s *server) queryHover(w *world, d *document, at protocol.Position) *protocol.Hover {
	if !w.settings.QueryHelp {
		return nil
	}
	e, offset, ok := queryAt(d, d.mapper.Offset(inner(at), s.client.encoding))
	if !ok {
		return nil
	}
	if help, ok := query.Hover(e.text, offset); ok {
		return &protocol.Hover{
			Contents: s.markup("```python\n" + help.Title + "\n```\n\n" + help.Text),
			Range:    ptr(d.span(e.document(help.Span.Start), e.document(help.Span.End), s.client.encoding)),
		}
	}
	program, mistakes := query.ParseTrace(e.text, nil)
	if program == nil || mistakes.HasErrors() {
		return nil
	}
	return &protocol.Hover{
		Contents: s.markup("```text\n" + plain(program.Explain().String()) + "```\n"),
		Range:    ptr(d.span(e.start, e.end, s.client.encoding)),
	}
}

// known are the names of past and present runs and of the open files, for completion.
// Files are scanned, not imported: nothing of the person's runs in a language server.
func (w *world) known() query.Known {
	n := newNames()
	for field, values := range w.runs.names() {
		for _, value := range values {
			n.add(field, value)
		}
	}
	for _, d := range w.docs {
		if isPython(d) {
			n.file(d.path)
			for _, c := range query.Scan(d.path, "", d.mapper.Text()) {
				n.function(c.Function)
			}
		}
	}
	return n.all
}

// maxNames bounds the names of one field that are offered.
const maxNames = 2000

// names gathers values of fields, each once.
type names struct {
	all  query.Known
	seen map[string]bool
}

func newNames() *names { return &names{all: query.Known{}, seen: map[string]bool{}} }

// add keeps a value unless it is known, or there are enough: a completion shows a few hundred at most.
func (n *names) add(field, value string) {
	if key := field + "\x00" + value; value != "" && !n.seen[key] && len(n.all[field]) < maxNames {
		n.seen[key] = true
		n.all[field] = append(n.all[field], value)
	}
}

// file adds what a query may call a file by: its path, and the module that it is likely imported as.
func (n *names) file(path string) {
	n.add("filename", path)
	n.add("module", modules.Of(path))
}

// function adds a function by its bare name, which is what the field of that name holds.
func (n *names) function(qualname string) {
	n.add("function", qualname[strings.LastIndex(qualname, ".")+1:])
}
