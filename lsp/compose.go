package lsp

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// cell is a piece of a document that a kernel may have run by itself.
type cell struct {
	text string
	line int // of its first one in the document, from 0
	col  int // by how much it is indented there
}

// cellsIn are the cells of a document: that which it is, or those that its marks part it
// into. A plain file has none.
func cellsIn(d *document, text string) []cell {
	if d.notebook != "" {
		return []cell{{text: text}}
	}
	if d.lang != "python" || !strings.Contains(text, "%%") && !strings.Contains(text, ".cell") {
		return nil
	}
	lines := strings.SplitAfter(text, "\n")
	if found := marimoCells(lines); len(found) > 0 {
		return found
	}
	var found []cell
	marked := false
	for i, line := range lines {
		if isCellMark(line) {
			found, marked = append(found, cell{line: i}), true
		} else if len(found) == 0 {
			found = append(found, cell{line: i}) // what stands before the first mark
		}
		found[len(found)-1].text += line
	}
	if !marked {
		return nil
	}
	return found
}

// of is the Tally of what a kernel ran of a document, of the chosen run or the newest.
func (c *cells) of(d *document, chosen string) (tallied, bool) {
	if len(c.byText) == 0 || d.mapper == nil {
		return tallied{}, false
	}
	if had, ok := c.made.Load(d); ok {
		t := had.(tallied)
		return t, t.file != nil
	}
	text := d.mapper.Text()
	t := c.compose(d, text, chosen)
	if t.file == nil && d.ranAs != "" && d.ranAs != text {
		t = c.compose(d, d.ranAs, chosen) // edited since
	}
	c.made.Store(d, t)
	return t, t.file != nil
}

// compose puts the Tallies of a document's cells together, each at its place. They are of
// one run.
func (c *cells) compose(d *document, text, chosen string) tallied {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	all := cellsIn(d, text)
	found := make([][]tallied, len(all))
	var run *tally.Snapshot
	for i := range all {
		found[i] = c.find(all[i].text)
		for _, t := range found[i] {
			if run == nil || run.Session != chosen && (t.run.Session == chosen || t.run.Started.After(run.Started)) {
				run = t.run
			}
		}
	}
	if run == nil {
		return tallied{}
	}
	out := &tally.File{Path: d.path, Source: text, Typed: d.path == ""}
	var of strings.Builder
	for i := range all {
		for _, t := range found[i] {
			if t.run == run {
				all[i].put(out, t.file)
				fmt.Fprintf(&of, "%d %s\n", all[i].line, t.file.SHA256)
				break
			}
		}
	}
	out.SHA256 = of.String() + text
	return tallied{run, out}
}

// put adds the Statements of what ran as a cell.
func (c cell) put(out, ran *tally.File) {
	down := c.line + firstLine(c.text) - firstLine(ran.Source)
	for _, st := range ran.Statements {
		st.Line, st.EndLine, st.HeadLine = st.Line+down, st.EndLine+down, st.HeadLine+down
		st.Col, st.EndCol, st.HeadCol = st.Col+c.col, st.EndCol+c.col, st.HeadCol+c.col
		out.Statements = append(out.Statements, st)
	}
	out.Revision += ran.Revision
	out.ByLine = out.ByLine || ran.ByLine
	out.Raw = out.Raw || ran.Raw
	if out.Path == "" {
		out.Path = ran.Path // the cell is all of the document
	}
	if out.Unknown == "" {
		out.Unknown = ran.Unknown
	}
	if out.Note == "" {
		out.Note = ran.Note
	}
}

// fileName is what a file is called in a sentence; the names of cells say nothing.
func fileName(f *tally.File) string {
	if f.Typed && filepath.IsAbs(f.Path) {
		return "cell"
	}
	return filepath.Base(f.Path)
}

// firstLine is where a cell's code begins, counted from 0: what cellText leaves out.
func firstLine(text string) int {
	return strings.Count(text[:len(text)-len(withoutHead(text))], "\n")
}
