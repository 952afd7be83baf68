//go:build unix

package program

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestAProgramRunsUnderAFileSizeLimit: where there is no room for what we keep,
// a program ends as it does without us, and that is said.
func TestAProgramRunsUnderAFileSizeLimit(t *testing.T) {
	p := testkit.Modern(t)
	path := e2e.Program(t, "limited.py", "import sys\nprint(sys.argv[1:])\nsys.exit(7)\n")
	for _, blocks := range []string{"1000", "16", "0"} {
		for name, target := range map[string][]string{"script": {path}, "code": {"-c", "import sys; print(sys.argv[1:]); sys.exit(7)"}} {
			args := append([]string{"-c", `ulimit -f "$0"; exec "$@"`, blocks, testkit.Binary(t), "run", "--python", p.Path}, target...)
			cmd := exec.Command("sh", append(args, "a", "b")...)
			cmd.Env = e2e.Environ(t, nil)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			_ = cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != 7 || stdout.String() != "['a', 'b']\n" || !strings.Contains(stderr.String(), "runs alone") {
				t.Errorf("ulimit -f %s, %s: code %d\nstdout %s\nstderr %s", blocks, name, code, &stdout, &stderr)
			}
		}
	}
}
