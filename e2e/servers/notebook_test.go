package servers

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/peer"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// kernelDriver runs in a kernel what it reads, a cell a line, in JSON; the answer is the
// kernel's status.
const kernelDriver = `import json
import sys

from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel(kernel_name="python3", startup_timeout=120)
print(json.dumps(manager.provisioner.pid), flush=True)
try:
    for line in sys.stdin:
        told = client.execute_interactive(json.loads(line), timeout=120, output_hook=lambda message: None)
        print(json.dumps(told["content"]["status"]), flush=True)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
`

// kernel is a Jupyter kernel of the test.
type kernel struct {
	t   *testing.T
	in  io.WriteCloser
	out *bufio.Reader
	pid int
}

func startKernel(t *testing.T, python, workspace string) *kernel {
	t.Helper()
	cmd := exec.Command(python, "-c", kernelDriver)
	cmd.Dir = workspace
	dir := testkit.Folder(t)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+testkit.Package(t), "IPYTHONDIR="+dir, "JUPYTER_CONFIG_DIR="+dir, "JUPYTER_RUNTIME_DIR="+dir, "JUPYTER_DATA_DIR="+dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	k := &kernel{t: t, in: in, out: bufio.NewReader(out)}
	k.read(&k.pid)
	return k
}

func (k *kernel) read(into any) {
	k.t.Helper()
	line, err := k.out.ReadString('\n')
	if err != nil || json.Unmarshal([]byte(line), into) != nil {
		k.t.Fatalf("the kernel's driver said %q, %v", line, err)
	}
}

// run has the kernel run a cell and returns how that ended.
func (k *kernel) run(cell string) string {
	k.t.Helper()
	text, _ := json.Marshal(cell)
	if _, err := fmt.Fprintf(k.in, "%s\n", text); err != nil {
		k.t.Fatal(err)
	}
	var status string
	k.read(&status)
	return status
}

// TestACellIsAnnotated runs the cells of a notebook in a real kernel that is attached to,
// and looks at them as an editor does.
func TestACellIsAnnotated(t *testing.T) {
	testkit.Long(t)
	bin := testkit.Binary(t)
	for _, python := range []testkit.Interpreter{testkit.Pythons(t)[0], testkit.Modern(t)} {
		t.Run(python.Name(), func(t *testing.T) {
			venv, err := testkit.Venv(python, "ipykernel", "jupyter_client")
			if err != nil {
				testkit.Missing(t, "ipykernel", err.Error())
			}
			dir := testkit.Folder(t)
			t.Setenv("XDG_RUNTIME_DIR", testkit.Folder(t))
			t.Setenv("XDG_CACHE_HOME", testkit.CacheHome(t))
			k := startKernel(t, venv, dir)
			if status := k.run("import tallyho\ntallyho.listen()"); status != "ok" {
				t.Fatalf("listen: %s", status)
			}
			c, err := peer.Start(bin, "dap")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Kill)
			begin(t, c, "attach", map[string]any{"processId": k.pid})

			cells := []string{
				"def area(r):\n    return r * r\n",
				"total = 0\nfor n in range(4):\n    total += area(n)\nif total > 10:\n    kind = 'big'\ntotal",
				"%time halves = [n / 2 for n in range(3)]\nlast = halves[-1]",
				"import asyncio\nslept = await asyncio.sleep(0, 'well')\nslept",
				"never = 1",
			}
			server, err := peer.Start(bin, "lsp")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(server.Kill)
			editor := notebook{peer.Editor{Conn: server}}
			editor.open(t, dir, cells)
			for _, cell := range cells[:4] {
				if status := k.run(cell); status != "ok" {
					t.Errorf("%q: %s", cell, status)
				}
			}
			editor.see(t, 0, map[int]string{1: "×4"})
			editor.see(t, 1, map[int]string{1: "×5", 2: "×4", 3: "×1", 4: "×1", 5: "×1"})
			editor.see(t, 2, map[int]string{0: "×1", 1: "×1"})
			editor.see(t, 3, map[int]string{1: "×1", 2: "×1"})
			editor.see(t, 4, map[int]string{})
			_ = k.run(cells[1])
			editor.see(t, 0, map[int]string{1: "×8"})
			editor.see(t, 1, map[int]string{2: "×8", 3: "×2"})
			if status := k.run("1 / 0"); status != "error" {
				t.Errorf("a cell that fails: %s", status)
			}
		})
	}
}

// begin has an adapter launch or attach, and run on.
func begin(t *testing.T, c *peer.Conn, command string, arguments map[string]any) {
	t.Helper()
	send := func(command string, arguments any) {
		if err := c.Send(peer.Message{Seq: c.Next(), Type: "request", Command: command, Arguments: arguments}); err != nil {
			t.Fatal(err)
		}
	}
	send("initialize", map[string]any{"adapterID": "tallyho"})
	send(command, arguments)
	await(t, c, "initialized")
	send("configurationDone", nil)
}

// notebook is an editor with one open.
type notebook struct{ peer.Editor }

func cellURI(i int) string { return fmt.Sprintf("vscode-notebook-cell:/study.ipynb#W%d", i) }

func (n notebook) open(t *testing.T, workspace string, cells []string) {
	t.Helper()
	list, items := []any{}, []any{}
	for i, text := range cells {
		list = append(list, map[string]any{"kind": 2, "document": cellURI(i)})
		items = append(items, map[string]any{"uri": cellURI(i), "languageId": "python", "version": 1, "text": text})
	}
	capabilities := map[string]any{"notebookDocument": map[string]any{"synchronization": map[string]any{}}}
	if _, err := n.Call("initialize", map[string]any{"processId": os.Getpid(), "rootUri": "file://" + workspace, "capabilities": capabilities}); err != nil {
		t.Fatal(err)
	}
	for method, params := range map[string]any{"initialized": map[string]any{}, "notebookDocument/didOpen": map[string]any{
		"notebookDocument":  map[string]any{"uri": "file:///study.ipynb", "notebookType": "jupyter-notebook", "version": 1, "cells": list},
		"cellTextDocuments": items,
	}} {
		if err := n.Notify(method, params); err != nil {
			t.Fatal(err)
		}
	}
}

// see waits until lines of a cell begin with those counts; with none, the cell has no hint.
func (n notebook) see(t *testing.T, cell int, want map[int]string) {
	t.Helper()
	var got map[int]string
	for deadline := time.Now().Add(e2e.Patience); ; time.Sleep(50 * time.Millisecond) {
		hints, err := n.HintsOf(cellURI(cell))
		if err != nil {
			t.Fatal(err)
		}
		got = map[int]string{}
		for _, h := range hints {
			got[h.Line] = h.Label
		}
		fits := len(want) > 0 || len(got) == 0
		for line, count := range want {
			fits = fits && (got[line] == count || strings.HasPrefix(got[line], count+" "))
		}
		if fits {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("cell %d: %v, want %v", cell, got, want)
		}
	}
}
