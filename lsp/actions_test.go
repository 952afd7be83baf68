package lsp

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/testkit"
	"go.lsp.dev/jsonrpc2"
)

// actions are the code actions at a line, by title.
func (e *editor) actions(path string, line, column int, context J) map[string]J {
	e.t.Helper()
	out := map[string]J{}
	if context["diagnostics"] == nil {
		context["diagnostics"] = []any{}
	}
	list, _ := e.call("textDocument/codeAction", J{
		"textDocument": J{"uri": fileURI(path)}, "range": rng(line, column, line, column), "context": context,
	}).([]any)
	for _, one := range list {
		out[one.(J)["title"].(string)] = one.(J)
	}
	return out
}

// execute runs the command of a code action or lens.
func (e *editor) execute(action J) {
	e.t.Helper()
	c, ok := action["command"].(J)
	if !ok {
		e.t.Fatalf("%v has no command", action)
	}
	e.call("workspace/executeCommand", J{"command": c["command"], "arguments": c["arguments"]})
}

func titles(actions map[string]J) []string {
	var out []string
	for title := range actions {
		out = append(out, title)
	}
	slices.Sort(out)
	return out
}

func TestCodeActions(t *testing.T) {
	e, s, _ := live(t, nil)
	s.publish(t, tally.Running, 3)
	e.seeHints(s.path, "hints", has("×3"))
	want := []string{
		"Show all samples of f", "Show all samples of line 4", "Trace calls of f",
		"Trace every use of total in this file", "Trace line 4",
	}
	if got := titles(e.actions(s.path, 3, 9, J{})); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	for name, context := range map[string]J{
		"automatic":       {"triggerKind": 2},
		"only quick fixs": {"only": []string{"quickfix"}},
	} {
		if got := e.actions(s.path, 3, 9, context); len(got) > 0 {
			t.Errorf("%s: got %q", name, titles(got))
		}
	}
	if got := e.actions(s.path, 3, 9, J{"only": []string{"tallyho"}}); len(got) != len(want) {
		t.Errorf("asked for by kind: got %q", titles(got))
	}
	s.publish(t, tally.Ended, 4)
	e.seeHints(s.path, "the end", has("3:18 ×4"))
	if got := titles(e.actions(s.path, 3, 9, J{})); slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "Trace") }) {
		t.Errorf("nothing runs: got %q", got)
	}
}

func TestTracingFromTheEditor(t *testing.T) {
	e, s, _ := live(t, nil)
	s.publish(t, tally.Running, 3)
	e.seeHints(s.path, "hints", has("×3"))
	for _, row := range []struct{ title, query, log string }{
		{"Trace line 4", "", `VarsPrinter("total")`},
		{"Trace calls of f", `kind_in=("call", "return", "exception"), function="f", filename_endswith="loop.py", action=CallPrinter`, ""},
		{"Trace every use of total in this file", `kind="line", filename_endswith="loop.py", source_regex=".*\\btotal\\b", action=VarsPrinter("total")`, ""},
	} {
		before := len(s.asked())
		e.execute(e.actions(s.path, 3, 9, J{})[row.title])
		e.eventually(row.title, func() bool { return len(s.asked()) == before+1 })
		spec := s.asked()[before]
		if spec.Query != row.query || spec.LogMessage != row.log || row.query == "" && (!samePath(spec.Path, s.path) || spec.Line != 4) {
			t.Errorf("%s: asked for %+v", row.title, spec)
		}
	}
	var remove J
	e.eventually("a tracepoint to remove", func() bool {
		for title, action := range e.actions(s.path, 3, 9, J{}) {
			if strings.HasPrefix(title, "Remove tracepoint") && strings.Contains(title, "line 4") {
				remove = action
			}
		}
		return remove != nil
	})
	e.execute(remove)
	e.eventually("the removal", func() bool { return len(s.asked()) == 2 })
	e.rw.Close()
	e.eventually("the editor's tracepoints to go with it", func() bool { return len(s.asked()) == 0 })
}

