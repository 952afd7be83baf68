package lsp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
