package lsp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"go.lsp.dev/uri"
)

// Times of day are shown as they are where the person is: the golden files have them
// in UTC.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

// fileURI is how a client writes a path.
func fileURI(path string) string { return string(uri.File(filepath.Clean(path))) }

// document is the text that the server holds, once it has taken in all that was
// sent.
func (e *editor) document(path string) string {
	e.t.Helper()
	return e.opened(path).mapper.Text()
}

func (e *editor) opened(path string) *document {
	e.t.Helper()
	e.alive()
	d := e.server.world.Load().docs[uri.URI(fileURI(path))]
	if d == nil {
		e.t.Fatalf("%s is not open", path)
	}
	return d
}

func read(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// index finds the one place of part in text.
func index(t testing.TB, text, part string) int {
	t.Helper()
	if strings.Count(text, part) == 0 {
		t.Fatalf("%q is not in %q", part, text)
	}
	return strings.Index(text, part)
}

// eventually waits for what the server has no message about.
func (e *editor) eventually(what string, ok func() bool) {
	e.t.Helper()
	deadline := time.After(patience)
	for !ok() {
		select {
		case <-deadline:
			e.t.Fatalf("%s: it did not come", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

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
