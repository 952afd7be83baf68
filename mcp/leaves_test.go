package mcp_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// children are the processes that a process has started and that live.
func children(t *testing.T, pid int) []string {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, task := range tasks {
		text, _ := os.ReadFile(task)
		found = append(found, strings.Fields(string(text))...)
	}
	return found
}

// left counts the files below a folder.
func left(t *testing.T, dir string) (files []string) {
	t.Helper()
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return nil
	})
	return files
}

func TestManyCallsLeaveNothing(t *testing.T) {
	testkit.Long(t)
	if runtime.GOOS != "linux" {
		t.Skip("skipped: processes are looked for in /proc")
	}
	calls := 100
	if testing.Short() {
		calls = 10
	}
	c := start(t, map[string]string{"p.py": "x = 1\n"})
	c.call("run", object{"program": "p.py"})
	before := len(left(t, filepath.Join(c.home, "tmp"))) + len(left(t, filepath.Join(c.home, "run")))
	for i := range calls {
		switch i % 4 {
		case 0:
			c.call("run", object{"code": fmt.Sprintf("print(%d)", i)})
		case 1:
			c.try("run", object{"program": "nothere.py"})
		case 2:
			c.call("annotate", object{"file": "p.py"})
		default:
			c.call("sessions", nil)
		}
	}
	testkit.Eventually(t, "no process is left", func() bool { return len(children(t, c.server.Process.Pid)) == 0 })
	testkit.Eventually(t, "no file is left", func() bool {
		return len(left(t, filepath.Join(c.home, "tmp")))+len(left(t, filepath.Join(c.home, "run"))) <= before
	})
}

// waiting is a program that says its process id and goes on for ever.
const waiting = `import os, time
open("pid", "w").write(str(os.getpid()))
while True:
    time.sleep(0.01)
`

func TestACancelledCallEndsItsProgram(t *testing.T) {
	c := start(t, map[string]string{"p.py": waiting})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := c.session.CallTool(ctx, &sdk.CallToolParams{Name: "run", Arguments: object{"program": "p.py", "python": c.python}})
		done <- err
	}()
	pid := c.pidOf("pid")
	cancel()
	if err := <-done; err == nil {
		t.Error("a cancelled call was answered")
	}
	testkit.Eventually(t, "the program is gone", func() bool { return !lives(pid) })
	if text, _ := c.call("sessions", nil); text == "" {
		t.Error("the server answers no more")
	}
}

// TestTheClientsEndEndsItsPrograms: a client that goes away in the middle of a
// call closes the server's input; the SDK's own would wait for the answer.
func TestTheClientsEndEndsItsPrograms(t *testing.T) {
	c := start(t, map[string]string{"p.py": waiting})
	server := exec.CommandContext(t.Context(), testkit.Binary(t), "mcp", "--root", c.root)
	server.Env = c.environment()
	in, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	for _, message := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		fmt.Sprintf(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"run","arguments":{"program":"p.py","python":%q}}}`, c.python),
	} {
		if _, err := fmt.Fprintln(in, message); err != nil {
			t.Fatal(err)
		}
	}
	pid := c.pidOf("pid")
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		t.Errorf("the server: %v", err)
	}
	testkit.Eventually(t, "the program is gone", func() bool { return !lives(pid) })
}

// pidOf waits for a program to write its process id.
func (c *client) pidOf(name string) int {
	c.t.Helper()
	pid := 0
	testkit.Eventually(c.t, "the program runs", func() bool {
		text, _ := os.ReadFile(filepath.Join(c.root, name))
		pid, _ = strconv.Atoi(string(text))
		return pid != 0
	})
	return pid
}

func lives(pid int) bool {
	process, err := os.FindProcess(pid)
	return err == nil && process.Signal(zero) == nil
}

func TestProgress(t *testing.T) {
	testkit.Long(t)
	c := start(t, map[string]string{"p.py": waiting})
	params := &sdk.CallToolParams{Name: "run", Arguments: object{"program": "p.py", "python": c.python, "seconds": 3}}
	params.SetProgressToken("a call")
	if _, err := c.session.CallTool(t.Context(), params); err != nil {
		t.Fatal(err)
	}
	select {
	case seconds := <-c.progress:
		if seconds <= 0 {
			t.Errorf("after %v seconds", seconds)
		}
	case <-time.After(time.Minute): // its notes are handled beside the answer
		t.Error("no progress in three seconds")
	}
}

const listening = `import os, time
import tallyho
tallyho.listen()
def tick(n):
    secret_token = "abc"
    return n * 2
n = 0
open("pid", "w").write(str(os.getpid()))
while True:
    n += 1
    tick(n)
    time.sleep(0.01)
`

func TestAsk(t *testing.T) {
	c := start(t, map[string]string{"p.py": listening})
	program := exec.CommandContext(t.Context(), c.python, "p.py")
	program.Dir, program.Env = c.root, append(c.environment(), "PYTHONPATH="+testkit.Package(t))
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Process.Kill(); _ = program.Wait() })
	pid := c.pidOf("pid")
	text, _ := c.call("sessions", nil)
	holds(t, "sessions", text, fmt.Sprintf("pid %d", pid), "p.py")
	for range 2 {
		text, out := c.call("ask", object{"pid": pid, "query": `function="tick", kind="return", action=VarsPrinter("n", "secret_token")`, "records": 3})
		holds(t, "ask", text, "n => ", "{redacted}")
		if hits := out["hits"].(float64); hits < 3 {
			t.Errorf("%v hits", hits)
		}
	}
	text, _, failed := c.try("ask", object{"pid": pid, "query": `expr="tick(1)"`})
	if !failed {
		t.Errorf("code of the program was run: %s", text)
	}
	text, out := c.call("ask", object{"pid": pid, "query": `function="tock", kind="call"`, "seconds": 1})
	holds(t, "a query that matches nothing", text, "matched 0 times")
	if out["ended"] != false || !lives(pid) {
		t.Error("the program ended")
	}
}
