package lsp

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

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
