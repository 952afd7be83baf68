package lsp

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// notebook is an editor with a notebook open.
type notebook struct {
	*editor
	uri     string
	version int
}

func openNotebook(t *testing.T, cells ...string) *notebook {
	t.Helper()
	dir := t.TempDir()
	caps := fullClient()
	caps["notebookDocument"] = J{"synchronization": J{}}
	n := &notebook{editor: startEditor(t, Options{}), uri: fileURI(filepath.Join(dir, "study.ipynb")), version: 1}
	options := n.initialize(dir, caps, nil)["notebookDocumentSync"]
	if options == nil {
		t.Fatal("the server does not ask for notebooks")
	}
	list, items := []any{}, []any{}
	for i, text := range cells {
		list = append(list, J{"kind": 2, "document": n.cell(i)})
		items = append(items, J{"uri": n.cell(i), "languageId": "python", "version": 1, "text": text})
	}
	n.notify("notebookDocument/didOpen", J{
		"notebookDocument":  J{"uri": n.uri, "notebookType": "jupyter-notebook", "version": 1, "cells": list},
		"cellTextDocuments": items,
	})
	return n
}

// cell is what VS Code calls one.
func (n *notebook) cell(i int) string {
	return fmt.Sprintf("vscode-notebook-cell:%s#W%dsZmlsZQ%%3D%%3D", strings.TrimPrefix(n.uri, "file://"), i)
}

func (n *notebook) change(cells J) {
	n.t.Helper()
	n.version++
	n.notify("notebookDocument/didChange", J{"notebookDocument": J{"uri": n.uri, "version": n.version}, "change": J{"cells": cells}})
}

func (n *notebook) typeIn(i int, text string) {
	n.t.Helper()
	n.change(J{"textContent": []any{J{
		"document": J{"uri": n.cell(i), "version": n.version + 1}, "changes": []any{J{"text": text}},
	}}})
}

