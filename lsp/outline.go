package lsp

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/syntax"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// outline is the classes and functions of a text, told by its tokens: it is there for a
// text that somebody is typing, and that never ran.
type outline struct {
	text *syntax.Text
}

// outlineOf reads a document's text anew: outlines are asked for seldom, and kept by nobody.
func outlineOf(d *document) outline { return outline{syntax.Parse(d.mapper.Text())} }

// word is the i-th token of a unit as it is written, "" behind its last.
func (o outline) word(unit, i int32) string {
	u := &o.text.Units[unit]
	if i < 0 || u.From+i >= u.To {
		return ""
	}
	t := o.text.Tokens[u.From+i]
	return o.text.Source[t.Start:t.End]
}

// made is the kind and the name of what a unit makes: "class" or "def", else "".
func (o outline) made(unit int32) (kind, name string) {
	at := int32(0)
	if o.word(unit, 0) == "async" {
		at = 1
	}
	switch word := o.word(unit, at); {
	case word == "def", word == "class" && at == 0:
		return word, o.word(unit, at+1)
	}
	return "", ""
}

// unitAt is the innermost unit that a line (from 1) is part of, or in whose block it is; -1:
// none.
func (o outline) unitAt(line int) int32 {
	best := int32(-1)
	for i := range o.text.Units {
		u := &o.text.Units[i]
		if u.Line > line {
			break
		}
		best = int32(i)
	}
	return best
}

// enclosing is the innermost def that holds a unit, or is one; -1: none.
func (o outline) enclosing(unit int32) int32 {
	for ; unit >= 0; unit = o.text.Units[unit].Parent {
		if kind, _ := o.made(unit); kind == "def" {
			return unit
		}
	}
	return -1
}

// qualified is the name of what a unit makes, as Python's __qualname__ has it.
func (o outline) qualified(unit int32) string {
	_, name := o.made(unit)
	for up := o.text.Units[unit].Parent; up >= 0; up = o.text.Units[up].Parent {
		switch kind, outer := o.made(up); kind {
		case "class":
			name = outer + "." + name
		case "def":
			name = outer + ".<locals>." + name
		}
	}
	return name
}

// variable is a name in a unit, with the attributes behind it.
type variable struct {
	name      string
	line, col int // where it stands, as Python counts
}

// variables are what a unit reads or binds: no keywords, no names of what is called, of
// keyword arguments, of imports; of a def its parameters.
func (o outline) variables(unit int32) []variable {
	switch o.word(unit, 0) {
	case "import", "from", "class", "@", "global", "nonlocal":
		return nil
	}
	var list []variable
	u := &o.text.Units[unit]
	kind, _ := o.made(unit)
	depth := 0
	for i := int32(0); u.From+i < u.To; i++ {
		t := o.text.Tokens[u.From+i]
		word, before, after := o.word(unit, i), o.word(unit, i-1), o.word(unit, i+1)
		switch word {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		}
		switch {
		case t.Kind != syntax.Name || query.IsKeyword(word) || before == ".":
			continue
		case kind == "def" && (depth != 1 || before != "(" && before != "," && before != "*" && before != "**"):
			continue
		case kind == "" && depth > 0 && after == "=" && (before == "(" || before == ","):
			continue // f(name=…)
		}
		name := word
		if kind == "" {
			name = o.chain(unit, i)
		}
		if name != "" {
			line, col := o.text.Place(unit, int(t.Start))
			list = append(list, variable{name, line, col})
		}
	}
	return list
}

// chain is a name and the attributes behind it, without one that is called; "" where the
// name itself is.
func (o outline) chain(unit, i int32) string {
	parts := []string{o.word(unit, i)}
	for o.word(unit, i+1) == "." {
		parts = append(parts, o.word(unit, i+2))
		i += 2
	}
	if o.word(unit, i+1) == "(" {
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, ".")
}

// namesAt are the variables of a line's unit, without doubles, at most eight.
func (o outline) namesAt(line int) []string {
	unit := o.unitAt(line)
	if unit < 0 {
		return nil
	}
	var names []string
	for _, v := range o.variables(unit) {
		if !slices.Contains(names, v.name) && len(names) < 8 {
			names = append(names, v.name)
		}
	}
	return names
}

