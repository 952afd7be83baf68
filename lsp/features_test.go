package lsp

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/testkit"
	"go.lsp.dev/jsonrpc2"
)

// shop is an editor in which a program that failed was run.
func shop(t *testing.T, caps J, options any) (*editor, string) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "loop.py")
	e := startEditor(t, Options{})
	e.initialize(dir, caps, options)
	e.open(path, "python", loopSource)
	f := loopFile(t, path, 12)
	f.Statements[3].Raised = 2
	f.Statements[3].Errors = []tally.ErrorCount{{Type: "ValueError", Message: "bad i", Count: 2}}
	snap := snapshot("one", tally.Ended, f)
	snap.Exceptions = []tally.Exception{{
		Type: "ValueError", Message: "bad \x1b[31mi", Thread: "MainThread",
		Frames: []tally.Frame{{Path: "/lib/run.py", Line: 7, Function: "go"}, {Path: path, Line: 4, Function: "f"}, {Path: "/lib/x.py", Line: 1, Function: "x"}},
	}}
	e.runs(snap)
	return e, path
}

// lenses are the lenses of a document: line and title.
func (e *editor) lenses(path string) []string {
	e.t.Helper()
	var out []string
	list, _ := e.call("textDocument/codeLens", J{"textDocument": J{"uri": fileURI(path)}}).([]any)
	for _, one := range list {
		lens := one.(J)
		out = append(out, fmt.Sprintf("%v %v", lens["range"].(J)["start"].(J)["line"], lens["command"].(J)["title"]))
	}
	return out
}

