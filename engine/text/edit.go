package text

import "fmt"

// Change is one edit of a document: the text between Start and End becomes
// Text, or, when Whole is set, the document does. It has the shape of LSP's
// content change event.
type Change struct {
	Whole      bool
	Start, End Position
	Text       string
}

// Apply makes the changes one after the other, each in the text the one before
// left. A range that ends before it starts is an error and nothing is changed;
// positions outside the text are clamped, as LSP asks.
func Apply(text string, changes []Change, enc Encoding) (string, error) {
	out := text
	for i, c := range changes {
		if c.Whole {
			out = c.Text
			continue
		}
		m := New(out)
		start, end := m.Offset(c.Start, enc), m.Offset(c.End, enc)
		if end < start {
			return text, fmt.Errorf("apply change %d: range ends at %d:%d before it starts at %d:%d",
				i, c.End.Line, c.End.Column, c.Start.Line, c.Start.Column)
		}
		out = out[:start] + c.Text + out[end:]
	}
	return out, nil
}
