package lsp

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// InlayHint answers the annotations of a range of lines, each at its line's end.
func (s *server) InlayHint(ctx context.Context, p *protocol.InlayHintParams) ([]protocol.InlayHint, error) {
	w, u := s.worldOf(ctx), p.TextDocument.URI
	d := w.docs[u]
	if d == nil {
		return nil, nil
	}
	s.announce.asked(d.uri)
	// What changed after this request was read and before it was noted has told nobody.
	if changed, urgent := differs(w, s.world.Load(), d); changed {
		s.announce.changed([]uri.URI{d.uri}, urgent)
	}
	first, last := int(min(p.Range.Start.Line, 1<<30)), int(min(p.Range.End.Line, 1<<30))
	hints := append(s.previewHints(w, d, first, last), s.previewTotal(w, d)...)
	v := s.views.of(w, u)
	if v == nil {
		return hints, s.unchanged(ctx, d)
	}
	labels := v.labels.Labels(v.text.Places, first+1, last+1)
	hints = slices.Grow(hints, len(labels))
	for _, label := range labels {
		hint := protocol.InlayHint{
			// Its kind is unset: clients place and style the kinds there are as what they
			// are not. The space before it is padding and not part of the text.
			Position:    d.lineEnd(label.Line-1, s.client.encoding),
			Label:       labelParts(label.Parts),
			PaddingLeft: yes,
		}
		if s.client.lazyHints {
			hint.Data = hintKey{d.number, d.version, label.Line}.data()
		} else {
			s.explain(v, label.Parts, hint.Label.(protocol.InlayHintLabelPartSlice))
		}
		hints = append(hints, hint)
	}
	return hints, s.unchanged(ctx, v.doc)
}

var yes = ptr(true)

func labelParts(parts []tally.Part) protocol.InlayHintLabelPartSlice {
	out := make(protocol.InlayHintLabelPartSlice, len(parts))
	for i := range parts {
		out[i].Value = parts[i].Text
	}
	return out
}

// explain gives the parts of a label their tooltips and what a click on a count does:
// it opens all samples.
func (s *server) explain(v *view, parts []tally.Part, shown protocol.InlayHintLabelPartSlice) {
	for i, part := range parts {
		if tip := v.labels.Tooltip(part); tip != "" {
			shown[i].Tooltip = protocol.String(tip)
		}
		if st := &v.file.Statements[part.Statement]; part.Kind == tally.PartCount && len(st.Samples) > 0 {
			shown[i].Command = command("Show all samples", cmdShowSamples,
				target{Session: v.run.Session, Path: v.file.Path, Line: st.Line})
		}
	}
}

// hintKey finds a hint again, in the version of the document that it was made for.
type hintKey struct {
	document int64
	version  int32
	line     int // from 1
}

func (k hintKey) data() protocol.LSPAny {
	out := strconv.AppendInt([]byte{'['}, k.document, 10)
	out = strconv.AppendInt(append(out, ','), int64(k.version), 10)
	return append(strconv.AppendInt(append(out, ','), int64(k.line), 10), ']')
}

// InlayHintResolve answers a hint with its tooltips and its command. They are most of
// what there is to send, and seldom looked at. A hint whose document has changed since is
// answered as it came.
func (s *server) InlayHintResolve(ctx context.Context, hint *protocol.InlayHint) (*protocol.InlayHint, error) {
	var key [3]int64
	parts, ok := hint.Label.(protocol.InlayHintLabelPartSlice)
	if !ok || json.Unmarshal(hint.Data, &key) != nil {
		return hint, nil
	}
	w := s.worldOf(ctx)
	for u, d := range w.docs {
		if d.number != key[0] || int64(d.version) != key[1] {
			continue
		}
		if v := s.views.of(w, u); v != nil {
			line := int(key[2])
			labels := v.labels.Labels(v.text.Places, line, line)
			if len(labels) == 1 && len(labels[0].Parts) == len(parts) {
				s.explain(v, labels[0].Parts, parts)
			}
		}
	}
	return hint, nil
}

// unchanged is an error where the document has changed while an answer about it was
// made: its positions are then those of a text that is gone.
func (s *server) unchanged(ctx context.Context, d *document) error {
	if now := s.world.Load().docs[d.uri]; now != d && ctx.Err() == nil {
		return protocol.ErrContentModified
	}
	return nil
}
