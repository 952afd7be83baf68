//go:build !windows

package dap

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// starters are the ways to start a Python with the arguments CHILD, and whether
// docs/debugging.md says that it is traced.
var starters = []struct {
	call   string
	traced bool
}{
	{`subprocess.run(CHILD, env={})`, true},
	{`subprocess.run(CHILD, env=OWN)`, true},
	{`subprocess.run(" ".join(CHILD), shell=True)`, true},
	{`os.popen(" ".join(CHILD)).read()`, true},
	{`become(lambda: os.execv(CHILD[0], CHILD))`, true},
	{`become(lambda: os.execl(CHILD[0], *CHILD))`, true},
	{`become(lambda: os.execvp(CHILD[0], CHILD))`, true},
	{`os.spawnv(os.P_WAIT, CHILD[0], CHILD)`, true},
	{`os.system(" ".join(CHILD))`, false},
	{`os.waitpid(os.posix_spawn(CHILD[0], CHILD, os.environ), 0)`, false},
	{`become(lambda: os.execve(CHILD[0], CHILD, OWN))`, false},
	{`os.spawnve(os.P_WAIT, CHILD[0], CHILD, OWN)`, false},
}

// TestWaysToStartPython: what is started in the ways that are said to be traced
// is, and the others run plainly.
func TestWaysToStartPython(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		var text strings.Builder
		text.WriteString(`import os, subprocess, sys
from turning import turns
OWN = {"PATH": os.environ.get("PATH", os.defpath)}
def become(function):
    pid = os.fork()
    if not pid:
        try:
            function()
        finally:
            os._exit(9)
    os.waitpid(pid, 0)
if len(sys.argv) > 1:
    number = int(sys.argv[1])
    turns(number, number + 1, lambda n: None)
    with open(f"ran-{number}", "w"):
        pass
    sys.exit()
`)
		for number, s := range starters {
			fmt.Fprintf(&text, "CHILD = [sys.executable, __file__, \"%d\"]\n%s\n", number, s.call)
		}
		path := program(t, "starting.py", text.String())
		module := filepath.Join(filepath.Dir(path), "turning.py")
		writeModule(t, module)
		p := startBinary(t)
		p.launch(object{"program": path, "python": python, "cwd": filepath.Dir(path)}, func() {
			p.must("setBreakpoints", object{"source": object{"path": module}, "breakpoints": []object{{"line": 4, "logMessage": "child={n}."}}})
		})
		p.event("terminated")
		shown := p.output("console")
		for number, s := range starters {
			if ran, _ := filepath.Glob(filepath.Join(filepath.Dir(path), fmt.Sprintf("ran-%d", number))); len(ran) != 1 {
				t.Errorf("%s did not run", s.call)
			}
			if traced := strings.Contains(shown, fmt.Sprintf("child=%d.", number)); traced != s.traced {
				t.Errorf("%s: traced is %v, want %v", s.call, traced, s.traced)
			}
		}
		p.goodbye()
	})
}
