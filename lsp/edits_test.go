package lsp

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/text"
)

// longSource is a program of n functions, all different, and its Tally.
func longSource(t testing.TB, path string, n int) (string, *tally.File) {
	var src, notes strings.Builder
	for i := range n {
		line := 6*i + 1
		fmt.Fprintf(&src, "def f%d(xs):\n    total%d = %d\n    for x in xs:\n        total%d += x + %d\n    return total%d  # naïve 😀\n\n", i, i, i, i, i, i)
		fmt.Fprintf(&notes, "%d:0 def <module> hits=1 calls=%d\n%d:4 assign f%d hits=%d total%d=%d,%d\n%d:4 for f%d hits=%d x=1,2,3\n%d:8 assign f%d hits=%d total%d=1,2\n%d:4 return f%d hits=%d ->=%d\n",
			line, i+1, line+1, i, i+1, i, i, i, line+2, i, 3*i+1, line+3, i, 2*i+1, i, line+4, i, i+1, i)
	}
	return src.String(), tallyFile(t, path, src.String(), notes.String())
}

// script edits a text at random and remembers how to undo it.
type script struct {
	rand *rand.Rand
	text string
	undo []J
}

var fragments = []string{"", "x", "\n", "\r\n", "    ", "# note\n", "😀", "total = 1\n", "é", "def g():\n    pass\n", ")", "\"\"\"", "\\\n"}

// step makes one change event and applies it to the text by itself.
func (s *script) step() J {
	m := text.New(s.text)
	start := s.rand.IntN(len(s.text) + 1)
	end := start
	switch s.rand.IntN(4) {
	case 0: // a few characters
		end = min(len(s.text), start+s.rand.IntN(12))
	case 1: // whole lines
		line := s.rand.IntN(m.Lines())
		start = m.LineSpan(line).Start
		end = m.LineSpan(min(line+s.rand.IntN(4), m.Lines()-1)).Start
	}
	// A client's ranges are whole characters and never end inside a line end.
	from, to := m.Position(start, text.UTF16), m.Position(end, text.UTF16)
	start, end = m.Offset(from, text.UTF16), m.Offset(to, text.UTF16)
	if start > end {
		start, end, from, to = end, start, to, from
	}
	fragment := fragments[s.rand.IntN(len(fragments))]
	if s.rand.IntN(10) == 0 && start < end {
		fragment = s.text[start:end] + s.text[start:end]
	}
	before := s.text
	s.text = s.text[:start] + fragment + s.text[end:]
	s.undo = append(s.undo, change(s.text, start, start+len(fragment), before[start:end]))
	return J{"range": rng(from.Line, from.Column, to.Line, to.Column), "text": fragment}
}

// change is the event that replaces bytes of a text. Where a line end would be cut
// in two it is the whole text, as no range says that.
func change(in string, start, end int, with string) J {
	m := text.New(in)
	from, to := m.Position(start, text.UTF16), m.Position(end, text.UTF16)
	if m.Offset(from, text.UTF16) != start || m.Offset(to, text.UTF16) != end {
		return J{"text": in[:start] + with + in[end:]}
	}
	return J{"range": rng(from.Line, from.Column, to.Line, to.Column), "text": with}
}

// TestFreshMeansThatItRan: whatever is edited, a hint that is not marked stands on a
// line with the code that ran with that count, and undoing everything gives the
// first answer again.
func TestFreshMeansThatItRan(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "long.py")
	source, file := longSource(t, path, 12)
	e := startEditor(t, Options{})
	e.initialize(dir, fullClient(), nil)
	e.open(path, "python", source)
	e.runs(snapshot("one", tally.Ended, file))
	first := e.hints(path)
	ran := map[string][]string{} // texts of lines, by count
	lines := text.New(source)
	for _, hint := range first {
		line, label := splitHint(t, hint)
		ran[countOf(label)] = append(ran[countOf(label)], codeOf(lines.Line(line)))
	}
	version := 1
	send := func(events ...J) {
		version++
		e.notify("textDocument/didChange", J{"textDocument": J{"uri": fileURI(path), "version": version}, "contentChanges": events})
	}
	for round := range 12 {
		s := &script{rand: rand.New(rand.NewPCG(uint64(round), 7)), text: source}
		for range 40 {
			events := []J{s.step()}
			if s.rand.IntN(3) == 0 {
				events = append(events, s.step())
			}
			send(events...)
			if got := e.document(path); got != s.text {
				t.Fatalf("round %d: the document became\n%q\nwant\n%q", round, got, s.text)
			}
			now := text.New(s.text)
			for _, hint := range e.hints(path) {
				line, label := splitHint(t, hint)
				at, rest := codeOf(now.Line(line)), ""
				for more := range 8 { // a statement may be split by now, or one of several on its line
					rest += codeOf(now.Line(line + more))
				}
				ranHere := func(code string) bool {
					from := strings.Index(rest, code)
					return from >= 0 && from <= len(at)
				}
				for _, part := range strings.Split(label, " · ") {
					if strings.HasPrefix(part, "~") {
						if strings.ContainsAny(part, "=→✗") {
							t.Fatalf("round %d: a value at an edited statement: %q", round, hint)
						}
						continue
					}
					if !slices.ContainsFunc(ran[countOf(part)], ranHere) {
						t.Fatalf("round %d: %q stands at %q, which did not run with it", round, part, at)
					}
				}
			}
		}
		slices.Reverse(s.undo)
		for _, event := range s.undo {
			send(event)
		}
		if got := e.document(path); got != source {
			t.Fatalf("round %d: undoing gives another text", round)
		}
		if got := e.hints(path); !slices.Equal(got, first) {
			t.Fatalf("round %d: after undoing\n%q\nwant\n%q", round, got, first)
		}
	}
}

