package lsp

import (
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"go.lsp.dev/protocol"
)

// hintList is an answer of many inlay hints, written as it is made: Neovim asks for
// those of the whole file at every key, and as structures they take several times the memory.
type hintList struct {
	json []byte
}

// grow makes room for n hints of the usual length.
func (h *hintList) grow(n int) { h.json = slices.Grow(h.json, 140*n) }

// add begins the next hint at a position. Its kind stays unset: clients place and style
// the kinds there are as what they are not. The space before it is padding, not text.
func (h *hintList) add(at protocol.Position) {
	before := byte(',')
	if len(h.json) == 0 {
		before = '['
	}
	h.json = append(append(h.json, before), `{"position":{"line":`...)
	h.json = strconv.AppendUint(h.json, uint64(at.Line), 10)
	h.json = append(h.json, `,"character":`...)
	h.json = strconv.AppendUint(h.json, uint64(at.Character), 10)
	h.json = append(h.json, `},"paddingLeft":true,"label":`...)
}

// plain adds a hint of one text.
func (h *hintList) plain(at protocol.Position, text, tooltip string) {
	h.add(at)
	h.text(text)
	if tooltip != "" {
		h.field("tooltip", tooltip)
	}
	h.json = append(h.json, '}')
}

// label adds a hint of one part or more, of which explain says more unless it is nil;
// key finds the hint again.
func (h *hintList) label(at protocol.Position, parts []tally.Part, explain func(tally.Part) explanation, key hintKey) {
	h.add(at)
	before := byte('[')
	for _, part := range parts {
		h.json = append(append(h.json, before), `{"value":`...)
		h.text(part.Text)
		if explain != nil {
			h.explain(explain(part))
		}
		h.json = append(h.json, '}')
		before = ','
	}
	h.json = append(h.json, `],"data":`...)
	h.json = append(key.append(h.json), '}')
}

// explain adds what a part of a hint shows when pointed at, and does when clicked.
func (h *hintList) explain(e explanation) {
	if e.tooltip != "" {
		h.field("tooltip", e.tooltip)
	}
	if e.command.Command == "" {
		return
	}
	if raw, err := protocol.Marshal(&e.command); err == nil {
		h.json = append(append(h.json, `,"command":`...), raw...)
	}
}

// field adds a field whose value is a text.
func (h *hintList) field(name, value string) {
	h.json = append(append(append(h.json, `,"`...), name...), `":`...)
	h.text(value)
}

// text writes a string; few have anything to escape.
func (h *hintList) text(s string) {
	easy := utf8.ValidString(s)
	for i := 0; easy && i < len(s); i++ {
		easy = s[i] >= ' ' && s[i] != '"' && s[i] != '\\'
	}
	if easy {
		h.json = append(append(append(h.json, '"'), s...), '"')
		return
	}
	raw, err := json.Marshal(s)
	if err != nil {
		raw = []byte(`""`)
	}
	h.json = append(h.json, raw...)
}

// answer is the whole list, null where there is nothing.
func (h *hintList) answer() []byte {
	if len(h.json) == 0 {
		return []byte("null")
	}
	return append(h.json, ']')
}
