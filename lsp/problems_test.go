package lsp

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

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
	if list[3]["severity"] != 4.0 || list[3]["message"] != "×5  total=0 … 1" {
		t.Errorf("%v", list[3])
	}
	e.runs(snapshot("one", tally.Ended, loopFile(t, path, 5)))
	e.problems(path, 0)
}

// TestATextThatCouldNotBeCompiled: the file did not run and has no Tally; its problem is
// there while the line is, and until the program runs again.
func TestATextThatCouldNotBeCompiled(t *testing.T) {
	dir := t.TempDir()
	path, source := filepath.Join(dir, "bad.py"), "x = 1\n\tdef f(x)\n    return x\n"
	if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	failed := snapshot("one", tally.Ended)
	failed.Program = path
	failed.Exceptions = []tally.Exception{{Type: "SyntaxError", Message: "expected ':'", Text: "def f(x)", Frames: []tally.Frame{
		{Path: "/lib/run.py", Line: 3, Function: "go"}, {Path: path, Line: 2, Function: "<module>"}}}}
	e := startEditor(t, Options{Now: func() time.Time { return began }})
	e.initialize(dir, fullClient(), nil)
	e.runs(failed)
	for _, open := range []bool{false, true} {
		if open {
			e.open(path, "python", source)
		}
		d := e.problems(path, 1)[0]
		if d["message"] != "SyntaxError: expected ':'" || fmt.Sprint(d["range"]) != fmt.Sprint(J(rng(1, 1, 1, 9))) {
			t.Errorf("open %v: %v", open, d)
		}
	}
	e.edit(path, 2, 1, 9, 1, 9, ":")
	e.problems(path, 0)
	e.edit(path, 3, 1, 9, 1, 10, "")
	e.problems(path, 1)
	next := snapshot("two", tally.Running)
	next.Program, next.Started = path, began.Add(time.Minute)
	e.runs(failed, next)
	e.problems(path, 0)
}

// TestWhoeverStopsAProgramHasNoProblem: Ctrl-C and the stop button are no mistake in it.
func TestWhoeverStopsAProgramHasNoProblem(t *testing.T) {
	e, path := shop(t, fullClient(), nil)
	e.problems(path, 1)
	snap := snapshot("two", tally.Ended, loopFile(t, path, 2))
	snap.Started = began.Add(time.Minute)
	snap.Exceptions = []tally.Exception{{Type: "KeyboardInterrupt", Frames: []tally.Frame{{Path: path, Line: 4, Function: "f"}}}}
	e.runs(snap)
	e.problems(path, 0)
}