// codeOf is a line without what is no code, and without how it is laid out; the source of
// these tests has no # in strings.
func codeOf(line string) string {
	line, _, _ = strings.Cut(line, "#")
	return strings.Join(strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == '\f' || r == '\r' || r == '\\' }), "")
}

// countOf is the count that a label begins with.
func countOf(label string) string {
	count, _, _ := strings.Cut(label, " ")
	return count
}

func splitHint(t testing.TB, hint string) (line int, label string) {
	t.Helper()
	at, label, _ := strings.Cut(hint, " ")
	before, _, _ := strings.Cut(at, ":")
	return number(t, before), label
}

func TestAFormatterAndACheckout(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "long.py")
	source, file := longSource(t, path, 30)
	e := startEditor(t, Options{})
	e.initialize(dir, fullClient(), nil)
	e.open(path, "python", source)
	e.runs(snapshot("one", tally.Ended, file))
	first := e.hints(path)
	// Another branch, and back.
	e.replace(path, 2, "import os\nprint(os.name)\n")
	if got := e.hints(path); slices.ContainsFunc(got, func(h string) bool { return !strings.Contains(h, " ~ ") || strings.Contains(h, "=") }) {
		t.Errorf("hints of lines that never ran: %q", got)
	}
	e.replace(path, 3, source)
	if got := e.hints(path); !slices.Equal(got, first) {
		t.Errorf("after coming back:\n%q\nwant\n%q", got, first)
	}
	// A formatter that only moves lines about.
	e.replace(path, 4, strings.ReplaceAll(source, "\n\ndef", "\n\n\n# next\ndef")+"\n\n")
	if got := e.hints(path); len(got) != len(first) || slices.ContainsFunc(got, func(h string) bool { return strings.Contains(h, "~") }) {
		t.Errorf("after formatting: %q", got)
	}
}

func TestHugeDocument(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "huge.py")
	e := startEditor(t, Options{})
	e.initialize(dir, fullClient(), nil)
	source := strings.Repeat("x = 1\n", 200_000)
	e.open(path, "python", source)
	f := tallyFile(t, path, "x = 1\n", "1:0 assign <module> hits=1 x=1")
	f.Source = source
	for line := range 200_000 {
		st := f.Statements[0]
		st.Line, st.EndLine, st.HeadLine = line+1, line+1, line+1
		st.Hits = uint64(line)
		f.Statements = append(f.Statements, st)
	}
	f.Statements = f.Statements[1:]
	e.runs(snapshot("one", tally.Ended, f))
	list, _ := e.call("textDocument/inlayHint", J{"textDocument": J{"uri": fileURI(path)}, "range": rng(150_000, 0, 150_050, 0)}).([]any)
	if len(list) != 51 {
		t.Errorf("%d hints in 51 lines", len(list))
	}
	for i := range 20 {
		e.edit(path, i+2, 100_000+i, 0, 100_000+i, 0, "y")
	}
	list, _ = e.call("textDocument/inlayHint", J{"textDocument": J{"uri": fileURI(path)}, "range": rng(100_000, 0, 100_019, 0)}).([]any)
	if len(list) != 20 || !strings.HasPrefix(labelText(list[0].(J)), "~") {
		t.Errorf("%d hints, the first %v", len(list), list)
	}
}