func TestCodeLens(t *testing.T) {
	e, path := shop(t, fullClient(), nil)
	if got, want := e.lenses(path), []string{"0 1 call · 2 raised"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	e.edit(path, 2, 3, 17, 3, 18, "i * 2")
	if got, want := e.lenses(path), []string{"0 1 call · 2 raised · edited since run"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	e.edit(path, 3, 0, 0, 0, 0, "# a comment\n")
	e.edit(path, 4, 4, 17, 4, 22, "i")
	if got, want := e.lenses(path), []string{"1 1 call · 2 raised"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestALensCountsTheExceptionsThatLeft(t *testing.T) {
	source := `def f(n):
    try:
        g(n)
    except KeyError:
        h()
    else:
        k()
    with lock:
        m()
    try:
        p()
    finally:
        q()
`
	path := filepath.Join(t.TempDir(), "shop.py")
	e := startEditor(t, Options{})
	e.initialize(filepath.Dir(path), fullClient(), nil)
	e.open(path, "python", source)
	e.runs(snapshot("one", tally.Ended, tallyFile(t, path, source, `1:0 def <module> hits=1 calls=9 mean=2100us
2:4 try f hits=9 raised=3
3:8 expression f hits=9 raised=3
4:4 except f hits=3
5:8 expression f hits=3 raised=1
7:8 expression f hits=5 raised=1
8:4 with f hits=4 raised=2
9:8 expression f hits=4 raised=2
10:4 try f hits=4
11:8 expression f hits=4 raised=2
13:8 expression f hits=4`)))
	if got, want := e.lenses(path), []string{"0 9 calls · 4 raised · 2.1 ms mean"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

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
		{"Trace calls of f", `Q(kind_in=("call", "return", "exception"), function="f", filename_endswith="loop.py", action=CallPrinter)`, ""},
		{"Trace every use of total in this file", `Q(kind="line", filename_endswith="loop.py", source_regex=".*\\btotal\\b", action=VarsPrinter("total"))`, ""},
	} {
		before := len(s.asked())
		e.execute(e.actions(s.path, 3, 9, J{})[row.title])
		e.eventually(row.title, func() bool { return len(s.asked()) == before+1 })
		spec := s.asked()[before]
		if spec.Query != row.query || spec.LogMessage != row.log || row.query == "" && (spec.Path != s.path || spec.Line != 4) {
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
	s.SetStatuses([]tracepoint.Status{{ID: 1, Owner: ownerName(), Spec: s.asked()[0], State: tracepoint.Disarmed, Message: "it raised 5 times"}})
	e.until("a sentence", func(notes []note) bool { return said(notes, "loop.py line 4: it raised 5 times") })
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

// Where a program died is a problem of the file although nobody has opened it, until the
// file is another or runs again.
func TestProblemsOfClosedFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "loop.py")
	died := func(session string, source string) *tally.Snapshot {
		f := loopFile(t, path, 3)
		sum := sha256.Sum256([]byte(source))
		f.SHA256 = hex.EncodeToString(sum[:])
		snap := snapshot(session, tally.Ended, f)
		snap.Exceptions = []tally.Exception{{Type: "ValueError", Message: "bad i", Frames: []tally.Frame{
			{Path: path, Line: 4, Function: "f"}, {Path: "/lib/x.py", Line: 1, Function: "x"}}}}
		return snap
	}
	if err := os.WriteFile(path, []byte(loopSource), 0o600); err != nil {
		t.Fatal(err)
	}
	listed := func(e *editor) string {
		e.mu.Lock()
		defer e.mu.Unlock()
		last := ""
		for _, n := range e.notes {
			if p, ok := n.Params.(J); ok && n.Method == "textDocument/publishDiagnostics" && p["uri"] == fileURI(path) {
				last = ""
				for _, d := range p["diagnostics"].([]any) {
					last += fmt.Sprintf("%v %v", d.(J)["range"].(J)["start"].(J)["line"], d.(J)["message"])
				}
			}
		}
		return last
	}
	e := startEditor(t, Options{Now: func() time.Time { return began }})
	e.initialize(filepath.Dir(path), fullClient(), nil)
	e.runs(died("one", loopSource))
	e.eventually("the problem", func() bool { return listed(e) == "3 ValueError: bad i" })
	newer := died("two", "another text")
	newer.Started = began.Add(time.Minute)
	newer.Ended = began.Add(2 * time.Minute)
	e.runs(died("one", loopSource), newer)
	e.eventually("nothing of a text that is gone", func() bool { return listed(e) == "" })

	late := startEditor(t, Options{Now: func() time.Time { return began.Add(time.Hour) }})
	late.initialize(filepath.Dir(path), fullClient(), nil)
	late.runs(died("one", loopSource))
	late.open(path, "python", loopSource)
	late.eventually("the problem of what is open", func() bool { return listed(late) != "" })
	late.notify("textDocument/didClose", J{"textDocument": J{"uri": fileURI(path)}})
	late.eventually("nothing of a run before the editor", func() bool { return listed(late) == "" })
}

func TestAPageFollowsItsRun(t *testing.T) {
	e, path := shop(t, fullClient(), nil)
	page := string(target{Session: "one", Path: path, Line: 4}.virtual())
	fetch := func() string {
		return e.call("workspace/textDocumentContent", J{"uri": page}).(J)["text"].(string)
	}
	before := fetch()
	e.runs(snapshot("one", tally.Ended, loopFile(t, path, 77)))
	e.until("a refresh of the page", func(notes []note) bool {
		return slices.ContainsFunc(notes, func(n note) bool {
			return n.Method == "workspace/textDocumentContent/refresh" && n.Params.(J)["uri"] == page
		})
	})
	if after := fetch(); after == before || !strings.Contains(after, "77") {
		t.Errorf("it is still\n%s", after)
	}
}

func TestAllSamples(t *testing.T) {
	for _, row := range []struct {
		name string
		caps J
	}{
		{"virtual", fullClient()},
		{"file", J{"window": J{"showDocument": J{"support": true}}}},
		{"file unseen", J{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			e, path := shop(t, row.caps, nil)
			e.onCall(func(method string, _ any) (any, bool) { return J{"success": true}, true })
			e.execute(e.actions(path, 3, 9, J{})["Show all samples of line 4"])
			var text, file string
			switch row.name {
			case "virtual":
				uri := e.shown()
				text = e.call("workspace/textDocumentContent", J{"uri": uri}).(J)["text"].(string)
				if r := e.try("workspace/textDocumentContent", J{"uri": string(target{Session: "gone", Path: "x", Line: 1}.virtual())}); r.Error == nil {
					t.Error("a run that is not kept has a page")
				}
			case "file":
				file = strings.TrimPrefix(e.shown(), "file://")
			default:
				e.until("a sentence", func(notes []note) bool {
					for _, n := range notes {
						if m, ok := n.Params.(J); ok && n.Method == "window/showMessage" {
							_, file, _ = strings.Cut(m["message"].(string), "All samples are in ")
						}
					}
					return file != ""
				})
			}
			if file != "" {
				file = strings.ReplaceAll(file, "%20", " ")
				text = read(t, file)
				if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%v %v", info.Mode(), err)
				}
			}
			want := "# `line 4`\n\n`loop.py` in `shop.py` — run 2026-03-01 14:02:11, ended 14:02:14\n\n" +
				"## line 4 `total += i` ×12\n\n| hit | 1 | 2 |\n|---|---|---|\n| `total` | `0` | `1` |\n\n2 of 12 hits were sampled.\n\n✗ 2 × `ValueError`: `bad i`\n"
			if text != want {
				t.Errorf("got\n%s\nwant\n%s", text, want)
			}
			e.rw.Close()
			<-e.served
			if file != "" {
				if _, err := os.Stat(file); err == nil {
					t.Error("the file is left behind")
				}
			}
		})
	}
}

// shown is the URI that the server asked to show.
func (e *editor) shown() string {
	e.t.Helper()
	var uri string
	e.until("window/showDocument", func(notes []note) bool {
		for _, n := range notes {
			if n.Method == "window/showDocument" {
				uri = n.Params.(J)["uri"].(string)
			}
		}
		return uri != ""
	})
	return uri
}

// problems waits until the diagnostics of a document are as many, and returns them.
func (e *editor) problems(path string, n int) []J {
	e.t.Helper()
	var list []any
	e.until(fmt.Sprintf("%d diagnostics", n), func(notes []note) bool {
		list = nil
		for _, one := range notes {
			if p, ok := one.Params.(J); ok && one.Method == "textDocument/publishDiagnostics" && p["uri"] == fileURI(path) {
				list = p["diagnostics"].([]any)
			}
		}
		return len(list) == n
	})
	var out []J
	for _, one := range list {
		out = append(out, one.(J))
	}
	return out
}

func TestTheExceptionThatEndedTheRun(t *testing.T) {
	e, path := shop(t, fullClient(), nil)
	d := e.problems(path, 1)[0]
	if d["message"] != "ValueError: bad \uFFFD[31mi" || d["severity"] != 1.0 || d["source"] != "tallyho" || d["code"] != "ValueError" {
		t.Errorf("%v", d)
	}
	if at := d["range"].(J)["start"].(J); at["line"] != 3.0 || at["character"] != 8.0 {
		t.Errorf("at %v", at)
	}
	if related := d["relatedInformation"].([]any); len(related) != 3 || related[1].(J)["location"].(J)["uri"] != fileURI(path) {
		t.Errorf("traceback %v", related)
	}
	// Editing the statement makes it history, undoing brings it back, a new run ends it.
	e.edit(path, 2, 3, 17, 3, 18, "i * 2")
	e.problems(path, 0)
	e.edit(path, 3, 3, 17, 3, 22, "i")
	e.problems(path, 1)
	next := snapshot("two", tally.Running, loopFile(t, path, 1))
	next.Started = began.Add(1e10)
	e.runs(next)
	e.problems(path, 0)
}

func TestDiagnosticsSettings(t *testing.T) {
	e, path := shop(t, fullClient(), J{"diagnostics": "silenced"})
	e.problems(path, 1)
	snap := snapshot("two", tally.Ended, e.server.world.Load().runs.all[0].Files[0])
	snap.Started = began.Add(1e10)
	e.runs(snap)
	e.until("a silenced exception", func([]note) bool {
		list := e.problems(path, 1)
		return list[0]["severity"] == 3.0 && strings.Contains(list[0]["message"].(string), "raised 2 times")
	})

	off, path := shop(t, fullClient(), J{"diagnostics": "off"})
	off.alive()
	off.notify("textDocument/didOpen", J{"textDocument": J{"uri": "file:///other.py", "languageId": "python", "version": 1, "text": ""}})
	off.hints(path)
	off.mu.Lock()
	defer off.mu.Unlock()
	if n := count(off.notes, "textDocument/publishDiagnostics"); n != 0 {
		t.Errorf("%d diagnostics where they are off", n)
	}
}

func TestCountsAmongTheDiagnostics(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "loop.py")
	e := startEditor(t, Options{})
	e.initialize(dir, J{}, J{"live": J{"fallback": "diagnostics"}})
	e.open(path, "python", loopSource)
	e.runs(snapshot("one", tally.Running, loopFile(t, path, 5)))
	list := e.problems(path, 5)
	if list[3]["severity"] != 4.0 || list[3]["message"] != "● ×5  total=0 … 1" {
		t.Errorf("%v", list[3])
	}
	e.runs(snapshot("one", tally.Ended, loopFile(t, path, 5)))
	e.problems(path, 0)
}

func TestRunState(t *testing.T) {
	e, s, _ := live(t, J{"runState": true})
	state := func(text string) J {
		var last J
		e.until(text, func(notes []note) bool {
			for _, n := range notes {
				if n.Method == MethodRunState {
					last = n.Params.(J)
				}
			}
			return last != nil && strings.Contains(last["text"].(string), text)
		})
		return last
	}
	state("no run yet")
	s.publish(t, tally.Running, 1000)
	state("shop.py: running, 2,003 hits")
	e.edit(s.path, 2, 3, 17, 3, 18, "i * 2")
	got := state("1 file edited since")
	run := got["runs"].([]any)[0].(J)
	if run["state"] != "running" || run["session"] != "s1" || fmt.Sprint(run["stale"]) != "["+fileURI(s.path)+"]" {
		t.Errorf("%v", run)
	}
	s.publish(t, tally.Ended, 1001)
	state("ended 14:02:14")
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := count(e.notes, "$/progress"); n != 0 {
		t.Error("progress for a client that has the run state")
	}
}

func TestProgressWithoutAnExtension(t *testing.T) {
	e, s, _ := live(t, nil)
	kinds := func(notes []note) []string {
		var all []string
		for _, n := range notes {
			if n.Method == "$/progress" {
				all = append(all, n.Params.(J)["value"].(J)["kind"].(string))
			}
		}
		return all
	}
	s.publish(t, tally.Running, 5)
	e.until("begin", func(notes []note) bool {
		return count(notes, "window/workDoneProgress/create") == 1 && slices.Equal(kinds(notes), []string{"begin"})
	})
	s.publish(t, tally.Running, 6)
	e.until("a report", func(notes []note) bool { return slices.Contains(kinds(notes), "report") })
	s.publish(t, tally.Ended, 7)
	e.until("the end", func(notes []note) bool { return slices.Contains(kinds(notes), "end") })
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, n := range e.notes {
		if n.Method == MethodRunState {
			t.Error("runState for a client that did not ask")
		}
	}
}

func TestConfiguration(t *testing.T) {
	e, path := shop(t, J{}, nil)
	sizes := func() []string { return e.hints(path) }
	if !has("×12")(sizes()) {
		t.Fatalf("%q", sizes())
	}
	e.notify("workspace/didChangeConfiguration", J{"settings": J{"tallyho": J{"hints": J{"ascii": true}, "path": "/usr/bin/tallyho"}}})
	if !has("x12")(sizes()) {
		t.Errorf("%q", sizes())
	}
	e.notify("workspace/didChangeConfiguration", J{"settings": J{"tallyho": J{"enable": false}}})
	if got := sizes(); len(got) > 0 {
		t.Errorf("%q", got)
	}
	e.notify("workspace/didChangeConfiguration", J{"settings": J{"tallyho": J{"exclude": []string{"loop.py"}}}})
	if got := sizes(); len(got) > 0 {
		t.Errorf("%q", got)
	}
	e.notify("workspace/didChangeConfiguration", J{"settings": J{"tallyho": J{"hints": J{"maxLength": 3}}}})
	e.until("a complaint", func(notes []note) bool {
		return said(notes, "tallyho.hints.maxLength: want a whole number from 12 to 200, got 3")
	})
}

func TestConfigurationIsPulled(t *testing.T) {
	dir := t.TempDir()
	e := startEditor(t, Options{})
	settings := make(chan J, 10)
	settings <- J{"hints": J{"ascii": true}}
	e.onCall(func(method string, params any) (any, bool) {
		if method != "workspace/configuration" {
			return nil, true
		}
		if item := params.(J)["items"].([]any)[0].(J); item["section"] != "tallyho" {
			t.Errorf("asked for %v", item)
		}
		return []any{<-settings}, true
	})
	e.initialize(dir, fullClient(), J{"hints": J{"zero": false}})
	path := filepath.Join(dir, "loop.py")
	e.open(path, "python", loopSource)
	e.runs(snapshot("one", tally.Ended, loopFile(t, path, 5)))
	hints := e.seeHints(path, "pulled settings", has("x5"))
	if has("x0")(hints) {
		t.Errorf("the options it was started with are lost: %q", hints)
	}
	settings <- J{"hints": J{"ascii": false}}
	e.notify("workspace/didChangeConfiguration", J{"settings": nil})
	e.seeHints(path, "the new settings", has("×5"))
}

func TestChooseRun(t *testing.T) {
	e, path := shop(t, fullClient(), nil)
	older := e.server.world.Load().runs.all[0]
	newer := snapshot("two", tally.Ended, loopFile(t, path, 77))
	newer.Started = began.Add(1e11)
	e.runs(older, newer)
	e.seeHints(path, "the newest run", has("×77"))
	var asked []string
	e.onCall(func(method string, params any) (any, bool) {
		if method != "window/showMessageRequest" {
			return nil, true
		}
		for _, a := range params.(J)["actions"].([]any) {
			asked = append(asked, a.(J)["title"].(string))
		}
		return params.(J)["actions"].([]any)[2], true
	})
	e.execute(e.actions(path, 3, 9, J{})["Choose the run to show"])
	e.seeHints(path, "the older run", has("×12"))
	if len(asked) != 3 {
		t.Errorf("asked %q", asked)
	}
	e.call("workspace/executeCommand", J{"command": cmdChooseRun, "arguments": []J{{"session": "two"}}})
	e.seeHints(path, "the newer run", has("×77"))
}

// TestHostileValues: nothing that a program holds breaks a label, a page or a message.
func TestHostileValues(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "loop.py")
	e := startEditor(t, Options{})
	e.initialize(dir, fullClient(), J{"diagnostics": "silenced"})
	e.open(path, "python", loopSource)
	f := loopFile(t, path, 5)
	for i, v := range []string{
		strings.Repeat("x", 1<<20), "\u202Egnirts", "a\nb\r\x00\x1b]0;t\x07", strings.Repeat("👨‍👩‍👧", 5000),
		"[x](command:evil) <b> `` | ``` $(x)", "\xff\xfe", "\U000E0041\u200B",
	} {
		st := &f.Statements[3]
		st.Samples = append(st.Samples, tally.Sample{Hit: uint64(i + 3), Thread: v, Vars: []tally.Var{{Name: "total", Type: "str", Repr: v}}})
		st.Errors = append(st.Errors, tally.ErrorCount{Type: v, Message: v, Count: 1})
		st.Raised++
	}
	snap := snapshot("one", tally.Ended, f)
	snap.Program = "\x1b[2J\u202E"
	snap.Exceptions = []tally.Exception{{Type: "E\n", Message: strings.Repeat("\u202E", 1<<16), Frames: []tally.Frame{{Path: path, Line: 4, Function: "\x00"}}}}
	e.runs(snap)
	for _, hint := range e.hints(path) {
		_, label, _ := strings.Cut(hint, " ")
		if n := len([]rune(label)); n > 40 || strings.ContainsFunc(label, unsafe) {
			t.Errorf("label %q of %d characters", label, n)
		}
	}
	page := e.hover(path, 3, 9)
	text := e.call("workspace/textDocumentContent", J{"uri": string(target{Session: "one", Path: path, Function: "f"}.virtual())}).(J)["text"].(string)
	for what, s := range map[string]string{"hover": page, "page": text} {
		if strings.ContainsFunc(strings.ReplaceAll(s, "\n", ""), unsafe) || len(s) > 200_000 {
			t.Errorf("%s of %d bytes: %.300q", what, len(s), s)
		}
	}
	raw, _ := json.Marshal(e.problems(path, 1))
	if len(raw) > 10_000 {
		t.Errorf("a problem of %d bytes", len(raw))
	}
}

func unsafe(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

func TestTwoEditorsOnOneProgram(t *testing.T) {
	e, s, o := live(t, nil)
	other := startEditor(t, Options{HubDir: o.HubDir, Store: hub.OpenStore(t.TempDir())})
	other.initialize(filepath.Dir(s.path), fullClient(), nil)
	other.open(s.path, "python", loopSource)
	s.publish(t, tally.Running, 8)
	e.seeHints(s.path, "hints", has("×8"))
	other.seeHints(s.path, "hints", has("×8"))
}
