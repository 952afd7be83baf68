package lsp

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestAnnotate plays the archives in testdata/annotate. "source" is the text that
// ran and "tally" what was counted in it (see tallyFile); then, in order:
//
//	edit       one change a line: 2:0-2:4 "text", UTF-16 positions from 0; or whole "text"
//	settings   JSON
//	state      running, paused or ended
//	hints      what the editor is answered, one hint a line
//	hover 3:4  what it is answered there
func TestAnnotate(t *testing.T) {
	files, err := filepath.Glob("testdata/annotate/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { annotate(t, file) })
	}
}

func annotate(t *testing.T, file string) {
	a := testkit.ReadArchive(t, file)
	dir := testkit.Folder(t)
	path := filepath.Join(dir, "shop.py")
	e := startEditor(t, Options{})
	version, run := 1, (*tally.Snapshot)(nil)
	var source string
	var initial any
	for i := range a.Files {
		section := &a.Files[i]
		text := strings.TrimSuffix(section.Data, "\n")
		name, arg, _ := strings.Cut(section.Name, " ")
		switch name {
		case "options":
			if err := json.Unmarshal([]byte(text), &initial); err != nil {
				t.Fatal(err)
			}
		case "source":
			source = unescape(t, section.Data)
			e.initialize(dir, fullClient(), initial)
			e.open(path, "python", source)
		case "tally":
			norm := strings.ReplaceAll(strings.ReplaceAll(source, "\r\n", "\n"), "\r", "\n")
			run = snapshot("one", tally.Ended, tallyFile(t, path, norm, text))
			e.runs(run)
		case "state":
			next := *run
			next.State = tally.State(text)
			run = &next
			e.runs(run)
		case "edit":
			for _, line := range strings.Split(text, "\n") {
				version++
				e.play(path, version, line)
			}
		case "hints":
			was := section.Data
			section.Data = golden(e.hints(path))
			compare(t, section.Name, was, section.Data)
		case "hover":
			line, column, _ := strings.Cut(arg, ":")
			was := section.Data
			section.Data = e.hover(path, number(t, line), number(t, column)) + "\n"
			compare(t, section.Name, was, section.Data)
		default:
			t.Fatalf("section %q", section.Name)
		}
	}
	if *update {
		a.Write(t, file)
	}
}

func compare(t *testing.T, what, want, got string) {
	t.Helper()
	if got != want && !*update {
		t.Errorf("%s:\ngot\n%s\nwant\n%s", what, got, want)
	}
}

// unescape lets a source hold what an archive cannot: a text that starts with a
// quote is a Go string.
func unescape(t *testing.T, text string) string {
	t.Helper()
	if !strings.HasPrefix(text, `"`) {
		return text
	}
	var out string
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func golden(hints []string) string {
	if len(hints) == 0 {
		return "none\n"
	}
	return strings.Join(hints, "\n") + "\n"
}

// play makes one line of an edit section.
func (e *editor) play(path string, version int, line string) {
	e.t.Helper()
	where, what, _ := strings.Cut(line, " ")
	var text string
	if err := json.Unmarshal([]byte(what), &text); err != nil {
		e.t.Fatalf("edit %q: %v", line, err)
	}
	if where == "whole" {
		e.replace(path, version, text)
		return
	}
	var l1, c1, l2, c2 int
	if _, err := fmt.Sscanf(where, "%d:%d-%d:%d", &l1, &c1, &l2, &c2); err != nil {
		e.t.Fatalf("edit %q: %v", line, err)
	}
	e.edit(path, version, l1, c1, l2, c2, text)
}

// runs makes Snapshots known to the server.
func (e *editor) runs(all ...*tally.Snapshot) {
	e.alive()
	e.server.setRuns(all, func(path string) string { return path })
}

// hints are the labels of a document, each with its line and column from 0.
func (e *editor) hints(path string) []string {
	e.t.Helper()
	return e.hintsOf(fileURI(path))
}

func (e *editor) hintsOf(document string) []string {
	e.t.Helper()
	var out []string
	list, _ := e.call("textDocument/inlayHint", J{"textDocument": J{"uri": document}, "range": J{
		"start": J{"line": 0, "character": 0}, "end": J{"line": 1 << 20, "character": 0}}}).([]any)
	for _, one := range list {
		hint := one.(J)
		if hint["kind"] != nil || hint["paddingLeft"] != true {
			e.t.Errorf("kind and padding of %v", hint)
		}
		at := hint["position"].(J)
		out = append(out, fmt.Sprintf("%v:%v %s", at["line"], at["character"], labelText(hint)))
	}
	return out
}

func labelText(hint J) string {
	if text, ok := hint["label"].(string); ok {
		return text
	}
	var b strings.Builder
	for _, part := range hint["label"].([]any) {
		b.WriteString(part.(J)["value"].(string))
	}
	return b.String()
}

// hover is the text of a hover, "null" where there is none.
func (e *editor) hover(path string, line, column int) string {
	e.t.Helper()
	h, ok := e.call("textDocument/hover", at(path, line, column)).(J)
	if !ok {
		return "null"
	}
	return strings.TrimRight(h["contents"].(J)["value"].(string), "\n")
}