func TestATracepointThatComesToNothing(t *testing.T) {
	e, s, _ := live(t, nil)
	s.publish(t, tally.Running, 3)
	e.seeHints(s.path, "hints", has("×3"))
	e.execute(e.actions(s.path, 3, 9, J{})["Trace line 4"])
	e.eventually("the tracepoint", func() bool { return len(s.asked()) == 1 })
	s.SetStatuses([]tracepoint.Status{{ID: 1, Owner: hub.Owner(ownerName()), Spec: s.asked()[0], State: tracepoint.Disarmed, Message: "it raised 5 times"}})
	e.until("a sentence", func(notes []note) bool { return said(notes, "loop.py line 4: it raised 5 times") })
}

func TestAQueryOfOnesOwn(t *testing.T) {
	e, s, _ := live(t, nil)
	s.publish(t, tally.Running, 3)
	e.seeHints(s.path, "hints", has("×3"))
	ask := func(query string) {
		e.call("workspace/executeCommand", J{"command": cmdTraceQuery, "arguments": []J{{"query": query}}})
	}
	ask("functio='f'")
	e.until("what is wrong with it", func(notes []note) bool { return said(notes, `Did you mean "function"`) })
	ask("  ")
	e.until("that there is none", func(notes []note) bool { return said(notes, "no query to ask") })
	ask("function='f'")
	e.eventually("the query", func() bool { return len(s.asked()) == 1 && s.asked()[0].Query == "function='f'" })
}

func TestTracingWhereNothingRuns(t *testing.T) {
	e, path := shop(t, fullClient(), nil)
	e.call("workspace/executeCommand", J{"command": cmdTraceLine, "arguments": []J{{"uri": fileURI(path), "line": 4}}})
	e.until("a sentence", func(notes []note) bool { return said(notes, "no program is running") })
	if r := e.try("workspace/executeCommand", J{"command": "tallyho.dance"}); r.Error == nil || r.Error.Code != int(jsonrpc2.InvalidParams) {
		t.Errorf("unknown command: %+v", r)
	}
	if r := e.try("workspace/executeCommand", J{"command": cmdTraceLine, "arguments": []any{1}}); r.Error == nil || r.Error.Code != int(jsonrpc2.InvalidParams) {
		t.Errorf("wrong argument: %+v", r)
	}
	for _, name := range commandNames() {
		e.call("workspace/executeCommand", J{"command": name})
	}
}

// The editor's own news of a run may be older than its end: where it keeps what it asked for the runs to come,
// it is answered and the person is told nothing that is no concern of theirs.
func TestWhatNoProgramTakesIsLeftToTheEditor(t *testing.T) {
	e, path := shop(t, fullClient(), nil)
	for name, argument := range map[string]J{
		cmdTraceQuery: {"query": "function='f'"}, cmdTraceLine: {"uri": fileURI(path), "line": 4},
		cmdTraceName: {"uri": fileURI(path), "name": "total"}, cmdTraceFunction: {"uri": fileURI(path), "function": "f"},
	} {
		argument["elseKept"] = true
		got, _ := e.call("workspace/executeCommand", J{"command": name, "arguments": []J{argument}}).(J)
		if got["running"] != false {
			t.Errorf("%s: answered %v", name, got)
		}
	}
	e.call("workspace/executeCommand", J{"command": cmdTraceQuery, "arguments": []J{{"query": "functio='f'", "elseKept": true}}})
	e.until("what is wrong with it", func(notes []note) bool { return said(notes, `Did you mean "function"`) })
	e.until("nothing else", func(notes []note) bool { return !said(notes, "no program is running") })
}

func TestCommandsAreDocumented(t *testing.T) {
	page := read(t, filepath.Join(testkit.Root(), "docs", "language-server.md"))
	for _, name := range commandNames() {
		if !strings.Contains(page, "| `"+name+"` |") {
			t.Errorf("%s is not in docs/language-server.md", name)
		}
	}
}

// said reports whether a message to the person holds a text.
func said(notes []note, text string) bool {
	return slices.ContainsFunc(notes, func(n note) bool {
		if n.Method != "window/showMessage" {
			return false
		}
		return strings.Contains(n.Params.(J)["message"].(string), text)
	})
}

// samePath reports whether two paths are the same, whatever the case of Windows' drive letter.
func samePath(a, b string) bool {
	drive := len(filepath.VolumeName(a))
	return len(filepath.VolumeName(b)) == drive && strings.EqualFold(a[:drive], b[:drive]) && a[drive:] == b[drive:]
}
