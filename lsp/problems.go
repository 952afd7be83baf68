package lsp

import (
	"fmt"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// source is the name under which an editor lists our diagnostics.
const source = "tallyho"

// maxProblems bounds the diagnostics of one document.
const maxProblems = 200

// diagnose lists what is wrong in a document: its queries, and what its last run
// ended with.
func (s *server) diagnose(w *world, d *document) []protocol.Diagnostic {
	list := s.queryProblems(w, d)
	list = append(list, s.brokenIn(w, d)...)
	if v := s.views.of(w, d.uri); v != nil {
		list = append(list, s.runProblems(w.settings, v)...)
	}
	if len(list) > maxProblems {
		list = list[:maxProblems]
	}
	return list
}

// runProblems are the exceptions of a run, and the counts of a client that cannot
// refresh hints and was set to see them here.
// Exceptions that ended a thread come first, and are not told again among the silenced ones.
func (s *server) runProblems(settings *Settings, v *view) []protocol.Diagnostic {
	var list []protocol.Diagnostic
	ended := map[int]bool{} // statements that an exception of the list stands at
	if settings.Diagnostics != "off" {
		for i := range v.run.Exceptions {
			if d, place, ok := s.exception(v, &v.run.Exceptions[i]); ok {
				ended[place.Statement] = true
				list = append(list, d)
			}
		}
	}
	if settings.Diagnostics == "silenced" {
		list = append(list, s.silenced(v, ended)...)
	}
	if settings.Fallback == "diagnostics" && !s.client.refreshHints && v.run.State != tally.Ended {
		for _, label := range v.labels.Labels(v.text.Places, 1, 0) {
			end := v.doc.lineEnd(label.Line-1, s.client.encoding)
			list = append(list, diagnostic(protocol.Range{Start: end, End: end}, protocol.DiagnosticSeverityHint, "", label.Text()))
		}
	}
	return list
}

// exception is one that ended a thread, at the innermost of its frames that lies in
// the document. There is none once that line has been edited.
// Frames are those of the run's text. Where that line reads otherwise now, what was wrong may be mended.
func (s *server) exception(v *view, e *tally.Exception) (protocol.Diagnostic, *tally.Place, bool) {
	if e.Type == "KeyboardInterrupt" { // a person's own doing, by Ctrl-C or the stop button
		return protocol.Diagnostic{}, nil, false
	}
	for i := len(e.Frames) - 1; i >= 0; i-- {
		if pathKey(e.Frames[i].Path) != pathKey(v.file.Path) {
			continue
		}
		place := v.placeOf(e.Frames[i].Line)
		if place == nil || place.State != tally.Fresh {
			return protocol.Diagnostic{}, nil, false
		}
		text := e.Type
		if e.Message != "" {
			text += ": " + e.Message
		}
		if e.Thread != "" && e.Thread != "MainThread" {
			text += fmt.Sprintf(" (it ended thread %s)", e.Thread)
		}
		d := diagnostic(s.head(v, place), protocol.DiagnosticSeverityError, e.Type, plain(text))
		if s.client.related {
			d.RelatedInformation = s.traceback(v, e)
		}
		return d, place, true
	}
	return protocol.Diagnostic{}, nil, false
}

// traceback lists the frames of an exception, the innermost first.
func (s *server) traceback(v *view, e *tally.Exception) []protocol.DiagnosticRelatedInformation {
	var out []protocol.DiagnosticRelatedInformation
	for i := len(e.Frames) - 1; i >= 0 && len(out) < 50; i-- {
		frame := e.Frames[i]
		at := protocol.Range{Start: protocol.Position{Line: uint32(max(frame.Line-1, 0))}}
		at.End = at.Start
		target := uri.File(frame.Path)
		if pathKey(frame.Path) == pathKey(v.file.Path) {
			target = v.doc.uri
			if place := v.placeOf(frame.Line); place != nil && place.State != tally.Deleted {
				at = s.head(v, place)
			}
		}
		out = append(out, protocol.DiagnosticRelatedInformation{
			Location: protocol.Location{URI: target, Range: at},
			Message:  "in " + plain(frame.Function),
		})
	}
	return out
}

// silenced are the statements whose exceptions the program handled.
func (s *server) silenced(v *view, ended map[int]bool) []protocol.Diagnostic {
	var list []protocol.Diagnostic
	for i := range v.text.Places {
		p := &v.text.Places[i]
		st := &v.file.Statements[p.Statement]
		if st.Raised == 0 || p.State != tally.Fresh || ended[p.Statement] || len(list) >= maxProblems {
			continue
		}
		code, text := "", fmt.Sprintf("raised %d times, and the program went on", st.Raised)
		for _, e := range st.Errors {
			code = e.Type
			text += fmt.Sprintf("\n%d × %s", e.Count, e.Message)
		}
		list = append(list, diagnostic(s.head(v, p), protocol.DiagnosticSeverityInformation, code, plain(text)))
	}
	return list
}

// head is the range of the part of a statement that is its own.
func (s *server) head(v *view, p *tally.Place) protocol.Range {
	return protocol.Range{
		Start: v.doc.position(p.Line-1, p.Col, s.client.encoding),
		End:   v.doc.position(p.HeadLine-1, p.HeadCol, s.client.encoding),
	}
}

// diagnostic is one of ours: the source tells it from those of other servers.
func diagnostic(at protocol.Range, severity protocol.DiagnosticSeverity, code, text string) protocol.Diagnostic {
	d := protocol.Diagnostic{
		Range: at, Severity: severity,
		Source:  protocol.NewOptional(source),
		Message: protocol.String(text),
	}
	if code != "" {
		d.Code = protocol.String(code)
	}
	return d
}
