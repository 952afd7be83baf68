package program

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestCtrlCReachesTheProgramOnce: in a terminal, also where standard input is none.
func TestCtrlCReachesTheProgramOnce(t *testing.T) {
	path := e2e.Program(t, "p.py", `import signal, sys, time
got = []
signal.signal(signal.SIGINT, lambda *a: got.append(1))
print("ready", flush=True)
end = time.monotonic() + 60
while not got and time.monotonic() < end:
    time.sleep(.01)
time.sleep(.5)
print("interrupted", len(got), flush=True)
`)
	python := testkit.Modern(t).Path
	run := fmt.Sprintf("%s run --no-tally --python %s %s", testkit.Binary(t), python, path)
	for name, line := range map[string]string{
		"a terminal":                       "exec " + run,
		"a terminal, but not on its input": "exec " + run + " </dev/null",
	} {
		t.Run(name, func(t *testing.T) {
			script := `import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp("sh", ["sh", "-c", sys.argv[1]])
text, done = b"", False
while True:
    try:
        piece = os.read(fd, 4096)
    except OSError:
        break
    if not piece:
        break
    text += piece
    if b"ready" in text and not done:
        done = True
        os.write(fd, b"\x03")
os.waitpid(pid, 0)
sys.stdout.buffer.write(text)
`
			cmd := exec.CommandContext(t.Context(), python, "-c", script, line)
			cmd.Env = e2e.Environ(t, nil)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "interrupted 1") {
				t.Errorf("%v: %q", err, out)
			}
		})
	}
}