// testItem is a test, or a class of tests, of a file.
type testItem struct {
	ID       string         `json:"id"`     // as pytest has it behind the file's name: "TestCart::test_empty"
	Parent   string         `json:"parent"` // "" at the top
	Name     string         `json:"name"`
	Class    bool           `json:"class,omitempty"`
	Unittest bool           `json:"unittest,omitempty"` // unittest finds it, too
	Range    protocol.Range `json:"range"`              // of its header
	Ends     int            `json:"ends"`               // the last line of its body, from 0
}

// testList is what tallyho/tests answers.
type testList struct {
	Tests []testItem `json:"tests"`
}

// tests answers the tests of a file that is open or can be read.
func (s *server) tests(w *world, p here) (testList, error) {
	out := testList{Tests: []testItem{}}
	d := s.documentOf(w, uri.URI(p.URI))
	if d == nil {
		return out, nil
	}
	o := outlineOf(d)
	for i := range o.text.Units {
		if item, ok := o.test(int32(i), isTestFile(d.path)); ok {
			line, col := o.text.Place(int32(i), o.text.Units[i].Start)
			end, endCol := o.text.Place(int32(i), o.text.Units[i].End)
			item.Range = protocol.Range{Start: d.position(line-1, col, s.client.encoding), End: d.position(end-1, endCol, s.client.encoding)}
			last := max(int32(i), o.text.Units[i].Last-1)
			lastLine, _ := o.text.Place(last, o.text.Units[last].End)
			item.Ends = lastLine - 1
			out.Tests = append(out.Tests, item)
		}
	}
	return out, nil
}

// test is what pytest and unittest take for one by its name: functions "test…" in a test file
// or in a class of tests; classes "Test…" in a test file, and those of a TestCase anywhere.
// pytest's defaults (python_files, python_classes, python_functions); a project's own are not read.
func (o outline) test(unit int32, inTestFile bool) (testItem, bool) {
	kind, name := o.made(unit)
	parent := o.text.Units[unit].Parent
	switch {
	case kind == "class" && parent < 0:
		isCase := o.isTestCase(unit)
		ok := isCase || inTestFile && strings.HasPrefix(name, "Test")
		return testItem{ID: name, Name: name, Class: true, Unittest: isCase}, ok && o.holdsTests(unit)
	case kind != "def" || !strings.HasPrefix(name, "test"):
		return testItem{}, false
	case parent < 0:
		return testItem{ID: name, Name: name}, inTestFile
	}
	class, ok := o.test(parent, inTestFile)
	return testItem{ID: class.ID + "::" + name, Parent: class.ID, Name: name, Unittest: class.Unittest}, ok && class.Class
}

// isTestCase goes by the bases' names, of which unittest's and Django's end so.
func (o outline) isTestCase(class int32) bool {
	for i := int32(2); o.word(class, i) != ""; i++ {
		if strings.HasSuffix(o.word(class, i), "TestCase") {
			return true
		}
	}
	return false
}

// holdsTests reports a method whose name is a test's: a base class of tests has none to run.
func (o outline) holdsTests(class int32) bool {
	for i := class + 1; i < o.text.Units[class].Last; i++ {
		if kind, name := o.made(i); kind == "def" && o.text.Units[i].Parent == class && strings.HasPrefix(name, "test") {
			return true
		}
	}
	return false
}

// isTestFile goes by the names that pytest (test_*.py, *_test.py) and unittest (test*.py) look for.
func isTestFile(path string) bool {
	name := strings.TrimSuffix(filepath.Base(path), ".py")
	return strings.HasPrefix(name, "test") || strings.HasSuffix(name, "_test")
}

// inlineNames are the variables of a function from its first line to the one that is next
// at a stop.
func (o outline) inlineNames(line int) []variable {
	last := o.unitAt(line)
	if last < 0 {
		return nil
	}
	first := max(o.enclosing(last), 0)
	var list []variable
	for unit := first; unit <= last; unit++ {
		if kind, _ := o.made(unit); kind != "" && unit != first {
			continue
		}
		if o.enclosing(unit) != o.enclosing(last) {
			continue // a function in it has variables of its own
		}
		list = append(list, o.variables(unit)...)
	}
	return list
}

// documentOf is a document as it is open, or as it is on disk; nil where it cannot be read.
func (s *server) documentOf(w *world, u uri.URI) *document {
	if d := w.docs[u]; d != nil && !d.lost {
		return d
	}
	return readDocument(u)
}
