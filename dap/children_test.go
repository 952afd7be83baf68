//go:build !windows

package dap

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const workModule = `def work(n):
    total = n * 2
    return total
`

// families are programs that have work called once in each of two processes of
// their own.
var families = map[string]string{
	"subprocess": `import subprocess, sys
import work
if len(sys.argv) > 1:
    print(work.work(int(sys.argv[1])), flush=True)
else:
    for n in ["1", "2"]:
        subprocess.run([sys.executable, __file__, n], check=True)
    print("done")
`,
	"spawn":      poolProgram("spawn"),
	"forkserver": poolProgram("forkserver"),
	"fork": `import os
import work
for n in 1, 2:
    pid = os.fork()
    if pid == 0:
        print(work.work(n), flush=True)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
print("done")
`,
}

func poolProgram(method string) string {
	return fmt.Sprintf(`import multiprocessing
import work
def show(n):
    print(work.work(n), flush=True)
if __name__ == "__main__":
    for n in 1, 2:
        process = multiprocessing.get_context(%q).Process(target=show, args=(n,))
        process.start()
        process.join()
        assert process.exitcode == 0
    print("done")
`, method)
}

// family writes a program of families and its module.
func family(t *testing.T, name string) (path, module string) {
	t.Helper()
	path = program(t, "family.py", families[name])
	module = filepath.Join(filepath.Dir(path), "work.py")
	if err := os.WriteFile(module, []byte(workModule), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, module
}

// TestChildrenStop stops in each child of a program, in the same session.
func TestChildrenStop(t *testing.T) {
	testkit.Long(t)
	onBackends(t, func(t *testing.T, python string) {
		for name := range families {
			t.Run(name, func(t *testing.T) {
				path, module := family(t, name)
				p := startBinary(t)
				p.launch(object{"program": path, "python": python}, func() {
					p.must("setBreakpoints", object{"source": object{"path": module}, "breakpoints": []object{{"line": 2}, {"line": 3, "logMessage": "total is {total}"}}})
				})
				for i, n := range []string{"1", "2"} {
					waitFor(t, "stop "+n, func() bool { return len(p.events("stopped")) > i })
					thread := p.events("stopped")[i]["threadId"]
					title := ""
					for _, one := range p.must("threads", nil)["threads"].([]any) {
						if one := one.(object); one["id"] == thread {
							title = one["name"].(string)
						}
					}
					if !strings.HasPrefix(title, "MainThread (") {
						t.Errorf("stopped in %q, want the main thread of a child", title)
					}
					frame := p.must("stackTrace", object{"threadId": thread})["stackFrames"].([]any)[0].(object)
					if got := p.must("evaluate", object{"expression": "n", "frameId": frame["id"], "context": "watch"})["result"]; got != n {
						t.Errorf("n is %v, want %s", got, n)
					}
					p.must("continue", object{"threadId": thread})
				}
				p.event("terminated")
				if got := strings.ReplaceAll(p.output("stdout"), "\r", ""); got != "2\n4\ndone\n" {
					t.Errorf("stdout %q", got)
				}
				for _, want := range []string{"total is 2\n", "total is 4\n"} {
					if got := p.output("console"); !strings.Contains(got, want) {
						t.Errorf("%q is not in the console:\n%s", want, got)
					}
				}
				p.goodbye()
			})
		}
	})
}

// TestChildrenAreLeftAlone: with subProcess off, and where the client goes away
// while one is stopped, children run to their end or are ended.
func TestChildrenAreLeftAlone(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		path, module := family(t, "subprocess")
		p := startBinary(t)
		p.launch(object{"program": path, "python": python, "subProcess": false}, func() {
			p.must("setBreakpoints", object{"source": object{"path": module}, "breakpoints": []object{{"line": 2}}})
		})
		p.event("terminated")
		if got := p.output("stdout"); got != "2\n4\ndone\n" {
			t.Errorf("stdout %q", got)
		}
		if stops := p.events("stopped"); len(stops) != 0 {
			t.Errorf("stopped: %v", stops)
		}
		p.goodbye()
	})
}

// TestAStoppedChildEndsWithItsClient: nothing waits for a client that is gone.
func TestAStoppedChildEndsWithItsClient(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		marker := filepath.Join(testkit.Folder(t), "pid")
		path := program(t, "parent.py", fmt.Sprintf(`import os, subprocess, sys
if len(sys.argv) > 1:
    with open(%q, "w") as file:
        file.write(str(os.getpid()))
    print("child")
else:
    subprocess.run([sys.executable, __file__, "child"])
`, marker))
		p := startBinary(t)
		p.launch(object{"program": path, "python": python}, func() {
			p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 5}}})
		})
		p.event("stopped")
		text, err := os.ReadFile(marker)
		if err != nil {
			t.Fatal(err)
		}
		pid := 0
		if _, err := fmt.Sscan(string(text), &pid); err != nil || !alive(pid) {
			t.Fatalf("the child is %q, %v", text, err)
		}
		defer killIfAlive(pid)
		_ = p.stdin.Close()
		waitFor(t, "the child to end", func() bool { return !alive(pid) })
	})
}
