package lsp

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// inlayHints answers textDocument/inlayHint: the annotations of a range of lines, each
// at its line's end. null where the document is not open: an editor may ask of one that it
// has just closed, and takes an error to the person.
//
// Editors ask for the lines that are seen and some around them, again at each scrolling, so
// what a line shows is made for the range alone. That something has been shown is noted
// (views.show): counts that change faster than anyone reads are told at a pace (announcer).
func (s *server) inlayHints(ctx context.Context, p *protocol.InlayHintParams) (jsonrpc2.RawMessage, error) {
	w, u := s.settledWorld(ctx), p.TextDocument.URI
	d := w.docs[u]
	if d == nil {
		return jsonrpc2.RawMessage("null"), nil
	}
	s.announce.asked(d.uri)
	// What changed after this request was read and before it was noted has told nobody.
	if changed, urgent := differs(w, s.world.Load(), d); changed {
		s.announce.changed([]uri.URI{d.uri}, urgent)
	}
	// LSP's positions go to 2³¹−1, which some editors send for "to the end".
	first, last := int(min(p.Range.Start.Line, 1<<30)), int(min(p.Range.End.Line, 1<<30))
	var hints hintList
	s.previewHints(&hints, w, d, first, last)
	s.previewTotal(&hints, w, d)
	s.fleetHints(&hints, w, d, first, last)
	if v := s.views.of(w, u); v != nil && (w.settings.Tests || !isOfTests(d.path)) {
		s.labels(&hints, v, first, last)
		s.views.show(v, s.now())
	}
	return hints.answer(), s.unchanged(ctx, d)
}

// isOfTests reports a file that pytest and unittest take for one of tests, or that is among such.
func isOfTests(path string) bool {
	folders := strings.Split(filepath.ToSlash(filepath.Dir(path)), "/")
	return isTestFile(path) || filepath.Base(path) == "conftest.py" || slices.Contains(folders, "tests") || slices.Contains(folders, "test")
}

// labels adds what a run counted. An editor that resolves tooltips and commands later
// (resolveSupport of its capabilities) is sent neither: a tooltip is a page of samples, and
// of a hundred labels one is pointed at.
func (s *server) labels(hints *hintList, v *view, first, last int) {
	explain := func(part tally.Part) explanation { return v.explain(part) }
	if s.client.lazyHints {
		explain = nil
	}
	hints.grow(min(last-first+1, len(v.text.Places)))
	for label := range v.labels.All(v.text.Places, first+1, last+1) {
		key := hintKey{v.doc.number, v.doc.version, label.Line}
		hints.label(v.doc.lineEnd(label.Line-1, s.client.encoding), label.Parts, explain, key)
	}
}

// explanation is what there is to a part of a label besides its text.
type explanation struct {
	tooltip string
	command protocol.Command // what a click on a count does: it opens all samples
}

// explain is what a part of a hint shows when pointed at. The count leads to all samples.
func (v *view) explain(part tally.Part) explanation {
	e := explanation{tooltip: v.labels.Tooltip(part)}
	if st := &v.file.Statements[part.Statement]; part.Kind == tally.PartCount && len(st.Samples) > 0 {
		e.command = command("Show all samples", cmdShowSamples, target{Session: v.run.Session, Path: v.file.Path, Line: st.Line})
	}
	return e
}

// hintKey finds a hint again, in the version of the document that it was made for: as the
// hint's data, which LSP has an editor send back unread with inlayHint/resolve. It has no path,
// which would be longer than most hints.
type hintKey struct {
	document int64
	version  int32
	line     int // from 1
}

// append writes a key as three numbers, for a client keeps it with each hint.
func (k hintKey) append(out []byte) []byte {
	out = strconv.AppendInt(append(out, '['), k.document, 10)
	out = strconv.AppendInt(append(out, ','), int64(k.version), 10)
	return append(strconv.AppendInt(append(out, ','), int64(k.line), 10), ']')
}

// readHintKey reads one that a client has kept; false of anything else.
func readHintKey(data protocol.LSPAny) (hintKey, bool) {
	var key [3]int64
	err := json.Unmarshal(data, &key)
	return hintKey{key[0], int32(key[1]), int(key[2])}, err == nil
}

// InlayHintResolve answers a hint with its tooltips and its command. They are most of
// what there is to send, and seldom looked at. A hint whose document has changed since is
// answered as it came.
func (s *server) InlayHintResolve(ctx context.Context, hint *protocol.InlayHint) (*protocol.InlayHint, error) {
	key, ok := readHintKey(hint.Data)
	parts, several := hint.Label.(protocol.InlayHintLabelPartSlice)
	if !ok || !several {
		return hint, nil
	}
	w := s.worldOf(ctx)
	for u, d := range w.docs {
		if d.number != key.document || d.version != key.version {
			continue
		}
		v := s.shown(w, u)
		if v == nil {
			break
		}
		labels := v.labels.Labels(v.text.Places, key.line, key.line)
		if len(labels) != 1 || len(labels[0].Parts) != len(parts) {
			break
		}
		for i, part := range labels[0].Parts {
			e := v.explain(part)
			parts[i].Command = e.command
			if e.tooltip != "" {
				parts[i].Tooltip = protocol.String(e.tooltip)
			}
		}
	}
	return hint, nil
}

// unchanged is an error where the document has changed while an answer about it was
// made: its positions are then those of a text that is gone. LSP has ContentModified for
// this, on which an editor asks again or waits for the next change; one that was
// cancelled meanwhile has its own error.
func (s *server) unchanged(ctx context.Context, d *document) error {
	if now := s.world.Load().docs[d.uri]; now != d && ctx.Err() == nil {
		return protocol.ErrContentModified
	}
	return nil
}