// see compares the hints of a cell, a line each.
func (n *notebook) see(what string, i int, want ...string) {
	n.t.Helper()
	if got := n.hintsOf(n.cell(i)); !slices.Equal(got, want) {
		n.t.Errorf("%s: got\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// kernel is a run of cells, by the names that ipykernel has for them.
func kernel(session string, started time.Duration, files ...*tally.File) *tally.Snapshot {
	run := snapshot(session, tally.Running, files...)
	run.Program, run.Started = "ipykernel_launcher.py", began.Add(started)
	for i, f := range files {
		f.Typed, f.Path = true, fmt.Sprintf("/tmp/ipykernel_7/x%d.py", i)
	}
	return run
}

func TestCellsAreAnnotatedByTheirText(t *testing.T) {
	n := openNotebook(t, "n = 1\n\n", "n += 2", "\n\nfor i in range(3):\n    n += i")
	first := tallyFile(t, "", "n = 1\n", "1:0 assign <module> hits=1 n=1")
	loop := tallyFile(t, "", "for i in range(3):\n    n += i\n", "1:0 for <module> hits=4 i=0,1\n2:4 assign <module> hits=3 n=1,2")
	n.runs(kernel("one", 0, first, loop))
	n.see("ran", 0, "0:5 ×1")
	n.see("never ran", 1)
	n.see("below lines that the kernel leaves out", 2, "2:18 ×4  i=0 … 1", "3:10 ×3  n=1 … 2")

	n.typeIn(2, "\n\nfor i in range(3):\n    n -= i")
	n.see("edited since", 2, "2:18 ×4  i=0 … 1", "3:10 ~ ×3")
	n.typeIn(2, "\n\nfor i in range(3):\n    n += i")
	n.see("as it was", 2, "2:18 ×4  i=0 … 1", "3:10 ×3  n=1 … 2")

	again := tallyFile(t, "", "n += 2\n", "1:0 assign <module> hits=2 n=3,5")
	n.runs(kernel("one", 0, first, loop, again))
	n.see("ran as well", 1, "0:6 ×2  n=3 … 5")
}

func TestCellsThatComeAndGo(t *testing.T) {
	n := openNotebook(t, "n = 1")
	n.runs(kernel("one", 0, tallyFile(t, "", "n = 1\n", "1:0 assign <module> hits=1 n=1")))
	n.change(J{"structure": J{
		"array":   J{"start": 1, "deleteCount": 0, "cells": []any{J{"kind": 2, "document": n.cell(1)}}},
		"didOpen": []any{J{"uri": n.cell(1), "languageId": "python", "version": 1, "text": "n = 1"}},
	}})
	n.see("a copy", 1, "0:5 ×1")
	n.change(J{"structure": J{
		"array": J{"start": 0, "deleteCount": 1}, "didClose": []any{J{"uri": n.cell(0)}},
	}})
	n.see("deleted", 0)
	n.notify("notebookDocument/didSave", J{"notebookDocument": J{"uri": n.uri}})
	n.notify("notebookDocument/didClose", J{"notebookDocument": J{"uri": n.uri}, "cellTextDocuments": []any{J{"uri": n.cell(1)}}})
	n.see("closed", 1)
	n.alive()
	if open := len(n.server.world.Load().docs); open != 0 {
		t.Errorf("%d documents are still open", open)
	}
}

func TestAChangeThatCannotBeReadSilencesItsCell(t *testing.T) {
	n := openNotebook(t, "n = 1")
	n.runs(kernel("one", 0, tallyFile(t, "", "n = 1\n", "1:0 assign <module> hits=1 n=1")))
	n.change(J{"textContent": []any{J{
		"document": J{"uri": n.cell(0), "version": 2}, "changes": []any{J{"text": 7}},
	}}})
	n.see("what it says now is not known", 0)
	n.typeIn(0, "n = 1")
	n.see("known again", 0, "0:5 ×1")
}

// A kernel keeps the text with what is no Python made into Python, under the name that it
// has made of the text as it was sent.
func TestACellWithMagicsIsFoundByItsName(t *testing.T) {
	const sent = "y = [area(n) for n in range(4)]\n%time z = sum(y)\nif z > 100:\n    print('big')\nz"
	if got := ipykernelName(sent); got != "848727271" {
		t.Fatalf("ipykernel calls it 848727271, here it is %s", got)
	}
	n := openNotebook(t, sent)
	f := tallyFile(t, "", "y = [area(n) for n in range(4)]\nget_ipython().run_line_magic('time', 'z = sum(y)')\nif z > 100:\n    print('big')\nz\n",
		"1:0 assign <module> hits=1 y=[]\n3:0 if <module> hits=1 z=18")
	run := kernel("one", 0, f)
	f.Path = "/tmp/ipykernel_7/848727271.py"
	n.runs(run)
	n.see("found", 0, "0:31 ×1  y=[]", "2:11 ×1  z=18")
}

func TestCellsOfAFileWithMarks(t *testing.T) {
	const text = "import math\n\n# %% load\nn = 1\n\n# %%\nn += 2\n"
	dir := t.TempDir()
	path := filepath.Join(dir, "study.py")
	e := startEditor(t, Options{})
	e.initialize(dir, fullClient(), nil)
	e.open(path, "python", text)
	old := snapshot("file", tally.Ended, tallyFile(t, path, text, "4:0 assign <module> hits=7 n=1"))
	e.runs(old)
	see := func(what string, want ...string) {
		t.Helper()
		if got := e.hints(path); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	see("run as a file", "3:5 ×7")
	cells := kernel("cells", time.Minute,
		tallyFile(t, "", "n = 1\n", "1:0 assign <module> hits=1 n=1"), tallyFile(t, "", "n += 2\n", "1:0 assign <module> hits=1 n=3"))
	e.runs(old, cells)
	see("run cell by cell since", "3:5 ×1", "6:6 ×1  n=3")
	e.edit(path, 2, 6, 5, 6, 6, "3")
	see("one of them edited", "3:5 ×1")
	old.Started = began.Add(time.Hour)
	e.runs(old, cells)
	see("run as a file again", "3:5 ×7")
}

func TestCellsOfAMarimoNotebook(t *testing.T) {
	const text = `import marimo

app = marimo.App()

with app.setup:
    import math


@app.cell
def _(
    seed,
):
    n = seed

    n + 1
    return (
        n,
    )


@app.cell(hide_code=True)
def _(n):
    def double(x):
        return 2 * x
    y = double(n)
    return


@app.function
def triple(x):
    return 3 * x


if __name__ == "__main__":
    app.run()
`
	dir := t.TempDir()
	path := filepath.Join(dir, "study.py")
	e := startEditor(t, Options{})
	e.initialize(dir, fullClient(), nil)
	e.open(path, "python", text)
	e.runs(kernel("marimo", 0,
		tallyFile(t, "", "import math", "1:0 import <module> hits=1"),
		tallyFile(t, "", "n = seed\n\nn + 1", "1:0 assign <module> hits=1 n=1\n3:0 expression <module> hits=1 n=1"),
		tallyFile(t, "", "def double(x):\n    return 2 * x\ny = double(n)", "2:4 return double hits=1 x=1\n3:0 assign <module> hits=1 y=2"),
		tallyFile(t, "", "def triple(x):\n    return 3 * x", "2:4 return triple hits=2 x=1"),
	))
	want := []string{"12:12 ×1  n=1", "14:9 ×1  n=1", "23:20 ×1  x=1", "24:17 ×1  y=2", "30:16 ×2  x=1"}
	if got := e.hints(path); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
