package link

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// tuple reads a JSON list as the bridge writes it: numbers, plain texts and
// truth values. A run of many files has a million of them, and to read each by
// encoding/json takes ten times as long. ok is false for anything else, which
// then is for encoding/json.
type tuple struct {
	rest []byte
	ok   bool
}

func newTuple(b []byte) tuple {
	if len(b) < 2 || b[0] != '[' || b[len(b)-1] != ']' {
		return tuple{}
	}
	return tuple{b[1 : len(b)-1], true}
}

// item is the next item of a list that has one.
func (t *tuple) item() []byte {
	t.rest = bytes.TrimLeft(t.rest, " ")
	end := bytes.IndexByte(t.rest, ',')
	if len(t.rest) > 0 && t.rest[0] == '"' {
		if close := bytes.IndexByte(t.rest[1:], '"'); close >= 0 {
			end = close + 2
		}
	}
	item := t.rest
	if end >= 0 && end < len(t.rest) {
		item, t.rest = t.rest[:end], t.rest[end:]
		t.ok = t.ok && t.rest[0] == ','
		t.rest = t.rest[1:]
	} else {
		t.rest = nil
	}
	return item
}

// done reports whether all items have been read; a list may have fewer than its
// reader knows, but none is half there.
func (t *tuple) done() bool { return t.ok && len(t.rest) == 0 }

func (t *tuple) integer() int64 {
	n, err := strconv.ParseInt(string(t.item()), 10, 64)
	t.ok = t.ok && err == nil
	return n
}

func (t *tuple) natural() uint64 {
	n, err := strconv.ParseUint(string(t.item()), 10, 64)
	t.ok = t.ok && err == nil
	return n
}

func (t *tuple) text() string {
	item := t.item()
	if len(item) < 2 || item[0] != '"' || item[len(item)-1] != '"' || bytes.IndexByte(item, '\\') >= 0 || !utf8.Valid(item) {
		t.ok = false
		return ""
	}
	return string(item[1 : len(item)-1])
}

func (t *tuple) truth() bool {
	item := string(t.item())
	t.ok = t.ok && (item == "true" || item == "false")
	return item == "true"
}

// UnmarshalJSON reads [line, col, end_line, end_col, head_line, head_col, kind, function, no_code].
func (s *Span) UnmarshalJSON(b []byte) error {
	t, one := newTuple(b), Span{}
	for _, field := range []*int{&one.Line, &one.Col, &one.EndLine, &one.EndCol, &one.HeadLine, &one.HeadCol} {
		*field = int(t.integer())
	}
	one.Kind, one.Function, one.NoCode = t.text(), t.text(), t.truth()
	if t.done() {
		*s = one
		return nil
	}
	return unmarshalTuple(b, &s.Line, &s.Col, &s.EndLine, &s.EndCol, &s.HeadLine, &s.HeadCol,
		&s.Kind, &s.Function, &s.NoCode)
}

// UnmarshalJSON reads [span, slot, weight], where the weight may be absent.
func (t *Term) UnmarshalJSON(b []byte) error {
	list, one := newTuple(b), Term{Weight: 1}
	one.Span, one.Slot = int(list.integer()), list.natural()
	if len(list.rest) > 0 {
		one.Weight = list.integer()
	}
	if list.done() {
		*t = one
		return nil
	}
	t.Weight = 1
	return unmarshalTuple(b, &t.Span, &t.Slot, &t.Weight)
}

var _, _ json.Unmarshaler = &Span{}, &Term{}
