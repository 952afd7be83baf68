package lsp

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/syntax"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/text"
	"go.lsp.dev/protocol"
)

// actionKind is that of our code actions in source files: a kind of our own, so that
// an editor which asks for fixes or refactorings of another server gets none of ours.
const actionKind protocol.CodeActionKind = "tallyho"

// CodeAction offers fixes for queries, and for a line of a program what can be asked
// about it. The latter only when the person asked for actions: a light bulb at every line
// would be noise.
func (s *server) CodeAction(ctx context.Context, p *protocol.CodeActionParams) ([]protocol.CommandOrCodeAction, error) {
	w := s.worldOf(ctx)
	d := w.docs[p.TextDocument.URI]
	if d == nil || d.lost {
		return nil, nil
	}
	list := append(s.queryFixes(w, d, p), s.formatAction(w, d, p)...)
	if p.Context.TriggerKind == protocol.CodeActionTriggerKindAutomatic || !wanted(p.Context.Only, actionKind) {
		return list, nil
	}
	for _, c := range append(s.lineActions(w, d, p.Range), s.followActions(ctx, w, d, p.Range)...) {
		list = append(list, &protocol.CodeAction{Title: c.Title, Kind: ptr(actionKind), Command: c})
	}
	return list, nil
}

// wanted reports whether a client that restricts the kinds takes this one.
// Kinds are hierarchical: whoever asks for "refactor" takes "refactor.rewrite".
func wanted(only []protocol.CodeActionKind, kind protocol.CodeActionKind) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(one protocol.CodeActionKind) bool {
		return one == kind || one == "" || strings.HasPrefix(string(kind), string(one)+".")
	})
}

// lineActions are what can be asked about the start of a range.
// First what the run that is shown can tell, then what a live program can be asked.
func (s *server) lineActions(w *world, d *document, at protocol.Range) []protocol.Command {
	var list []protocol.Command
	v := s.views.of(w, d.uri)
	line := int(min(at.Start.Line, 1<<30)) + 1
	here := target{URI: d.uri, Line: line}
	if v != nil {
		where := d.mapper.Convert(inner(at.Start), s.client.encoding, text.UTF32)
		if place := v.at(line, where.Column); place != nil && len(v.file.Statements[place.Statement].Samples) > 0 {
			list = append(list, command(fmt.Sprintf("Show all samples of line %d", line), cmdShowSamples, v.targetOfPlace(place)))
		}
		if place := v.at(line, 0); place != nil {
			if _, ok := v.whyNot(place); ok {
				list = append(list, command(whyTitle(place), cmdWhyNot, here))
			}
		}
		if name := v.functionAround(line); name != "" && name != "<module>" {
			t := v.targetOfPlace(v.at(line, 1<<30))
			t.Function = name
			list = append(list, command("Show all samples of "+name, cmdShowSamples, t))
		}
	}
	if session, ok := w.live(sessionOf(v)); ok && isPython(d) {
		here.Session = session
		list = append(list, s.traceActions(v, d, at, here)...)
	}
	if v != nil && len(w.runs.whole()) > 1 {
		list = append(list, command("Choose the run to show", cmdChooseRun, target{}))
	}
	return list
}

// traceActions are what a running program can be asked.
func (s *server) traceActions(v *view, d *document, at protocol.Range, here target) []protocol.Command {
	list := []protocol.Command{command(fmt.Sprintf("Trace line %d", here.Line), cmdTraceLine, here)}
	if v != nil {
		if name := v.functionAround(here.Line); name != "" && name != "<module>" {
			t := here
			t.Function = name
			list = append(list, command("Trace calls of "+name, cmdTraceFunction, t))
		}
	}
	if name := wordAt(d, d.mapper.Offset(inner(at.Start), s.client.encoding)); name != "" {
		t := here
		t.Name = name
		list = append(list, command("Trace every use of "+name+" in this file", cmdTraceName, t))
	}
	for _, status := range s.tracer.ours(here.Session) {
		if status.Spec.Path == d.path && (status.Spec.Line == here.Line || status.Line == here.Line) ||
			status.Spec.Query != "" && strings.Contains(status.Spec.Query, filepath.Base(d.path)) {
			list = append(list, command(fmt.Sprintf("Remove tracepoint %d: %s", status.ID, describe(status.Spec)),
				cmdRemoveTracepoint, target{Session: here.Session, ID: status.ID}))
		}
	}
	return list
}

// sessionOf is the Session of a view whose run goes on, "" of any other.
func sessionOf(v *view) string {
	if v == nil || v.run.State == tally.Ended {
		return ""
	}
	return v.run.Session
}

// isPython goes by the language that the client names, or by the file's name where it has another
// word for it (python3, Cython).
func isPython(d *document) bool {
	return d.lang == "python" || strings.HasSuffix(d.path, ".py")
}

// wordAt is the Python name that touches an offset, "" where none does.
// Bytes above ASCII count as letters: a name may have them, and an operator never does.
func wordAt(d *document, offset int) string {
	content := d.mapper.Text()
	start, end := offset, offset
	for start > 0 && syntax.IsNameByte(content[start-1]) {
		start--
	}
	for end < len(content) && syntax.IsNameByte(content[end]) {
		end++
	}
	word := content[start:end]
	if word == "" || word[0] >= '0' && word[0] <= '9' || query.IsKeyword(word) {
		return ""
	}
	return word
}
