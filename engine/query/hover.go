package query

import (
	"fmt"
	"strings"
)

// Help describes the word at a place of a query.
type Help struct {
	Title string // as it would be written
	Text  string // one or two sentences
	Span  Span
}

// Hover describes the word at the byte offset; ok is false where there is
// nothing to say.
// A word before = is a keyword of the call that it stands in, and is described as such even
// where something that can be called has its name.
func Hover(text string, offset int) (h Help, ok bool) {
	c := at(text, offset, "trace")
	if c.inStr || c.text == "" {
		return h, false
	}
	h.Span = c.word
	if c.top().keySpan == c.word {
		return c.keywordHelp(h)
	}
	if s, found := SignatureOf(c.text); found && c.text != "filter" || found && c.after == "." {
		h.Title, h.Text = s.Label, s.Doc
		return h, true
	}
	return h, false
}

// keywordHelp describes a keyword of a call.
// Options first, since a call's own options hide criteria of the same name, as in hunter.
func (c *cursor) keywordHelp(h Help) (Help, bool) {
	if s, ok := SignatureOf(c.top().callee); ok {
		for _, p := range s.Params {
			if p.Name == c.text {
				h.Title, h.Text = p.Name+"="+p.Default, p.Doc
				return h, true
			}
		}
	}
	if c.text == exprField {
		h.Title, h.Text = `expr="…"`, "True where this Python expression is, evaluated in the frame."
		return h, true
	}
	var parts []string
	for _, p := range strings.Split(c.text, "_") {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 || len(parts) > 2 {
		return h, false
	}
	f, ok := publicField(parts[0])
	if !ok {
		return h, false
	}
	h.Title, h.Text = f.Name, f.describe()+". "+stageDocs[f.Stage]+"."
	// An operator that is not known adds nothing: the diagnostic tells of it already.
	if len(parts) == 2 {
		op, _ := operatorByName(parts[1])
		for _, o := range Operators {
			if o.Op == op && o.Name == string(op) {
				h.Title = f.Name + "_" + o.Name
				h.Text += fmt.Sprintf(" Here: %s.", o.Doc)
			}
		}
	}
	return h, true
}

// stageDocs say what asking a field costs.
var stageDocs = [...]string{
	StageCode:  "Decided once for each function: free afterwards",
	StagePlace: "Decided once for each place: free afterwards",
	StageEvent: "Asked at each event",
	StageFrame: "Asked at each event, of the frame",
}

// SignatureAt is the call the byte offset stands in, with the parameter that
// is being written. The whole text counts as the arguments of trace.
func SignatureAt(text string, offset int) (Signature, bool) {
	c := at(text, offset, "trace")
	for i := len(c.frames) - 1; i >= 0; i-- {
		f := c.frames[i]
		if f.callee == "" {
			continue
		}
		s, ok := SignatureOf(f.callee)
		if !ok {
			return s, false
		}
		s.Active = s.active(f)
		return s, true
	}
	return Signature{}, false
}

// active is the parameter that an argument belongs to.
// A keyword that no parameter is called after belongs to **criteria; a positional one beyond the
// last to the parameter with one star. -1: Python would refuse it.
func (s Signature) active(f frame) int {
	stars := -1
	for i, p := range s.Params {
		switch {
		case f.keyword != "" && p.Name == f.keyword:
			return i
		case f.keyword != "" && strings.HasPrefix(p.Name, "**"):
			return i
		case f.keyword == "" && strings.HasPrefix(p.Name, "*") && stars < 0:
			stars = i
		}
	}
	if f.keyword != "" {
		return -1
	}
	if f.index < len(s.Params) && (stars < 0 || f.index < stars) {
		return f.index
	}
	return stars
}
