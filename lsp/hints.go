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
	page := pageArgument(v)
	for _, label := range labels {
		hints = append(hints, s.hint(v, label, page))
	}
	return hints, s.unchanged(ctx, v.doc)
}

// hint leaves its kind unset: clients place and style the kinds there are as what
// they are not. The space before it is padding and not part of the text. A click on a
// count opens all samples.
func (s *server) hint(v *view, label tally.LineLabel, page func(line int) protocol.LSPAny) protocol.InlayHint {
	parts := make(protocol.InlayHintLabelPartSlice, len(label.Parts))
	for i, part := range label.Parts {
		parts[i].Value = part.Text
		if part.Tooltip != "" {
			parts[i].Tooltip = protocol.String(part.Tooltip)
		}
		if st := &v.file.Statements[part.Statement]; part.Kind == tally.PartCount && len(st.Samples) > 0 {
			parts[i].Command = protocol.Command{
				Title: "Show all samples", Command: cmdShowSamples, Arguments: []protocol.LSPAny{page(st.Line)},
			}
		}
	}
	return protocol.InlayHint{
		Position:    v.doc.lineEnd(label.Line-1, s.client.encoding),
		Label:       parts,
		PaddingLeft: ptr(true),
	}
}

// pageArgument makes the argument of cmdShowSamples for the lines of one view: a
// target, put together by hand because a large file has thousands.
func pageArgument(v *view) func(line int) protocol.LSPAny {
	head, err := json.Marshal(target{Session: v.run.Session, Path: v.file.Path})
	if err != nil {
		head = []byte("{}")
	}
	head = append(head[:len(head)-1], `,"line":`...)
	return func(line int) protocol.LSPAny {
		return append(strconv.AppendInt(head[:len(head):len(head)], int64(line), 10), '}')
	}
}

// unchanged is an error where the document has changed while an answer about it was
// made: its positions are then those of a text that is gone.
func (s *server) unchanged(ctx context.Context, d *document) error {
	if now := s.world.Load().docs[d.uri]; now != d && ctx.Err() == nil {
		return protocol.ErrContentModified
	}
	return nil
}
